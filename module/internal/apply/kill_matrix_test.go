package apply_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// play makes a host as a scene finds it.
func (s scene) play(t *testing.T, newHost func(*testing.T) *host) *host {
	t.Helper()
	h := newHost(t)
	h.options.Concurrency, h.unforeseen = 1, true
	if s.before != nil {
		s.before(h)
	}
	if s.from != nil {
		h.apply(context.Background(), s.from)
	}
	if s.prepare != nil {
		s.prepare(h)
	}
	h.Forget()
	return h
}

// matrix counts the schedules, and what they cover.
type matrix struct {
	schedules  int
	procedures map[replacement.Procedure]int
	calls      map[replacement.Call]int
}

func (m *matrix) count(p plan.Plan) {
	for _, op := range append(p.Ops(), p.AllRemovals()...) {
		m.procedures[op.Procedure]++
		for _, s := range op.Steps {
			if !s.Made {
				m.calls[s.Call]++
			}
		}
	}
}

// TestARunThatIsKilledAtAnyStepOfItsPlanIsRepairedByTheNext kills a run before and after each call of the steps of its
// plan, for each scene, with systemd and without.
func TestARunThatIsKilledAtAnyStepOfItsPlanIsRepairedByTheNext(t *testing.T) {
	m := &matrix{procedures: map[replacement.Procedure]int{}, calls: map[replacement.Call]int{}}
	all := scenes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for kind, newHost := range hosts() {
			if only := all[name].only; only == "" || only == kind {
				t.Run(name+", "+kind, func(t *testing.T) { m.kill(t, all[name], newHost) })
			}
		}
	}
	t.Logf("%d schedules", m.schedules)
	for name, value := range constantsOf(t, "Procedure") {
		if m.procedures[replacement.Procedure(value)] == 0 && !slices.Contains(ofVerbs(), replacement.Procedure(value)) {
			t.Errorf("no scene has the procedure %s", name)
		}
	}
	for name, value := range constantsOf(t, "Call") {
		if m.calls[replacement.Call(value)] == 0 {
			t.Errorf("no scene has the call %s", name)
		}
	}
}

// ofVerbs are the procedures that no apply has: verb_test.go kills the verbs that have them, at each of their calls.
func ofVerbs() []replacement.Procedure { return []replacement.Procedure{replacement.StopIt} }

// kill kills the run of a scene at each call of its plan.
func (m *matrix) kill(t *testing.T, s scene, newHost func(*testing.T) *host) {
	t.Helper()
	var want []string
	var calls int
	synctest.Test(t, func(t *testing.T) {
		h := s.play(t, newHost)
		p, report := h.apply(context.Background(), s.to)
		if report.Failed() {
			t.Fatalf("it fails without a kill: %v", report.Outcomes)
		}
		m.count(p)
		diff(t, "the calls of the run", schedule(p), h.made())
		want, calls = h.serving(), len(h.Changes())
	})
	for n := range calls {
		for _, after := range []bool{false, true} {
			m.schedules++
			synctest.Test(t, func(t *testing.T) {
				h := s.play(t, newHost)
				if after {
					h.KillAfter(n)
				} else {
					h.KillBefore(n)
				}
				h.apply(context.Background(), s.to)
				when := fmt.Sprintf("killed at call %d of %v, after it: %v", n, h.Changes(), after)
				if !h.Resume() {
					t.Fatalf("%s: not reached", when)
				}
				if !s.two {
					h.neverTwo(when)
				}
				h.recovers(s.to, want, when)
			})
			if t.Failed() {
				return
			}
		}
	}
}

// TestAFailingRunThatIsKilledAtAnyCallReturnsToWhatRan does so where what is new fails, so that the run rolls back: with the
// config as it was, the next run leaves the containers that ran before.
func TestAFailingRunThatIsKilledAtAnyCallReturnsToWhatRan(t *testing.T) {
	m := &matrix{procedures: map[replacement.Procedure]int{}, calls: map[replacement.Call]int{}}
	all := scenes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		if s.prepare != nil || !strings.Contains(fmt.Sprint(s.to), "web:2") || s.from == nil {
			continue
		}
		for kind, newHost := range hosts() {
			for how, fails := range map[string]applytest.Behaviour{"it exits": {ExitCode: 7}, "it cannot be started": {StartErr: errors.New("no")}} {
				t.Run(name+", "+kind+", "+how, func(t *testing.T) { m.killFailing(t, s, newHost, fails) })
			}
		}
	}
	t.Logf("%d schedules", m.schedules)
}

