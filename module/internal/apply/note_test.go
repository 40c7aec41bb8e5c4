package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// tooLong is a host with a job that runs on until it is stopped, and then exits with 0 as if it were done.
func tooLong(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.options.Timeout, h.options.Concurrency = 20*time.Millisecond, 1
	h.Behave("sync", applytest.Behaviour{RunsOn: true, StopCode: 0, Stdout: []string{"half way"}})
	return h
}

func TestAJobThatTakesTooLongIsStoppedAndKept(t *testing.T) {
	for name, raw := range map[string]entries{"a job": job(), "one that is not to stay": job("remove", true)} {
		t.Run(name, func(t *testing.T) {
			h := tooLong(t)
			_, report := h.apply(context.Background(), entries{"sync": raw})
			o := outcome(t, report, "sync")
			if o.Err == nil || !strings.Contains(o.Err.Error(), "did not end within 20ms and was stopped; see podman logs sync") {
				t.Errorf("error: %v", o.Err)
			}
			diff(t, "output", "half way", o.Stdout)
			diff(t, "containers", []string{"sync exited", "sync-00000001 created note"}, h.summary())

			h.Behave("sync", applytest.Behaviour{})
			o = outcome(t, h.must(entries{"sync": raw}), "sync")
			diff(t, "next time", []any{plan.Recreated, "it was stopped at its timeout"}, []any{o.Action, o.Reason})
			diff(t, "containers", 1, len(h.summary()))
			diff(t, "the time after", plan.Unchanged, outcome(t, h.must(entries{"sync": raw}), "sync").Action)
		})
	}
}

func TestAJobWhoseTimeoutCannotBeNotedLeavesNoExitCodeBehind(t *testing.T) {
	h := tooLong(t)
	h.Before = func(c applytest.Call) error {
		if c.Op == "create" && c.Container != "sync" {
			return errors.New("no space left on device")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"sync": job()})
	o := outcome(t, report, "sync")
	diff(t, "output", "half way", o.Stdout)
	diff(t, "containers", []string(nil), h.summary())
}

func TestAnEarlierRunThatTakesTooLongDoesNotCountWhenTheConfigIsChangedBack(t *testing.T) {
	h := tooLong(t)
	ctx, cancel := context.WithCancel(context.Background())
	h.Before = cancelOn("wait", cancel)
	h.apply(ctx, entries{"sync": job()})
	h.Before = nil
	_, report := h.apply(context.Background(), entries{"sync": job("user", "root")})
	diff(t, "a changed job waits for the earlier run", plan.Failed, outcome(t, report, "sync").Action)
	h.Behave("sync", applytest.Behaviour{})
	diff(t, "changed back", plan.Recreated, outcome(t, h.must(entries{"sync": job()}), "sync").Action)
	diff(t, "containers", []string{"sync exited"}, h.summary())
}

// TestAKillAtTheTimeoutNeverMakesAJobDone kills a run before and after each call around the timeout of a job that
// exits with 0 when it is stopped.
func TestAKillAtTheTimeoutNeverMakesAJobDone(t *testing.T) {
	for _, kill := range []func(*host, int){func(h *host, n int) { h.KillBefore(n) }, func(h *host, n int) { h.KillAfter(n) }} {
		n := 0
		for ; ; n++ {
			h := tooLong(t)
			kill(h, n)
			h.apply(context.Background(), entries{"sync": job()})
			if !h.Resume() {
				break
			}
			stopped := ""
			for _, c := range h.State().Containers {
				if c.Name == "sync" && !c.NeverRan() {
					stopped = c.ID
				}
			}
			h.Behave("sync", applytest.Behaviour{})
			h.apply(context.Background(), entries{"sync": job()}) // fails where it goes on waiting
			o := outcome(t, h.must(entries{"sync": job()}), "sync")
			if o.ID == stopped {
				t.Errorf("a kill at call %d: the job that was stopped counts as done", n)
			}
			diff(t, fmt.Sprintf("containers after a kill at call %d", n), []string{"sync exited"}, h.summary())
			diff(t, "again", plan.Unchanged, outcome(t, h.must(entries{"sync": job()}), "sync").Action)
		}
		if n < 4 {
			t.Errorf("only %d calls were made", n)
		}
	}
}

