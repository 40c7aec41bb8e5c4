package apply

import (
	"errors"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// keep follows the steps of a container that stays: it is stopped, renamed, started, waited for, as the plan says.
func (r *opRun) keep() {
	started := false // that waits as the kind of the container asks
	for i, s := range r.op.Steps {
		waits := s.Call == replacement.Wait || s.Call == replacement.AwaitHealth
		if s.Object != replacement.Current || s.InWave || started && waits {
			continue
		}
		if !r.keepStep(i) {
			return
		}
		started = started || s.Call == replacement.Unpause || s.Starts() && !startsAtOnce(r.op)
	}
	r.dropOldUnits()
}

// keepStep makes one step on a container that stays. It reports whether the next one can follow.
func (r *opRun) keepStep(i int) bool {
	s, id := r.op.Steps[i], r.op.Current.ID
	switch {
	case s.Call == replacement.StopUnit:
		r.failAt(i, r.stopUnit(s.Name), "see systemctl status "+s.Name)
	case s.Call == replacement.Stop:
		r.failAt(i, r.stopBeside(id, s.Quiet), "stop it by hand: podman stop "+r.out.RealName)
	case s.Call == replacement.Rename:
		if err := r.rename(id, s.To); err != nil {
			r.fail(err, "the name may have been taken meanwhile; apply again")
		} else {
			r.out.RealName = s.To
		}
	case s.Call == replacement.Unpause:
		r.unpause(id)
	case s.Call == replacement.Wait:
		r.await(id)
	case s.Call == replacement.AwaitHealth:
		r.checkGate(id)
	case s.Starts() && startsAtOnce(r.op): // the unit follows a container that runs outside of it
		r.failAt(i, r.follow(id), "see systemctl status "+r.op.Unit.Unit)
	case s.Starts():
		r.launch(id)
	}
	return r.out.Err == nil
}

// failAt notes the failure of a step, and goes its way back: what was stopped is started again.
func (r *opRun) failAt(i int, err error, next string) {
	if err == nil {
		return
	}
	back := replacement.WayBack(r.op.Steps, i)
	for _, s := range back {
		if s.Object == replacement.Current && s.Starts() {
			err = errors.Join(err, r.startAgain(r.op.Current))
		}
	}
	r.fail(err, next)
}

// isRunning reports whether a container has a process.
func isRunning(s observed.Status) bool { return s == observed.Running || s == observed.Paused }
