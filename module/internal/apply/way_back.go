package apply

import (
	"errors"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/replacement"
)

// wayBack follows the undo of the steps of a replacement. What fails on the way does not keep the rest from being done,
// but that a new container goes on running: never two.
type wayBack struct {
	*replaceRun
	steps []replacement.Step
	// failed are the errors of the calls about the new container, the last of each.
	failed  map[replacement.Call]error
	removed bool // the new container
	tried   bool // to remove it early
	// unnamed are the containers that have not got their names back, with why.
	unnamed map[*aside]error
	// held means that what gave way is not started yet: what it depends on comes back first.
	held bool
	runs bool // all that gave way and ran before
	// startErr and removeErr are what went wrong with those.
	startErr, removeErr error
}

func (p *replaceRun) newWayBack() *wayBack {
	return &wayBack{replaceRun: p, steps: p.op.WayBack(), failed: map[replacement.Call]error{}, unnamed: map[*aside]error{}, runs: true}
}

// takeDown stops the new container, so that nothing starts it again, and takes the entry's name from it.
func (w *wayBack) takeDown() {
	for _, s := range w.steps {
		if !s.BringsBack() && s.Call != replacement.Discard {
			w.failed[s.Call] = w.undoNew(s)
		}
	}
}

// undoNew makes one call about the new container.
func (w *wayBack) undoNew(s replacement.Step) error {
	switch s.Call {
	case replacement.StopUnit:
		return w.stopUnit(w.op.Unit.Unit)
	case replacement.Stop:
		return w.stop(w.id)
	case replacement.Rename:
		return w.freeName()
	default:
		return fmt.Errorf("internal error: no way back has the step %q", s)
	}
}

// freeName takes the entry's name from the new container.
func (p *replaceRun) freeName() error {
	if p.out.RealName != p.op.Name || p.temporary == "" || p.temporary == p.op.Name {
		return nil
	}
	err := p.rename(p.id, p.temporary)
	if err == nil {
		p.out.RealName = p.temporary
	}
	return err
}

// makeRoom removes the new container where it could not be stopped or renamed: it may be what is in the way, its process,
// its name, its space on the disk.
func (w *wayBack) makeRoom() {
	if errors.Join(w.stopErr(), w.failed[replacement.Rename]) != nil {
		w.removeEarly()
	}
}

func (w *wayBack) removeEarly() {
	if w.tried {
		return
	}
	w.tried = true
	if w.removed = w.discardNew(w.id) == nil; w.removed {
		clear(w.failed)
	}
}

// stopErr is why the new container could not be stopped.
func (w *wayBack) stopErr() error {
	return errors.Join(w.failed[replacement.StopUnit], w.failed[replacement.Stop])
}

// bringBack gives what gave way its name and its place back.
func (w *wayBack) bringBack() {
	blocked := !w.held && w.stillRuns()
	for _, s := range w.steps {
		switch {
		case !s.BringsBack():
		case s.Call == replacement.Rename:
			w.giveNameBack(w.asides[s.Aside])
		case !w.held && !blocked:
			w.start(s)
		}
	}
}

// startHeld starts what was held back.
func (w *wayBack) startHeld() {
	w.held = false
	w.bringBack()
}

// stillRuns reports whether the new container could not be stopped and runs.
func (w *wayBack) stillRuns() bool {
	if w.stopErr() == nil {
		return false
	}
	if d, err := w.inspect(w.id); err != nil || !isRunning(d.Status) {
		return false
	}
	w.runs, w.startErr = false, errors.New("the new container still runs, so the previous one was not started")
	return true
}

func (w *wayBack) giveNameBack(a *aside) {
	err := w.named(a)
	if err != nil && w.id != "" && !w.kept {
		if w.removeEarly(); w.removed {
			err = w.named(a)
		}
	}
	w.unnamed[a] = err
}

// named gives a container that was put aside the name back that it had.
func (p *replaceRun) named(a *aside) error {
	if a.gone || a.now == a.Name {
		return nil
	}
	err := p.rename(a.Container.ID, a.Name)
	if err == nil {
		a.now = a.Name
	}
	return err
}

// start starts what ran before it was put aside, or has systemd read the unit that it had.
func (w *wayBack) start(s replacement.Step) {
	if s.InWave {
		w.startErr = errors.Join(w.startErr, w.restoreText())
		return
	}
	a := w.asides[s.Aside]
	if a.gone || !s.Starts() {
		return
	}
	runs, err := w.startAside(a)
	w.startErr, w.runs = errors.Join(w.startErr, err), w.runs && runs
}

// startAside starts a container under the unit that it had, and without it where that fails or where the container
// could not get its name back. It reports whether the container runs.
func (p *replaceRun) startAside(a *aside) (bool, error) {
	if err := p.startsSecond(); err != nil {
		return false, err
	}
	byUnit := a.Unit != "" && p.x.units != nil
	start := func() error {
		if byUnit && a.now == a.Name {
			return p.startUnit(a.Unit)
		}
		return p.start(a.Container.ID)
	}
	err := p.insistOnStart(a.Container.ID, start)
	switch {
	case err != nil && (!byUnit || p.start(a.Container.ID) != nil):
		return false, err
	case err != nil:
		return true, fmt.Errorf("it was started without its unit: %w", err)
	case byUnit && a.now != a.Name:
		return true, errors.New("it was started without its unit, as it has another name")
	}
	return true, nil
}

// discard removes the new container, when the names are exchanged back. It stays until then: by its labels the next run
// knows the others, should this one be killed.
func (w *wayBack) discard() {
	if w.nameErr() != nil {
		_ = w.insist(w.namesAgain) // what is left is among the problems
	}
	makes := slices.ContainsFunc(w.steps, func(s replacement.Step) bool { return s.Call == replacement.Discard && !s.BringsBack() })
	if makes && !w.removed {
		w.removeErr = w.insist(func() error { return w.discardNew(w.id) })
	}
}

// namesAgain tries the exchange of names once more.
func (w *wayBack) namesAgain() error {
	if w.failed[replacement.Rename] != nil {
		w.failed[replacement.Rename] = w.freeName()
	}
	for a, err := range w.unnamed {
		if err != nil {
			w.unnamed[a] = w.named(a)
		}
	}
	return w.nameErr()
}

func (w *wayBack) nameErr() error {
	all := w.failed[replacement.Rename]
	for _, a := range w.asides {
		all = errors.Join(all, w.unnamed[a])
	}
	return all
}

// problems are what has failed on the way and could not be made up for.
func (w *wayBack) problems() error {
	return errors.Join(w.stopErr(), w.nameErr(), w.removeErr, w.startErr)
}
