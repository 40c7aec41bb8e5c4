package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/release"
)

// limited is a host whose Podman changes limits in place, with a service of a limit.
func limited(t *testing.T, newHost func(*testing.T) *host) *host {
	t.Helper()
	h := newHost(t)
	h.options.Concurrency, h.podman = 1, release.New(5, 4)
	h.must(entries{"web": service("memory", "100m")})
	h.Forget()
	return h
}

func TestALimitIsChangedInPlace(t *testing.T) {
	for kind, newHost := range map[string]func(*testing.T) *host{"podman": newHost, "systemd": newHostWithUnits} {
		t.Run(kind, func(t *testing.T) {
			h := limited(t, newHost)
			before := h.web()[0]
			o := outcome(t, h.must(entries{"web": service("memory", "200m", "pids_limit", 50)}), "web")
			diff(t, "outcome", []any{plan.Updated, "config changed: memory, pids-limit", true, before.ID}, []any{o.Action, o.Reason, o.Changed, o.ID})
			diff(t, "keys", []string{"memory", "pids-limit"}, o.ChangedKeys)
			diff(t, "calls", 4, len(h.Changes()))
			diff(t, "limit", []string{"200m"}, h.Option("web", "memory"))
			diff(t, "its start", before.StartedAt, h.web()[0].StartedAt)

			h.Forget()
			diff(t, "again", plan.Unchanged, outcome(t, h.must(entries{"web": service("memory", "200m", "pids_limit", 50)}), "web").Action)
			diff(t, "calls of the second run", 0, len(h.Changes()))
			h.must(entries{"web": service("memory", "300m", "pids_limit", 50)})
			h.must(entries{"web": service("memory", "400m", "pids_limit", 50)})
			diff(t, "one note", 1, strings.Count(strings.Join(h.summary(), " "), "note"))
			h.must(entries{"web": service("memory", "400m", "image", "web:2")})
			diff(t, "after a replacement", []string{"web running"}, h.summary())
			h.must(entries{})
			diff(t, "an empty config leaves", []string(nil), h.summary())
		})
	}
}

func TestARefusedChangeInPlaceLeavesTheOldValuesForTheNextStartToo(t *testing.T) {
	h := limited(t, newHost)
	refused := errors.New("unable to set memory limit to 4096 (current usage: 237568)")
	h.Behave("web", applytest.Behaviour{RunsOn: true, UpdateErr: func(r apply.UpdateRequest) error {
		if slices.ContainsFunc(r.Options, func(o config.Option) bool { return o.Values[0] == "4k" }) {
			return refused
		}
		return nil
	}})
	before := h.web()[0]
	_, report := h.apply(context.Background(), entries{"web": service("memory", "4k", "cpu_shares", 512)})
	o := outcome(t, report, "web")
	if o.Err == nil || !strings.Contains(o.Err.Error(), refused.Error()) || !strings.Contains(o.Err.Error(), "it runs on as it was") {
		t.Errorf("error: %v", o.Err)
	}
	diff(t, "limit", []string{"100m"}, h.Option("web", "memory"))
	diff(t, "what it had not", []string(nil), h.Option("web", "cpu-shares"))
	diff(t, "containers", []string{"web running"}, h.summary())
	diff(t, "its start", before.StartedAt, h.web()[0].StartedAt)
	diff(t, "the config as it was", plan.Unchanged, outcome(t, h.must(entries{"web": service("memory", "100m")}), "web").Action)
}

// TestAKillDuringAChangeInPlaceIsRepaired kills a run at each call of a change in place, and then applies the new config or
// the old one: the container has the values of what was applied last, and was never restarted.
func TestAKillDuringAChangeInPlaceIsRepaired(t *testing.T) {
	for _, after := range []bool{false, true} {
		for _, want := range []string{"200m", "100m", "300m"} {
			t.Run(fmt.Sprintf("killed after the call %v, then %s", after, want), func(t *testing.T) {
				n := 0
				for ; ; n++ {
					h := limited(t, newHost)
					before := h.web()[0]
					if after {
						h.KillAfter(n)
					} else {
						h.KillBefore(n)
					}
					h.apply(context.Background(), entries{"web": service("memory", "200m")})
					if !h.Resume() {
						break
					}
					h.must(entries{"web": service("memory", want)})
					diff(t, fmt.Sprintf("limit after a kill at call %d", n), []string{want}, h.Option("web", "memory"))
					diff(t, "container", []any{before.ID, before.StartedAt}, []any{h.web()[0].ID, h.web()[0].StartedAt})
					h.Forget()
					diff(t, "again", plan.Unchanged, outcome(t, h.must(entries{"web": service("memory", want)}), "web").Action)
					if notes := strings.Count(strings.Join(h.summary(), " "), "note"); notes > 1 {
						t.Errorf("after a kill at call %d: %v", n, h.summary())
					}
				}
				if n < 4 {
					t.Errorf("only %d calls were made", n)
				}
			})
		}
	}
}
