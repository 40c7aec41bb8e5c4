package plan

import (
	"fmt"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// startAll starts what does not run, or restarts what does, and after it what shares a namespace of it.
func (v *verbPlan) startAll() {
	for _, e := range v.step.Entries {
		c := v.currents[e.Name]
		switch {
		case c == nil:
			v.unlessPredicting(v.o, e.Name, problemNoContainer)
		case len(v.previous[e.Name]) > 0:
			v.problem(e.Name, problemUnfinished)
		default:
			v.add(v.startOf(e, *c))
		}
	}
	for moved := true; moved; {
		moved = false
		for i := 0; i < len(v.planned); i++ { // it grows
			moved = v.restartSharing(v.planned[i]) || moved
		}
	}
	for _, op := range v.planned {
		if v.isStarted(op) {
			v.checkTargets(op)
		}
	}
}

// startOf decides about the container of one entry.
func (v *verbPlan) startOf(e config.Entry, c observed.Container) Op {
	op := Op{Name: e.Name, Entry: &e, Current: &c}
	if op.Action, op.Reason = v.decideStart(e, c); op.Action.Changes() {
		v.startable(&op)
	}
	return op
}

// startable settles the unit of an op that starts its container. It reports whether it can: one whose unit an operator
// masked is left alone, and one whose unit is missing only an apply can start.
func (v *verbPlan) startable(op *Op) bool {
	if !v.unit(op) {
		return false
	}
	made := op.Current.Labels[record.LabelUnit]
	switch now := v.state.Units[op.OldUnit]; {
	case v.state.Units == nil, op.Unit == nil && made == "":
		return true
	case now.Masked:
		v.warn(warnMasked, op.Name, op.OldUnit, op.OldUnit)
		*op = Op{Name: op.Name, Action: Unchanged, Reason: fmt.Sprintf(reasonUnitMasked, op.OldUnit), Entry: op.Entry, Current: op.Current}
		return false
	case now.Text == "":
		v.problem(op.Name, problemUnitMissing, first(op.OldUnit, made))
		return false
	}
	return true
}

func (v *verbPlan) decideStart(e config.Entry, c observed.Container) (Action, string) {
	runs := c.Status == observed.Running
	switch {
	case e.Kind == config.StoppedOnly:
		return Unchanged, reasonStaysCreated
	case e.Kind == config.FireAndExit && (runs || c.Ended() && Accepted(e.ExitCodes, c.ExitCode) && !c.EndUnknown):
		return v.again(runs, reasonNotRepeated)
	case e.Kind != config.Service && e.Kind != config.FireAndExit:
		return Unchanged, reasonNotRepeated
	case replacement.RestartsOnFailure(e) && replacement.Completed(c):
		return Unchanged, reasonCompleted
	case runs:
		return v.again(true, "")
	}
	return v.decideStopped(c)
}

// again restarts what runs, where that was asked for.
func (v *verbPlan) again(runs bool, otherwise string) (Action, string) {
	switch {
	case runs && v.verb == Restart:
		return Restarted, reasonRestartAsked
	case runs:
		return Unchanged, ""
	}
	return Unchanged, otherwise
}

// decideStopped decides about a service that does not run.
func (v *verbPlan) decideStopped(c observed.Container) (Action, string) {
	switch c.Status {
	case observed.Paused:
		if v.verb == Restart {
			return Restarted, reasonPaused
		}
		return Started, reasonPaused
	case observed.Dead:
		return Restarted, reasonKilled
	case observed.Stopping:
		return Started, reasonStopping
	case observed.Created:
		return Started, reasonNeverStarted
	case observed.Exited, observed.Stopped:
		return Started, foundEnded(c)
	default:
		return Restarted, fmt.Sprintf(reasonReported, c.Status)
	}
}

// isStarted reports whether an op gives its container a new process, and so new namespaces.
func (v *verbPlan) isStarted(op Op) bool {
	return op.Action == Restarted || op.Action == Started && op.Current.Status != observed.Paused
}

// restartSharing restarts what runs in a namespace of an op's container, which begins another run. It reports whether
// that changed the plan.
func (v *verbPlan) restartSharing(op Op) bool {
	if !v.isStarted(op) {
		return false
	}
	moved := false
	for _, d := range v.dependents[op.Current.ID] {
		if !d.ref.SharesNamespace() || !d.Alive() {
			continue
		}
		reason := fmt.Sprintf(reasonTargetIsRestarted, d.ref.What(), op.Name)
		i, here := v.at[d.ID]
		switch {
		case !here:
			before := len(v.planned)
			v.follower(op, d, Restarted, reason)
			moved = moved || len(v.planned) > before
		case v.planned[i].Action == Unchanged && !isJob(*v.planned[i].Entry) && v.startable(&v.planned[i]):
			v.planned[i].Action, v.planned[i].Reason, moved = Restarted, reason, true
		}
	}
	return moved
}

// checkTargets refuses to start a container that Podman would start another one for, of which the plan has nothing.
func (v *verbPlan) checkTargets(op Op) {
	for _, ref := range record.References(op.Current.Labels) {
		id, _ := v.referred(*op.Current, ref.Name)
		if _, planned := v.at[id]; planned || !ref.Binds() {
			continue
		}
		if c := v.byID[id]; c != nil && !c.Alive() {
			v.unlessPredicting(v.o, op.Name, problemTargetStopped, ref.What(), c.Name, c.Status)
		}
	}
}
