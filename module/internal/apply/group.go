package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// A container and what depends on it are replaced as a group: each previous container stays until all new ones are
// ready. Where a dependent fails, its previous container needs the previous one of its target: podman would start that
// beside the new target, or leave the dependent in the namespace of a process that has ended. So the whole group
// returns to its previous containers.

// heldBack is what a failed dependent waits for: its previous container is started when its targets are back.
type heldBack struct {
	*wayBack
	cause error
}

// note keeps an op for the group that it may be part of.
func (x *Executor) note(r *opRun) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.runs[r.op.Name] = r
}

// replacedTargets returns the runs, of this executor, that replaced what the op's previous container is bound to.
func (x *Executor) replacedTargets(op plan.Op) []*opRun {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []*opRun
	for _, r := range x.runs {
		if r.placed != nil && !r.undone && slices.ContainsFunc(r.placed.asides, func(a *aside) bool { return !a.gone && slices.Contains(op.Bound, a.Container.ID) }) {
			all = append(all, r)
		}
	}
	return all
}

// holdBack leaves the start of the previous container to the roll-back of the group.
func (p *replaceRun) holdBack(cause error, w *wayBack) {
	p.fail(cause, "its previous container is started again with what it depends on")
	p.held = &heldBack{w, cause}
}

// rollBackGroups rolls back the groups of the ops that failed in a phase. Nothing else runs meanwhile.
func (x *Executor) rollBackGroups(done []Outcome) {
	var failed, targets []*opRun
	for _, o := range done {
		r := x.runs[o.Name]
		if o.Err == nil || r == nil || r.undone {
			continue
		}
		for _, t := range x.replacedTargets(r.op) {
			if r.held != nil || r.placed == nil && r.runsOnIn(t) {
				failed, targets = append(failed, r), append(targets, t)
			}
		}
	}
	if len(failed) == 0 {
		return
	}
	g := &group{x: x, failed: failed, cause: because(failed)}
	for _, t := range targets {
		g.add(t)
	}
	g.rollBack()
}

// runsOnIn reports whether an op that failed before anything gave way to it left its container running in a namespace of
// what a target replaced.
func (r *opRun) runsOnIn(target *opRun) bool {
	return slices.ContainsFunc(target.op.Dependents, func(d plan.Op) bool { return r.op.Current != nil && d.Current.ID == r.op.Current.ID })
}

// because names the failed ops once each.
func because(failed []*opRun) error {
	var names []string
	for _, r := range failed {
		if name := fmt.Sprintf("%q", r.op.Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return fmt.Errorf("rolled back with %s, which depends on it and failed", strings.Join(names, ", "))
}

// group is what is rolled back together.
type group struct {
	x       *Executor
	failed  []*opRun
	members []*opRun // beside the failed ones
	cause   error
}

// add adds a run with what its previous container depends on, and what depends on its new one.
func (g *group) add(r *opRun) {
	if slices.Contains(g.members, r) || slices.Contains(g.failed, r) {
		return
	}
	g.members = append(g.members, r)
	for _, t := range g.x.replacedTargets(r.op) {
		g.add(t)
	}
	for _, d := range g.x.runs {
		refers := slices.ContainsFunc(d.op.Targets, func(t plan.Target) bool { return t.Entry == r.op.Name })
		if refers && d.out.Err == nil && (d.placed != nil || d.out.Action == plan.Created && d.out.State == observed.Running) {
			g.add(d)
		}
	}
}

// rollBack removes the new containers, dependents first, and starts the previous ones, dependents last.
func (g *group) rollBack() {
	byDepth := func(a, b *opRun) int { return a.op.Joins - b.op.Joins }
	slices.SortStableFunc(g.members, byDepth)
	ways := map[*opRun]*wayBack{}
	for _, r := range slices.Backward(g.members) {
		ways[r] = r.takeDown()
	}
	back := map[string]bool{}
	for _, r := range g.members {
		r.comeBack(g.cause, ways[r], back)
	}
	slices.SortStableFunc(g.failed, byDepth)
	for _, r := range g.failed {
		if h := r.held; h != nil && !r.undone {
			h.startHeld()
			r.out.Err = nil
			h.rolledBack(h.cause, h.runs, h.problems())
			h.markBack(back)
		}
		r.undone = true
	}
	for _, r := range slices.Concat(g.members, g.failed) {
		r.out.Err = errors.Join(r.out.Err, r.restartDependents(back))
	}
}

// takeDown stops and removes a new container. What a finished job still holds goes with the next apply.
func (r *opRun) takeDown() *wayBack {
	r.undone, r.out.verify, r.out.judge = true, false, false
	p := r.placed
	if p == nil {
		p = r.newReplaceRun(r.out.ID, "")
	}
	w := p.newWayBack()
	if r.placed == nil { // nothing gave way to it: it goes because what it needs goes
		w.steps = replacement.TakeAway(r.op.Unit != nil)
	}
	w.takeDown()
	w.tried = true
	err := r.discardNew(p.id)
	if w.removed = err == nil || errors.Is(err, ErrHasDependents); !w.removed {
		w.removeErr = err
	}
	return w
}

// comeBack gives the previous containers of a member their names back and starts those that ran.
func (r *opRun) comeBack(cause error, w *wayBack, back map[string]bool) {
	if r.placed == nil {
		r.out.ID, r.out.RealName, r.out.State = "", "", ""
		r.fail(errors.Join(cause, w.problems()), "fix that one and apply again")
		return
	}
	stopErr := w.stopErr()
	clear(w.failed) // the new one is removed, or told of below
	w.bringBack()
	w.rolledBack(cause, w.runs, errors.Join(stopErr, w.problems()))
	w.markBack(back)
}

// markBack notes the previous containers that run again.
func (p *replaceRun) markBack(back map[string]bool) {
	for _, a := range p.asides {
		back[a.Container.ID] = back[a.Container.ID] || a.Ran
	}
}

// revised returns the outcomes with what roll-backs of groups made of them.
func (x *Executor) revised(outcomes []Outcome) []Outcome {
	for i, o := range outcomes {
		if r := x.runs[o.Name]; r != nil && r.undone && o.Action != plan.Removed && o.Action != plan.Stopped {
			outcomes[i] = r.out
		}
	}
	return outcomes
}
