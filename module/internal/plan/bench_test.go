package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// size is a plan of many entries.
type size struct {
	step  config.Step
	state observed.State
	o     plan.Options
}

func (s size) compute(tb testing.TB) plan.Plan {
	tb.Helper()
	p, err := plan.Compute(s.step, s.state, s.o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// loaded is a step of n entries, whose keys follow from their number, and a host without any of them.
func loaded(tb testing.TB, n int, keys func(i int) map[string]any) size {
	tb.Helper()
	all := make(map[string]any, n)
	for i := range n {
		all[entryName(i)] = keys(i)
	}
	step, err := config.Load(config.Options{Inline: all})
	if err != nil {
		tb.Fatal(err)
	}
	o := plan.Options{ManagedBy: "paunch", ConfigID: "step1", CleanOrphans: true, RestartStopped: true, Digests: record.NewDigester()}
	return size{step, observed.State{Images: map[string]string{"web:1": "w1"}}, o}
}

func entryName(i int) string { return fmt.Sprintf("service%05d", i) }

// running has all entries of the step run.
func (s size) running() size {
	at := map[string]int{}
	for i, e := range s.step.Entries {
		at[e.Name] = i
	}
	for i, e := range s.step.Entries {
		labels := maps.Clone(s.o.Digests.Labels(e, s.o.ManagedBy, s.o.ConfigID, "salt", nil))
		ids := map[string]string{}
		for _, ref := range e.References() {
			ids[ref.Name] = idOf(at[ref.Name])
		}
		labels[record.LabelReferences] = record.ReferencesLabel(ids)
		s.state.Containers = append(s.state.Containers, observed.Container{
			ID: idOf(i), Name: e.Name, Image: "web:1", ImageID: "w1", Status: observed.Running, RunningFor: 1 << 50, Labels: labels, Ports: ports(e),
		})
	}
	return s
}

func idOf(i int) string { return fmt.Sprintf("%064x", i) }

// moved has all images changed.
func (s size) moved() size {
	s.state.Images = map[string]string{"web:1": "w2"}
	return s
}

// withUnits has systemd run the services, as an apply has left them.
func (s size) withUnits(tb testing.TB) size {
	tb.Helper()
	s.o.Units, s.state.Units = true, map[string]observed.Unit{}
	for i, op := range s.compute(tb).Ops() {
		s.state.Units[op.Unit.Unit] = observed.Unit{Name: op.Unit.Unit, Text: op.Unit.Text, Enabled: true, Active: "active"}
		s.state.Containers[i].Labels[record.LabelUnit] = op.Unit.Unit
	}
	for _, op := range s.compute(tb).Ops() { // a unit's text depends on how its container was made
		u := s.state.Units[op.Unit.Unit]
		u.Text = op.Unit.Text
		s.state.Units[op.Unit.Unit] = u
	}
	return s
}

// without leaves nothing in the config.
func (s size) without() size {
	s.step = config.Step{}
	return s
}

// usual are the keys of a service of a control plane.
func usual(i int) map[string]any {
	return map[string]any{
		"image": "web:1", "restart": "always", "net": "host", "start_order": i % 5,
		"environment": map[string]any{"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "NUMBER": i},
		"volumes":     []any{"/etc/hosts:/etc/hosts:ro", "/var/log/kolla:/var/log/kolla"},
	}
}

func publishing(i int) map[string]any {
	return map[string]any{"image": "web:1", "restart": "always", "publish": []any{fmt.Sprintf("%d:80", 1000+i)}}
}

// joining are keys that make chains of ten entries: what a roll-back restarts is part of each op, so that the plan of one
// long chain is longer than its entries.
func joining(i int) map[string]any {
	keys := map[string]any{"image": "web:1", "restart": "always"}
	if i%10 > 0 {
		keys["ipc"] = "container:" + entryName(i-1)
	}
	return keys
}

// sharing has all entries share the network of the first one.
func sharing(i int) map[string]any {
	keys := map[string]any{"image": "web:1", "restart": "always"}
	if i > 0 {
		keys["net"] = "container:" + entryName(0)
	}
	return keys
}

// situations are the plans that have to grow with the number of entries and no faster.
func situations() map[string]func(tb testing.TB, n int) size {
	return map[string]func(tb testing.TB, n int) size{
		"unchanged":          func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, usual).running() },
		"unchanged, systemd": func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, usual).running().withUnits(tb) },
		"created":            func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, usual) },
		"re-created":         func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, publishing).running().moved() },
		"re-created, systemd": func(tb testing.TB, n int) size {
			tb.Helper()
			return loaded(tb, n, usual).running().withUnits(tb).moved()
		},
		"chains":             func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, joining).running() },
		"chains, re-created": func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, joining).running().moved() },
		"shared, re-created": func(tb testing.TB, n int) size { tb.Helper(); return loaded(tb, n, sharing).running().moved() },
		"orphans": func(tb testing.TB, n int) size {
			tb.Helper()
			return loaded(tb, n, usual).running().withUnits(tb).without()
		},
		"orphans with ports":   func(tb testing.TB, n int) size { tb.Helper(); return renamed(tb, n) },
		"interrupted exchange": func(tb testing.TB, n int) size { tb.Helper(); return interrupted(tb, n) },
	}
}

// renamed has all entries under other names, with the ports that they had.
func renamed(tb testing.TB, n int) size {
	tb.Helper()
	s := loaded(tb, n, publishing).running()
	for i := range s.state.Containers {
		c := &s.state.Containers[i]
		c.Name = "old" + c.Name
		c.Labels[record.LabelContainerName] = c.Name
	}
	return s
}

// interrupted has a container of each entry replaced by one that is not verified yet.
func interrupted(tb testing.TB, n int) size {
	tb.Helper()
	s := loaded(tb, n, publishing).running()
	for i := range n {
		c := s.state.Containers[i]
		c.ID, c.Name, c.Labels = idOf(n+i), c.Name+"-abcd1234", maps.Clone(c.Labels)
		c.Status = observed.Exited
		s.state.Containers[i].CreatedAt = c.CreatedAt.Add(time.Second)
		s.state.Containers[i].Labels[record.LabelReplaces] = record.ReplacesLabel([]record.Replaced{{ID: c.ID, Ran: true}})
		s.state.Containers = append(s.state.Containers, c)
	}
	return s
}

// BenchmarkPlan is the time of a plan by the number of entries.
func BenchmarkPlan(b *testing.B) {
	all := situations()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, n := range []int{10, 100, 1000, 10000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				s := all[name](b, n)
				b.ReportAllocs()
				for b.Loop() {
					s.compute(b)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
			})
		}
	}
}

func TestPlanningAllocatesInProportionToTheEntries(t *testing.T) {
	all := situations()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			each := func(n int) float64 {
				s := all[name](t, n)
				return testing.AllocsPerRun(1, func() { s.compute(t) }) / float64(n)
			}
			few, lots := each(100), each(1000)
			t.Logf("allocations of each entry: %.0f of 100, %.0f of 1000", few, lots)
			if lots > 1.1*few {
				t.Errorf("an entry takes %.0f allocations of 100 and %.0f of 1000", few, lots)
			}
			if name == "unchanged" && lots > 120 {
				t.Errorf("an unchanged entry takes %.0f allocations", lots)
			}
		})
	}
}
