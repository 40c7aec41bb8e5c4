package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
)

// manyEntries writes a config of n entries and returns its path.
func manyEntries(tb testing.TB, n int) string {
	tb.Helper()
	all := make(map[string]any, n)
	for i := range n {
		all[fmt.Sprintf("service%05d", i)] = map[string]any{
			"image": "web:1", "restart": "always", "net": "host", "start_order": i % 5,
			"environment": []string{"KOLLA_CONFIG_STRATEGY=COPY_ALWAYS", fmt.Sprint("NUMBER=", i)},
			"volumes":     []string{"/etc/hosts:/etc/hosts:ro", "/var/log/kolla:/var/log/kolla"},
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "step.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func loadMany(tb testing.TB, path string, n int) {
	tb.Helper()
	step, err := config.Load(config.Options{Path: path})
	if err != nil || len(step.Entries) != n {
		tb.Fatalf("%d entries: %v", len(step.Entries), err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := manyEntries(b, n)
			b.ReportAllocs()
			for b.Loop() {
				loadMany(b, path, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/entry")
		})
	}
}

func TestLoadingAllocatesInProportionToTheEntries(t *testing.T) {
	each := func(n int) float64 {
		path := manyEntries(t, n)
		return testing.AllocsPerRun(2, func() { loadMany(t, path, n) }) / float64(n)
	}
	few, lots := each(100), each(2000)
	t.Logf("allocations of each entry: %.0f of 100, %.0f of 2000", few, lots)
	if lots > 1.25*few {
		t.Errorf("an entry takes %.0f allocations of 100 and %.0f of 2000", few, lots)
	}
}
