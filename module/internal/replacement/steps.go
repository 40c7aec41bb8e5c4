package replacement

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// Steps returns the calls of the change in order.
func (c Change) Steps() []Step {
	steps := slices.Concat(c.prepareUnits(), c.forward())
	if c.Current == nil {
		return steps
	}
	if c.Noted {
		steps = append(steps, Step{Call: Note, Object: NoteOf, Name: c.Name + "-" + randomNote, Final: true})
	}
	for _, n := range c.droppedNotes() {
		if !c.forgives(n) {
			steps = append(steps, removeNote(n))
		}
	}
	return steps
}

func removeNote(n observed.Container) Step {
	return Step{Call: Remove, Object: NoteOf, Container: &n, Name: n.Name, Final: true}
}

func (c Change) forward() []Step {
	switch c.Procedure {
	case Make:
		return c.make()
	case Replace:
		return c.replace()
	case RemoveFirst:
		return c.removeFirst()
	case Verify:
		return c.verify()
	case Execute:
		return c.execute()
	case RemoveIt:
		return slices.Concat(c.stopUnits(), c.removeCurrent(), c.removeUnits())
	case ForgetIt, AwaitAndForget:
		return c.forgetCurrent()
	case StopIt:
		return c.stop()
	case SetAside:
		return setAside(Current, 0, c.Current, c.Name)
	default:
		return slices.Concat(c.keep(), c.update())
	}
}

// prepareUnits returns what is done about units for a whole wave, before its containers are touched.
func (c Change) prepareUnits() []Step {
	var steps []Step
	if c.Procedure == Nothing || c.Procedure == Await || c.Procedure == PassGate || c.Procedure == RemoveIt {
		return nil
	}
	if len(c.DropChecks) > 0 {
		steps = append(steps, Step{Call: DropUnit, Object: UnitOf, Name: strings.Join(c.DropChecks, " "), InWave: true, Quiet: true})
	}
	if c.Unit == nil {
		return steps
	}
	in := func(call Call, quiet bool) Step {
		return Step{Call: call, Object: UnitOf, Name: c.unitName(), InWave: true, Quiet: quiet}
	}
	enable := c.Unit.Enable || c.Suffix && c.makesNew()
	if c.Unit.Write {
		write := in(WriteUnit, true)
		write.Undo = []Step{in(WriteUnit, true)}
		if !c.Unit.Existed {
			write.Undo = []Step{in(DropUnit, true)}
		}
		steps = append(steps, write)
	}
	if enable {
		steps = append(steps, in(EnableUnit, false))
	}
	if c.Unit.Write || enable || c.Unit.Reload {
		steps = append(steps, in(ReloadUnit, enable))
	}
	return steps
}

// make creates the entry's container where there was none.
func (c Change) make() []Step {
	var steps []Step
	if c.Unit != nil && c.Unit.Existed { // it may be about to start one of this name, or be held for active
		steps = append(steps, Step{Call: StopUnit, Object: UnitOf, Name: c.Unit.Name})
	}
	steps = append(steps, c.dropUnits()...)
	create := c.create(c.finalName())
	if !c.AskHealthcheck {
		create[0].Undo = nil // what was made stays to be looked at
	}
	steps = append(steps, create...)
	return append(steps, c.launch(New, nil)...)
}

// create creates the new container, and asks what would keep it from becoming ready.
func (c Change) create(name string) []Step {
	undo := []Step{{Call: Discard, Object: New, Name: name}}
	steps := []Step{{Call: Create, Object: New, Name: name, Undo: undo}}
	if c.AskHealthcheck {
		steps = append(steps, Step{Call: CheckHealthcheck, Object: New, Name: name})
	}
	return steps
}

// launch starts a container that is not replaced any more, and waits as its kind asks: from here on nothing is undone.
func (c Change) launch(o Object, container *observed.Container) []Step {
	if o == New && !c.starts() {
		return nil
	}
	steps := []Step{c.start(o, container)}
	steps = append(steps, c.settle(o, container)...)
	for i := range steps {
		steps[i].Final = true
	}
	return steps
}

// start starts the entry's container: by its unit, where it has one.
func (c Change) start(o Object, container *observed.Container) Step {
	if c.Unit != nil {
		return Step{Call: StartUnit, Object: o, Container: container, Name: c.unitName()}
	}
	return Step{Call: Start, Object: o, Container: container, Name: c.finalName()}
}

