package apply_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/plan"
)

// restarting is a host with a service that was started a moment ago, and that crashes at the given look of the next
// apply; 0 = never.
func restarting(t *testing.T, h *host, look int) {
	t.Helper()
	h.Behave("web", applytest.Behaviour{RunsOn: true, ExitCode: 3, Stdout: []string{"no config"}})
	h.must(entries{"web": service()})
	h.SetRunningFor("web", 0)
	h.options.Settle = 30 * time.Millisecond
	looks := 0
	h.Before = func(c applytest.Call) error {
		if c.Op != "list" {
			return nil
		}
		if looks++; looks == look {
			h.Crash("web", 3)
		}
		return nil
	}
	h.Forget()
}

func TestAServiceThatWasStartedAMomentAgoIsLookedAtAgain(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *host{"by Podman": newHost, "by units": newHostWithUnits} {
		t.Run(name, func(t *testing.T) {
			for look, says := range map[int]string{1: "crash looping", 0: ""} {
				h := make(t)
				restarting(t, h, look)
				_, report := h.apply(context.Background(), entries{"web": service(), "next": service("start_order", 1)})
				o := outcome(t, report, "web")
				if look == 0 {
					diff(t, "one that keeps running", []any{plan.Unchanged, false, nil}, []any{o.Action, o.Changed, o.Err})
					diff(t, "the next wave", plan.Created, outcome(t, report, "next").Action)
					continue
				}
				if o.Err == nil || !strings.Contains(o.Err.Error(), says) || !strings.Contains(o.Err.Error(), "(exit code 3)") {
					t.Errorf("look %d: %v", look, o.Err)
				}
				diff(t, "action and output", []any{plan.Failed, true}, []any{o.Action, strings.Contains(o.Stdout, "no config")})
			}
		})
	}
}

func TestCrashLoopsAreCounted(t *testing.T) {
	h := newHost(t)
	restarting(t, h, 0)
	for range 13 {
		h.Crash("web", 3)
	}
	crash := h.Before
	h.Before = func(c applytest.Call) error {
		if c.Op == "list" {
			h.Crash("web", 3)
		}
		return crash(c)
	}
	_, report := h.apply(context.Background(), entries{"web": service()})
	if o := outcome(t, report, "web"); o.Err == nil || !strings.Contains(o.Err.Error(), "crash looping: 14 restarts (exit code 3)") {
		t.Errorf("%v", o.Err)
	}
}

func TestAServiceThatRunsForLongCostsNoLook(t *testing.T) {
	h := newHostWithUnits(t)
	h.must(entries{"web": service()})
	h.Crash("web", 1)
	h.SetRunningFor("web", time.Hour)
	h.Forget()
	report := h.must(entries{"web": service()})
	diff(t, "calls", 0, len(h.Calls()))
	diff(t, "reason", "", outcome(t, report, "web").Reason)
}

func TestAServiceThatOnlyAFailureRestartsMayCompleteWhileItIsLookedAt(t *testing.T) {
	h := newHost(t)
	h.Behave("seed", applytest.Behaviour{RunsOn: true})
	raw := entries{"seed": service("restart", "on-failure")}
	h.must(raw)
	h.SetRunningFor("seed", 0)
	h.options.Settle = 30 * time.Millisecond
	h.Before = func(c applytest.Call) error {
		if c.Op == "list" {
			h.End("seed", 0)
		}
		return nil
	}
	diff(t, "action", plan.Unchanged, outcome(t, h.must(raw), "seed").Action)
}
