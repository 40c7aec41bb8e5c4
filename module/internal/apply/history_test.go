package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Histories are random sequences of edits, drift, kills, faults, reboots and applies on a fake host, each compared
// with a small model of what the host must look like. `make unit` runs some, `make test-histories` very many:
//
//	PAUNCH_HISTORIES  how many
//	PAUNCH_SEED       number of the first one; each has the number after the one before
//
// One that fails prints its number and what happened; PAUNCH_HISTORIES=1 PAUNCH_SEED=N runs it again.
func TestHistoriesEndAsTheModelSays(t *testing.T) {
	count, seed := fromEnv(t, "PAUNCH_HISTORIES", 200), fromEnv(t, "PAUNCH_SEED", 1)
	t.Logf("%d histories from seed %d", count, seed)
	points := newFailpoints()
	failed := 0
	for i := range count {
		synctest.Test(t, func(t *testing.T) {
			h := newHistory(t, uint64(seed+i), points)
			h.run()
			if h.wrong {
				failed++
			}
		})
		if failed >= 5 {
			t.Fatalf("stopped after %d wrong histories of %d", failed, i+1)
		}
	}
	points.report(t, count)
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// history is one sequence.
type history struct {
	*applytest.Fake
	*rand.Rand
	t        *testing.T
	seed     uint64
	units    *applytest.FakeUnits // nil without systemd
	options  apply.Options
	suffixes int
	wanted   map[string]wish
	// served are the services that ran after an apply and that nothing but applies has stopped since.
	served map[string]bool
	// theirs are the ids of what others made: foreign containers, and copies of ours.
	theirs  map[string]bool
	points  *failpoints
	fault   *fault
	log     []string
	kills   int // and interruptions since the last success
	boots   int // since the last success
	wrong   bool
	digests *record.Digester
}

// digests are shared by all histories: a digest of a secret is slow on purpose.
var digests = record.NewDigester()

func newHistory(t *testing.T, seed uint64, points *failpoints) *history {
	t.Helper()
	h := &history{
		Fake: applytest.NewFake("web:1", "web:2", "bad:1"), Rand: rand.New(rand.NewPCG(seed, 0)), t: t, seed: seed,
		wanted: map[string]wish{}, served: map[string]bool{}, theirs: map[string]bool{}, points: points, digests: digests,
	}
	h.options = apply.Options{
		Concurrency: 1, Timeout: time.Minute, HealthTimeout: time.Minute, Settle: 3 * time.Second, LogLines: 5,
	}
	if seed%4 == 0 { // the order of calls is not repeatable then
		h.options.Concurrency = 4
	}
	if h.IntN(2) == 0 {
		h.units = h.Units()
		h.note("a host with systemd")
	}
	h.Behave("bad:1", pick(h, []applytest.Behaviour{
		{ExitCode: 7},
		{StartErr: errors.New("no such port")},
		{CreateErr: errors.New("bad option")},
		{InitErr: errors.New("no such mount")},
		{MissingExecutable: true},
		{RunsFor: 30 * time.Second, Restarts: 3, ExitCode: 1},
	}))
	h.Before, h.After = h.before, h.after
	h.foreign("foreign")
	return h
}

func pick[T any](h *history, all []T) T { return all[h.IntN(len(all))] }

func (h *history) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf(format, args...))
}

// fail reports what is wrong, once for each history.
func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	if h.wrong {
		return
	}
	h.wrong = true
	h.t.Errorf("seed %d: %s\n%s\nthe last calls: %s\n%s", h.seed, fmt.Sprintf(format, args...), strings.Join(h.log, "\n"),
		strings.Join(h.Changes(), ", "), strings.Join(h.seen(), "\n"))
}

// seen is the host as it is.
func (h *history) seen() []string {
	var out []string
	for _, c := range h.State().Containers {
		out = append(out, fmt.Sprintf("  %s %.8s %s of %q %s created as %q replaces %q unit %q", c.Name, c.ID, c.Status, c.Labels[record.LabelContainerName],
			c.Labels[record.LabelDone], c.Labels[record.LabelCreatedAs], c.Labels[record.LabelReplaces], c.Labels[record.LabelUnit]))
	}
	if h.units != nil {
		for _, u := range h.units.State() {
			out = append(out, fmt.Sprintf("  unit %s %s enabled %v stale %v", u.Name, u.Active, u.Enabled, u.Stale))
		}
	}
	return out
}