// killFailing kills the run of a scene, whose new containers fail, at each of its calls.
func (m *matrix) killFailing(t *testing.T, s scene, newHost func(*testing.T) *host, fails applytest.Behaviour) {
	t.Helper()
	calls := 0
	var want []string
	synctest.Test(t, func(t *testing.T) {
		h := s.play(t, newHost)
		want = h.serving()
		h.Behave("web:2", fails)
		if _, report := h.apply(context.Background(), s.to); !report.Failed() {
			t.Fatal("it does not fail")
		}
		calls = len(h.Changes())
	})
	for n := range calls {
		for _, after := range []bool{false, true} {
			m.schedules++
			synctest.Test(t, func(t *testing.T) {
				h := s.play(t, newHost)
				ran := h.runningIDs()
				h.Behave("web:2", fails)
				if after {
					h.KillAfter(n)
				} else {
					h.KillBefore(n)
				}
				h.apply(context.Background(), s.to)
				when := fmt.Sprintf("killed at call %d of %v, after it: %v", n, h.Changes(), after)
				if !h.Resume() {
					t.Fatalf("%s: not reached", when)
				}
				h.neverTwo(when)
				h.recovers(s.from, want, when)
				diff(t, when+": what ran", ran, h.runningIDs())
			})
			if t.Failed() {
				return
			}
		}
	}
}

// recovers demands that further runs lead to what a run that is not killed leads to, and that the one after changes
// nothing.
func (h *host) recovers(to entries, want []string, when string) {
	h.t.Helper()
	for range 2 { // what an interrupted run put aside may go with the second one
		if _, report := h.apply(context.Background(), to); report.Failed() {
			for _, o := range report.Outcomes {
				h.t.Errorf("%s: the next run: %s: %s: %v", when, o.Name, o.Action, o.Err)
			}
			return
		}
		h.neverTwo(when + ", and the next run")
	}
	diff(h.t, when+": what is left", want, h.serving())
	h.Forget()
	h.apply(context.Background(), to)
	diff(h.t, when+": changes of one more run", []string(nil), h.Changes())
}

// runningIDs are the ids of the containers that run, sorted.
func (h *host) runningIDs() []string {
	var ids []string
	for _, c := range h.State().Containers {
		if c.Status == observed.Running {
			ids = append(ids, c.ID[:min(8, len(c.ID))])
		}
	}
	slices.Sort(ids)
	return ids
}

// neverTwo demands that no two containers of an entry run, and that foreign ones are as they were.
func (h *host) neverTwo(when string) {
	h.t.Helper()
	running := map[string]int{}
	for _, c := range h.State().Containers {
		if entry := c.Labels[record.LabelContainerName]; entry != "" && c.Alive() {
			running[entry]++
		}
		if c.ID == "theirs" && (c.Name != "web" || c.Status != observed.Running) {
			h.t.Errorf("%s: the foreign container is %s, %s", when, c.Name, c.Status)
		}
	}
	for entry, n := range running {
		if n > 1 {
			h.t.Errorf("%s: %d containers of %s run", when, n, entry)
		}
	}
}

// serving are the containers, without what is random in their names, the units, and the resources of a host.
func (h *host) serving() []string {
	var all []string
	for _, line := range h.summary() {
		all = append(all, random.ReplaceAllString(line, "-*"))
	}
	if h.units != nil {
		for name, u := range h.units.State() {
			all = append(all, fmt.Sprintf("%s %s enabled %v stale %v", random.ReplaceAllString(name, "-*"), u.Active, u.Enabled, u.Stale))
		}
	}
	for kind, resources := range h.Resources() {
		all = append(all, fmt.Sprintf("%d of kind %s", len(resources), kind))
	}
	slices.Sort(all)
	return all
}

// constantsOf returns the values of the constants of a type of package replacement, by name.
func constantsOf(t *testing.T, typeName string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../replacement/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	all := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typeName {
				if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
					all[spec.Names[0].Name], _ = strconv.Unquote(lit.Value)
				}
			}
			return true
		})
	}
	return all
}