// settle follows a start: the end of a job, or the health gate.
func (c Change) settle(o Object, container *observed.Container) []Step {
	switch {
	case c.Kind == config.OneShot:
		return append([]Step{{Call: Wait, Object: o, Container: container, Name: c.finalName()}}, c.forget(o, container)...)
	case c.Gate && c.Kind != config.StoppedOnly:
		return []Step{{Call: AwaitHealth, Object: o, Container: container, Name: c.finalName()}}
	}
	return nil
}

// forget removes a job that is not to stay, and records that it was done.
func (c Change) forget(o Object, container *observed.Container) []Step {
	if !c.Forget {
		return nil
	}
	return []Step{
		{Call: Remove, Object: o, Container: container, Name: c.finalName(), Final: true},
		{Call: Record, Object: Placeholder, Name: c.recordName(), Final: true},
	}
}

// recordName is the real name of a placeholder.
func (c Change) recordName() string {
	if c.Suffix || c.NameTaken {
		return c.temporary()
	}
	return c.Name
}

// removeFirst replaces a container that has nothing to return to. It goes as soon as the new one could be created.
func (c Change) removeFirst() []Step {
	steps := c.awaitCurrent()
	steps = append(steps, c.create(c.temporary())...)
	if c.OldUnit != "" {
		steps = append(steps, Step{Call: StopUnit, Object: UnitOf, Name: c.OldUnit})
	}
	removal := c.removeCurrent()
	removal[0].Final = true
	steps = append(append(steps, removal...), c.dropUnits()...)
	if !c.Suffix {
		steps = append(steps, Step{Call: Rename, Object: New, Name: c.temporary(), To: c.Name})
	}
	return append(steps, c.launch(New, nil)...)
}

// awaitCurrent waits for the end of a job at work before it is replaced.
func (c Change) awaitCurrent() []Step {
	if !c.AwaitCurrent {
		return nil
	}
	return []Step{{Call: Wait, Object: Current, Container: c.Current, Name: c.Current.Name}}
}

// removeCurrent removes the container that was found; what never came to use is discarded.
func (c Change) removeCurrent() []Step {
	if c.Current == nil {
		return nil
	}
	call := Remove
	if NeverUsed(*c.Current) {
		call = Discard
	}
	return []Step{{Call: call, Object: Current, Container: c.Current, Name: c.Current.Name}}
}

// forgetCurrent removes a job that is not to stay, after its end, and records that it was done.
func (c Change) forgetCurrent() []Step {
	var steps []Step
	if c.Procedure == AwaitAndForget {
		steps = append(c.forgive(), Step{Call: Wait, Object: Current, Container: c.Current, Name: c.Current.Name, Final: true})
	}
	steps = append(steps,
		Step{Call: Remove, Object: Current, Container: c.Current, Name: c.Current.Name, Final: true},
		Step{Call: Record, Object: Placeholder, Name: c.recordName(), Final: true})
	return append(steps, c.dropUnits()...)
}

// execute runs a command. The record of an earlier run goes first: killed in between, the command runs again, which is what
// an unrecorded one must do. A container of another kind runs on until the command has succeeded.
func (c Change) execute() []Step {
	var before, after []Step
	if c.Current != nil {
		old := append(c.dropUnits(), c.removeCurrent()...)
		if c.Current.Labels[record.LabelDone] != "" {
			before = old
		} else {
			after = old
		}
	}
	run := []Step{{Call: Exec, Object: Placeholder, Name: c.Name, Final: true}}
	return slices.Concat(before, run, after, []Step{{Call: Record, Object: Placeholder, Name: c.recordName(), Final: true}})
}

// setAside stops a replaced container and gives it the name by which the next runs know it.
func setAside(o Object, i int, container *observed.Container, entry string) []Step {
	return []Step{
		{Call: Stop, Object: o, Aside: i, Container: container, Name: container.Name},
		{Call: Rename, Object: o, Aside: i, Container: container, Name: container.Name, To: PreviousName(entry, container.ID)},
	}
}

// dropUnits stops and removes the units that go.
func (c Change) dropUnits() []Step { return append(c.stopUnits(), c.removeUnits()...) }

func (c Change) stopUnits() []Step {
	var steps []Step
	for _, name := range slices.Concat(c.DropChecks, c.DropUnits) {
		steps = append(steps, Step{Call: StopUnit, Object: UnitOf, Name: name})
	}
	return steps
}

func (c Change) removeUnits() []Step {
	if len(c.DropUnits) == 0 {
		return nil
	}
	return []Step{{Call: DropUnit, Object: UnitOf, Name: strings.Join(c.DropUnits, " ")}}
}
