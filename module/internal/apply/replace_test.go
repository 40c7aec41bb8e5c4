package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// says demands a failure that says something.
func says(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v does not say %q", err, text)
	}
}

func TestAReplacedServiceStaysStoppedWhereAClusterManagerStoppedIt(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		managed := func(more ...any) entries { return entries{"db": service(append(more, "restart_stopped", false)...)} }
		h.must(managed())
		if h.units != nil {
			_ = h.units.Stop(context.Background(), "tripleo_db.service")
		}
		h.End("db", 0)
		o := outcome(t, h.must(managed("image", "web:2")), "db")
		diff(t, "action and state", []any{plan.Recreated, observed.Created}, []any{o.Action, o.State})
		diff(t, "containers", []string{"db created"}, h.summary())
		h.Forget()
		diff(t, "again", plan.Unchanged, outcome(t, h.must(managed("image", "web:2")), "db").Action)
		diff(t, "calls of the second run", []string(nil), h.Changes())

		// The cluster manager starts it: from then on it is replaced by one that runs.
		if h.units != nil {
			_ = h.units.Start(context.Background(), "tripleo_db.service")
		} else {
			_ = h.Start(context.Background(), "db")
		}
		h.must(managed())
		diff(t, "containers", []string{"db running"}, h.summary())
	}
}

func TestAServiceThatItsClusterManagerStartsMeanwhileIsNotReplacedByAStoppedOne(t *testing.T) {
	h := newHost(t)
	h.must(entries{"db": service("restart_stopped", false)})
	h.End("db", 0)
	h.Before = func(c applytest.Call) error {
		if c.Op == "create" {
			return h.Start(context.Background(), "db")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"db": service("restart_stopped", false, "image", "web:2")})
	says(t, outcome(t, report, "db").Err, "it was started meanwhile")
	diff(t, "containers", []string{"db running"}, h.summary())
}

func TestTheOldContainerMayBeRemovedWhileItIsStopped(t *testing.T) {
	remove := func(h *host) func(applytest.Call) error {
		old := h.State().Containers[0].ID
		done := false
		return func(c applytest.Call) error {
			if c.Op == "stop" && c.Container == "web" && !done {
				done = true
				return h.Remove(context.Background(), old)
			}
			return nil
		}
	}
	t.Run("the new one takes its place", func(t *testing.T) {
		h := newHost(t)
		h.must(entries{"web": service()})
		h.Before, h.unforeseen = remove(h), true
		h.must(entries{"web": service("image", "web:2")})
		diff(t, "containers", []string{"web running"}, h.summary())
	})
	t.Run("a new one that fails is kept, as there is nothing to return to", func(t *testing.T) {
		h := newHost(t)
		h.must(entries{"web": service()})
		h.Behave("web:2", applytest.Behaviour{ExitCode: 7})
		h.Before = remove(h)
		_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
		o := outcome(t, report, "web")
		says(t, o.Err, "the previous container was removed meanwhile")
		diff(t, "rolled back", false, o.RolledBack)
		diff(t, "containers", []string{"web exited"}, h.summary())
	})
}

func TestAHealthGateKeepsTheSettleTimeToo(t *testing.T) {
	h := newHost(t)
	h.options.Settle = 300 * time.Millisecond
	h.must(entries{"web": service()})
	h.Behave("web:2", applytest.Behaviour{Health: applytest.Passes, RunsFor: 50 * time.Millisecond, ExitCode: 9})
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2", "wait", "healthy", "healthcheck", entries{"test": "/check", "interval": "1s"})})
	o := outcome(t, report, "web")
	says(t, o.Err, "exit code 9")
	diff(t, "rolled back", true, o.RolledBack)
	diff(t, "containers", []string{"web running"}, h.summary())
}

