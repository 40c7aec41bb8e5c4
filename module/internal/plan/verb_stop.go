package plan

import (
	"fmt"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// stopAll stops what runs, and before it what shares a namespace of it.
func (v *verbPlan) stopAll() {
	for _, e := range v.step.Entries {
		for i, c := range v.containersOf(e) {
			op, current := v.stopOf(e, c), i == 0 && v.currents[e.Name] != nil
			if !current {
				op.Name = c.Name
			}
			if current || op.Action != Unchanged {
				v.add(op)
			}
		}
	}
	for i := 0; i < len(v.planned); i++ { // it grows
		op := v.planned[i]
		if op.Action != Stopped {
			continue
		}
		for _, d := range v.dependents[op.Current.ID] {
			if _, here := v.at[d.ID]; !here && d.ref.SharesNamespace() && d.Alive() {
				v.follower(op, d, Stopped, fmt.Sprintf(reasonTargetIsStopped, d.ref.What(), op.Name))
			}
		}
	}
}

// stopOf decides about one container. A job at work is waited for: what its end after our stop means nobody knows.
func (v *verbPlan) stopOf(e config.Entry, c observed.Container) Op {
	op := Op{Name: e.Name, Action: Unchanged, Entry: &e, Current: &c}
	switch {
	case isJobAtWork(op):
		op.Reason = reasonJobRuns
	case isJob(e) && c.Status == observed.Paused:
		op.Reason = reasonPaused
	case v.unit(&op) && v.runs(op):
		op.Action, op.Reason = Stopped, reasonStopAsked
	}
	return op
}

// isJob reports whether an entry is a job. One of an earlier version that does not say what it is may be one.
func isJob(e config.Entry) bool { return e.Kind == config.OneShot || e.Kind == "" }

func isJobAtWork(op Op) bool { return isJob(*op.Entry) && op.Current.Status == observed.Running }

// runs reports whether there is something to stop: a process, or a policy or unit that is about to start one.
func (v *verbPlan) runs(op Op) bool {
	switch op.Current.Status {
	case observed.Running, observed.Paused, observed.Stopping, observed.Stopped, observed.Dead, observed.Unknown:
		return true
	default:
		return starting(v.state.Units[op.OldUnit])
	}
}
