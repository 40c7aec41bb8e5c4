package replacement

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// Step is one call, with its way back.
type Step struct {
	Call   Call
	Object Object
	// Container is the object as it is on the host; nil for one that a step makes.
	Container *observed.Container
	Aside     int // index into Change.Asides, where the object is one of those
	// Name is the object's real name before the call, or a unit's name. Random parts are words in angle brackets.
	Name string
	To   string // of a rename, or of an update that is undone
	// Undo are the calls that take the step back, in order; they do no harm where the step was not made. A step without
	// needs none, or has none.
	Undo []Step
	// Final means that nothing is undone from here on, whatever fails.
	Final bool
	// InWave means that the step is made for all ops of a wave before their others.
	InWave bool
	// Late means that the step is made when all waves are done, as other containers depended on the object.
	Late bool
	// Made means that an earlier run has made the step: what counts is its way back.
	Made bool
	// Quiet means that the step is part of another one, and no command is shown for it.
	Quiet bool
}

// Random parts of names, as a plan shows them.
const (
	randomNew      = "<new>"
	randomTryOut   = "<try-out>"
	randomPrevious = "<previous>"
	randomNote     = "<note>"

	randomValidation = "<validation>"
	randomMark       = "<mark>"
	randomRecord     = "<record>"
)

// String is the step in words: "rename web to web-<previous>".
func (s Step) String() string {
	text := string(s.Call)
	if s.Name != "" {
		text += " " + s.Name
	}
	if s.To != "" {
		text += " to " + s.To
	}
	return text
}

// Words returns the command of podman or systemctl that a step represents; nil where there is none, or where it takes the
// entry to write it down: a create, a record and an exec.
func (s Step) Words() []string {
	if s.Quiet || s.Made {
		return nil
	}
	container := s.Name
	if s.Container != nil {
		container = Shown(s.Container.ID)
	}
	switch s.Call {
	case Start, Stop, Unpause:
		return []string{"podman", string(s.Call), container}
	case Rename:
		return []string{"podman", "rename", container, s.To}
	case Discard:
		if s.Container != nil && s.Container.Labels[record.LabelTryOut] != "" { // with the volumes that were made for it
			return []string{"podman", "rm", "--force", "--volumes", container}
		}
		return []string{"podman", "rm", "--force", container}
	case Remove:
		return []string{"podman", "rm", "--force", container}
	case StartUnit:
		return []string{"systemctl", "start", s.Name}
	case StopUnit:
		return []string{"systemctl", "stop", s.Name}
	case DropUnit:
		return append([]string{"systemctl", "disable"}, strings.Fields(s.Name)...)
	case EnableUnit:
		return []string{"systemctl", "enable", s.Name}
	case ReloadUnit:
		return []string{"systemctl", "daemon-reload"}
	default:
		return nil
	}
}

// Shown is how a container is written in a printed command: its name may be another one by then.
func Shown(id string) string { return id[:min(len(id), 12)] }

// List joins steps for a line of a plan.
func List(steps []Step) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// WayBack returns what is done where the step at an index fails, the last first: also what takes that very step back,
// which may have taken effect. What was done for a whole wave comes before others come back: their units are as they were
// when they start again.
func WayBack(steps []Step, failed int) []Step {
	var undo, inWave []Step
	for i := failed; i >= 0; i-- {
		switch {
		case steps[i].Final:
			return nil
		case steps[i].InWave:
			inWave = append(inWave, steps[i].Undo...)
		default:
			undo = append(undo, steps[i].Undo...)
		}
	}
	at := slices.IndexFunc(undo, func(s Step) bool { return s.Object == AsideOf })
	if at < 0 {
		at = len(undo)
	}
	return slices.Insert(undo, at, inWave...)
}

// BringsBack reports whether a step of a way back is about what gave way, and not about what is new.
func (s Step) BringsBack() bool { return s.Object == AsideOf || s.InWave }

// Starts reports whether the step starts a container, by its unit or by itself.
func (s Step) Starts() bool { return s.Call == Start || s.Call == StartUnit }

// TakeAway returns the calls that take away a new container which nothing gave way to.
func TakeAway(byUnit bool) []Step {
	steps := []Step{{Call: Stop, Object: New}, {Call: Discard, Object: New}}
	if byUnit {
		return slices.Insert(steps, 0, Step{Call: StopUnit, Object: New})
	}
	return steps
}
