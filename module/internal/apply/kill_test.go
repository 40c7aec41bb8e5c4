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

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// replacing is a change of one entry, web, that a run is killed in.
type replacing struct {
	from, to  entries
	fails     applytest.Behaviour // what to's image does where it is to fail
	prepare   func(*host)
	before    string // the state of web before: "running" or "exited"
	succeeded string // and after a run that succeeds
}

func replacements() map[string]replacing {
	fails := applytest.Behaviour{ExitCode: 7}
	fire := entries{"image": "web:1"}
	managed := service("restart_stopped", false)
	runsOn := func(h *host) { h.Behave("web:1", applytest.Behaviour{RunsOn: true, StopCode: 143}) }
	stop := func(h *host) { // with its unit, as a cluster manager would
		c := h.web()[0]
		if h.units != nil {
			_ = h.units.Stop(context.Background(), "tripleo_"+c.Name+".service")
		}
		h.End(c.ID, 0)
	}
	return map[string]replacing{
		"a service":                        {from: service(), fails: fails, before: "running", succeeded: "running"},
		"a service that cannot be started": {from: service(), fails: applytest.Behaviour{StartErr: errors.New("no")}, before: "running", succeeded: "running"},
		"a service by a job":               {from: service(), to: job("image", "web:2"), fails: fails, before: "running", succeeded: "exited"},
		"a service by a job that is not to stay": {
			from: service(), to: job("image", "web:2", "remove", true), fails: fails, before: "running", succeeded: "created one-shot",
		},
		"a service by what is not waited for":  {from: service(), to: entries{"image": "web:2"}, fails: fails, before: "running", succeeded: "exited"},
		"what is not waited for":               {from: fire, to: entries{"image": "web:2"}, fails: fails, prepare: runsOn, before: "running", succeeded: "exited"},
		"what is not waited for, by a service": {from: fire, to: service("image", "web:2"), fails: fails, prepare: runsOn, before: "running", succeeded: "running"},
		"what is not waited for, by a job":     {from: fire, to: job("image", "web:2"), fails: fails, prepare: runsOn, before: "running", succeeded: "exited"},
		"a service by a container that is only created": {
			from: service(), to: entries{"image": "web:2", "state": "stopped"}, fails: applytest.Behaviour{CreateErr: errors.New("no")}, before: "running", succeeded: "created",
		},
		"a job that has ended, by a service": {from: job(), to: service("image", "web:2"), fails: fails, before: "exited", succeeded: "running"},
		"a service that its cluster manager stopped": {
			from: managed, to: service("image", "web:2", "restart_stopped", false), fails: applytest.Behaviour{CreateErr: errors.New("no")},
			prepare: stop, before: "exited", succeeded: "created",
		},
		"a service that its cluster manager runs": {
			from: managed, to: service("image", "web:2", "restart_stopped", false), fails: fails, before: "running", succeeded: "running",
		},
	}
}

// kindsOfHost are the kinds of host that a replacement goes on.
func kindsOfHost() map[string]func(*testing.T) *host {
	return map[string]func(*testing.T) *host{
		"podman": newHost, "systemd": newHostWithUnits,
		"a taken name": func(t *testing.T) *host {
			h := newHost(t)
			h.Add(observed.Container{ID: "theirs", Name: "web", Status: observed.Running})
			return h
		},
	}
}

// each runs a test for every replacement on every kind of host, killed before and after each call.
func each(t *testing.T, test func(t *testing.T, h *host, c replacing, kill func() bool) (reached bool)) {
	t.Helper()
	for name, c := range replacements() {
		for kind, newHost := range kindsOfHost() {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, after the call %v", name, kind, after), func(t *testing.T) {
					n := 0
					for ; ; n++ {
						h := newHost(t)
						h.options.Concurrency, h.options.Settle = 1, time.Millisecond
						if c.to == nil {
							c.to = service("image", "web:2")
						}
						h.Behave("web:2", applytest.Behaviour{RunsOn: config.Kind(c.succeeded) == "running"})
						if c.prepare != nil && c.before == "running" {
							c.prepare(h)
						}
						h.must(entries{"web": c.from})
						if c.prepare != nil && c.before != "running" {
							c.prepare(h)
						}
						h.addCopies()
						kill := func() bool {
							if after {
								h.KillAfter(n)
							} else {
								h.KillBefore(n)
							}
							return true
						}
						if !test(t, h, c, kill) {
							break
						}
						if t.Failed() {
							t.Fatalf("after a kill at call %d", n)
						}
					}
					if n < 1 {
						t.Fatalf("only %d calls were made", n)
					}
				})
			}
		}
	}
}

