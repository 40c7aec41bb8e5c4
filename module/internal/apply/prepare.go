package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// prepared is what came of preparing an op's unit.
type prepared struct {
	err      error
	commands [][]string // empty when nothing had to be done
}

// prepareUnits puts the units of a wave in place before its containers are touched: each file is
// written, all are enabled, and systemd reads them, once. A unit that cannot be prepared fails its op.
func (x *Executor) prepareUnits(ops []plan.Op) map[string]prepared {
	done := map[string]prepared{}
	var enable []string
	reload := false
	for i := range ops {
		op := &ops[i]
		if !op.Action.Changes() {
			continue
		}
		if len(op.DropChecks) > 0 {
			if err := x.unitCall(func(ctx context.Context) error { return x.units.Remove(ctx, op.DropChecks) }); err != nil {
				done[op.Name] = prepared{err: fmt.Errorf("remove its old healthcheck units: %w", err)}
				continue
			}
			reload = true
		}
		if op.Unit == nil {
			continue
		}
		x.nameUnit(op)
		x.findPIDFile(op)
		u := op.Unit
		reload = reload || u.Write || u.Enable || u.Reload
		if u.Write {
			if err := x.unitCall(func(ctx context.Context) error { return x.units.Write(ctx, u.Unit, u.Text) }); err != nil {
				done[op.Name] = prepared{err: fmt.Errorf("write its unit %s: %w", u.Unit, err)}
				continue
			}
		}
		if u.Enable {
			enable = append(enable, u.Unit)
		}
		done[op.Name] = prepared{commands: unitCommands(*u)}
	}
	if !reload {
		return done
	}
	if err := x.enableAndReload(enable); err != nil {
		x.withdrawUnits(ops, done, err)
	}
	return done
}

// nameUnit settles the random part of a unit's and its container's name.
func (x *Executor) nameUnit(op *plan.Op) {
	if !op.IsUnique() {
		return
	}
	u := *op.Unit
	retarget(&u, op.Name, op.Name+"-"+x.o.Suffix(op.Name))
	op.Unit = &u
}

// findPIDFile has the unit of a container that stays, and that was not made for one, look where the
// container's conmon really writes: older tools and people chose that themselves.
func (x *Executor) findPIDFile(op *plan.Op) {
	c := op.Current
	if c == nil || c.Labels[record.LabelUnit] != "" || !op.Unit.Write || op.Action == plan.Recreated {
		return
	}
	ctx, cancel := context.WithTimeout(x.firm, x.callLimit())
	defer cancel()
	d, err := x.rt.Inspect(ctx, c.ID)
	if err != nil || d.PIDFile == "" || d.PIDFile == op.Unit.PIDFile {
		return
	}
	u := *op.Unit
	u.PIDFile = d.PIDFile
	if text, err := unitfile.Render(u.Service); err == nil {
		u.Text = text
		op.Unit = &u
	}
}

// retarget makes a unit that was rendered for a container of one name that of another.
func retarget(u *plan.Unit, from, to string) {
	prefix := strings.TrimSuffix(u.Unit, "_"+from+".service")
	u.Unit, u.Container, u.Was = prefix+"_"+to+".service", to, ""
	u.PIDFile = plan.PIDFile(u.Unit)
	u.Write, u.Enable = true, true
	if text, err := unitfile.Render(u.Service); err == nil { // it could be rendered under its other name
		u.Text = text
	}
}

func unitCommands(u plan.Unit) [][]string {
	switch {
	case u.Enable:
		return [][]string{{"systemctl", "enable", u.Unit}}
	case u.Write, u.Reload:
		return [][]string{{"systemctl", "daemon-reload"}}
	}
	return nil
}

func (x *Executor) enableAndReload(enable []string) error {
	if len(enable) > 0 {
		if err := x.unitCall(func(ctx context.Context) error { return x.units.Enable(ctx, enable) }); err != nil {
			return fmt.Errorf("enable units: %w", err)
		}
	}
	return x.reload()
}

// reload has systemd read the units, and with them the removals that are due.
func (x *Executor) reload() error {
	if err := x.unitCall(x.units.Reload); err != nil {
		return fmt.Errorf("have systemd read its units: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.reloadDue = false
	return nil
}

// withdrawUnits undoes what was written for a wave, as systemd could not be told of it.
func (x *Executor) withdrawUnits(ops []plan.Op, done map[string]prepared, cause error) {
	for _, op := range ops {
		if _, begun := done[op.Name]; !begun || done[op.Name].err != nil {
			continue
		}
		u := op.Unit
		if u.Write {
			err := x.unitCall(func(ctx context.Context) error { return x.restoreUnit(ctx, *u) })
			if err != nil {
				cause = fmt.Errorf("%w; its unit could not be undone: %w", cause, err)
			}
		}
		done[op.Name] = prepared{err: cause}
	}
}

// restoreUnit gives a unit the text back that it had, or removes it where there was none.
func (x *Executor) restoreUnit(ctx context.Context, u plan.Unit) error {
	if u.Was != "" {
		return x.units.Write(ctx, u.Unit, u.Was)
	}
	return x.units.Remove(ctx, []string{u.Unit})
}

// order puts the files of systemd_order in place.
func (x *Executor) order(files map[string]string) error {
	if len(files) == 0 {
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := x.unitCall(func(ctx context.Context) error { return x.units.Write(ctx, path, files[path]) }); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	if err := x.enableAndReload([]string{unitfile.Target}); err != nil {
		return err
	}
	return x.unitCall(func(ctx context.Context) error { return x.units.Start(ctx, unitfile.Target) })
}

// unitCall makes one call to systemd, bounded in time; an interruption of the run does not end it.
func (x *Executor) unitCall(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(x.firm, x.o.CallTimeout)
	defer cancel()
	return f(ctx)
}
