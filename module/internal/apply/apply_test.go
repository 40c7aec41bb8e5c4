package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/release"
)

// host is a fake engine with an executor on it.
type host struct {
	*applytest.Fake
	t        *testing.T
	options  apply.Options
	units    *applytest.FakeUnits // nil without systemd
	suffixes atomic.Int64
	podman   release.Release
	hashes   map[string]map[string]string // of config files: by entry, by path
	// unforeseen means that the test makes happen what no plan can know: doneAsPlanned asks nothing then.
	unforeseen bool
}

// newHostWithUnits is a host whose services systemd runs.
func newHostWithUnits(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.units = h.Units()
	return h
}

// state is what an apply observes.
func (h *host) state() observed.State {
	s := h.State("web:1", "web:2")
	if h.units != nil {
		s.Units = h.units.State()
	}
	return s
}

func newHost(t *testing.T) *host {
	t.Helper()
	return &host{Fake: applytest.NewFake("web:1", "web:2"), t: t, options: apply.Options{
		Concurrency: 4, Timeout: 5 * time.Second, HealthTimeout: 5 * time.Second, Settle: time.Millisecond, LogLines: 5, Insist: time.Nanosecond,
	}}
}

type entries = map[string]any

// apply plans and executes a config, as the library does.
func (h *host) apply(ctx context.Context, raw entries) (plan.Plan, apply.Report) {
	h.t.Helper()
	p, o := h.plan(raw)
	var units apply.Units
	if h.units != nil {
		units = h.units
	}
	return p, apply.New(h.Fake, units, o).Run(ctx, p)
}

// plan plans a config, and returns how an executor does it.
func (h *host) plan(raw entries) (plan.Plan, apply.Options) {
	h.t.Helper()
	step, err := config.Load(config.Options{Inline: raw})
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range step.Entries {
		step.Entries[i].ConfigHashes = h.hashes[step.Entries[i].Name]
	}
	digests := record.NewDigester()
	p, err := plan.Compute(step, h.state(), plan.Options{
		ManagedBy: "paunch", ConfigID: "step1", CleanOrphans: true, RestartStopped: true, Settle: observed.SettleTime(h.options.Settle), Digests: digests, Units: h.units != nil, Salt: "c2FsdA", WaitHealthy: h.options.WaitHealthy,
		Podman: h.podman,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	p = p.Carry(h.Volumes(p.Inspections())).WithRestarts(h.Restarts(p.RestartQueries()))
	o := h.options
	o.Labels = func(e config.Entry) map[string]string { return digests.Labels(e, "paunch", "step1", "salt", nil) }
	o.Renewed = func(e config.Entry, labels map[string]string, keys []string) (map[string]string, error) {
		return digests.Renewed(e, labels, keys, nil)
	}
	o.ResourceLabels = resourceLabels
	o.CommandLine = func(r apply.CreateRequest) []string { return []string{"podman", "create", r.Name} }
	o.Suffix = func(string) string { return fmt.Sprintf("%08d", h.suffixes.Add(1)) }
	return p, o
}

// must applies a config that has to succeed.
func (h *host) must(raw entries) apply.Report {
	h.t.Helper()
	p, report := h.apply(context.Background(), raw)
	for _, o := range report.Outcomes {
		if o.Err != nil {
			h.t.Fatalf("%s: %v", o.Name, o.Err)
		}
	}
	h.doneAsPlanned(p, report)
	return report
}

func outcome(t *testing.T, r apply.Report, name string) apply.Outcome {
	t.Helper()
	for _, o := range r.Outcomes {
		if o.Name == name && o.Action != plan.Removed {
			return o
		}
	}
	t.Fatalf("no outcome of %s", name)
	return apply.Outcome{}
}

// summary is the host's containers as "name entry status".
func (h *host) summary() []string {
	var out []string
	for _, c := range h.State().Containers {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Name, c.Status, c.Labels[record.LabelDone])))
	}
	return out
}

func service(more ...any) entries {
	e := entries{"image": "web:1", "restart": "always"}
	for i := 0; i+1 < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	return e
}

