package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// replace exchanges a service for a new container so that a failure loses nothing. What can fail
// without the old one giving way fails first: the create, and the preparation of the process. Then the
// old one is stopped, names are exchanged, the new one is started and must stand; else everything is
// taken back.
func (r *opRun) replace() {
	old := r.op.Current
	before := r.out
	name := r.newName()
	id, err := r.makeReady(name)
	if err == nil {
		err = r.ctx.Err()
	}
	if err != nil {
		r.withdraw(before, id, err)
		return
	}
	r.isNow(id, name)
	if err := r.exchange(old, id); err != nil {
		r.rollBack(old, id, err)
		return
	}
	r.retire(old, r.op.Spare)
}

// makeReady creates the new container and prepares it up to its process, if that can be done beside the old
// one. Where a unit runs it, its conmon has to be started by the unit, so another one of the same kind is
// tried out.
func (r *opRun) makeReady(name string) (id string, err error) {
	tryOut := r.op.Current.Status == observed.Running && initIsSafe(r.op)
	if tryOut && r.op.Unit != nil {
		if err := r.tryOut(); err != nil {
			return "", err
		}
		tryOut = false
	}
	id, err = r.create(r.request(name))
	if err == nil && tryOut {
		err = r.init(id)
	}
	return id, err
}

// tryOut prepares a container like the new one and removes it.
func (r *opRun) tryOut() error {
	before := r.out
	req := r.request(r.unique())
	req.ConmonPIDFile = "" // that of the old one is in use
	id, err := r.create(req)
	if err != nil {
		return err
	}
	if err := errors.Join(r.init(id), r.remove(id)); err != nil {
		return err
	}
	r.out = before // nothing is left of it
	return nil
}

func (r *opRun) init(id string) error {
	return r.call(r.x.callLimit(), "prepare", func(ctx context.Context) error { return r.x.rt.Init(ctx, id) })
}

// retire removes what the new container replaced, now that it stands.
func (r *opRun) retire(old ...*observed.Container) {
	for _, c := range old {
		switch {
		case c == nil:
		case r.op.Joined:
			r.x.mu.Lock()
			r.x.later = append(r.x.later, laterRemoval{r.op, c})
			r.x.mu.Unlock()
		default:
			if err := r.removeReplaced(c); err != nil {
				r.fail(fmt.Errorf("the new container runs, but the old one: %w", err), "the next apply removes it")
			}
		}
	}
	r.dropOldUnits()
}

// prove completes a replacement that an interrupted run began: the new container runs already.
func (r *opRun) prove() {
	id, old := r.op.Current.ID, *r.op.Spare
	old.Name = r.op.Current.Name // what it was called
	if startsAtOnce(r.op) {
		if err := r.follow(id); err != nil {
			r.rollBack(&old, id, err)
			return
		}
	}
	if err := r.stands(id); err != nil {
		r.rollBack(&old, id, err)
		return
	}
	r.retire(r.op.Spare)
}

// initIsSafe tells whether a process can be prepared beside the old one: published ports and fixed
// addresses are taken at that point, and would clash.
func initIsSafe(op plan.Op) bool {
	for _, flag := range []string{"publish", "publish-all", "ip", "ip6", "mac-address", "network"} {
		for _, v := range op.Entry.Option(flag) {
			if flag != "network" || v != "host" && v != "none" {
				return false
			}
		}
	}
	return true
}

// withdraw ends a replacement before the old container was touched: the host is as it was.
func (r *opRun) withdraw(before Outcome, id string, cause error) {
	if errors.Is(cause, context.Canceled) {
		cause = errors.New("the run was interrupted")
	}
	r.out = before
	r.fail(cause, "the old container goes on running; mend the config or image and apply again")
	if id != "" && !r.abandon(id) {
		return
	}
	if err := r.restoreText(); err != nil {
		r.out.Err = errors.Join(r.out.Err, err)
		return
	}
	// Made and taken back: nothing is left of it.
	r.out.Changed, r.out.Commands = r.op.Unit != nil && r.op.Unit.Enable, nil
}

// exchange puts the new container in the old one's place and waits until it stands.
func (r *opRun) exchange(old *observed.Container, id string) error {
	if err := r.halt(old); err != nil {
		return err
	}
	if !r.op.Suffix {
		if old.Name == r.op.Name {
			if err := r.rename(old.ID, r.unique()); err != nil {
				return err
			}
		}
		if err := r.rename(id, r.op.Name); err != nil {
			return err
		}
		r.out.RealName = r.op.Name
	}
	if err := r.bringUp(id); err != nil {
		return r.startError(id, err)
	}
	r.out.verify, r.out.up, r.out.State = true, time.Now(), observed.Running
	return r.stands(id)
}

