package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// replaceRun is one new container on its way to the place of others. Until it is ready, each of its steps has a
// way back; roll_back.go has those.
type replaceRun struct {
	*opRun
	id        string // of the new container
	temporary string // its name until it has the entry's
	kept      bool   // it is no new one: the entry's container stays, and others give way to it
	asides    []*aside
	queued    int // how many waited before it
	trial     trial
}

// aside is a container that gives way, with what has become of it.
type aside struct {
	plan.Aside
	now  string // its name at this moment
	gone bool   // it was removed by others meanwhile
}

func (r *opRun) newReplaceRun(id, temporary string) *replaceRun {
	p := &replaceRun{opRun: r, id: id, temporary: temporary}
	for _, a := range r.op.Asides {
		p.asides = append(p.asides, &aside{Aside: a, now: a.Container.Name})
	}
	return p
}

// replace exchanges a container for a new one so that a failure loses nothing: it follows the steps of the op to the
// first from which nothing is undone. What fails before others give way is withdrawn, what fails then is rolled back.
func (r *opRun) replace() {
	before := r.out
	p := r.newReplaceRun("", r.newName())
	gave := false
	for _, s := range p.stepsToReady() {
		if s.Call == replacement.Wait && s.Object == replacement.Current {
			if !r.awaitOld() {
				return
			}
			continue
		}
		var err error
		if !gave && givesWay(s) {
			if err = r.ctx.Err(); err == nil {
				gave = true
				r.isNow(p.id, p.temporary)
			}
		}
		if err == nil {
			err = p.do(s)
		}
		switch {
		case err == nil:
		case gave:
			p.finish(err)
			return
		default:
			r.withdraw(before, p.id, err)
			p.startInterrupted(err)
			return
		}
	}
	p.finish(nil)
}

// stepsToReady are the steps of the op itself, to the first from which nothing is undone.
func (r *opRun) stepsToReady() []replacement.Step {
	steps := r.op.Steps
	if final := slices.IndexFunc(steps, func(s replacement.Step) bool { return s.Final }); final >= 0 {
		steps = steps[:final]
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s replacement.Step) bool { return s.InWave })
}

// givesWay reports whether a step is the first of those that change more than what the replacement itself made.
func givesWay(s replacement.Step) bool {
	isStart := s.Call == replacement.Start || s.Call == replacement.StartUnit
	return s.Object == replacement.AsideOf || s.Object == replacement.UnitOf || s.Object == replacement.New && (isStart || s.Call == replacement.Rename)
}

// do makes one step of a replacement.
func (p *replaceRun) do(s replacement.Step) error {
	switch s.Object {
	case replacement.Balancer, replacement.NoteOf:
		return p.balance(s)
	case replacement.TryOut:
		return p.tryOut(s.Call)
	case replacement.AsideOf:
		return p.putAside(p.asides[s.Aside], s)
	case replacement.UnitOf: // it may be held for active
		return p.stopUnit(p.op.Unit.Unit)
	case replacement.Current:
		return p.stillStopped()
	default:
		return p.doNew(s)
	}
}

// doNew makes a step on the new container.
func (p *replaceRun) doNew(s replacement.Step) error {
	switch s.Call {
	case replacement.Create:
		return p.create()
	case replacement.CheckHealthcheck:
		return p.requireHealthcheck(p.id)
	case replacement.CheckRoom:
		return p.checkRoom(p.id)
	case replacement.Rename:
		err := p.rename(p.id, p.op.Name)
		if err == nil {
			p.out.RealName = p.op.Name
		}
		return err
	case replacement.Start, replacement.StartUnit:
		if err := p.startNew(p.id); err != nil {
			return p.startError(p.id, err)
		}
		return nil
	case replacement.Wait, replacement.AwaitReady:
		return p.ready(p.id)
	default:
		return fmt.Errorf("internal error: no replacement has the step %q", s)
	}
}

// resume completes a replacement that an interrupted run began: the new container has the place already.
func (r *opRun) resume() {
	current := r.op.Current
	p := r.newReplaceRun(current.ID, current.Labels[record.LabelCreatedAs])
	p.finish(p.verifyCurrent(current))
}

// finish completes a replacement whose new container is ready, and rolls it back where it is not.
func (p *replaceRun) finish(err error) {
	switch {
	case errors.Is(err, errRunsOn):
		p.fail(err, "the next apply waits for it")
	case err != nil:
		p.rollBack(err)
	default:
		p.placed = p
		p.putBack()
		p.commit()
	}
}

// awaitOld waits for the end of a job that is to be replaced. It reports whether it has ended.
func (r *opRun) awaitOld() bool {
	old := r.op.Current
	if _, err := r.waitBounded(old.ID); err != nil {
		r.failWithTail(old.ID, fmt.Errorf("its earlier run: %w", err), "apply again when it has ended")
		return false
	}
	return true
}

