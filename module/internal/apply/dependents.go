package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// found is the container that an op left.
type found struct{ id, name string }

// laterRemoval is a container that an op replaced.
type laterRemoval struct {
	run *opRun
	old *observed.Container
}

// target returns the container that a reference means, now that those before it have been created.
func (x *Executor) target(t plan.Target) found {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c, here := x.left[t.Entry]; here {
		return c
	}
	if t.Current != nil {
		return found{t.Current.ID, t.Current.Name}
	}
	return found{}
}

// bindTargets makes a create request refer to the very containers that the plan means, and notes which they were. A
// name is left as it is where it is the container's real one, for printed commands.
func (r *opRun) bindTargets(req *CreateRequest) {
	names, ids := map[string]string{}, map[string]string{}
	for _, t := range r.op.Targets {
		c := r.x.target(t)
		if c.id == "" {
			continue
		}
		ids[t.Name] = c.id
		if c.name != t.Name {
			names[t.Name] = c.id
		}
	}
	if len(ids) == 0 {
		return
	}
	req.Entry = req.Entry.Redirected(names)
	req.Labels[record.LabelReferences] = record.ReferencesLabel(ids)
}

// removeLater removes the replaced containers that others depended on, as those were re-created in the meantime: the
// last of a chain first.
func (x *Executor) removeLater(ctx context.Context, outcomes []Outcome) {
	byName := map[string]*Outcome{}
	for i := range outcomes {
		if o := &outcomes[i]; o.Action != plan.Removed && o.Action != plan.Stopped {
			byName[o.Name] = o
		}
	}
	slices.SortStableFunc(x.later, func(a, b laterRemoval) int { return b.run.op.Joins - a.run.op.Joins })
	for _, l := range x.later {
		o, here := byName[l.run.op.Name]
		if !here || l.run.undone {
			continue
		}
		r := &opRun{x: x, ctx: ctx, firm: ctx, op: l.run.op, out: *o}
		if err := r.removeReplaced(l.old); err != nil {
			r.fail(fmt.Errorf("the new container runs, but the old one: %w", err), "the next apply removes it")
		}
		*o = r.out
	}
}

// removeReplaced removes what a replacement replaced. Where other containers still depend on it, it is set aside.
func (r *opRun) removeReplaced(c *observed.Container) error {
	if slices.Contains(r.op.Kept, c.ID) {
		return r.setAside(c.ID)
	}
	err := r.remove(c.ID)
	if errors.Is(err, ErrHasDependents) {
		r.warn("its previous container is kept, stopped, because other containers depend on it: %s; re-create or remove those", r.x.dependentsIn(err, c.ID))
		r.x.noteKept(r, c.ID)
		return r.setAside(c.ID)
	}
	return err
}

// keptPrevious is a previous container that others depended on.
type keptPrevious struct {
	id      string
	entry   string
	warning string // that it is kept
}

// noteKept notes a previous container that is kept, with the last warning about its entry.
func (x *Executor) noteKept(r *opRun, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kept = append(x.kept, keptPrevious{id, r.op.Name, r.out.Warnings[len(r.out.Warnings)-1]})
}

// removeKept removes the previous containers that were kept for what has been removed or re-created since.
func (x *Executor) removeKept(outcomes []Outcome) {
	for _, k := range x.kept {
		for i := range outcomes {
			o := &outcomes[i]
			if o.Name != k.entry || !slices.Contains(o.Warnings, k.warning) {
				continue
			}
			r := &opRun{x: x, ctx: x.firm, firm: x.firm, out: *o}
			if err := r.remove(k.id); err == nil { // else others depend on it still, as the warning says
				r.out.Warnings = slices.DeleteFunc(slices.Clone(o.Warnings), func(w string) bool { return w == k.warning })
				*o = r.out
			}
		}
	}
}

// setAside stops a replaced container and gives it the name by which the next runs know it.
func (r *opRun) setAside(id string) error {
	if err := r.stop(id); err != nil {
		return err
	}
	name := replacement.PreviousName(r.op.Name, id)
	if err := r.rename(id, name); err != nil && !errors.Is(err, ErrNameTaken) {
		return err
	}
	return nil
}

// keepNeeded makes a warning of a removal that podman refused because other containers depend on it, unless the
// removal is what was asked for.
func (x *Executor) keepNeeded(ctx context.Context, op plan.Op, o Outcome) Outcome {
	if !errors.Is(o.Err, ErrHasDependents) {
		return o
	}
	who := x.dependentsIn(o.Err, op.Current.ID)
	r := &opRun{x: x, ctx: ctx, firm: x.firm, op: op, out: o}
	r.out.Err = nil
	switch op.Surplus {
	case plan.Unwanted:
		r.fail(fmt.Errorf("remove: other containers depend on it: %s", who), "remove those first")
		return r.out
	case plan.Replaced:
		r.warn("it was replaced and is kept, stopped, because other containers depend on it: %s; re-create or remove those", who)
		if err := r.setAside(op.Current.ID); err != nil {
			r.fail(err, "stop it by hand: podman stop "+op.Current.Name)
			return r.out
		}
	case plan.Leftover, plan.Orphan:
		r.warn("it is not in the config and is left as it is, because other containers depend on it: %s; remove those first", who)
	}
	r.out.Action, r.out.Reason = plan.Unchanged, "other containers depend on it"
	if r.out.Changed {
		r.out.Action = plan.Stopped
	}
	return r.out
}

// dependentsIn names the containers whose ids are in podman's refusal to remove the one that they depend on.
func (x *Executor) dependentsIn(err error, target string) string {
	all, _ := x.look(context.Background(), []Outcome{{}}, func(Outcome) bool { return true }) // else the ids have to do
	var names []string
	for id, c := range all {
		if id != target && strings.Contains(err.Error(), id) {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return err.Error()
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// restartDependents restarts what shares a namespace of the container that a roll-back has started again: each ran
// in the namespace of its earlier run. Those that the roll-back itself has started are left out.
func (r *opRun) restartDependents(started map[string]bool) error {
	var all error
	for _, op := range r.op.Dependents {
		if started[op.Current.ID] {
			continue
		}
		d := &opRun{x: r.x, ctx: r.ctx, firm: r.firm, op: op, out: Outcome{RealName: op.Current.Name}}
		err := d.stopFully(op.Current)
		if startErr := d.startAgain(op.Current); startErr != nil {
			err = errors.Join(err, startErr)
		}
		r.x.mu.Lock()
		r.x.restarted[op.Current.ID] = true
		r.x.mu.Unlock()
		r.out.Commands = append(r.out.Commands, d.out.Commands...)
		if err != nil {
			all = errors.Join(all, fmt.Errorf("restart %s, which shares a namespace of it: %w", op.Current.Name, err))
		}
	}
	return all
}
