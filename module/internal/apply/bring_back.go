package apply

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// bringBack starts again what an interrupted run stopped for a replacement, where this run does not reach it: what
// shows that it ran is gone with what that run left, so that no later run would know. Where something of that is still
// there, it may run, and the next run knows.
func (x *Executor) bringBack(p plan.Plan, outcomes []Outcome) {
	isLeft := func(o Outcome) bool { return o.Err != nil || o.Action == plan.NotReached }
	if slices.ContainsFunc(outcomes[:len(p.Removals)], isLeft) {
		return
	}
	stopped := map[string]plan.Op{}
	for _, op := range slices.Concat(p.Ops(), p.LastRemovals) {
		if op.StoppedByRun {
			stopped[op.Current.ID] = op
		}
	}
	down := func(o Outcome) bool { return o.Action == plan.NotReached && stopped[o.ID].StoppedByRun }
	byID, _ := x.look(x.firm, outcomes, down) // what is not seen is left to the next run
	for i, o := range outcomes {
		if c, seen := byID[o.ID]; seen && down(o) && !c.Alive() && !isReplaced(o.ID, byID) {
			outcomes[i] = x.broughtBack(stopped[o.ID], o, byID)
		}
	}
}

// isReplaced reports whether a container that runs was put in the place of another one.
func isReplaced(id string, byID map[string]observed.Container) bool {
	for _, c := range byID {
		if c.Alive() && slices.ContainsFunc(record.Replaces(c.Labels), func(r record.Replaced) bool { return r.ID == id }) {
			return true
		}
	}
	return false
}

// broughtBack starts the container of an op that was not reached, under its own name where that is free.
func (x *Executor) broughtBack(op plan.Op, o Outcome, byID map[string]observed.Container) Outcome {
	op.Unit = nil // nothing was written for its wave
	r := &opRun{x: x, ctx: x.firm, firm: x.firm, op: op, out: o}
	free := true
	for _, c := range byID {
		free = free && c.Name != op.Name
	}
	if free && r.rename(o.ID, op.Name) == nil {
		r.out.RealName = op.Name
	}
	if r.out.RealName != op.Name {
		r.op.OldUnit = "" // it starts what has that name
	}
	if err := r.startAgain(op.Current); err != nil {
		r.warn("an interrupted run stopped it, and it was not reached: %v", err)
	} else {
		r.out.Reason += "; it was started again, as an interrupted run had stopped it"
	}
	if d, err := r.inspect(o.ID); err == nil {
		r.out.State, r.out.StartedAt = d.Status, d.StartedAt
	}
	return r.out
}