func job(more ...any) entries {
	e := service(more...)
	delete(e, "restart")
	e["detach"] = false
	return e
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestAFreshStepRunsWaveByWave(t *testing.T) {
	h := newHost(t)
	h.must(entries{
		"init": job(), "web": service("start_order", 1),
		"setup": entries{"action": "exec", "command": "web setup", "start_order": 1},
		"sync":  job("start_order", 2, "remove", true),
	})
	diff(t, "containers", []string{"init exited", "setup created exec", "sync created one-shot", "web running"}, h.summary())
	diff(t, "calls", []string{
		"create init", "start init", "create web", "start web", "exec web setup", "create setup",
		"create sync", "start sync", "remove sync", "create sync",
	}, h.Changes())
	h.Forget()
	report := h.must(entries{
		"init": job(), "web": service("start_order", 1),
		"setup": entries{"action": "exec", "command": "web setup", "start_order": 1},
		"sync":  job("start_order", 2, "remove", true),
	})
	diff(t, "calls of the second run", 0, len(h.Calls()))
	for _, o := range report.Outcomes {
		diff(t, "second run of "+o.Name, plan.Unchanged, o.Action)
	}
}

func TestAReplacementTakesThePlaceOnlyWhenItStands(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.Forget()
	report := h.must(entries{"web": service("net", "host")})
	diff(t, "calls", []string{
		"create web-00000002", "init web-00000002", "remove web-00000002", "create web-00000001",
		"stop web", "rename web web-00000003", "rename web-00000001 web", "start web", "remove web-00000003",
	}, h.Changes())
	o := outcome(t, report, "web")
	diff(t, "action", plan.Recreated, o.Action)
	diff(t, "containers", []string{"web running"}, h.summary())
}

func TestAFailedReplacementLosesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour applytest.Behaviour
		rolled    bool
		changed   bool
		says      string
	}{
		"it cannot be created":       {applytest.Behaviour{CreateErr: errors.New("bad option")}, false, false, "bad option"},
		"its executable is missing":  {applytest.Behaviour{MissingExecutable: true}, false, false, "the old container goes on running"},
		"it cannot be started":       {applytest.Behaviour{StartErr: errors.New("no such port")}, true, true, "no such port"},
		"it ends at once":            {applytest.Behaviour{ExitCode: 7, Stderr: []string{"no config"}}, true, true, "exit code 7"},
		"it does not become healthy": {applytest.Behaviour{RunsOn: true, Health: applytest.Fails}, true, true, "not healthy"},
		"it keeps ending":            {applytest.Behaviour{RunsOn: true, Restarts: 3}, true, true, "restarted 3 times"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.options.HealthTimeout = 50 * time.Millisecond
			h.must(entries{"web": service()})
			old := h.State().Containers[0].ID
			h.Behave("web:2", c.behaviour)
			changed := service("image", "web:2", "net", "host")
			if c.behaviour.Health != applytest.NoHealthcheck {
				changed["healthcheck"], changed["wait"] = entries{"test": "/check", "interval": "1s"}, "healthy"
			}
			_, report := h.apply(context.Background(), entries{"web": changed, "next": service("start_order", 1)})
			o := outcome(t, report, "web")
			if o.Err == nil || !strings.Contains(o.Err.Error(), c.says) {
				t.Errorf("error %v does not say %q", o.Err, c.says)
			}
			diff(t, "rolled back", c.rolled, o.RolledBack)
			diff(t, "changed", c.changed, o.Changed)
			diff(t, "containers", []string{"web running"}, h.summary())
			diff(t, "the old container", old, h.State().Containers[0].ID)
			diff(t, "the next wave", plan.NotReached, outcome(t, report, "next").Action)
		})
	}
}