// run is the whole of a history: steps, then an apply of what is wanted, with nothing in its way.
func (h *history) run() {
	for range 2 + h.IntN(4) {
		h.add()
	}
	h.apply()
	for range 3 + h.IntN(8) {
		if h.wrong {
			return
		}
		for range h.IntN(3) {
			pick(h, steps)(h)
		}
		h.edit()
		if h.IntN(4) > 0 && !h.anyRenamed() {
			h.fault = h.someFault()
		}
		h.apply()
	}
	for _, name := range h.names() {
		w := h.wanted[name]
		w.bad = false
		h.wanted[name] = w
	}
	h.note("what is bad is set right")
	h.apply()
}

func (h *history) names() []string { return slices.Sorted(maps.Keys(h.wanted)) }

// observe is what an apply observes.
func (h *history) observe() observed.State {
	s := h.State("web:1", "web:2", "bad:1")
	if h.units != nil {
		s.Units = h.units.State()
	}
	return s
}

// reconcile is one apply as the library does it.
func (h *history) reconcile(ctx context.Context) (plan.Plan, apply.Report) {
	raw := entries{}
	for name, w := range h.wanted {
		raw[name] = w.keys(h.t)
	}
	step, err := config.Load(config.Options{Inline: raw})
	if err != nil {
		h.t.Fatalf("seed %d: %v", h.seed, err)
	}
	p, err := plan.Compute(step, h.observe(), plan.Options{
		ManagedBy: "paunch", ConfigID: "step1", CleanOrphans: true, RestartStopped: true,
		Settle: observed.SettleTime(h.options.Settle), Digests: h.digests, Units: h.units != nil,
	})
	if err != nil {
		h.t.Fatalf("seed %d: %v", h.seed, err)
	}
	p = p.Carry(h.Volumes(p.Inspections())).WithRestarts(h.Restarts(p.RestartQueries()))
	o := h.options
	secrets := redact.NewMasker(redact.NewRules(nil), redact.Known{}).Find
	o.Labels = func(e config.Entry) map[string]string { return h.digests.Labels(e, "paunch", "step1", "salt", secrets) }
	o.Suffix = func(entry string) string {
		h.suffixes++
		return plan.Suffix(fmt.Sprintf("%0*d", plan.RandomLength, h.suffixes), "paunch", "step1", entry)
	}
	var units apply.Units
	if h.units != nil {
		units = h.units
	}
	return p, apply.New(h.Fake, units, o).Run(ctx, p)
}

// apply applies what is wanted, perhaps with a fault, and checks the host against the model.
func (h *history) apply() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f := h.fault
	if f != nil {
		f.interrupt = cancel
	}
	h.copiesGo()
	others, running := h.ofOthers(), h.running()
	h.Forget()
	p, report := h.reconcile(ctx)
	calls := h.Changes()
	if f != nil && f.dead {
		calls = calls[:min(len(calls), f.changes)]
	}
	reached := f != nil && f.reached
	h.fault = nil
	h.note("apply%s: %s\n    %s", f, strings.Join(briefly(report), ", "), strings.Join(calls, ", "))
	h.same("what others made", others, h.ofOthers())
	h.neverShown(p, report)
	switch {
	case reached && f.kills():
		h.afterKill()
	case reached && f.kind == interruption:
		h.kills++
		h.afterFailure(report, running, reached)
	case report.Failed() || reached:
		h.afterFailure(report, running, reached)
	default:
		h.afterSuccess()
	}
}

func briefly(r apply.Report) []string {
	var out []string
	if r.Err != nil {
		out = append(out, "ERROR "+r.Err.Error())
	}
	for _, o := range r.Outcomes {
		text := fmt.Sprintf("%s %s (%s)", o.Name, o.Action, o.Reason)
		if o.Err != nil {
			text += ": " + o.Err.Error()
		}
		out = append(out, text)
	}
	return out
}

func (h *history) same(what string, want, got []string) {
	h.t.Helper()
	if !slices.Equal(want, got) {
		h.fail("%s changed from\n%s\nto\n%s", what, strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}
