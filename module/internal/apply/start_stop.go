package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// startNew starts the op's container: by its unit, where it has one.
func (r *opRun) startNew(id string) error {
	r.out.since = time.Now()
	u := r.op.Unit
	if u == nil {
		return r.start(id)
	}
	if u.Container != r.out.RealName {
		if err := r.followName(); err != nil {
			return err
		}
	}
	return r.startUnit(r.op.Unit.Unit)
}

// follow has the op's unit follow a container that runs already. Where it could not, because nothing tells
// it the process, the container is stopped first: a unit that fails to start stops it without starting it.
func (r *opRun) follow(id string) error {
	if !r.x.units.Follows(r.op.Unit.PIDFile) {
		if err := r.stop(id); err != nil {
			return err
		}
		r.out.verify, r.out.watch, r.out.up = true, false, time.Now()
	}
	return r.startNew(id)
}

// followName gives the container the unit of its real name, when that had to become another one than was
// planned: the planned unit would start another user's container.
func (r *opRun) followName() error {
	planned, u := *r.op.Unit, *r.op.Unit
	retarget(&u, planned.Container, r.out.RealName)
	r.op.Unit = &u
	if err := r.x.unitCall(func(ctx context.Context) error { return r.x.restoreUnit(ctx, planned) }); err != nil {
		return fmt.Errorf("take its unit %s back: %w", planned.Unit, err)
	}
	if err := r.x.unitCall(func(ctx context.Context) error { return r.x.units.Write(ctx, u.Unit, u.Text) }); err != nil {
		return fmt.Errorf("write its unit %s: %w", u.Unit, err)
	}
	return r.x.enableAndReload([]string{u.Unit})
}

func (r *opRun) startUnit(name string) error {
	limit := r.x.o.CallTimeout
	if u := r.op.Unit; u != nil && u.Unit == name {
		limit += time.Duration(u.StartTime()) * time.Second //nolint:gosec // a number of seconds
	}
	err := r.call(limit, "start of "+name, func(ctx context.Context) error { return r.x.units.Start(ctx, name) })
	if err == nil {
		r.noted("systemctl", "start", name)
	}
	return err
}

func (r *opRun) stopUnit(name string) error {
	err := r.call(r.x.o.EndTimeout, "stop of "+name, func(ctx context.Context) error { return r.x.units.Stop(ctx, name) })
	if err == nil {
		r.noted("systemctl", "stop", name)
	}
	return err
}

// hasUnit reports whether the container that is there runs under a unit, which would start it again.
func (r *opRun) hasUnit() bool { return r.op.OldUnit != "" && r.x.units != nil }

// stopFully stops a container so that nobody starts it again.
func (r *opRun) stopFully(c *observed.Container) error {
	if !r.hasUnit() {
		return r.stop(c.ID)
	}
	if err := r.stopUnit(r.op.OldUnit); err != nil {
		return err
	}
	return r.stopBeside(c.ID, true)
}

// stopBeside stops a container; one whose unit was stopped before may run outside of that, and no command shows it.
func (r *opRun) stopBeside(id string, quiet bool) error {
	if !quiet {
		return r.stop(id)
	}
	return r.call(0, "stop", func(ctx context.Context) error { return r.x.rt.Stop(ctx, id) })
}

// startPrevious starts a container that was stopped, under the unit that it had.
func (r *opRun) startPrevious(c *observed.Container) error {
	if err := r.restoreText(); err != nil {
		return err
	}
	if r.hasUnit() {
		return r.startUnit(r.op.OldUnit)
	}
	return r.start(c.ID)
}

// restoreText gives the unit of the old container its text back, and removes one that it did not have.
func (r *opRun) restoreText() error {
	u := r.op.Unit
	if u == nil || !u.Write || u.Was == "" && u.Unit == r.op.OldUnit {
		return nil
	}
	if err := r.x.unitCall(func(ctx context.Context) error { return r.x.restoreUnit(ctx, *u) }); err != nil {
		return fmt.Errorf("restore its unit %s: %w", u.Unit, err)
	}
	return r.x.reload()
}

// stopOldUnits stops the units that go.
func (r *opRun) stopOldUnits() error {
	var all error
	for _, name := range slices.Concat(r.op.DropChecks, r.op.DropUnits) {
		all = errors.Join(all, r.stopUnit(name))
	}
	return all
}

// removeOldUnits removes the units that go; systemd hears of it with the next units that it reads.
func (r *opRun) removeOldUnits() error {
	if len(r.op.DropUnits) == 0 {
		return nil
	}
	err := r.call(r.x.o.CallTimeout, "remove units", func(ctx context.Context) error { return r.x.units.Remove(ctx, r.op.DropUnits) })
	if err != nil {
		return err
	}
	r.noted(append([]string{"systemctl", "disable"}, r.op.DropUnits...)...)
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	r.x.reloadDue = true
	return nil
}

// dropOldUnits stops and removes the units that go, when the container no longer needs them.
func (r *opRun) dropOldUnits() {
	err := r.stopOldUnits()
	if err == nil {
		err = r.removeOldUnits()
	}
	if err != nil {
		r.fail(err, "the next apply removes them")
	}
}

// newName is the real name of a new container while the old one still has the entry's, or for good where
// that is taken.
func (r *opRun) newName() string {
	if r.op.IsUnique() && r.op.Unit != nil {
		return r.op.Unit.Container
	}
	return r.unique()
}

// unitIsReady notes what was done about the op's unit before it began; false means that it cannot begin.
func (r *opRun) unitIsReady(p prepared) bool {
	if p.err != nil {
		r.fail(p.err, "its container is untouched; see systemctl status and the space on the disk, and apply again")
		return false
	}
	r.out.noteUnit(p)
	return true
}

// noteUnit notes what was done about a unit for its wave.
func (o *Outcome) noteUnit(p prepared) {
	o.Changed = o.Changed || len(p.commands) > 0
	o.Commands = append(o.Commands, p.commands...)
}

// startsAtOnce reports whether a kept container's unit has to be started beside it.
func startsAtOnce(op plan.Op) bool { return op.Unit != nil && op.Unit.Start }