func TestAJobThatFailsStopsTheStepAndRunsAgain(t *testing.T) {
	h := newHost(t)
	h.Behave("sync", applytest.Behaviour{ExitCode: 3, Stderr: []string{"Access denied"}})
	raw := entries{"sync": job(), "beside": service(), "web": service("start_order", 1)}
	_, report := h.apply(context.Background(), raw)
	o := outcome(t, report, "sync")
	diff(t, "exit code", 3, *o.ExitCode)
	diff(t, "stderr", "Access denied", o.Stderr)
	diff(t, "same wave", plan.Created, outcome(t, report, "beside").Action)
	diff(t, "later wave", plan.NotReached, outcome(t, report, "web").Action)

	h.Behave("sync", applytest.Behaviour{})
	report = h.must(raw)
	diff(t, "fixed", plan.Recreated, outcome(t, report, "sync").Action)
	diff(t, "same wave", plan.Unchanged, outcome(t, report, "beside").Action)
	diff(t, "later wave", plan.Created, outcome(t, report, "web").Action)
}

func TestAnExecThatFailsIsNotRecorded(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 1, Stderr: []string{"not yet"}})
	raw := entries{"web": service(), "setup": entries{"action": "exec", "command": "web setup", "start_order": 1}}
	_, report := h.apply(context.Background(), raw)
	o := outcome(t, report, "setup")
	diff(t, "stderr", "not yet", o.Stderr)
	diff(t, "containers", []string{"web running"}, h.summary())
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{})
	diff(t, "fixed", plan.Executed, outcome(t, h.must(raw), "setup").Action)
	diff(t, "again", plan.Unchanged, outcome(t, h.must(raw), "setup").Action)
}

func TestAServiceThatEndsAtOnceFailsItsWave(t *testing.T) {
	h := newHost(t)
	h.Behave("web", applytest.Behaviour{ExitCode: 1, Stderr: []string{"port taken"}})
	_, report := h.apply(context.Background(), entries{"web": service(), "next": service("start_order", 1)})
	o := outcome(t, report, "web")
	diff(t, "action", plan.Failed, o.Action)
	diff(t, "stderr", "port taken", o.Stderr)
	diff(t, "next wave", plan.NotReached, outcome(t, report, "next").Action)
}

func TestAServiceThatOnlyAFailureRestartsMayComplete(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		h.Behave("seed", applytest.Behaviour{ExitCode: 0})
		raw := entries{"seed": service("restart", "on-failure"), "next": service("start_order", 1)}
		diff(t, "first", plan.Created, outcome(t, h.must(raw), "seed").Action)
		h.Forget()
		report := h.must(raw)
		diff(t, "second", plan.Unchanged, outcome(t, report, "seed").Action)
		diff(t, "calls of the second run", []string(nil), h.Changes())
		raw["seed"] = service("restart", "on-failure", "net", "host")
		report = h.must(raw)
		diff(t, "replaced", plan.Recreated, outcome(t, report, "seed").Action)
		diff(t, "its exit code", 0, *outcome(t, report, "seed").ExitCode)
		diff(t, "containers", []string{"next running", "seed exited"}, h.summary())

		h.Behave("seed", applytest.Behaviour{ExitCode: 4})
		raw["seed"] = service("restart", "on-failure")
		_, report = h.apply(context.Background(), raw)
		if o := outcome(t, report, "seed"); o.Err == nil || *o.ExitCode != 4 {
			t.Errorf("%+v", o)
		}
	}
}

func TestTheExitCodeOfAServiceThatKeepsEndingIsThatOfItsLastRun(t *testing.T) {
	crashes := applytest.Behaviour{RunsOn: true, ExitCode: 3, Restarts: 2}
	t.Run("a new one", func(t *testing.T) {
		h := newHost(t)
		h.Behave("web", crashes)
		_, report := h.apply(context.Background(), entries{"web": service()})
		o := outcome(t, report, "web")
		if o.Err == nil || !strings.Contains(o.Err.Error(), "restarted 2 times already (exit code 3)") || *o.ExitCode != 3 {
			t.Errorf("%v, exit code %v", o.Err, o.ExitCode)
		}
	})
	t.Run("one that replaces another", func(t *testing.T) {
		h := newHost(t)
		h.must(entries{"web": service()})
		h.Behave("web:2", crashes)
		_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
		o := outcome(t, report, "web")
		if o.Err == nil || !strings.Contains(o.Err.Error(), "(exit code 3)") || *o.ExitCode != 3 {
			t.Errorf("%v, exit code %v", o.Err, o.ExitCode)
		}
	})
}

