package apply_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// verb plans and executes a verb by the labels on the host.
func (h *host) verb(verb plan.Verb, named ...string) (plan.Plan, apply.Report) {
	h.t.Helper()
	state, o := h.state(), plan.Options{
		ManagedBy: "paunch", ConfigID: "step1", RestartStopped: true, Digests: record.NewDigester(), Units: h.units != nil,
		Settle: observed.SettleTime(h.options.Settle), WaitHealthy: h.options.WaitHealthy,
	}
	p, err := plan.ComputeVerb(verb, plan.HostStep(config.Step{}, state, o, named), state, o)
	if err != nil {
		h.t.Fatal(err)
	}
	var units apply.Units
	if h.units != nil {
		units = h.units
	}
	return p, apply.New(h.Fake, units, h.options).Run(context.Background(), p)
}

// mustVerb demands success, and that it was done as planned.
func (h *host) mustVerb(verb plan.Verb, named ...string) apply.Report {
	h.t.Helper()
	p, report := h.verb(verb, named...)
	for _, o := range report.Outcomes {
		if o.Err != nil {
			h.t.Fatalf("%s: %v", o.Name, o.Err)
		}
	}
	h.doneAsPlanned(p, report)
	return report
}

// inWaves is a step of two waves, a dependent, a job and what is not waited for.
func inWaves() entries {
	return entries{
		"db": service(), "web": service("start_order", 1), "side": service("start_order", 1, "net", "container:web"),
		"sync": job("start_order", 2), "daemon": entries{"image": "web:2", "start_order": 3},
	}
}

func verbHosts() map[string]func(*testing.T) *host {
	return map[string]func(*testing.T) *host{
		"podman": func(t *testing.T) *host { return newHost(t).withDaemons() },
		"units":  func(t *testing.T) *host { return newHostWithUnits(t).withDaemons() },
	}
}

func (h *host) withDaemons() *host {
	h.options.Concurrency = 1
	h.Behave("web:2", applytest.Behaviour{RunsOn: true, StopCode: 143})
	return h
}

func TestAStepStopsInTheReverseOrderOfItsStart(t *testing.T) {
	h := newHost(t).withDaemons()
	h.must(inWaves())
	h.Forget()
	h.mustVerb(plan.Stop)
	diff(t, "calls", []string{"stop daemon", "stop side", "stop web", "stop db"}, h.Changes())
	diff(t, "containers", []string{"daemon exited", "db exited", "side exited", "sync exited", "web exited"}, h.summary())
	h.Forget()
	report := h.mustVerb(plan.Stop)
	diff(t, "calls of the second stop", []string(nil), h.Changes())
	for _, o := range report.Outcomes {
		diff(t, o.Name, plan.Unchanged, o.Action)
	}
	h.mustVerb(plan.Start)
	diff(t, "calls of the start", []string{"start db", "start web", "start side", "start daemon"}, h.Changes())
	h.Forget()
	h.mustVerb(plan.Start)
	diff(t, "calls of the second start", []string(nil), h.Changes())
	h.mustVerb(plan.Restart)
	diff(t, "calls of the restart", []string{
		"stop db", "start db", "stop web", "start web", "stop side", "start side", "stop daemon", "start daemon",
	}, h.Changes())
	h.Forget()
	h.must(inWaves())
	diff(t, "calls of the apply after it", []string(nil), h.Changes())
}

func TestUnitsStopAndStartWithTheirContainers(t *testing.T) {
	h := newHostWithUnits(t).withDaemons()
	h.must(inWaves())
	h.mustVerb(plan.Stop)
	for name, unit := range h.units.State() {
		if unit.Running() {
			t.Errorf("%s is %s", name, unit.Active)
		}
		if !unit.Enabled {
			t.Errorf("%s is not enabled any more", name)
		}
	}
	diff(t, "containers", []string{"daemon exited", "db exited", "side exited", "sync exited", "web exited"}, h.summary())
	h.mustVerb(plan.Start)
	for name, unit := range h.units.State() {
		if !unit.Running() {
			t.Errorf("%s is %s", name, unit.Active)
		}
	}
	h.mustVerb(plan.Restart, "web")
	h.Forget()
	h.must(inWaves())
	diff(t, "calls of the apply after it", []string(nil), h.Changes())
}

