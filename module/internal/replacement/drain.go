package replacement

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
)

// Drain is how a service is taken out of its load balancer for a change.
type Drain struct {
	Balancer string // its name in words
	// TakeOut means that it is in use, and taken out before anything gives way.
	TakeOut bool
	// Notes are of interrupted runs that had taken it out: it is put back in any case.
	Notes []observed.Container
}

// WithDrain adds the calls of a drain to those of a change: out before the first that the service would notice, back when it
// is ready again. What fails in between leads to its being put back as well. That it is out stands in a note as long, for
// the next run.
func WithDrain(steps []Step, entry string, d Drain) []Step {
	if !d.TakeOut && len(d.Notes) == 0 {
		return steps
	}
	note := Step{Call: Note, Object: NoteOf, Name: entry + "-" + randomNote, Quiet: true}
	forget := Step{Call: Remove, Object: NoteOf, Name: entry + "-" + randomNote, Quiet: true, Final: true}
	back := []Step{{Call: PutBack, Object: Balancer, Name: d.Balancer, Final: true}, forget}
	if len(d.Notes) > 0 {
		back = back[:1]
		for i := range d.Notes {
			back = append(back, Step{Call: Remove, Object: NoteOf, Container: &d.Notes[i], Name: d.Notes[i].Name, Final: true})
		}
	}
	steps = slices.Insert(slices.Clone(steps), whenReady(steps), back...)
	if !d.TakeOut {
		return steps
	}
	undo := slices.Clone(back)
	for i := range undo {
		undo[i].Final = false
	}
	out := []Step{note, {Call: TakeOut, Object: Balancer, Name: d.Balancer, Undo: undo}, {Call: AwaitDrained, Object: Balancer, Name: d.Balancer}}
	if len(d.Notes) > 0 {
		out = out[1:]
	}
	return slices.Insert(steps, slices.IndexFunc(steps, Disturbs), out...)
}

// Disturbs reports whether a step is one that the service of an entry notices: it, or what it replaces, stops.
func Disturbs(s Step) bool {
	if s.InWave || s.Made {
		return false
	}
	return s.Object == AsideOf || s.Object == UnitOf || s.Object == Current && (s.Call == Stop || s.Call == StopUnit)
}

// whenReady is the index behind the last step that makes the entry's container ready.
func whenReady(steps []Step) int {
	isReady := func(s Step) bool {
		switch s.Call {
		case AwaitReady, AwaitHealth, Start, StartUnit, Unpause, Wait:
			return s.Object == New || s.Object == Current
		default:
			return false
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if isReady(steps[i]) {
			return i + 1
		}
	}
	return len(steps)
}