func TestAnEndForWantOfMemoryIsSaid(t *testing.T) {
	for name, e := range map[string]entries{"job": job(), "service": service()} {
		h := newHost(t)
		h.Behave(name, applytest.Behaviour{ExitCode: 137, OOMKilled: true})
		_, report := h.apply(context.Background(), entries{name: e})
		if o := outcome(t, report, name); o.Err == nil || !strings.Contains(o.Err.Error(), "137: it ran out of memory") {
			t.Errorf("%s: %v", name, o.Err)
		}
	}
}

func TestFireAndExitIsJudgedAtTheEndOfTheStep(t *testing.T) {
	fire := entries{"image": "web:1"}
	for name, c := range map[string]struct {
		behaviour applytest.Behaviour
		want      plan.Action
	}{
		"it runs on":   {applytest.Behaviour{RunsOn: true}, plan.Created},
		"it succeeded": {applytest.Behaviour{}, plan.Created},
		"it failed":    {applytest.Behaviour{ExitCode: 5}, plan.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.Behave("fire", c.behaviour)
			_, report := h.apply(context.Background(), entries{"fire": fire, "web": service("start_order", 1)})
			diff(t, "action", c.want, outcome(t, report, "fire").Action)
			diff(t, "the wave after it", plan.Created, outcome(t, report, "web").Action)
		})
	}
}

func TestAHealthGateHoldsTheNextWave(t *testing.T) {
	gated := service("healthcheck", entries{"test": "/check", "interval": "1s"}, "wait", "healthy", "health_timeout", 3)
	raw := entries{"db": gated, "web": service("start_order", 1)}
	h := newHost(t)
	h.Behave("db", applytest.Behaviour{RunsOn: true, Health: applytest.Passes, HealthyAfter: 1})
	report := h.must(raw)
	diff(t, "health", "healthy", outcome(t, report, "db").Health)
	diff(t, "second run", plan.Unchanged, outcome(t, h.must(raw), "db").Action)
}

func TestAHealthGateHoldsForAnEntryWithoutRestart(t *testing.T) {
	gated := entries{"image": "web:1", "healthcheck": entries{"test": "/check", "interval": "1s"}, "wait": "healthy"}
	for name, c := range map[string]struct {
		behaviour applytest.Behaviour
		says      string // "" = the next wave begins
	}{
		"it becomes healthy":      {applytest.Behaviour{RunsOn: true, Health: applytest.Passes}, ""},
		"it never does":           {applytest.Behaviour{RunsOn: true, Health: applytest.Fails}, "not healthy within"},
		"it succeeded":            {applytest.Behaviour{Health: applytest.Fails}, ""},
		"it failed":               {applytest.Behaviour{ExitCode: 5, Health: applytest.Fails}, "exit code 5"},
		"it ends well meanwhile":  {applytest.Behaviour{RunsFor: 20 * time.Millisecond, Health: applytest.Fails}, ""},
		"it has no healthcheck":   {applytest.Behaviour{RunsOn: true}, "no healthcheck"},
		"it ends badly meanwhile": {applytest.Behaviour{RunsFor: 20 * time.Millisecond, ExitCode: 6, Health: applytest.Fails}, "exit code 6"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.options.HealthTimeout = 50 * time.Millisecond
			if c.behaviour.RunsFor > 0 {
				h.options.HealthTimeout = 5 * time.Second
			}
			h.Behave("fire", c.behaviour)
			for run, raw := range map[string]entries{"the entry's gate": gated, "the step's gate": {"image": "web:1", "healthcheck": gated["healthcheck"]}} {
				if c.behaviour.Health == applytest.NoHealthcheck && run != "the entry's gate" {
					continue
				}
				h.options.WaitHealthy = run == "the step's gate"
				_, report := h.apply(context.Background(), entries{"fire": raw, "web": service("start_order", 1)})
				o := outcome(t, report, "fire")
				diff(t, run+": it fails", c.says != "", o.Err != nil)
				if o.Err != nil && !strings.Contains(o.Err.Error(), c.says) {
					t.Errorf("%s: %v", run, o.Err)
				}
				diff(t, run+": the next wave waits", c.says != "", outcome(t, report, "web").Action == plan.NotReached)
			}
		})
	}
}