// stands waits until the new container is healthy or, without a health gate, has run for a while.
func (r *opRun) stands(id string) error {
	if r.gate() {
		return r.waitHealthy(id)
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.x.o.Settle)
	defer cancel()
	defer r.phase("settle")()
	code, err := r.x.rt.Wait(ctx, id)
	switch {
	case err == nil && code == 0 && r.out.onFailure: // completed
		r.out.ExitCode, r.out.State, r.out.verify = &code, observed.Exited, false
		return nil
	case err == nil:
		r.out.ExitCode = &code
		return fmt.Errorf("the new container ended within %s (%s)", r.x.o.Settle, r.x.ending(r.firm, id, code))
	case r.ctx.Err() != nil:
		return errors.New("the run was interrupted before the new container had proved itself")
	case ctx.Err() == nil:
		return fmt.Errorf("watch the new container: %w", err)
	}
	d, err := r.inspect(id)
	switch {
	case err != nil:
		return err
	case d.Status != observed.Running:
		r.out.ExitCode = &d.ExitCode
		return fmt.Errorf("the new container is %s (exit code %d)", d.Status, d.ExitCode)
	case d.Restarts > 0:
		code, says := r.x.lastEnding(r.firm, id, d.StartedAt)
		r.out.ExitCode = code
		return fmt.Errorf("the new container keeps ending: restarted %d times within %s%s", d.Restarts, r.x.o.Settle, says)
	}
	return nil
}

// rollBack gives the old container its name and its place back, and then removes the new one. Nothing that
// fails on the way keeps the old one from being started.
func (r *opRun) rollBack(old *observed.Container, id string, cause error) {
	r.out.verify = false
	defer r.noteAbort(old, id)
	stopErr := r.stopNew(id)
	r.out.Stdout, r.out.Stderr = r.x.tail(r.firm, id, r.out.since)
	removeErr := r.insist(func() error { return r.remove(id) })
	if removeErr == nil {
		stopErr = nil
	}
	var nameErr error
	if old.Name == r.op.Name {
		nameErr = r.restoreName(old)
	}
	runs, startErr := r.startAgain(old)
	if nameErr != nil {
		nameErr = r.insist(func() error { return r.restoreName(old) })
	}
	r.out.ID, r.out.RealName = old.ID, old.Name
	var dependentsErr error
	if runs {
		r.out.RolledBack, r.out.State = true, observed.Running
		dependentsErr = r.restartDependents()
	}
	if err := errors.Join(stopErr, removeErr, nameErr, startErr, dependentsErr); err != nil {
		next := "the next apply clears up"
		if !runs {
			next = fmt.Sprintf("start the old container by hand: podman start %.12s", old.ID)
		}
		r.fail(fmt.Errorf("%w; the roll-back was not complete: %w", cause, err), next)
		return
	}
	r.fail(cause, "the old container is back; mend the config or image and apply again")
}

// noteAbort makes the failure of a replacement that was aborted say what is left on the host.
func (r *opRun) noteAbort(old *observed.Container, id string) {
	if r.firm.Err() == nil || r.out.RolledBack {
		return
	}
	r.out.Changed = true
	r.out.Err = &Failure{
		Cause: fmt.Errorf("%w; left as they were at that moment: the previous container %.12s, possibly stopped or renamed, and the new one, %.12s", interrupt.ErrAborted, old.ID, id),
		Next:  fmt.Sprintf("run again to complete or roll back the replacement, or start the previous container: podman start %.12s", old.ID),
	}
}

// stopNew stops the new container so that nothing starts it again.
func (r *opRun) stopNew(id string) error {
	if r.op.Unit == nil {
		return r.stop(id)
	}
	return errors.Join(r.stopUnit(r.op.Unit.Unit), r.stop(id))
}

// restoreName renames the old container back, if it had been renamed.
func (r *opRun) restoreName(old *observed.Container) error {
	err := r.rename(old.ID, old.Name)
	if errors.Is(err, ErrNameTaken) {
		return nil // it still has the name: the exchange failed before it was renamed
	}
	return err
}