// create creates the new container. Its labels name what gives way to it, for the next run, should this one be killed.
func (p *replaceRun) create() error {
	req := p.request(p.temporary)
	var replaced []record.Replaced
	for _, a := range p.asides {
		replaced = append(replaced, record.Replaced{ID: a.Container.ID, Ran: a.Ran})
	}
	req.Labels[record.LabelReplaces] = record.ReplacesLabel(replaced)
	if !p.op.StartsNew() && p.isKind(config.Service) {
		req.Labels[record.LabelLeftStopped] = "true"
	}
	var err error
	p.id, err = p.opRun.create(req)
	return err
}

// stillStopped makes sure that nobody has started a service since it was found stopped: the new one would be left
// stopped too.
func (p *replaceRun) stillStopped() error {
	d, err := p.inspect(p.op.Current.ID)
	if err == nil && d.Status == observed.Running {
		return errors.New("it was started meanwhile")
	}
	return err
}

// putAside makes a step by which a container gives way: it is stopped, and the name that the new one needs is taken from
// it. Where others have removed it meanwhile, there is nothing to put aside, and nothing to return to.
func (p *replaceRun) putAside(a *aside, s replacement.Step) error {
	if a.gone {
		return nil
	}
	var err error
	switch s.Call {
	case replacement.StopUnit:
		err = p.stopUnit(a.Unit)
	case replacement.Stop:
		err = p.stopBeside(a.Container.ID, s.Quiet)
	default:
		name := p.unique()
		if err = p.rename(a.Container.ID, name); err == nil {
			a.now = name
		}
	}
	if errors.Is(err, ErrNotFound) {
		a.gone = true
		return nil
	}
	return err
}

// verifyCurrent waits until the container that an interrupted run put in its place is ready.
func (p *replaceRun) verifyCurrent(current *observed.Container) error {
	for _, s := range p.stepsToReady() { // those that something started again, such as a boot of the host
		if s.Object == replacement.AsideOf && !s.Made && s.Call != replacement.Rename {
			if err := p.putAside(p.asides[s.Aside], s); err != nil {
				return err
			}
		}
	}
	if current.Status == observed.Paused {
		if err := p.call(p.x.callLimit(), "unpause", func(ctx context.Context) error { return p.x.rt.Unpause(ctx, p.id) }); err != nil {
			return err
		}
		p.did("unpause", shown(p.id))
	}
	if startsAtOnce(p.op) {
		if err := p.follow(p.id); err != nil {
			return err
		}
	}
	if p.forgiveTimeout() != nil {
		return p.out.Err
	}
	return p.ready(p.id)
}

// commit completes a replacement whose new container is ready, unless it has to wait for others.
func (p *replaceRun) commit() {
	if !p.x.queue(p) {
		p.complete()
	}
}

// complete removes what the new container replaced.
func (p *replaceRun) complete() {
	for _, a := range p.asides {
		switch {
		case a.Follows != "": // its own op has replaced it
		case a.Orphan:
			p.x.removeOrphan(p.firm, a.Container.ID)
		case !a.gone:
			p.retire(&a.Container)
		}
	}
	p.dropOldUnits()
	if p.out.Err == nil && p.isKind(config.OneShot) && p.op.Entry.Remove {
		p.forget(p.id)
	}
}

// retire removes a container that was replaced.
func (r *opRun) retire(c *observed.Container) {
	if r.op.IsLate() {
		r.x.mu.Lock()
		r.x.later = append(r.x.later, laterRemoval{r, c})
		r.x.mu.Unlock()
		return
	}
	if err := r.removeReplaced(c); err != nil {
		r.fail(fmt.Errorf("the new container runs, but the previous one: %w", err), "the next apply removes it")
	}
}

// renew replaces a container that has nothing to return to: a job that has ended, whose outcome alone counted, or
// what never ran or cannot run again. It goes as soon as the new one could be created.
func (r *opRun) renew() {
	if r.op.Has(replacement.Wait, replacement.Current) && !r.awaitOld() {
		return
	}
	old, name := r.op.Current, r.newName()
	req := r.request(name)
	req.Labels[record.LabelReplaces] = record.ReplacesLabel([]record.Replaced{{ID: old.ID}})
	if !r.op.StartsNew() && r.isKind(config.Service) {
		req.Labels[record.LabelLeftStopped] = "true"
	}
	id, err := r.create(req)
	if err == nil {
		err = r.requireHealthcheck(id)
	}
	if err != nil {
		r.fail(err, "the old container is untouched; fix its config and apply again")
		r.abandon(id)
		return
	}
	if r.hasUnit() {
		err = r.stopUnit(r.op.OldUnit)
	}
	if err == nil {
		err = r.removeFound(old)
	}
	if err != nil {
		r.fail(err, "remove it by hand: podman rm --force "+old.Name)
		r.abandon(id)
		return
	}
	r.dropOldUnits()
	r.isNow(id, name)
	if r.op.Has(replacement.Rename, replacement.New) {
		if err := r.rename(id, r.op.Name); err == nil {
			r.out.RealName = r.op.Name
		} else if !errors.Is(err, ErrNameTaken) {
			r.fail(err, "apply again")
			return
		}
	}
	if r.op.StartsNew() {
		r.launch(id)
	}
}