func TestAReCreatedJobTellsOfItselfNotOfTheOldContainer(t *testing.T) {
	h := newHost(t)
	h.must(entries{"sync": job(), "fire": entries{"image": "web:1"}})
	before := map[string]time.Time{}
	for _, c := range h.State().Containers {
		before[c.Name] = c.StartedAt
	}
	report := h.must(entries{"sync": job("user", "root"), "fire": entries{"image": "web:1", "user": "root"}})
	for name, old := range before {
		if o := outcome(t, report, name); !o.StartedAt.After(old) {
			t.Errorf("%s was started %s, the old one %s", name, o.StartedAt, old)
		}
	}
	h.Behave("sync", applytest.Behaviour{StartErr: errors.New("no")})
	_, report = h.apply(context.Background(), entries{"sync": job("user", "nobody")})
	o := outcome(t, report, "sync")
	diff(t, "one that was never started", []any{true, true}, []any{o.StartedAt.IsZero(), o.ExitCode == nil})
}

func TestARunningJobIsNotKilledByAChange(t *testing.T) {
	h := newHost(t)
	h.Behave("sync", applytest.Behaviour{RunsOn: true})
	ctx, cancel := context.WithCancel(context.Background())
	h.Before = cancelOn("wait", cancel)
	h.apply(ctx, entries{"sync": job()})
	h.Behave("sync", applytest.Behaviour{})
	h.Forget()
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" {
			h.End("sync", 0)
		}
		return nil
	}
	h.must(entries{"sync": job("user", "root")})
	if calls := h.Calls(); calls[0].Op != "wait" {
		t.Errorf("the first call is %s", calls[0])
	}
}

func TestARollBackStartsTheOldOneWhateverElseFails(t *testing.T) {
	for name, c := range map[string]struct {
		killed int  // run a first replacement up to this call
		busy   bool // the new container cannot be removed
	}{"the new one cannot be removed": {0, true}, "a killed run had stopped the old one": {6, false}} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.must(entries{"db": service()})
			h.Behave("web:2", applytest.Behaviour{ExitCode: 1})
			if c.killed > 0 {
				h.KillBefore(c.killed)
				h.apply(context.Background(), entries{"db": service("image", "web:2")})
				h.Resume()
			}
			h.Before = func(call applytest.Call) error {
				if c.busy && call.String() == "remove db-00000001" {
					return errors.New("device or resource busy")
				}
				return nil
			}
			_, report := h.apply(context.Background(), entries{"db": service("image", "web:2")})
			diff(t, "rolled back", true, outcome(t, report, "db").RolledBack)
			for _, container := range h.State("web:1").Containers {
				if container.ImageID == "id-of-web:1" {
					diff(t, "the old one", observed.Running, container.Status)
				}
			}
		})
	}
}

func TestTheStepsGateIsAskedAgainInTheNextRun(t *testing.T) {
	h := newHost(t)
	h.options.WaitHealthy, h.options.HealthTimeout = true, 50*time.Millisecond
	h.Behave("db", applytest.Behaviour{RunsOn: true, Health: applytest.Fails})
	raw := entries{"db": service("healthcheck", entries{"test": "/check", "interval": "1s"}), "web": service("start_order", 1)}
	for _, run := range []string{"first", "second"} {
		_, report := h.apply(context.Background(), raw)
		diff(t, run+" run: the next wave", plan.NotReached, outcome(t, report, "web").Action)
	}
}

func TestAnInterruptedRunStopsWaitingAndUndoesWhatIsHalfMade(t *testing.T) {
	t.Run("a job runs on", func(t *testing.T) {
		h := newHost(t)
		h.Behave("sync", applytest.Behaviour{RunsOn: true})
		ctx, cancel := context.WithCancel(context.Background())
		h.Before = cancelOn("wait", cancel)
		_, report := h.apply(ctx, entries{"sync": job(), "web": service("start_order", 1)})
		diff(t, "containers", []string{"sync running"}, h.summary())
		diff(t, "the next wave", plan.NotReached, outcome(t, report, "web").Action)
	})
	t.Run("a replacement is rolled back", func(t *testing.T) {
		h := newHost(t)
		h.must(entries{"web": service()})
		h.options.Settle = time.Minute
		ctx, cancel := context.WithCancel(context.Background())
		h.Before = cancelOn("wait", cancel)
		_, report := h.apply(ctx, entries{"web": service("net", "host")})
		o := outcome(t, report, "web")
		diff(t, "rolled back", true, o.RolledBack)
		diff(t, "containers", []string{"web running"}, h.summary())
	})
}

