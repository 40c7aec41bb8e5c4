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

func TestAWaveOfServicesCostsOneReload(t *testing.T) {
	h := newHostWithUnits(t)
	h.options.Concurrency = 1
	raw := entries{"a": service(), "b": service(), "job": job(), "c": service("start_order", 1)}
	h.must(raw)
	diff(t, "calls", []string{
		"unit-write tripleo_a.service", "unit-write tripleo_b.service", "unit-enable tripleo_a.service tripleo_b.service", "unit-reload",
		"create a", "unit-start tripleo_a.service", "create b", "unit-start tripleo_b.service", "create job", "start job",
		"unit-write tripleo_c.service", "unit-enable tripleo_c.service", "unit-reload", "create c", "unit-start tripleo_c.service",
	}, h.Changes())
	h.Forget()
	h.must(raw)
	diff(t, "calls of the second run", 0, len(h.Calls()))
}

func TestAReplacementUnderAUnitIsTriedOutBeside(t *testing.T) {
	h := newHostWithUnits(t)
	h.must(entries{"web": service()})
	h.Forget()
	h.must(entries{"web": service("net", "host")})
	diff(t, "calls", []string{
		"create web-00000002", "init web-00000002", "remove web-00000002", "create web-00000001",
		"unit-stop tripleo_web.service", "stop web", "rename web web-00000003", "rename web-00000001 web",
		"unit-start tripleo_web.service", "remove web-00000003",
	}, h.Changes())
	h.unitsAreRight("after the replacement")
}

func TestAFailedReplacementGivesTheUnitItsTextBack(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour  applytest.Behaviour
		rolledBack bool
	}{
		"it ends":                   {applytest.Behaviour{ExitCode: 7}, true},
		"its executable is missing": {applytest.Behaviour{MissingExecutable: true}, false},
		"it cannot be created":      {applytest.Behaviour{CreateErr: errors.New("bad option")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostWithUnits(t)
			h.must(entries{"web": service()})
			before := h.units.State()["tripleo_web.service"].Text
			old := h.State().Containers[0].ID
			h.Behave("web:2", c.behaviour)
			_, report := h.apply(context.Background(), entries{"web": service("image", "web:2", "stop_grace_period", 99)})
			o := outcome(t, report, "web")
			diff(t, "rolled back", c.rolledBack, o.RolledBack)
			diff(t, "changed", c.rolledBack, o.Changed)
			diff(t, "the old container", old, h.State().Containers[0].ID)
			diff(t, "containers", []string{"web running"}, h.summary())
			diff(t, "text", before, h.units.State()["tripleo_web.service"].Text)
			diff(t, "read", false, h.units.State()["tripleo_web.service"].Stale)
			h.unitsAreRight("after the roll-back")
		})
	}
}

func TestAUnitThatCannotBePreparedLeavesItsContainerAlone(t *testing.T) {
	for _, broken := range []string{"unit-write", "unit-enable", "unit-reload"} {
		t.Run(broken, func(t *testing.T) {
			h := newHostWithUnits(t)
			h.must(entries{"web": service(), "old": service()})
			before := h.units.State()
			h.Forget()
			h.Before = func(c applytest.Call) error {
				if c.Op == broken && !strings.Contains(c.Container, "old") {
					return errors.New("no space left on device")
				}
				return nil
			}
			_, report := h.apply(context.Background(), entries{"web": service("stop_grace_period", 5), "new": service(), "old": service()})
			for _, name := range []string{"web", "new"} {
				if o := outcome(t, report, name); o.Err == nil || !strings.Contains(o.Err.Error(), "no space left") {
					t.Errorf("%s: %v", name, o.Err)
				}
			}
			diff(t, "old", plan.Unchanged, outcome(t, report, "old").Action)
			for _, change := range h.Changes() {
				if !strings.HasPrefix(change, "unit-") {
					t.Errorf("a container was touched: %s", change)
				}
			}
			for name, u := range before {
				diff(t, "text of "+name, u.Text, h.units.State()[name].Text)
			}
		})
	}
}

