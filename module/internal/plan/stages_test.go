package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// TestAPlanDoesNotDependOnTheOrderOfTheLook shuffles what a look at the host returns.
func TestAPlanDoesNotDependOnTheOrderOfTheLook(t *testing.T) {
	all := situations()
	for name, build := range all {
		t.Run(name, func(t *testing.T) {
			s := build(t, 30)
			want := s.compute(t).String()
			r := rand.New(rand.NewPCG(1, 2))
			for range 5 {
				s.state.Containers = slices.Clone(s.state.Containers)
				r.Shuffle(len(s.state.Containers), func(i, k int) {
					s.state.Containers[i], s.state.Containers[k] = s.state.Containers[k], s.state.Containers[i]
				})
				if diff := cmp.Diff(want, s.compute(t).String()); diff != "" {
					t.Fatalf("plan of the same host in another order (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestAPlanLeavesWhatItIsMadeFromAsItWas computes a plan twice from the same values.
func TestAPlanLeavesWhatItIsMadeFromAsItWas(t *testing.T) {
	all := situations()
	for name, build := range all {
		t.Run(name, func(t *testing.T) {
			s := build(t, 20)
			before := fmt.Sprintf("%+v", s.state)
			first := s.compute(t).String()
			if diff := cmp.Diff(first, s.compute(t).String()); diff != "" {
				t.Errorf("the second plan (-first +second):\n%s", diff)
			}
			if diff := cmp.Diff(before, fmt.Sprintf("%+v", s.state)); diff != "" {
				t.Errorf("what was observed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestEachOpFollowsWhatItsStepsNeed demands of every plan that an op comes after what it refers to, that its steps have ways
// back as long as something can come back, and that its procedure says what its action does.
func TestEachOpFollowsWhatItsStepsNeed(t *testing.T) {
	all := situations()
	for name, build := range all {
		t.Run(name, func(t *testing.T) {
			p := build(t, 30).compute(t)
			depth := map[string]int{}
			for _, op := range p.Ops() {
				depth[op.Name] = op.Joins
			}
			for _, op := range p.Ops() {
				for _, ref := range op.Entry.References() {
					if depth[ref.Name] >= op.Joins {
						t.Errorf("%s comes at %d, and %s, which it refers to, at %d", op.Name, op.Joins, ref.Name, depth[ref.Name])
					}
				}
				checkSteps(t, op)
			}
			for _, op := range p.AllRemovals() {
				checkSteps(t, op)
			}
		})
	}
}

func checkSteps(t *testing.T, op plan.Op) {
	t.Helper()
	if op.Action.Changes() != (op.Procedure != replacement.Nothing && op.Procedure != replacement.Await && op.Procedure != replacement.PassGate) {
		t.Errorf("%s is %s by %q", op.Name, op.Action, op.Procedure)
	}
	final := false
	for _, s := range op.Steps {
		if final && len(s.Undo) > 0 {
			t.Errorf("%s: %s can be undone after what cannot", op.Name, s)
		}
		final = final || s.Final
	}
	if op.IsNew() != op.Has(replacement.Create, replacement.New) {
		t.Errorf("%s: %s creates: %s", op.Name, op.Procedure, replacement.List(op.Steps))
	}
	if op.Procedure == replacement.Replace && len(op.WayBack()) == 0 {
		t.Errorf("%s replaces a container and has no way back", op.Name)
	}
	gives := slices.ContainsFunc(op.Steps, func(s replacement.Step) bool { return s.Object == replacement.AsideOf })
	if gives != (len(op.Asides) > 0) {
		t.Errorf("%s: %d containers give way in %s", op.Name, len(op.Asides), replacement.List(op.Steps))
	}
}
