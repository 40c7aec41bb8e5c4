package plan_test

import (
	"fmt"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// sizes are how many entries the benchmarks have.
var sizes = []int{10, 100, 1000, 10000}

// manyKeys are the keys of n entries, as a service of a control plane has them.
func manyKeys(n int) map[string]any {
	all := make(map[string]any, n)
	for i := range n {
		all[fmt.Sprintf("service%05d", i)] = map[string]any{
			"image": "web:1", "restart": "always", "net": "host", "start_order": i % 5,
			"environment": map[string]any{"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "NUMBER": i},
			"volumes":     []any{"/etc/hosts:/etc/hosts:ro", "/var/log/kolla:/var/log/kolla"},
		}
	}
	return all
}

// many is a step of n entries, and a host on which all of them run.
func many(tb testing.TB, n int) (config.Step, observed.State, plan.Options) {
	tb.Helper()
	step, err := config.Load(config.Options{Inline: manyKeys(n)})
	if err != nil {
		tb.Fatal(err)
	}
	o := plan.Options{ManagedBy: "paunch", ConfigID: "step1", CleanOrphans: true, RestartStopped: true, Digests: record.NewDigester()}
	state := observed.State{Images: map[string]string{"web:1": "w1"}}
	for i, e := range step.Entries {
		state.Containers = append(state.Containers, observed.Container{
			ID: fmt.Sprintf("%064x", i), Name: e.Name, Image: "web:1", ImageID: "w1", Status: observed.Running, RunningFor: 1 << 50,
			Labels: o.Digests.Labels(e, o.ManagedBy, o.ConfigID, "salt", nil),
		})
	}
	return step, state, o
}

func compute(tb testing.TB, step config.Step, state observed.State, o plan.Options) plan.Plan {
	tb.Helper()
	p, err := plan.Compute(step, state, o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// What nothing changed costs.
func BenchmarkUnchanged(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			step, state, o := many(b, n)
			b.ReportAllocs()
			for b.Loop() {
				compute(b, step, state, o)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
		})
	}
}

// What a host without any container of the step costs.
func BenchmarkCreated(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			step, state, o := many(b, n)
			state.Containers = nil
			b.ReportAllocs()
			for b.Loop() {
				compute(b, step, state, o)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
		})
	}
}

func TestPlanningAllocatesInProportionToTheEntries(t *testing.T) {
	each := func(n int) float64 {
		step, state, o := many(t, n)
		return testing.AllocsPerRun(2, func() { compute(t, step, state, o) }) / float64(n)
	}
	few, lots := each(100), each(2000)
	t.Logf("allocations of each unchanged entry: %.0f of 100, %.0f of 2000", few, lots)
	if lots > 1.25*few {
		t.Errorf("an unchanged entry takes %.0f allocations of 100 and %.0f of 2000", few, lots)
	}
	if lots > 400 {
		t.Errorf("an unchanged entry takes %.0f allocations", lots)
	}
}
