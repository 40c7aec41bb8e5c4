package replacement

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// replace puts a new container in the place of others so that a failure loses nothing. What can fail without the others
// giving way fails first: the create, and the preparation of a process.
func (c Change) replace() []Step {
	steps := c.awaitCurrent()
	if c.TryOut {
		steps = append(steps, c.tryOut()...)
	}
	steps = append(steps, c.create(c.temporary())...)
	steps = append(steps, Step{Call: CheckRoom, Object: New, Name: c.temporary()})
	if c.StaysStopped && c.Kind == config.Service {
		steps = append(steps, Step{Call: CheckStopped, Object: Current, Container: c.Current, Name: c.Current.Name})
	}
	steps = append(steps, c.putAside()...)
	if c.Current == nil && c.Unit != nil && c.Unit.Existed { // it may be held for active
		steps = append(steps, Step{Call: StopUnit, Object: UnitOf, Name: c.Unit.Name})
	}
	steps = append(steps, c.takePlace(nil)...)
	return slices.Concat(steps, c.complete(), c.forgetReplaced(New, nil))
}

// verify is replace with what the interrupted run has made already.
func (c Change) verify() []Step {
	made := []Step{{Call: Create, Object: Current, Container: c.Current, Name: c.temporaryOfCurrent(), Undo: []Step{
		{Call: Discard, Object: Current, Container: c.Current, Name: c.temporaryOfCurrent()},
	}}}
	made = append(made, c.putAside()...)
	for i := range made {
		made[i].Made = made[i].Object == Current || !made[i].Container.Alive()
	}
	place := c.takePlace(c.Current)
	for i := range place {
		place[i].Made = place[i].Call != AwaitReady && place[i].Call != Wait
	}
	var steps []Step
	if c.Current.Status == observed.Paused {
		steps = append(steps, Step{Call: Unpause, Object: Current, Container: c.Current, Name: c.Current.Name})
	}
	if c.Unit != nil && c.Unit.Start {
		steps = append(steps, c.start(Current, c.Current))
	}
	steps = append(steps, c.forgive()...)
	last := slices.IndexFunc(place, func(s Step) bool { return !s.Made })
	if last < 0 {
		last = len(place)
	}
	return slices.Concat(made, place[:last], steps, place[last:], c.complete(), c.forgetReplaced(Current, c.Current))
}

// temporaryOfCurrent is the name that the container of an interrupted replacement was created under.
func (c Change) temporaryOfCurrent() string {
	if name := c.Current.Labels[record.LabelCreatedAs]; name != "" {
		return name
	}
	return c.Current.Name
}

// tryOut has a container like the new one prepared up to its process, and removes it.
func (c Change) tryOut() []Step {
	name := c.Name + "-" + randomTryOut
	discard := Step{Call: Discard, Object: TryOut, Name: name, Quiet: true}
	return []Step{
		{Call: Create, Object: TryOut, Name: name, Quiet: true, Undo: []Step{discard}},
		{Call: Prepare, Object: TryOut, Name: name, Quiet: true},
		discard,
	}
}

// putAside stops what gives way and takes the name from it that the new container needs.
func (c Change) putAside() []Step {
	var steps []Step
	for i := range c.Asides {
		a := &c.Asides[i]
		s := Step{Call: Stop, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Container.Name}
		if a.Unit != "" {
			steps = append(steps, Step{Call: StopUnit, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Unit})
			s.Quiet = true // it may run outside of its unit
		}
		s.Undo = c.comeBack(i)
		steps = append(steps, s)
		if a.Container.Name == c.Name && !c.Suffix {
			steps = append(steps, Step{Call: Rename, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Container.Name, To: c.Name + "-" + randomPrevious})
		}
	}
	return steps
}

// comeBack returns the way back of a container that gave way: its name, and its process if it ran.
func (c Change) comeBack(i int) []Step {
	a := &c.Asides[i]
	var steps []Step
	if a.Container.Name != a.Name || a.Container.Name == c.Name && !c.Suffix {
		now := a.Container.Name
		if now == c.Name {
			now = c.Name + "-" + randomPrevious
		}
		steps = append(steps, Step{Call: Rename, Object: AsideOf, Aside: i, Container: &a.Container, Name: now, To: a.Name})
	}
	switch {
	case !a.Ran:
	case a.Unit != "":
		steps = append(steps, Step{Call: StartUnit, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Unit})
	default:
		steps = append(steps, Step{Call: Start, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Name})
	}
	return steps
}

// takePlace gives the new container the entry's name, starts it and waits until it is ready. found is the container where
// an interrupted run made it, nil for one of this run.
func (c Change) takePlace(found *observed.Container) []Step {
	object, temporary := New, c.temporary()
	if found != nil {
		object, temporary = Current, c.temporaryOfCurrent()
	}
	free := Step{Call: Rename, Object: object, Container: found, Name: c.Name, To: temporary}
	var steps []Step
	if !c.Suffix && temporary != c.Name {
		rename := Step{Call: Rename, Object: object, Container: found, Name: temporary, To: c.Name}
		if c.Kind == config.Service {
			rename.Undo = []Step{free}
		}
		steps = append(steps, rename)
	}
	if !c.starts() {
		if len(steps) > 0 {
			steps[0].Undo = []Step{free}
		}
		return steps
	}
	start := c.start(object, found)
	start.Undo = c.stopNew(object, found)
	if len(steps) > 0 && c.Kind != config.Service {
		// A job loses its name before it is stopped: the exit code that follows our stop must not pass for its own.
		start.Undo = append([]Step{free}, start.Undo...)
		steps[0].Undo = []Step{free}
	}
	return append(append(steps, start), c.ready(object, found)...)
}

