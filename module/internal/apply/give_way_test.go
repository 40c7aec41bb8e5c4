package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// at publishes a port.
func at(port int, more ...any) entries {
	return service(append(more, "ports", []any{fmt.Sprintf("%d:80", port)})...)
}

// bothHosts runs a test with systemd and without.
func bothHosts(t *testing.T, test func(*testing.T, *host)) {
	t.Helper()
	for name, newHost := range map[string]func(*testing.T) *host{"podman": newHost, "systemd": newHostWithUnits} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.options.Concurrency = 1
			test(t, h)
		})
	}
}

func action(r apply.Report, name string) plan.Action {
	for _, o := range r.Outcomes {
		if o.Name == name {
			return o.Action
		}
	}
	return ""
}

func TestOrphansStayUntilEverythingElseHasSucceeded(t *testing.T) {
	for name, c := range map[string]struct {
		broken  applytest.Behaviour
		healthy bool
	}{
		"a container fails":                   {broken: applytest.Behaviour{ExitCode: 7}},
		"it cannot be created":                {broken: applytest.Behaviour{CreateErr: errors.New("bad option")}},
		"it ends after its wave":              {broken: applytest.Behaviour{RunsFor: 100 * time.Millisecond, ExitCode: 7}},
		"everything is as it is wanted to be": {healthy: true},
	} {
		t.Run(name, func(t *testing.T) {
			bothHosts(t, func(t *testing.T, h *host) {
				h.options.Settle = 200 * time.Millisecond
				h.must(entries{"old": service(), "old_job": job()})
				if !c.healthy {
					h.Behave("new", c.broken)
				}
				_, report := h.apply(context.Background(), entries{"new": service("start_order", 2)})
				if c.healthy {
					diff(t, "old", plan.Removed, action(report, "old"))
					diff(t, "containers", []string{"new running"}, h.summary())
					return
				}
				for _, old := range []string{"old", "old_job"} {
					o := outcome(t, report, old)
					if o.Action != plan.NotReached || !strings.Contains(o.Reason, "it is kept") {
						t.Errorf("%s: %s, %s", old, o.Action, o.Reason)
					}
				}
				if !h.running("old") {
					t.Errorf("containers: %v", h.summary())
				}
			})
		})
	}
}

func TestARenamedEntryThatFailsGivesThePortBack(t *testing.T) {
	for name, broken := range map[string]applytest.Behaviour{
		"it ends":               {ExitCode: 7},
		"it cannot be started":  {StartErr: errors.New("no")},
		"it cannot be prepared": {MissingExecutable: true},
		"it cannot be created":  {CreateErr: errors.New("bad option")},
	} {
		t.Run(name, func(t *testing.T) {
			bothHosts(t, func(t *testing.T, h *host) {
				h.must(entries{"web": at(8080)})
				old := h.State().Containers[0].ID
				h.Behave("api", broken)
				_, report := h.apply(context.Background(), entries{"api": at(8080)})
				o := outcome(t, report, "api")
				diff(t, "action, and what is left of it", []any{plan.Failed, ""}, []any{o.Action, o.RealName})
				diff(t, "containers", []string{"web running"}, h.summary())
				diff(t, "the old one", old, h.State().Containers[0].ID)
				h.unitsAreRight("after the failure")

				h.Behave("api", applytest.Behaviour{RunsOn: true})
				report = h.must(entries{"api": at(8080)})
				diff(t, "actions", []plan.Action{plan.Created, plan.Removed}, []plan.Action{action(report, "api"), action(report, "web")})
				diff(t, "containers", []string{"api running"}, h.summary())
				h.unitsAreRight("in the end")
				h.Forget()
				h.must(entries{"api": at(8080)})
				diff(t, "calls of the next run", []string(nil), h.Changes())
			})
		})
	}
}