func cancelOn(op string, cancel func()) func(applytest.Call) error {
	return func(c applytest.Call) error {
		if c.Op == op {
			cancel()
		}
		return nil
	}
}

func TestAPanicInOneOpFailsThatOpOnly(t *testing.T) {
	h := newHost(t)
	h.Before = func(c applytest.Call) error {
		if c.Op == "create" && c.Container == "bad" {
			panic("unforeseen")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"bad": service(), "good": service()})
	if o := outcome(t, report, "bad"); o.Err == nil || !strings.Contains(o.Err.Error(), "unforeseen") {
		t.Errorf("error: %v", o.Err)
	}
	diff(t, "good", plan.Created, outcome(t, report, "good").Action)
}

func TestPullsAreTriedAgainWhereThatCanHelp(t *testing.T) {
	h := newHost(t)
	h.AddRemote("reg/a:1", "a1")
	h.FailPulls("reg/a:1", errors.New("connection reset"))
	h.FailPulls("reg/b:1", fmt.Errorf("%w: manifest unknown", apply.ErrPermanent))
	h.options.PullRetries = 2
	pulled, err := apply.New(h.Fake, nil, h.options).Pull(context.Background(), []plan.Pull{{Image: "reg/a:1", Policy: "missing"}, {Image: "reg/b:1", Policy: "missing"}})
	if err == nil || !strings.Contains(err.Error(), "manifest unknown") || strings.Contains(err.Error(), "reg/a:1") {
		t.Errorf("error: %v", err)
	}
	if len(pulled) != 1 || pulled[0].ID != "a1" || !pulled[0].Moved {
		t.Errorf("pulled: %+v", pulled)
	}
	tries := 0
	for _, c := range h.Calls() {
		if c.Op == "pull" && c.Container == "reg/b:1" {
			tries++
		}
	}
	diff(t, "tries of what cannot pass", 1, tries)
}

// TestAKillAtAnyCallIsRepairedByTheNextRun kills a run before and after each call that changes the host,
// and demands of the next run the wanted state, of the one after it that it changes nothing.
func TestAKillAtAnyCallIsRepairedByTheNextRun(t *testing.T) {
	first := entries{
		"init": job(), "web": service("start_order", 1), "db": service("start_order", 1),
		"setup": entries{"action": "exec", "command": "db setup", "start_order": 2},
		"gone":  job("remove", true), "orphan": service(),
	}
	second := entries{
		"init": job("privileged", true), "web": service("start_order", 1, "net", "host"),
		"db":    service("start_order", 1, "image", "web:2"),
		"setup": entries{"action": "exec", "command": "db setup more", "start_order": 2},
		"gone":  job("remove", true, "user", "root"),
	}
	for name, c := range map[string]struct {
		prepare, run entries
		want         []string
	}{
		"cold":      {nil, first, []string{"db running", "gone created one-shot", "init exited", "orphan running", "setup created exec", "web running"}},
		"replacing": {first, second, []string{"db running", "gone created one-shot", "init exited", "setup created exec", "web running"}},
	} {
		for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, units %v, the call's effect %v", name, make(t).units != nil, after), func(t *testing.T) {
					n := 0
					for killed(t, make(t), n, after, c.prepare, c.run, c.want) {
						n++
					}
					if n < 10 {
						t.Fatalf("only %d calls were made", n)
					}
				})
			}
		}
	}
}

