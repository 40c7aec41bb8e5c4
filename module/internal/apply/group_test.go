package apply_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/plan"
)

func TestATargetReturnsWithADependentThatFails(t *testing.T) {
	good := entries{
		"root": service(), "z": service("requires", "root"), "a": service("net", "container:z"), "b": service("ipc", "container:z"),
		"late": service("requires", "b", "start_order", 1), "free": service(), "vol": service("volumes_from", []any{"z", "root"}),
	}
	changed := func(name string) entries {
		e := withKeys(good, entries{"root": service("user", "root"), "free": service("user", "root"), "new": service("requires", "z")})
		more := withKeys(e[name].(entries), entries{"image": "web:2", "healthcheck": entries{"test": "/check", "interval": "1s"}, "wait": "healthy"})
		return withKeys(e, entries{name: more})
	}
	for what, broken := range map[string]applytest.Behaviour{
		"cannot be created":       {CreateErr: errors.New("bad option")},
		"cannot be started":       {StartErr: errors.New("no such command")},
		"ends at once":            {ExitCode: 3},
		"does not become healthy": {RunsOn: true, Health: applytest.Fails},
	} {
		for _, name := range []string{"a", "z", "late"} {
			for by, makeHost := range hosts() {
				t.Run(fmt.Sprintf("%s %s, %s", name, what, by), func(t *testing.T) {
					if name != "a" && broken.CreateErr != nil {
						return // it shares no namespace of what was replaced, and runs on
					}
					h := makeHost(t)
					h.options.HealthTimeout = 50 * time.Millisecond
					steps := map[string]entries{"step1": good, "step2": {"other": service("net", "container:z")}}
					h.mustStep("step1", good)
					h.mustStep("step2", steps["step2"])
					before := h.ids()
					h.Behave("web:2", broken)
					_, report := h.applyStep("step1", changed(name))
					wantBack(t, report, name)
					after := h.ids()
					for _, entry := range []string{"root", "z", "a", "b", "late", "vol", "other"} {
						diff(t, "container of "+entry, before[entry], after[entry])
					}
					diff(t, "containers", []string{
						"a running", "b running", "free running", "late running", "other running", "root running", "vol running", "z running",
					}, h.summary())
					diff(t, "shared", true, h.sharing("network", "a", "z") && h.sharing("ipc", "b", "z") && h.sharing("network", "other", "z"))
					steps["step1"] = withKeys(good, entries{"root": service("user", "root"), "free": service("user", "root")})
					h.mustStep("step1", steps["step1"])
					h.mustStep("step2", steps["step2"])
					diff(t, "containers in the end", []string{
						"a running", "b running", "free running", "late running", "other running", "root running", "vol running", "z running",
					}, h.summary())
					h.settled(steps)
				})
			}
		}
	}
}

// wantBack demands that the op of an entry failed and that those which its group replaced say so.
func wantBack(t *testing.T, report apply.Report, failed string) {
	t.Helper()
	for _, name := range []string{"root", "z", "a", "b", "vol", "new"} {
		o := outcome(t, report, name)
		says := o.Err != nil && strings.Contains(o.Err.Error(), fmt.Sprintf("rolled back with %q, which depends on it and failed", failed))
		if reached := o.Action != plan.NotReached; name != failed && reached && (!says || o.RolledBack != (name != "new")) {
			t.Errorf("%s: %s, rolled back %v, error %v", name, o.Action, o.RolledBack, o.Err)
		}
	}
	o := outcome(t, report, failed)
	if o.Err == nil || strings.Contains(o.Err.Error(), "not complete") {
		t.Errorf("%s: %v", failed, o.Err)
	}
	diff(t, "action of free", plan.Recreated, outcome(t, report, "free").Action)
}

func TestADependentThatWasNotTouchedLeavesItsNewTarget(t *testing.T) {
	h := newHost(t)
	good := entries{"z": service(), "a": service("requires", "z")}
	h.mustStep("step1", good)
	h.Behave("web:2", applytest.Behaviour{CreateErr: errors.New("bad option")})
	_, report := h.applyStep("step1", entries{"z": service("user", "root"), "a": service("requires", "z", "image", "web:2")})
	diff(t, "action of z", plan.Recreated, outcome(t, report, "z").Action)
	if w := outcome(t, report, "z").Warnings; len(w) != 1 || !strings.Contains(w[0], "other containers depend on it: a;") {
		t.Errorf("warnings: %q", w)
	}
	diff(t, "running", true, strings.HasPrefix(strings.Join(h.summary(), ", "), "a running, z running, z-previous-"))
	steps := map[string]entries{"step1": {"z": service("user", "root"), "a": service("requires", "z")}}
	h.mustStep("step1", steps["step1"])
	diff(t, "containers", []string{"a running", "z running"}, h.summary())
	h.settled(steps)
}

func TestAKillAtAnyCallOfTheRollBackOfAGroupIsRepaired(t *testing.T) {
	for by, makeHost := range hosts() {
		t.Run(by, func(t *testing.T) {
			for n := 0; killedInGroup(t, makeHost(t), n); n++ {
			}
		})
	}
}

// killedInGroup kills a run after its n-th call, while a dependent fails, and expects the next run to repair everything.
// It reports whether there was such a call.
func killedInGroup(t *testing.T, h *host, n int) bool {
	t.Helper()
	good := entries{"z": service(), "a": service("net", "container:z"), "b": service("pid", "container:z")}
	h.mustStep("step1", good)
	h.Behave("web:2", applytest.Behaviour{ExitCode: 3})
	h.KillAfter(n)
	h.applyStep("step1", entries{"z": service("user", "root"), "a": service("net", "container:z", "image", "web:2"), "b": good["b"]})
	if !h.Resume() {
		return false
	}
	h.mustStep("step1", good)
	diff(t, fmt.Sprintf("containers after a kill at call %d", n), []string{"a running", "b running", "z running"}, h.summary())
	diff(t, "shared", true, h.sharing("network", "a", "z") && h.sharing("pid", "b", "z"))
	h.settled(map[string]entries{"step1": good})
	return true
}
