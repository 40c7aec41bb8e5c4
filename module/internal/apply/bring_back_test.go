package apply_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

func TestAServiceThatAKilledRunStoppedRunsAgainThoughItsWaveIsNotReached(t *testing.T) {
	runs := func(h *host) bool {
		return slices.ContainsFunc(h.web(), func(c observed.Container) bool { return c.Status == observed.Running })
	}
	web := func(more ...any) entries { return service(append([]any{"start_order", 1}, more...)...) }
	for kind, newHost := range kindsOfHost() {
		for name, next := range map[string]entries{"changed": web("environment", entries{"A": "b"}), "as it was": web(), "an orphan": nil} {
			t.Run(name+", "+kind, func(t *testing.T) {
				stopped := 0
				for n := 0; ; n++ {
					h := newHost(t)
					h.Behave("web:1", applytest.Behaviour{RunsOn: true})
					h.must(entries{"web": web()})
					h.KillBefore(n)
					h.apply(context.Background(), entries{"web": web("user", "root")})
					if !h.Resume() {
						break
					}
					wasDown := !runs(h)
					h.Behave("bad:1", applytest.Behaviour{CreateErr: errors.New("bad option")})
					raw := entries{"first": service("image", "bad:1")}
					if next != nil {
						raw["web"] = next
					}
					_, report := h.apply(context.Background(), raw)
					if !runs(h) {
						t.Errorf("killed before call %d: it does not run: %v", n, h.summary())
					}
					if wasDown && outcome(t, report, "web").Action == plan.NotReached {
						stopped++
						if !slices.ContainsFunc(report.Outcomes, func(o apply.Outcome) bool { return strings.Contains(o.Reason, "started again") && o.Changed }) {
							t.Errorf("killed before call %d: no reason says that it was started again: %+v", n, report.Outcomes)
						}
					}
				}
				if stopped == 0 {
					t.Error("no kill left it stopped")
				}
			})
		}
	}
}