func TestConfigHashesSwitchedOnLaterAreRecordedWithoutAReplacement(t *testing.T) {
	h := newHost(t)
	h.options.Concurrency = 1
	raw := entries{"web": service(), "db": service(), "sync": job()}
	h.must(raw)
	before := h.ids()
	h.hashes = map[string]map[string]string{"web": {"/c/web": "1"}, "sync": {"/c/sync": "1"}, "db": {}}
	h.Forget()
	report := h.must(raw)
	diff(t, "calls", []string{"create sync-00000001", "create web-00000002"}, h.Changes())
	for name, want := range map[string]plan.Action{"web": plan.Updated, "db": plan.Unchanged, "sync": plan.Updated} {
		o := outcome(t, report, name)
		diff(t, name, []any{want, want == plan.Updated}, []any{o.Action, o.Changed})
	}
	h.Forget()
	h.must(raw)
	diff(t, "calls of the second run", 0, len(h.Calls()))

	h.hashes["web"]["/c/web"] = "2"
	report = h.must(raw)
	diff(t, "its reason", "config files changed: /c/web", outcome(t, report, "web").Reason)
	after := h.ids()
	diff(t, "only web is another container", []bool{false, true, true}, []bool{before["web"] == after["web"], before["db"] == after["db"], before["sync"] == after["sync"]})
	diff(t, "containers", []string{"db running", "sync exited", "sync-00000001 created note", "web running"}, h.summary())

	h.hashes["web"]["/c/more"] = "1"
	h.hashes["sync"]["/c/sync"] = "2"
	h.must(raw)
	h.hashes["web"]["/c/again"] = "1"
	h.must(raw)
	diff(t, "one note for each", 1, strings.Count(strings.Join(h.summary(), " "), "note"))
	h.must(entries{})
	diff(t, "an empty config leaves", []string(nil), h.summary())
}

// ids are the ids of the containers that are no notes, by name.
func (h *host) ids() map[string]string {
	out := map[string]string{}
	for _, c := range h.State().Containers {
		if c.Labels[record.LabelAbout] == "" {
			out[c.Name] = c.ID
		}
	}
	return out
}

// TestAKillWhileConfigHashesAreRecordedIsRepaired does so at each call of a run that records hashes, of one that
// replaces for a changed file, and of one that removes all.
func TestAKillWhileConfigHashesAreRecordedIsRepaired(t *testing.T) {
	raw := entries{"web": service(), "db": service(), "sync": job()}
	on := map[string]map[string]string{"web": {"/c": "1"}, "db": {"/c": "1"}, "sync": {"/c": "1"}}
	changed := map[string]map[string]string{"web": {"/c": "2"}, "db": {"/c": "1"}, "sync": {"/c": "2"}}
	running := []string{"db running", "sync exited", "web running"}
	for name, c := range map[string]struct {
		from, to map[string]map[string]string
		run      entries
		want     []string
		notes    int
	}{
		"recording": {nil, on, raw, running, 3},
		"replacing": {on, changed, raw, running, 1},
		"removing":  {on, on, entries{}, nil, 0},
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the call's effect %v", name, after), func(t *testing.T) {
				n := 0
				for ; ; n++ {
					h := newHost(t)
					h.options.Concurrency = 1
					h.must(raw)
					h.hashes = c.from
					h.must(raw)
					h.hashes = c.to
					if after {
						h.KillAfter(n)
					} else {
						h.KillBefore(n)
					}
					h.apply(context.Background(), c.run)
					if !h.Resume() {
						break
					}
					h.must(c.run)
					var containers []string
					notes := 0
					for _, s := range h.summary() {
						if strings.HasSuffix(s, " note") {
							notes++
						} else {
							containers = append(containers, s)
						}
					}
					diff(t, fmt.Sprintf("containers after a kill at call %d", n), c.want, containers)
					diff(t, fmt.Sprintf("notes after a kill at call %d", n), c.notes, notes)
					if p, _ := h.apply(context.Background(), c.run); p.Changes() {
						t.Errorf("a kill at call %d: the second run still changes:\n%s", n, p)
					}
				}
				if n < 3 {
					t.Fatalf("only %d calls were made", n)
				}
			})
		}
	}
}