func TestAHealthGateWithoutAHealthcheckIsRefusedBeforeAnythingStops(t *testing.T) {
	for name, c := range map[string]struct {
		from entries
		want []string
	}{
		"a service that runs": {service(), []string{"web running"}},
		"a job that has run":  {job(), []string{"web exited"}},
		"none":                {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			if c.from != nil {
				h.must(entries{"web": c.from})
			}
			h.Forget()
			gated := entries{"web": service("image", "web:2", "wait", "healthy")}
			_, report := h.apply(context.Background(), gated)
			says(t, outcome(t, report, "web").Err, "it has no healthcheck to wait for")
			diff(t, "containers", c.want, h.summary())
			for _, call := range h.Changes() {
				if strings.HasPrefix(call, "stop") || strings.HasPrefix(call, "start") {
					t.Errorf("call %s", call)
				}
			}
			h.Behave("web:2", applytest.Behaviour{RunsOn: true, Health: applytest.Passes}) // the image's own
			h.must(gated)
			diff(t, "containers", []string{"web running"}, h.summary())
		})
	}
}

func TestAJobThatHasEndedIsNotRunAgainByARollBack(t *testing.T) {
	h := newHost(t)
	h.must(entries{"sync": job()})
	before := h.State().Containers[0]
	h.Behave("web:2", applytest.Behaviour{StartErr: errors.New("no such port")})
	_, report := h.apply(context.Background(), entries{"sync": service("image", "web:2")})
	o := outcome(t, report, "sync")
	diff(t, "rolled back and state", []any{true, observed.Exited}, []any{o.RolledBack, o.State})
	after := h.State().Containers[0]
	diff(t, "the job", []any{before.ID, before.StartedAt, "sync"}, []any{after.ID, after.StartedAt, after.Name})
	diff(t, "changed back", plan.Unchanged, outcome(t, h.must(entries{"sync": job()}), "sync").Action)
}

func TestARunningJobThatBecomesAServiceIsWaitedForFirst(t *testing.T) {
	h := newHost(t)
	h.Behave("web:1", applytest.Behaviour{RunsOn: true})
	ctx, cancel := context.WithCancel(context.Background())
	h.Before = cancelOn("wait", cancel)
	h.apply(ctx, entries{"sync": job()})
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" && h.image("sync") == "id-of-web:1" {
			h.End("sync", 0)
		}
		return nil
	}
	h.Forget()
	h.must(entries{"sync": service("image", "web:2")})
	if calls := h.Calls(); calls[0].Op != "wait" {
		t.Errorf("the first call is %s", calls[0])
	}
	diff(t, "containers", []string{"sync running"}, h.summary())
}

func TestAServiceThatBecomesAJobIsNotWaitedFor(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		h.must(entries{"web": service()})
		h.Behave("web:2", applytest.Behaviour{ExitCode: 3, Stderr: []string{"no database"}})
		_, report := h.apply(context.Background(), entries{"web": job("image", "web:2")})
		o := outcome(t, report, "web")
		diff(t, "rolled back, exit code, output", []any{true, 3, "no database"}, []any{o.RolledBack, *o.ExitCode, o.Stderr})
		diff(t, "containers", []string{"web running"}, h.summary())
		h.Behave("web:2", applytest.Behaviour{})
		o = outcome(t, h.must(entries{"web": job("image", "web:2")}), "web")
		diff(t, "exit code and state", []any{0, observed.Exited}, []any{*o.ExitCode, o.State})
		diff(t, "containers", []string{"web exited"}, h.summary())
		h.unitsAreRight("in the end")
	}
}

func TestAnInterruptedJobInTheFormerPlaceOfAServiceRunsOnAndIsWaitedFor(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.Behave("web:2", applytest.Behaviour{RunsOn: true})
	ctx, cancel := context.WithCancel(context.Background())
	h.Before = cancelOn("wait", cancel)
	_, report := h.apply(ctx, entries{"web": job("image", "web:2")})
	h.Before = nil
	says(t, outcome(t, report, "web").Err, "it runs on")
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" {
			h.End("web", 0)
		}
		return nil
	}
	h.must(entries{"web": job("image", "web:2")})
	diff(t, "containers", []string{"web exited"}, h.summary())
}

