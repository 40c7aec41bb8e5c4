package plan_test

import (
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

func TestATargetOfAnEarlierVersionIsNoReasonToChangeAHost(t *testing.T) {
	for name, test := range map[string]struct {
		change func(string) string
		writes int
	}{
		"as it is now":  {func(s string) string { return s }, 0},
		"as it was":     {func(s string) string { return strings.Replace(s, " pacemaker.service", "", 1) }, 0},
		"as nobody had": {func(s string) string { return s + "# edited\n" }, 1},
		"missing":       {func(string) string { return "" }, 1},
	} {
		files := unitfile.OrderFiles()
		files[unitfile.Target] = test.change(files[unitfile.Target])
		state := observed.State{Units: map[string]observed.Unit{}, OrderFiles: files}
		got, err := plan.Compute(config.Step{}, state, plan.Options{Units: true, Ordered: true})
		if err != nil || len(got.OrderFiles) != test.writes {
			t.Errorf("%s: %v %v", name, err, got.OrderFiles)
		}
	}
}