// addCopies adds what people made of the entry's container, with its labels.
func (h *host) addCopies() {
	for _, c := range h.State().Containers {
		if c.Labels[record.LabelContainerName] != "web" {
			continue
		}
		for name, status := range map[string]observed.Status{"web-snapshot": observed.Running, "web-testcopy": observed.Created, "web-exited00": observed.Exited} {
			k := c
			k.ID, k.Name, k.Status, k.Labels = "copy-"+name, name, status, maps.Clone(c.Labels)
			k.CreatedAt = c.CreatedAt.Add(time.Second)
			h.Add(k)
		}
		return
	}
}

// web returns the containers of the entry as "status", those of others apart, and complains where a container
// of others was touched, or where two of the entry run.
func (h *host) web() (all []observed.Container) {
	h.t.Helper()
	var copies []string
	running := 0
	for _, c := range h.State().Containers {
		switch {
		case strings.HasPrefix(c.ID, "copy-"):
			copies = append(copies, fmt.Sprintf("%s %s", c.Name, c.Status))
			continue
		case c.ID == "theirs":
			diff(h.t, "the foreign container", "web running", fmt.Sprintf("%s %s", c.Name, c.Status))
			continue
		}
		all = append(all, c)
		if c.Status == observed.Running {
			running++
		}
	}
	if copies != nil {
		diff(h.t, "copies", []string{"web-exited00 exited", "web-snapshot running", "web-testcopy created"}, copies)
	}
	if running > 1 {
		h.t.Errorf("%d containers of one entry run", running)
	}
	return all
}

// isOne demands one container of the entry in a state, under the entry's name where that can be had.
func (h *host) isOne(state string) observed.Container {
	h.t.Helper()
	all := h.web()
	if len(all) != 1 {
		h.t.Errorf("%d containers: %v", len(all), h.summary())
		return observed.Container{}
	}
	c := all[0]
	diff(h.t, "its state", state, strings.TrimSpace(string(c.Status)+" "+c.Labels[record.LabelDone]))
	taken := slices.ContainsFunc(h.State().Containers, func(c observed.Container) bool { return c.ID == "theirs" })
	if (c.Name == "web") == taken {
		h.t.Errorf("it is called %s", c.Name)
	}
	return c
}

func TestAKillInAReplacementIsRepairedByTheNextRun(t *testing.T) {
	each(t, func(_ *testing.T, h *host, c replacing, kill func() bool) bool {
		kill()
		h.apply(context.Background(), entries{"web": c.to})
		if !h.Resume() {
			return false
		}
		h.web()
		h.must(entries{"web": c.to})
		h.isOne(c.succeeded)
		h.Forget()
		h.must(entries{"web": c.to})
		diff(h.t, "calls of the run after it", []string(nil), h.Changes())
		return true
	})
}

func TestAKillInAFailingReplacementNeverLeavesNothingToReturnTo(t *testing.T) {
	each(t, func(t *testing.T, h *host, c replacing, kill func() bool) bool {
		h.Behave("web:2", c.fails)
		old := h.web()[0]
		kill()
		_, report := h.apply(context.Background(), entries{"web": c.to})
		reached := h.Resume()
		if reached {
			h.web()
			_, report = h.apply(context.Background(), entries{"web": c.to})
		}
		if c.fails.ExitCode == 0 || c.succeeded != "exited" || c.before == "running" {
			diff(t, "action", plan.Failed, outcome(t, report, "web").Action)
			diff(t, "the container", old.ID, h.isOne(c.before).ID)
		}
		h.must(entries{"web": c.from}) // changed back
		h.isOne(c.before)
		if c.before == "running" {
			diff(t, "the container", old.ID, h.isOne(c.before).ID)
		}
		return reached
	})
}

func TestAServiceThatAKilledRunStoppedRunsAgainWhenItsReplacementCannotBeCreated(t *testing.T) {
	for name, cannot := range map[string]applytest.Behaviour{
		"create": {RunsOn: true, CreateErr: errors.New("bad option")}, "init": {RunsOn: true, InitErr: errors.New("no such mount")},
	} {
		for kind, newHost := range kindsOfHost() {
			t.Run(name+", "+kind, func(t *testing.T) {
				for n := 0; ; n++ {
					h := newHost(t)
					h.must(entries{"web": service()})
					h.KillBefore(n)
					h.Behave("web:2", applytest.Behaviour{RunsOn: true})
					h.apply(context.Background(), entries{"web": service("image", "web:2")})
					if !h.Resume() {
						break
					}
					h.Behave("web:1", cannot)
					h.apply(context.Background(), entries{"web": service("environment", entries{"A": "b"})})
					h.Unscript("web:1")
					running := slices.ContainsFunc(h.web(), func(c observed.Container) bool { return c.Status == observed.Running })
					if !running {
						t.Errorf("killed before call %d: nothing runs: %v", n, h.summary())
					}
					h.must(entries{"web": service()})
					h.isOne("running")
				}
			})
		}
	}
}