func TestAnExecThatTakesAServicesNameRemovesItOnlyWhenItIsDone(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		h.must(entries{"db": service(), "web": service()})
		h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 1})
		raw := entries{"db": service(), "web": entries{"action": "exec", "command": "db setup", "start_order": 1}}
		_, report := h.apply(context.Background(), raw)
		says(t, outcome(t, report, "web").Err, "exit code 1")
		diff(t, "containers", []string{"db running", "web running"}, h.summary())
		h.BehaveCommand([]string{"setup"}, applytest.Behaviour{})
		h.must(raw)
		diff(t, "containers", []string{"db running", "web created exec"}, h.summary())
		h.unitsAreRight("in the end")
		h.Forget()
		h.must(raw)
		diff(t, "calls of the next run", []string(nil), h.Changes())
	}
}

func TestARollBackUsesWhateverNameAndWayItCan(t *testing.T) {
	for name, broken := range map[string]string{
		"the new one does not give the name away": "rename web web-00000001",
		"the name is not given back":              "rename web-00000003 web",
		"the unit does not start":                 "unit-start tripleo_web.service",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostWithUnits(t)
			h.must(entries{"web": service()})
			old := h.State().Containers[0].ID
			h.Behave("web:2", applytest.Behaviour{ExitCode: 7})
			starts := 0
			h.Before = func(c applytest.Call) error {
				if c.Op == "unit-start" {
					starts++
				}
				if c.String() == broken && (c.Op != "unit-start" || starts > 1) {
					return errors.New("no space left on device")
				}
				return nil
			}
			_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
			h.Before = nil
			diff(t, "rolled back", true, outcome(t, report, "web").RolledBack)
			for _, c := range h.State().Containers {
				diff(t, "what is left", []any{old, observed.Running}, []any{c.ID, c.Status})
			}
			h.must(entries{"web": service()})
			diff(t, "containers", []string{"web running"}, h.summary())
			h.unitsAreRight("in the end")
		})
	}
}

func TestTwoNeverRunWhereTheNewOneCannotBeStopped(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.Behave("web:2", applytest.Behaviour{RunsOn: true, Restarts: 3})
	h.Before = func(c applytest.Call) error {
		if (c.Op == "stop" || c.Op == "remove") && strings.HasPrefix(c.Container, "web") && h.image(c.Container) == "id-of-web:2" && h.running(c.Container) {
			return errors.New("it does not end")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
	says(t, outcome(t, report, "web").Err, "still runs")
	running := 0
	for _, c := range h.State().Containers {
		if c.Status == observed.Running {
			running++
		}
	}
	diff(t, "running", 1, running)
}

func (h *host) image(name string) string {
	for _, c := range h.State().Containers {
		if c.Name == name {
			return c.ImageID
		}
	}
	return ""
}

func (h *host) running(name string) bool {
	for _, c := range h.State().Containers {
		if c.Name == name {
			return c.Status == observed.Running
		}
	}
	return false
}

func TestAContainerIsNeverPreparedUnderATemporaryNameAndThenUsed(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.Forget()
	h.must(entries{"web": service("image", "web:2")})
	prepared := ""
	for _, c := range h.Calls() {
		if c.Op == "init" {
			prepared = c.Container
		}
	}
	if prepared == "" || h.State().Containers[0].Labels[record.LabelCreatedAs] == prepared {
		t.Errorf("%q was prepared and used", prepared)
	}
}

func TestThePreviousContainerIsNotStartedWhileTheNewOneCannotBeStopped(t *testing.T) {
	h := newHost(t)
	h.options.HealthTimeout = 50 * time.Millisecond
	h.options.Insist = time.Millisecond
	h.must(entries{"web": service()})
	old := h.State().Containers[0].ID
	h.Behave("web:2", applytest.Behaviour{RunsOn: true, Health: applytest.Fails})
	started := false
	h.Before = func(c applytest.Call) error {
		started = started || c.Op == "start"
		if started && (c.Op == "stop" || c.Op == "remove") {
			return errors.New("it hangs")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2", "wait", "healthy")})
	h.Before = nil
	diff(t, "action", plan.Failed, outcome(t, report, "web").Action)
	for _, c := range h.State().Containers {
		if (c.ID == old) == (c.Status == observed.Running) {
			t.Errorf("%s (previous: %v) is %s", c.Name, c.ID == old, c.Status)
		}
	}
}