func TestEveryDriftOfUnitsIsRepairedOnce(t *testing.T) {
	raw := entries{"web": service()}
	const unit = "tripleo_web.service"
	for name, c := range map[string]struct {
		spoil func(*host)
		want  plan.Action
	}{
		"the file is gone":           {func(h *host) { h.units.Edit(unit, "") }, plan.Repaired},
		"the file was edited":        {func(h *host) { h.units.Edit(unit, "[X-Paunch]\n") }, plan.Repaired},
		"it is disabled":             {func(h *host) { h.units.Disable(unit) }, plan.Repaired},
		"it was stopped":             {func(h *host) { _ = h.units.Stop(context.Background(), unit) }, plan.Started},
		"it failed":                  {func(h *host) { h.units.Set(unit, "failed"); h.End("web", 1) }, plan.Started},
		"it is held for active":      {func(h *host) { h.End("web", 1) }, plan.Started},
		"its container runs outside": {func(h *host) { h.units.Set(unit, "inactive") }, plan.Repaired},
		"its container was removed":  {func(h *host) { h.units.Set(unit, "failed"); _ = h.Remove(context.Background(), "web") }, plan.Created},
		"its container was renamed":  {func(h *host) { _ = h.Rename(context.Background(), "web", "other") }, plan.Renamed},
		"everything of it is missing": {func(h *host) {
			h.units.Edit(unit, "")
			h.units.Set(unit, "")
			_ = h.Remove(context.Background(), "web")
		}, plan.Created},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostWithUnits(t)
			h.must(raw)
			c.spoil(h)
			report := h.must(raw)
			o := outcome(t, report, "web")
			diff(t, "action", c.want, o.Action)
			if o.Reason == "" || !o.Changed {
				t.Errorf("reason %q, changed %v", o.Reason, o.Changed)
			}
			diff(t, "containers", []string{"web running"}, h.summary())
			h.unitsAreRight("after the repair")
			h.Forget()
			h.must(raw)
			diff(t, "calls of the next run", []string(nil), h.Changes())
		})
	}
}

func TestAMaskedUnitIsLeftAlone(t *testing.T) {
	h := newHostWithUnits(t)
	h.must(entries{"web": service()})
	h.units.Mask("tripleo_web.service")
	h.Forget()
	p, _ := h.apply(context.Background(), entries{"web": service("net", "host")})
	diff(t, "calls", []string(nil), h.Changes())
	diff(t, "warnings", 1, len(p.Warnings))
}

func TestUnitsGoWithTheirEntries(t *testing.T) {
	h := newHostWithUnits(t)
	h.options.Concurrency = 1
	h.must(entries{"web": service(), "old": service(), "lost": service()})
	_ = h.Remove(context.Background(), "lost")
	h.Forget()
	h.must(entries{"web": service()})
	diff(t, "calls", []string{
		"unit-stop tripleo_old.service", "remove old", "unit-remove tripleo_old.service",
		"unit-stop tripleo_lost.service", "unit-remove tripleo_lost.service", "unit-reload",
	}, h.Changes())
	diff(t, "units", 1, len(h.units.State()))
}

func TestAHostThatGetsSystemdKeepsItsContainers(t *testing.T) {
	h := newHost(t)
	raw := entries{"web": service(), "job": job()}
	h.must(raw)
	before := h.State()
	h.units = h.Units()
	diff(t, "action", plan.Repaired, outcome(t, h.must(raw), "web").Action)
	diff(t, "containers", before.Containers, h.State().Containers)
	h.unitsAreRight("after the first run with systemd")
}

func TestAUnitThatCouldNotFollowIsGivenAFreshProcess(t *testing.T) {
	h := newHost(t)
	raw := entries{"web": service()}
	h.must(raw)
	h.units = h.Units()
	h.units.LosePIDFiles()
	h.Forget()
	h.unforeseen = true // a plan does not know whether a unit can follow
	diff(t, "action", plan.Repaired, outcome(t, h.must(raw), "web").Action)
	diff(t, "calls", []string{"unit-write tripleo_web.service", "unit-enable tripleo_web.service", "unit-reload", "stop web", "unit-start tripleo_web.service"}, h.Changes())
	h.unitsAreRight("after the first run with systemd")
}

func TestATakenNameTakesTheUnitAlong(t *testing.T) {
	h := newHostWithUnits(t)
	h.Add(observed.Container{ID: "theirs", Name: "web", Status: observed.Running})
	raw := entries{"web": service()}
	h.must(raw)
	diff(t, "containers", []string{"web running", "web-00000001 running"}, h.summary())
	if u := h.units.State()["tripleo_web-00000001.service"]; u.Active != "active" || !u.Enabled {
		t.Errorf("its unit: %+v", u)
	}
	h.Forget()
	h.must(raw)
	diff(t, "calls of the second run", 0, len(h.Calls()))
	_ = h.Remove(context.Background(), "theirs")
	diff(t, "action", plan.Renamed, outcome(t, h.must(raw), "web").Action)
	diff(t, "containers", []string{"web running"}, h.summary())
	h.unitsAreRight("after the rename")
}

func TestANameTakenMeanwhileTakesTheUnitAlong(t *testing.T) {
	h := newHostWithUnits(t)
	h.unforeseen = true
	h.Before = func(c applytest.Call) error {
		if c.Op == "create" && c.Container == "web" {
			h.Add(observed.Container{ID: "theirs", Name: "web", Status: observed.Running})
		}
		return nil
	}
	h.must(entries{"web": service()})
	diff(t, "containers", []string{"web running", "web-00000001 running"}, h.summary())
	diff(t, "unit", "active", h.units.State()["tripleo_web-00000001.service"].Active)
	diff(t, "units", 1, len(h.units.State()))
}