func TestAnOrphanThatGaveWayGoesWhenTheNewOneIsReady(t *testing.T) {
	bothHosts(t, func(t *testing.T, h *host) {
		h.must(entries{"web": at(8080), "other": service()})
		h.Behave("later", applytest.Behaviour{ExitCode: 7})
		_, report := h.apply(context.Background(), entries{"api": at(8080), "later": service("start_order", 1)})
		diff(t, "web", plan.Removed, action(report, "web"))
		diff(t, "other", plan.NotReached, action(report, "other"))
		if !h.running("api") || !h.running("other") || h.image("web") != "" {
			t.Errorf("containers: %v", h.summary())
		}
	})
}

func TestAnOrphanGivesItsNameAway(t *testing.T) {
	bothHosts(t, func(t *testing.T, h *host) {
		h.must(entries{"old": service()})
		old := h.State().Containers[0].ID
		_ = h.Rename(context.Background(), old, "new")
		h.Behave("new", applytest.Behaviour{ExitCode: 7})
		h.apply(context.Background(), entries{"new": service()})
		diff(t, "containers", []string{"new running"}, h.summary())
		diff(t, "it is the old one", old, h.State().Containers[0].ID)
		h.Behave("new", applytest.Behaviour{RunsOn: true})
		h.must(entries{"new": service()})
		diff(t, "containers", []string{"new running"}, h.summary())
		if h.State().Containers[0].ID == old {
			t.Error("it is still the old one")
		}
		h.unitsAreRight("in the end")
		h.Forget()
		h.must(entries{"new": service()})
		diff(t, "calls of the next run", []string(nil), h.Changes())
	})
}

// moves are configs in which ports move between entries.
func moves() map[string][2]entries {
	return map[string][2]entries{
		"from a later wave": {
			{"a": at(8080, "start_order", 1), "b": at(8081, "start_order", 2)},
			{"a": at(8081, "start_order", 1), "b": at(8082, "start_order", 2)},
		},
		"from an earlier wave": {
			{"a": at(8080, "start_order", 1), "b": at(8081, "start_order", 2)},
			{"a": at(8079, "start_order", 1), "b": at(8080, "start_order", 2)},
		},
		"in one wave":     {{"a": at(8080), "b": at(8081)}, {"a": at(8081), "b": at(8082)}},
		"a swap":          {{"a": at(8080), "b": at(8081)}, {"a": at(8081), "b": at(8080)}},
		"a swap of waves": {{"a": at(8080, "start_order", 1), "b": at(8081, "start_order", 2)}, {"a": at(8081, "start_order", 1), "b": at(8080, "start_order", 2)}},
		"a ring of three": {{"a": at(8080), "b": at(8081), "c": at(8082)}, {"a": at(8081), "b": at(8082), "c": at(8080)}},
		"over three waves": {
			{"a": at(8080, "start_order", 1), "b": at(8081, "start_order", 2), "c": at(8082, "start_order", 3)},
			{"a": at(8081, "start_order", 1), "b": at(8082, "start_order", 2), "c": at(8080, "start_order", 3)},
		},
	}
}

// ports are the running containers with the ports that they have.
func (h *host) ports() []string {
	var out []string
	for _, c := range h.State().Containers {
		if c.Status == observed.Running && len(c.Ports) > 0 {
			out = append(out, fmt.Sprintf("%s %d", c.Name, c.Ports[0].Number))
		}
	}
	return out
}

func portsOf(raw entries) []string {
	var out []string
	for name, e := range raw {
		port, _, _ := strings.Cut(e.(entries)["ports"].([]any)[0].(string), ":")
		out = append(out, name+" "+port)
	}
	slices.Sort(out)
	return out
}

func TestAPortMovesBetweenEntriesInOneApply(t *testing.T) {
	for name, c := range moves() {
		t.Run(name, func(t *testing.T) {
			bothHosts(t, func(t *testing.T, h *host) {
				h.must(c[0])
				h.must(c[1])
				diff(t, "ports", portsOf(c[1]), h.ports())
				diff(t, "containers", len(c[1]), len(h.summary()))
				h.unitsAreRight("after the move")
				h.Forget()
				h.must(c[1])
				diff(t, "calls of the next run", []string(nil), h.Changes())
			})
		})
	}
}

