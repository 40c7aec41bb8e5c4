package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

type step = map[string]any

func service(more ...any) step { return with(step{"image": "web:1", "restart": "always"}, more...) }
func job(more ...any) step     { return with(step{"image": "web:1", "detach": false}, more...) }

func with(c step, more ...any) step {
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

// change is a change of a step that is interrupted at every point.
type change struct {
	from, to step
	prepare  func(*model)
}

func changes() map[string]change {
	foreign := func(m *model) {
		m.containers = append(m.containers, observed.Container{ID: "theirs", Name: "web", Status: observed.Running})
	}
	limited := func(m *model) { m.apply(step{"web": service("memory", "200m")}) }
	runs := func(m *model) { m.named("job").Status = observed.Running }
	return map[string]change{
		"a new service":              {from: step{}, to: step{"web": service()}},
		"a service":                  {from: step{"web": service()}, to: step{"web": service("image", "web:2")}},
		"a service by a job":         {from: step{"web": service()}, to: step{"web": job()}},
		"a service by a brief job":   {from: step{"web": service()}, to: step{"web": job("remove", true)}},
		"a job by a service":         {from: step{"web": job()}, to: step{"web": service()}},
		"a job":                      {from: step{"job": job()}, to: step{"job": job("image", "web:2")}},
		"a job at work":              {from: step{"job": job()}, to: step{"job": job("image", "web:2")}, prepare: runs},
		"a job at work by a service": {from: step{"job": job()}, to: step{"job": service()}, prepare: runs},
		"a job at work, awaited":     {from: step{"job": job()}, to: step{"job": job()}, prepare: runs},
		"a service that is parked":   {from: step{"web": service()}, to: step{"web": service("state", "stopped")}},
		"what others share": {
			from: step{"web": service(), "side": service("net", "container:web")},
			to:   step{"web": service("image", "web:2"), "side": service("net", "container:web")},
		},
		"a chain of what is shared": {
			from: step{"web": service(), "side": service("net", "container:web"), "end": service("ipc", "container:side", "start_order", 1)},
			to:   step{"web": service("image", "web:2"), "side": service("net", "container:web"), "end": service("ipc", "container:side", "start_order", 1)},
		},
		"a limit":           {from: step{"web": service("memory", "100m")}, to: step{"web": service("memory", "200m")}},
		"a limit again":     {from: step{"web": service("memory", "100m")}, to: step{"web": service("memory", "300m")}, prepare: limited},
		"a limit that goes": {from: step{"web": service("memory", "100m")}, to: step{"web": service()}, prepare: limited},
		"a limit of what restarts": {
			from: step{"web": service(), "side": service("net", "container:web", "memory", "100m")},
			to:   step{"web": service(), "side": service("net", "container:web", "memory", "200m")}, prepare: func(m *model) { m.end(m.named("web"), 1) },
		},
		"a service with an exec": {
			from: step{"web": service(), "init": step{"action": "exec", "command": []any{"web", "true"}}},
			to:   step{"web": service("image", "web:2"), "init": step{"action": "exec", "command": []any{"web", "true"}}},
		},
		"an orphan":             {from: step{"web": service(), "old": service()}, to: step{"web": service()}},
		"a port of an orphan":   {from: step{"old": service("ports", []any{"80:80"})}, to: step{"web": service("ports", []any{"80:80"})}},
		"a foreign name":        {from: step{"other": service()}, to: step{"web": service(), "other": service()}, prepare: foreign},
		"a suffix that goes on": {from: step{}, to: step{"web": service("image", "web:2")}, prepare: foreign},
		"a stopped service": {from: step{"web": service()}, to: step{"web": service("image", "web:2")}, prepare: func(m *model) {
			m.end(m.named("web"), 1)
		}},
		"a service that is found stopped": {from: step{"web": service()}, to: step{"web": service()}, prepare: func(m *model) {
			m.end(m.named("web"), 1)
		}},
	}
}

// TestEveryPrefixOfStepsIsRecoveredByTheNextPlan interrupts each change after every step, and each roll-back of each step
// after every step of that: the plan of what is found then leads to the wanted state, and never do two containers of an
// entry run, never is nothing left to return to, never is a foreign container touched.
func TestEveryPrefixOfStepsIsRecoveredByTheNextPlan(t *testing.T) {
	forward, back := 0, 0
	for name, c := range changes() {
		for _, systemd := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, systemd %v", name, systemd), func(t *testing.T) {
				h := start(t, c, systemd)
				all := calls(h.plan(c.to))
				for n := range len(all) + 1 {
					m := h.clone()
					for _, step := range all[:n] {
						m.make(step)
					}
					forward++
					m.clone().recover(c.to, fmt.Sprintf("after %d of %s", n, listed(all)))
					if n == len(all) {
						continue
					}
					m.isBack(h, all[n], all[:n])
					for k := range len(wayBack(all[n])) + 1 {
						back++
						m.failing(all[n], k).recover(c.to, fmt.Sprintf("after %d of %s and %d of the way back", n, listed(all), k))
					}
				}
			})
		}
	}
	t.Logf("%d points of steps and %d of ways back", forward, back)
}

func listed(all []call) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.String()
	}
	return strings.Join(words, ", ")
}

