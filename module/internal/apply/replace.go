package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
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

// replace exchanges a container for a new one so that a failure loses nothing. What can fail without the others
// giving way fails first: the create, and the preparation of a process. Then the others are stopped, names are
// exchanged, and the new one is started and must be ready; else everything is rolled back.
func (r *opRun) replace() {
	before := r.out
	if r.op.AwaitOld && !r.awaitOld() {
		return
	}
	p := r.newReplaceRun("", r.newName())
	err := p.create()
	if err == nil {
		err = r.checkRoom(p.id)
	}
	if err == nil {
		err = r.ctx.Err()
	}
	if err == nil && r.op.Stopped && r.isKind(config.Service) {
		err = p.stillStopped()
	}
	if err != nil {
		r.withdraw(before, p.id, err)
		p.startInterrupted(err)
		return
	}
	r.isNow(p.id, p.temporary)
	p.finish(p.exchange())
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

// create tries out what can be tried out beside the others, and creates the new container.
func (p *replaceRun) create() error {
	if err := p.tryOut(); err != nil {
		return err
	}
	req := p.request(p.temporary)
	var replaced []record.Replaced
	for _, a := range p.asides {
		replaced = append(replaced, record.Replaced{ID: a.Container.ID, Ran: a.Ran})
	}
	req.Labels[record.LabelReplaces] = record.ReplacesLabel(replaced)
	if p.op.Stopped && p.isKind(config.Service) {
		req.Labels[record.LabelLeftStopped] = "true"
	}
	id, err := p.opRun.create(req)
	p.id = id
	if err == nil {
		err = p.requireHealthcheck(id)
	}
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

// exchange puts the new container in the place of the others and waits until it is ready.
func (p *replaceRun) exchange() error {
	for _, a := range p.asides {
		if err := p.putAside(a); err != nil {
			return err
		}
	}
	if u := p.op.Unit; p.op.Action == plan.Created && u != nil && u.Was != "" { // it may be held for active
		if err := p.stopUnit(u.Unit); err != nil {
			return err
		}
	}
	if !p.op.Suffix {
		if err := p.rename(p.id, p.op.Name); err != nil {
			return err
		}
		p.out.RealName = p.op.Name
	}
	if p.op.Stopped {
		return nil
	}
	if err := p.startNew(p.id); err != nil {
		return p.startError(p.id, err)
	}
	return p.ready(p.id)
}

// putAside stops a container and takes the name from it that the new one needs. Where others have removed it
// meanwhile, there is nothing to put aside, and nothing to return to.
func (p *replaceRun) putAside(a *aside) error {
	err := p.stopAside(a)
	if err == nil && a.now == p.op.Name && !p.op.Suffix {
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

// stopAside stops a container so that nothing starts it again.
func (p *replaceRun) stopAside(a *aside) error {
	if a.Unit == "" || p.x.units == nil {
		return p.stop(a.Container.ID)
	}
	if err := p.stopUnit(a.Unit); err != nil {
		return err
	}
	// It may run outside of its unit.
	return p.call(0, "stop", func(ctx context.Context) error { return p.x.rt.Stop(ctx, a.Container.ID) })
}

// verifyCurrent waits until the container that an interrupted run put in its place is ready.
func (p *replaceRun) verifyCurrent(current *observed.Container) error {
	for _, a := range p.asides {
		if isRunning(a.Container.Status) { // something started it again, such as a boot of the host
			if err := p.stopAside(a); err != nil && !errors.Is(err, ErrNotFound) {
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

func isRunning(s observed.Status) bool { return s == observed.Running || s == observed.Paused }

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
	if r.x.isGrouped(r.op) {
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
	if r.op.AwaitOld && !r.awaitOld() {
		return
	}
	old, name := r.op.Current, r.newName()
	req := r.request(name)
	req.Labels[record.LabelReplaces] = record.ReplacesLabel([]record.Replaced{{ID: old.ID}})
	if r.op.Stopped && r.isKind(config.Service) {
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
	if !r.op.Suffix {
		if err := r.rename(id, r.op.Name); err == nil {
			r.out.RealName = r.op.Name
		} else if !errors.Is(err, ErrNameTaken) {
			r.fail(err, "apply again")
			return
		}
	}
	if !r.op.Stopped {
		r.launch(id)
	}
}