// TestAKillInAVerbIsRepairedByTheSameVerbAndByAnApply kills each verb before and after each of its calls.
func TestAKillInAVerbIsRepairedByTheSameVerbAndByAnApply(t *testing.T) {
	stopped := []string{"daemon exited", "db exited", "side exited", "sync exited", "web exited"}
	running := []string{"daemon running", "db running", "side running", "sync exited", "web running"}
	for name, c := range map[plan.Verb]struct {
		before plan.Verb
		want   []string
	}{plan.Stop: {"", stopped}, plan.Start: {plan.Stop, running}, plan.Restart: {"", running}} {
		for kind, newHost := range verbHosts() {
			for _, after := range []bool{false, true} {
				for _, repair := range []string{"verb", "apply"} {
					t.Run(fmt.Sprintf("%s, %s, after the call %v, by the %s", name, kind, after, repair), func(t *testing.T) {
						for n := 0; ; n++ {
							h := newHost(t)
							h.must(inWaves())
							if c.before != "" {
								h.mustVerb(c.before)
							}
							if after {
								h.KillAfter(n)
							} else {
								h.KillBefore(n)
							}
							h.verb(name)
							if !h.Resume() {
								break
							}
							if repair == "verb" {
								h.mustVerb(name)
								diff(t, "containers", c.want, h.summary())
								continue
							}
							h.must(inWaves())
							diff(t, "containers", running, h.summary())
							h.Forget()
							h.must(inWaves())
							diff(t, "calls of the apply after it", []string(nil), h.Changes())
						}
					})
				}
			}
		}
	}
}

func TestAContainerThatCannotBeStoppedKeepsWhatItStandsOn(t *testing.T) {
	h := newHost(t).withDaemons()
	h.must(inWaves())
	h.Before = func(c applytest.Call) error {
		if c.Op == "stop" && c.Container == "side" {
			return errors.New("no such luck")
		}
		return nil
	}
	_, report := h.verb(plan.Stop)
	diff(t, "side", plan.Failed, outcome(t, report, "side").Action)
	diff(t, "web", plan.NotReached, outcome(t, report, "web").Action)
	diff(t, "db", plan.NotReached, outcome(t, report, "db").Action)
	diff(t, "containers", []string{"daemon exited", "db running", "side running", "sync exited", "web running"}, h.summary())
}

func TestARestartIsGatedOnHealth(t *testing.T) {
	h := newHost(t)
	gated := entries{"db": service("healthcheck", entries{"test": "true"}, "wait", "healthy"), "web": service("start_order", 1)}
	h.Behave("db", applytest.Behaviour{RunsOn: true, Health: applytest.Passes})
	h.must(gated)
	h.Behave("db", applytest.Behaviour{RunsOn: true, Health: applytest.Fails})
	h.options.HealthTimeout = 1
	_, report := h.verb(plan.Restart)
	diff(t, "db", plan.Failed, outcome(t, report, "db").Action)
	diff(t, "web", plan.NotReached, outcome(t, report, "web").Action)
}

func TestAServiceThatEndsRightAfterItsStartFailsTheVerb(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.mustVerb(plan.Stop)
	h.Behave("web", applytest.Behaviour{ExitCode: 7, Stderr: []string{"no config"}})
	_, report := h.verb(plan.Start)
	o := outcome(t, report, "web")
	diff(t, "action", plan.Failed, o.Action)
	diff(t, "exit code", 7, *o.ExitCode)
	diff(t, "its last lines", "no config", o.Stderr)
}

func TestAJobAtWorkIsWaitedForBeforeItsStepIsStopped(t *testing.T) {
	h := newHost(t)
	step := entries{"db": service(), "sync": job("start_order", 1)}
	h.Behave("sync", applytest.Behaviour{RunsOn: true})
	ctx, cancel := context.WithCancel(context.Background())
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" {
			cancel()
		}
		return nil
	}
	h.apply(ctx, step)
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" {
			go h.End("sync", 0)
		}
		return nil
	}
	h.Forget()
	h.mustVerb(plan.Stop)
	diff(t, "calls", []string{"stop db"}, h.Changes())
	diff(t, "containers", []string{"db exited", "sync exited"}, h.summary())
}