func wayBack(c call) []replacement.Step { return replacement.WayBack(c.op.Steps, c.index) }

// start makes a host that is as a change finds it.
func start(t *testing.T, c change, systemd bool) *model {
	t.Helper()
	h := &model{t: t, made: map[string]string{}}
	if systemd {
		h.units = map[string]observed.Unit{}
	}
	h.apply(c.from)
	if c.prepare != nil {
		c.prepare(h)
	}
	return h
}

// apply executes a plan to its end.
func (m *model) apply(raw step) {
	m.t.Helper()
	for _, c := range calls(m.plan(raw)) {
		m.make(c)
	}
}

// make makes a step, and looks at what must be true after each.
func (m *model) make(c call) {
	m.t.Helper()
	m.do(c.op, c.Step)
	if c.op.Entry != nil && (c.Call == replacement.Start || c.Call == replacement.StartUnit) && c.op.Entry.Kind == "one-shot" {
		m.end(m.object(c.op, c.Step), 0)
	}
	m.atMostOneRuns(c.String())
	m.somethingIsLeft(c)
}

// somethingIsLeft demands a container to serve or to return to, once what replaces another has begun.
func (m *model) somethingIsLeft(c call) {
	m.t.Helper()
	if c.op.Entry == nil || c.op.Procedure != replacement.Replace || c.op.Current == nil {
		return
	}
	served := func(k observed.Container) bool {
		return k.Labels[record.LabelContainerName] == c.op.Name && (k.ID == c.op.Current.ID || k.Alive() || k.Ended() || k.Labels[record.LabelDone] != "" || c.op.Entry.Kind == "stopped")
	}
	brief := c.op.Entry.Remove && c.Call == replacement.Remove // its record follows
	if !brief && !slices.ContainsFunc(m.containers, served) {
		m.t.Errorf("%s: nothing is left of %s", c, c.op.Name)
	}
}

// failing is the host after a step that failed without effect, and some of its way back.
func (m *model) failing(c call, steps int) *model {
	f := m.clone()
	for k, v := range m.made {
		f.made[k] = v
	}
	for _, s := range wayBack(c)[:steps] {
		f.do(c.op, s)
		f.atMostOneRuns("way back: " + s.String())
	}
	return f
}

// isBack demands that the whole way back of a replacement ends where it began.
func (m *model) isBack(before *model, c call, made []call) {
	m.t.Helper()
	isOther := func(o call) bool { return o.op.Name != c.op.Name && o.Call.Changes() && !o.InWave }
	if c.op.Procedure != replacement.Replace || len(wayBack(c)) == 0 || slices.ContainsFunc(made, isOther) {
		return
	}
	after := m.failing(c, len(wayBack(c)))
	for _, old := range before.containers {
		now := after.find(old.ID)
		awaited := c.op.Has(replacement.Wait, replacement.Current) && old.ID == c.op.Current.ID
		has := slices.ContainsFunc(c.op.Asides, func(a plan.Aside) bool { return a.Container.ID == old.ID && a.Ran }) // to run
		if now == nil || now.Name != old.Name || old.Alive() && !now.Alive() && !awaited || now.Alive() && !old.Alive() && !has {
			m.t.Errorf("%s: %s was %s and is %v after the way back %s", c, old.Name, old.Status, now, replacement.List(wayBack(c)))
		}
	}
	if len(after.containers) != len(before.containers) {
		m.t.Errorf("%s: the way back leaves\n%s", c, after)
	}
}

func (m *model) atMostOneRuns(after string) {
	m.t.Helper()
	running := map[string]int{}
	for _, c := range m.containers {
		if c.ID == "theirs" && (c.Name != "web" || c.Status != observed.Running) {
			m.t.Errorf("%s: the foreign container is %s, %s", after, c.Name, c.Status)
		}
		if entry := c.Labels[record.LabelContainerName]; entry != "" && c.Alive() {
			running[entry]++
		}
	}
	for entry, n := range running {
		if n > 1 {
			m.t.Errorf("%s: %d containers of %s run", after, n, entry)
		}
	}
}

// recover applies what is wanted to an interrupted host, and demands that nothing is left to do.
func (m *model) recover(raw step, when string) {
	m.t.Helper()
	if m.t.Failed() {
		m.t.FailNow()
	}
	m.apply(raw)
	m.apply(raw) // what an interrupted run put aside may go with the second one
	if p := m.plan(raw); p.Changes() {
		m.t.Fatalf("%s: the plan after the recovery:\n%s\n%s", when, p, m)
	}
	for name, keys := range raw {
		entry := keys.(step)
		isService := entry["restart"] != nil && entry["state"] == nil
		serving := slices.ContainsFunc(m.containers, func(c observed.Container) bool {
			return c.Labels[record.LabelContainerName] == name && c.Alive()
		})
		if isService != serving {
			m.t.Fatalf("%s: %s serves: %v\n%s", when, name, serving, m)
		}
	}
}

func (m *model) String() string {
	var lines []string
	for _, c := range m.containers {
		lines = append(lines, fmt.Sprintf("%s %s %s created as %q replaces %q", c.ID[max(0, len(c.ID)-4):], c.Name, c.Status, c.Labels[record.LabelCreatedAs], c.Labels[record.LabelReplaces]))
	}
	return strings.Join(lines, "\n")
}