// stopNew stops the new container so that nothing starts it again.
func (c Change) stopNew(o Object, found *observed.Container) []Step {
	stop := Step{Call: Stop, Object: o, Container: found, Name: c.finalName()}
	if c.Unit == nil {
		return []Step{stop}
	}
	return []Step{{Call: StopUnit, Object: o, Container: found, Name: c.unitName()}, stop}
}

// ready waits until a new container has done what is asked of its kind, and so may stay.
func (c Change) ready(o Object, found *observed.Container) []Step {
	switch c.Kind {
	case config.OneShot:
		return []Step{{Call: Wait, Object: o, Container: found, Name: c.finalName()}}
	case config.Service, config.FireAndExit:
		return []Step{{Call: AwaitReady, Object: o, Container: found, Name: c.finalName()}}
	default:
		return nil
	}
}

// complete removes what the new container replaced. An orphan goes by a change of its own, and what another entry uses
// by that entry's.
func (c Change) complete() []Step {
	var steps []Step
	for i := range c.Asides {
		a := &c.Asides[i]
		switch {
		case a.Follows != "", a.Orphan:
		case c.isKept(a.Container.ID):
			steps = append(steps, setAside(AsideOf, i, &a.Container, c.Name)...)
		default:
			steps = append(steps, Step{Call: Remove, Object: AsideOf, Aside: i, Container: &a.Container, Name: a.Container.Name})
		}
	}
	for i := range steps {
		steps[i].Late = c.Late
	}
	steps = append(steps, c.dropUnits()...)
	for i := range steps {
		steps[i].Final = true
	}
	return steps
}

// forgetReplaced forgets a job that replaced another container and has completed.
func (c Change) forgetReplaced(o Object, found *observed.Container) []Step {
	if c.Kind != config.OneShot {
		return nil
	}
	return c.forget(o, found)
}

// keep leaves the container that is there and brings it to the wanted state.
func (c Change) keep() []Step {
	steps := c.putAside()
	cur := c.Current
	if cur == nil {
		return nil
	}
	if c.movesUnit() && c.changesCurrent() && c.Procedure != RepairUnit || c.Procedure == RestartIt || c.changesCurrent() && cur.Status == observed.Stopping {
		steps = append(steps, c.stopCurrent()...)
	}
	if c.RenameTo != "" {
		steps = append(steps, Step{Call: Rename, Object: Current, Container: cur, Name: cur.Name, To: c.RenameTo})
	}
	steps = append(steps, c.runKept()...)
	if c.Procedure == Nothing && len(c.Asides) == 0 {
		return steps
	}
	return append(steps, c.complete()...)
}

// changesCurrent reports whether a container that is kept is more than looked at.
func (c Change) changesCurrent() bool { return c.Procedure != Nothing }

// stopCurrent stops the container so that nothing starts it again.
func (c Change) stopCurrent() []Step {
	cur := c.Current
	steps := []Step{{Call: Stop, Object: Current, Container: cur, Name: cur.Name}}
	back := Step{Call: Start, Object: Current, Container: cur, Name: cur.Name}
	if c.OldUnit != "" {
		back = Step{Call: StartUnit, Object: Current, Container: cur, Name: c.OldUnit}
		steps[0].Quiet = true // it may run outside of its unit
		steps = slices.Insert(steps, 0, Step{Call: StopUnit, Object: Current, Container: cur, Name: c.OldUnit})
	}
	if cur.Status == observed.Running && len(c.Asides) == 0 { // else those come back instead
		steps[0].Undo = []Step{back}
	}
	return steps
}

// runKept starts a container that is kept, or waits for it.
func (c Change) runKept() []Step {
	cur := c.Current
	gate := Step{Call: AwaitHealth, Object: Current, Container: cur, Name: c.finalName(), Final: true}
	gated := c.Gate && cur.Status == observed.Running
	switch {
	case c.Procedure == RestartIt, c.Procedure == RenameIt && c.movesUnit() && cur.Status == observed.Running:
		return c.startKept()
	case c.Procedure == UnpauseIt:
		return append([]Step{{Call: Unpause, Object: Current, Container: cur, Name: cur.Name, Final: true}}, c.settle(Current, cur)...)
	case c.Procedure == StartIt:
		var steps []Step
		if c.OldUnit != "" { // it may be held for started
			steps = append(steps, Step{Call: StopUnit, Object: Current, Container: cur, Name: c.OldUnit})
		}
		return append(steps, c.startKept()...)
	case c.Procedure == Await:
		return append(c.forgive(), Step{Call: Wait, Object: Current, Container: cur, Name: cur.Name, Final: true})
	case c.Unit != nil && c.Unit.Start:
		steps := []Step{c.start(Current, cur)}
		if gated {
			steps = append(steps, gate)
		}
		return steps
	case gated:
		return []Step{gate}
	}
	return nil
}

// startKept starts a container that stays; where others gave way to it, it is stopped for them if it fails.
func (c Change) startKept() []Step {
	steps := c.launch(Current, c.Current)
	if len(c.Asides) > 0 {
		for i := range steps {
			steps[i].Final = false
		}
		steps[0].Undo = c.stopNew(Current, c.Current)
	}
	return steps
}

// forgives reports whether a note that a job timed out is removed before that is waited for again.
func (c Change) forgives(n observed.Container) bool {
	waits := c.Procedure == Await || c.Procedure == AwaitAndForget || c.Procedure == Verify
	return waits && n.Labels[record.LabelTimedOut] != ""
}

// forgive removes the notes that a job timed out, which is still running and gets its time again.
func (c Change) forgive() []Step {
	var steps []Step
	for _, n := range c.Notes {
		if c.forgives(n) {
			steps = append(steps, removeNote(n))
		}
	}
	return steps
}