func TestContainersThatLiveInAnothersNamespacesFollowIt(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		first := entries{"pause": service(), "side": service("net", "container:pause"), "job": job("net", "container:pause")}
		h.must(first)
		second := entries{"pause": service("user", "root"), "side": service("net", "container:pause"), "job": job("net", "container:pause")}
		report := h.must(second)
		diff(t, "pause", plan.Recreated, outcome(t, report, "pause").Action)
		diff(t, "side", plan.Recreated, outcome(t, report, "side").Action)
		diff(t, "containers", []string{"job created one-shot", "pause running", "side running"}, h.summary())
		h.Forget()
		h.must(second)
		diff(t, "calls of the next run", []string(nil), h.Changes())
	}
}

func TestAReplacementThatWasInterruptedIsVerified(t *testing.T) {
	for name, c := range map[string]struct {
		then       applytest.Behaviour
		want       string // the image that runs in the end
		rolledBack bool
	}{
		"it stands":       {applytest.Behaviour{RunsOn: true}, "id-of-web:2", false},
		"it cannot stand": {applytest.Behaviour{RunsOn: true, Restarts: 3}, "id-of-web:1", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.must(entries{"web": service()})
			changed := entries{"web": service("image", "web:2")}
			h.Behave("web:2", applytest.Behaviour{RunsOn: true, Restarts: c.then.Restarts})
			h.KillAfter(7) // its start
			h.apply(context.Background(), changed)
			h.Resume()
			diff(t, "containers", []string{"web running", "web-00000003 exited"}, h.summary())
			_, report := h.apply(context.Background(), changed)
			diff(t, "rolled back", c.rolledBack, outcome(t, report, "web").RolledBack)
			diff(t, "containers", []string{"web running"}, h.summary())
			diff(t, "image", c.want, h.State().Containers[0].ImageID)
		})
	}
}

func TestAServiceThatCannotLiveFailsTheStepHoweverOftenItIsRestarted(t *testing.T) {
	h := newHost(t)
	restarted := false
	h.Before = func(c applytest.Call) error {
		if lists := slices.DeleteFunc(h.Calls(), func(c applytest.Call) bool { return c.Op != "list" }); c.Op == "list" && len(lists) == 2 && !restarted {
			restarted = true // between the look at the wave's end and that at the step's
			h.End("web", 1)
			return h.Start(context.Background(), "web")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"web": service()})
	o := outcome(t, report, "web")
	if o.Err == nil || !strings.Contains(o.Err.Error(), "was started again") {
		t.Errorf("error: %v", o.Err)
	}
}

var _ apply.Units = (*applytest.FakeUnits)(nil)

func TestTheFilesOfSystemdOrderAreAChange(t *testing.T) {
	h := newHostWithUnits(t)
	p := plan.Plan{OrderFiles: map[string]string{"paunch-containers.target": "[Unit]\n"}}
	report := apply.New(h.Fake, h.units, h.options).Run(context.Background(), p)
	diff(t, "error", nil, report.Err)
	diff(t, "commands", 1, len(report.Commands))
	diff(t, "target", "active", h.units.State()["paunch-containers.target"].Active)
}

func TestAnOpThatIsNotReachedSaysThatItsUnitWasWritten(t *testing.T) {
	h := newHostWithUnits(t)
	h.Behave("pause", applytest.Behaviour{StartErr: errors.New("no")})
	_, report := h.apply(context.Background(), entries{"pause": service(), "side": service("net", "container:pause")})
	o := outcome(t, report, "side")
	diff(t, "action", plan.NotReached, o.Action)
	diff(t, "changed", true, o.Changed)
	h.Behave("pause", applytest.Behaviour{RunsOn: true})
	h.must(entries{"pause": service(), "side": service("net", "container:pause")})
	h.unitsAreRight("in the end")
}

func TestAUnitThatLostItsContainerStartsTheNewOne(t *testing.T) {
	h := newHostWithUnits(t)
	raw := entries{"web": service()}
	h.must(raw)
	_ = h.Remove(context.Background(), "web") // and systemd holds the unit for active
	// A second unit that says that it runs the entry, as a run leaves that is killed while it moves one.
	h.units.Edit("other_web.service", strings.ReplaceAll(h.units.State()["tripleo_web.service"].Text, "tripleo_web", "other_web"))
	h.units.Set("other_web.service", "active")
	diff(t, "action", plan.Created, outcome(t, h.must(raw), "web").Action)
	diff(t, "containers", []string{"web running"}, h.summary())
	h.Forget()
	h.must(raw)
	diff(t, "calls of the next run", []string(nil), h.Changes())
	diff(t, "units", 1, len(h.units.State()))
}
