package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	name := r.unique()
	id, err := r.create(r.request(name))
	if err == nil && old.Status == observed.Running && initIsSafe(r.op) {
		err = r.call(r.x.o.CallTimeout, "prepare", func(ctx context.Context) error { return r.x.rt.Init(ctx, id) })
	}
	if err == nil {
		err = r.ctx.Err()
	}
	if err != nil {
		r.withdraw(before, id, err)
		return
	}
	r.out.ID, r.out.RealName = id, name
	r.out.ExitCode, r.out.Health, r.out.StartedAt = nil, "", time.Time{} // those were the old one's
	if err := r.exchange(old, id); err != nil {
		r.rollBack(old, id, err)
		return
	}
	if err := r.remove(old.ID); err != nil {
		r.fail(fmt.Errorf("the new container runs, but the old one: %w", err), "the next apply removes it")
	}
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
	if id != "" && r.abandon(id) {
		r.out.Changed, r.out.Commands = before.Changed, nil // made and removed: nothing is left of it
	}
}

// exchange puts the new container in the old one's place and waits until it stands.
func (r *opRun) exchange(old *observed.Container, id string) error {
	if err := r.stop(old.ID); err != nil {
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
	if err := r.start(id); err != nil {
		return err
	}
	r.out.verify, r.out.State = true, observed.Running
	return r.stands(id)
}

// stands waits until the new container is healthy or, without a health gate, has run for a while.
func (r *opRun) stands(id string) error {
	if r.gate() {
		return r.waitHealthy(id)
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.x.o.Settle)
	defer cancel()
	code, err := r.x.rt.Wait(ctx, id)
	switch {
	case err == nil:
		r.out.ExitCode = &code
		return fmt.Errorf("the new container ended within %s (exit code %d)", r.x.o.Settle, code)
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
		return fmt.Errorf("the new container keeps ending: restarted %d times within %s", d.Restarts, r.x.o.Settle)
	}
	return nil
}

// rollBack gives the old container its name and its place back, and then removes the new one. Nothing that
// fails on the way keeps the old one from being started.
func (r *opRun) rollBack(old *observed.Container, id string, cause error) {
	r.out.verify = false
	stopErr := r.stop(id)
	r.out.Stdout, r.out.Stderr = r.x.tail(r.firm, id)
	removeErr := r.remove(id)
	if removeErr == nil {
		stopErr = nil
	}
	var nameErr error
	if old.Name == r.op.Name {
		nameErr = r.restoreName(old)
	}
	startErr := r.start(old.ID)
	r.out.ID, r.out.RealName = old.ID, old.Name
	if startErr == nil {
		r.out.RolledBack, r.out.State = true, observed.Running
	}
	if err := errors.Join(stopErr, removeErr, nameErr, startErr); err != nil {
		next := "the next apply clears up"
		if startErr != nil {
			next = fmt.Sprintf("start the old container by hand: podman start %.12s", old.ID)
		}
		r.fail(fmt.Errorf("%w; the roll-back was not complete: %w", cause, err), next)
		return
	}
	r.fail(cause, "the old container is back; mend the config or image and apply again")
}

// restoreName renames the old container back, if it had been renamed.
func (r *opRun) restoreName(old *observed.Container) error {
	err := r.rename(old.ID, old.Name)
	if errors.Is(err, ErrNameTaken) {
		return nil // it still has the name: the exchange failed before it was renamed
	}
	return err
}