// killed kills one run at its n-th call; false when there were fewer.
func killed(t *testing.T, h *host, n int, after bool, prepare, run entries, want []string) bool {
	t.Helper()
	h.options.Concurrency = 1
	if prepare != nil {
		h.must(prepare)
	}
	if after {
		h.KillAfter(n)
	} else {
		h.KillBefore(n)
	}
	h.apply(context.Background(), run)
	if !h.Resume() {
		return false
	}
	h.must(run)
	diff(t, fmt.Sprintf("containers after a kill at call %d", n), want, h.summary())
	h.unitsAreRight(fmt.Sprintf("after a kill at call %d", n))
	p, report := h.apply(context.Background(), run)
	if p.Changes() || slices.ContainsFunc(report.Outcomes, func(o apply.Outcome) bool { return o.Changed }) {
		t.Errorf("a kill at call %d: the second run still changes:\n%s", n, p)
	}
	return true
}

// unitsAreRight demands that each running service has an active, enabled unit of its name, and that there
// is no other.
func (h *host) unitsAreRight(when string) {
	h.t.Helper()
	if h.units == nil {
		return
	}
	var want, got []string
	for _, c := range h.State().Containers {
		if c.Status == observed.Running {
			want = append(want, "tripleo_"+c.Name+".service true active")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.units.State())) {
		u := h.units.State()[name]
		got = append(got, fmt.Sprintf("%s %v %s", u.Name, u.Enabled, u.Active))
	}
	diff(h.t, "units "+when, want, got)
}

func TestNameThatWasTakenMeanwhileGivesAUniqueOne(t *testing.T) {
	h := newHost(t)
	h.Before = func(c applytest.Call) error {
		if c.Op == "create" && c.Container == "web" {
			h.Add(observed.Container{ID: "theirs", Name: "web", Status: observed.Running})
		}
		return nil
	}
	h.unforeseen = true
	h.must(entries{"web": service()})
	diff(t, "containers", []string{"web running", "web-00000001 running"}, h.summary())
}

func TestAServiceThatIsStartedAgainShowsNoLinesOfEarlierRuns(t *testing.T) {
	h := newHost(t)
	h.Behave("web", applytest.Behaviour{RunsOn: true, Stdout: []string{"synced"}})
	h.must(entries{"web": service()})
	h.End("web", 0)
	h.Behave("web", applytest.Behaviour{ExitCode: 3})
	_, report := h.apply(context.Background(), entries{"web": service()})
	o := outcome(t, report, "web")
	diff(t, "action and output", []any{plan.Failed, ""}, []any{o.Action, o.Stdout})
}

func TestATailKeepsTheLastLinesInBoundedMemory(t *testing.T) {
	var tail apply.Tail
	for i := range 100_000 {
		_, _ = fmt.Fprintf(&tail, "line %d\n", i)
	}
	diff(t, "lines", "line 99998\nline 99999", tail.Lines(2))
	var giant apply.Tail
	_, _ = giant.Write([]byte(strings.Repeat("x", 1<<20) + "end"))
	if got := giant.Lines(5); !strings.HasSuffix(got, "end") || len(got) > 20_000 {
		t.Errorf("%d bytes", len(got))
	}
	if got := giant.Lines(5); !strings.HasPrefix(got, redact.Elided+"x") {
		t.Errorf("a line that was cut begins with %.10q", got)
	}
	var umlauts apply.Tail
	_, _ = umlauts.Write([]byte(strings.Repeat("ü", 16*1024) + "e"))
	if got := umlauts.Lines(5); !strings.HasPrefix(got, redact.Elided+"ü") {
		t.Errorf("a line that was cut in a character begins with %.20q", got)
	}
	var pieces apply.Tail
	for _, piece := range []string{"a\nb", "b\nc", "c"} {
		_, _ = pieces.Write([]byte(piece))
	}
	diff(t, "lines in pieces", "bb\ncc", pieces.Lines(2))
	diff(t, "fewer lines than wanted", "a\nbb\ncc", pieces.Lines(5))
	var odd apply.Tail
	_, _ = odd.Write([]byte("a\xffb\n"))
	diff(t, "invalid UTF-8", "a\uFFFDb", odd.Lines(1))
}

func resourceLabels(res config.Resource, salt string) map[string]string {
	return digests.ResourceLabels(res, "paunch", "step1", salt, nil)
}
