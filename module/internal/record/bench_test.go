package record_test

import (
	"fmt"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/record"
)

// entryOf returns an entry with n environment variables.
func entryOf(tb testing.TB, n int) config.Entry {
	tb.Helper()
	env := map[string]any{}
	for i := range n {
		env[fmt.Sprint("VARIABLE_", i)] = i
	}
	e, _, err := config.DecodeEntry("web", "", map[string]any{"image": "web:1", "restart": "always", "environment": env}, config.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// Labels and their comparison with the entry that they were made from, by the values that it has.
func BenchmarkLabelsAndCompare(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e, d := entryOf(b, n), record.NewDigester()
			b.ReportAllocs()
			for b.Loop() {
				labels := d.Labels(e, "paunch", "step1", "salt", nil)
				compared, err := d.Compare(e, labels, config.Options{})
				if err != nil || len(compared.Changed) > 0 {
					b.Fatal(compared, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
		})
	}
}

func TestComparingAllocatesInProportionToTheValues(t *testing.T) {
	each := func(n int) float64 {
		e, d := entryOf(t, n), record.NewDigester()
		labels := d.Labels(e, "paunch", "step1", "salt", nil)
		return testing.AllocsPerRun(2, func() {
			if _, err := d.Compare(e, labels, config.Options{}); err != nil {
				t.Fatal(err)
			}
		}) / float64(n)
	}
	few, lots := each(100), each(5000)
	t.Logf("allocations of each value: %.1f of 100, %.1f of 5000", few, lots)
	if lots > 1.25*few+1 {
		t.Errorf("a value takes %.1f allocations of 100 and %.1f of 5000", few, lots)
	}
}