// failing returns a config with one entry of another image.
func failing(raw entries, name string) entries {
	to := maps.Clone(raw)
	to[name] = maps.Clone(raw[name].(entries))
	to[name].(entries)["image"] = "web:2"
	return to
}

// allRun demands that as many containers run as there were, and that there is no other.
func (h *host) allRun(n int, report apply.Report) {
	h.t.Helper()
	running := 0
	for _, s := range h.summary() {
		if strings.HasSuffix(s, "running") {
			running++
		}
	}
	if running == n && len(h.summary()) == n {
		return
	}
	h.t.Errorf("containers: %v, ports %v", h.summary(), h.ports())
	for _, o := range report.Outcomes {
		h.t.Logf("%s %s: %v", o.Name, o.Action, o.Err)
	}
}

// TestAPortThatCannotMoveLeavesEveryServiceUp has each entry of each move fail, also after a run that was killed at any
// call.
func TestAPortThatCannotMoveLeavesEveryServiceUp(t *testing.T) {
	for name, c := range moves() {
		for broken := range c[0] {
			for how, b := range map[string]applytest.Behaviour{"at its start": {ExitCode: 7}, "at its creation": {CreateErr: errors.New("bad option")}} {
				t.Run(fmt.Sprintf("%s, %s fails %s", name, broken, how), func(t *testing.T) {
					for _, newHost := range []func(*testing.T) *host{newHost, newHostWithUnits} {
						for n := -1; ; n++ { // -1 is no kill
							h := newHost(t)
							h.options.Concurrency = 1
							h.must(c[0])
							h.Behave("web:2", b)
							to := failing(c[1], broken)
							if n >= 0 {
								h.KillBefore(n)
								h.apply(context.Background(), to)
								if !h.Resume() {
									break
								}
							}
							_, report := h.apply(context.Background(), to)
							diff(t, "it fails", plan.Failed, outcome(t, report, broken).Action)
							h.allRun(len(c[0]), report)
							h.must(c[0])
							diff(t, "ports when changed back", portsOf(c[0]), h.ports())
							h.unitsAreRight("in the end")
							if t.Failed() {
								t.Fatalf("after a kill at call %d", n)
							}
						}
					}
				})
			}
		}
	}
}

// TestAKillWhileAPortMovesIsRepaired kills a run at each call of each move, with and without a failure in the run
// after it.
func TestAKillWhileAPortMovesIsRepaired(t *testing.T) {
	all := moves()
	all["to a renamed entry"] = [2]entries{{"a": at(8080)}, {"b": at(8080)}}
	all["to an entry that is changed too"] = [2]entries{{"a": at(8080), "b": at(8081)}, {"b": at(8080)}}
	for name, c := range all {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after the call %v", name, after), func(t *testing.T) {
				bothHosts(t, func(t *testing.T, h *host) {
					_ = h
					make := newHost
					if h.units != nil {
						make = newHostWithUnits
					}
					for n := 0; ; n++ {
						h := make(t)
						h.options.Concurrency = 1
						h.must(c[0])
						if after {
							h.KillAfter(n)
						} else {
							h.KillBefore(n)
						}
						h.apply(context.Background(), c[1])
						if !h.Resume() {
							return
						}
						h.must(c[1])
						diff(t, fmt.Sprintf("ports after a kill at call %d", n), portsOf(c[1]), h.ports())
						diff(t, "containers", len(c[1]), len(h.summary()))
						h.unitsAreRight(fmt.Sprintf("after a kill at call %d", n))
						h.Forget()
						h.must(c[1])
						diff(t, fmt.Sprintf("calls of the second run after a kill at call %d", n), []string(nil), h.Changes())
						if t.Failed() {
							t.FailNow()
						}
					}
				})
			})
		}
	}
}
