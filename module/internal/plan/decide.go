package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// decisions are what is to be done about each entry by itself, in the order of the step: the second stage of a plan.
// What refers to others, and what is executed in them, comes after it.
type decisions struct {
	choices
	list []decision
	at   map[string]int // index by the name of the entry
}

// decide decides about the containers of all entries.
func decide(c choices) decisions {
	d := decisions{choices: c, at: map[string]int{}}
	for i := range c.step.Entries {
		e := &c.step.Entries[i]
		d.at[e.Name] = i
		d.list = append(d.list, d.about(e))
	}
	return d
}

// of returns the decision about an entry of this step.
func (d *decisions) of(name string) (decision, bool) {
	i, here := d.at[name]
	if !here {
		return decision{}, false
	}
	return d.list[i], true
}

// about decides about one entry that is a container of its own.
func (c *choices) about(e *config.Entry) decision {
	d := decision{entry: e, current: c.currents[e.Name]}
	if previous := c.previous[e.Name]; len(previous) > 0 {
		d.previous = &previous[0]
	}
	for _, k := range []*observed.Container{d.current, d.previous} {
		if k != nil {
			d.notes = append(d.notes, c.notes[k.ID]...)
		}
	}
	if d.current != nil && c.state.Units != nil {
		d.oldUnit = c.unitOf(*d.current)
	}
	if e.Kind == config.Exec {
		return d // decided later, when what happens to its target is known
	}
	d.volumesFrom = c.volumesFrom(*e)
	d.action, d.reason = c.decide(*e, &d)
	return c.withUnitName(c.named(d))
}

// decide returns the action and its reason; it fills in what else of the op depends on them.
func (c *choices) decide(e config.Entry, d *decision) (Action, string) {
	current := d.current
	if current == nil {
		return Created, reasonNew
	}
	if reason := c.difference(e, d); reason != "" {
		return Recreated, d.replacing(reason)
	}
	if current.Status == observed.Unknown || current.Status == observed.Removing {
		return Recreated, fmt.Sprintf(reasonReported, current.Status)
	}
	if e.Kind == config.StoppedOnly {
		return Unchanged, adopted(*current)
	}
	if d.previous != nil {
		d.procedure = replacement.Verify
		return Recreated, reasonUnverified
	}
	if e.Kind != config.Service {
		return d.withUpdates(c.decideJob(e, d))
	}
	return d.withUpdates(c.decideService(e, *current))
}

// difference tells how the container differs from what the entry asks for, "" when it does not.
func (c *choices) difference(e config.Entry, d *decision) string {
	current := d.current
	done := current.Labels[record.LabelDone]
	if done != "" && (done != record.DoneOneShot || e.Kind != config.OneShot) {
		return reasonOtherKind
	}
	labels := c.labelsOf(*current)
	compared, err := c.o.Digests.Compare(e, labels, c.o.Decode)
	d.before, d.unwatched = recordOf(labels), compared.Unwatched
	switch {
	case errors.Is(err, record.ErrNoRecord):
		return reasonNoRecord
	case err != nil:
		return err.Error()
	}
	if reason := c.differs(e, d, c.changed(e, *current, compared.Changed)); reason != "" {
		return reason
	}
	switch {
	case len(compared.Files) > 0:
		return fmt.Sprintf(reasonConfigFiles, strings.Join(compared.Files, ", "))
	case e.Kind == config.OneShot && current.Status == observed.Running && record.KindOf(current.Labels) == config.FireAndExit:
		return reasonWasDetached
	case c.stranded(e, *current):
		return reasonStranded
	}
	return c.imageDifference(e, *current)
}

// optionsOf names the options of the step that changed and have to do with the keys that did, "" when there are none.
func (c *choices) optionsOf(keys []string) string {
	var names []string
	for _, key := range keys {
		for _, name := range c.o.OptionsChanged[key] {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(alsoOptions, strings.Join(names, ", "))
}

// recordOf returns the recorded config, nil where it cannot be read.
func recordOf(labels map[string]string) map[string][]string {
	recorded, err := record.Parse(labels[record.LabelConfig])
	if err != nil {
		return nil
	}
	return recorded
}

func (c *choices) imageDifference(e config.Entry, current observed.Container) string {
	id, here := c.state.Images[e.Image]
	switch {
	case !here:
		return fmt.Sprintf(reasonImageAbsent, e.Image)
	case bare(id) != bare(current.ImageID):
		return fmt.Sprintf(reasonImageMoved, e.Image, bare(id))
	}
	return ""
}

func bare(id string) string { return strings.TrimPrefix(id, "sha256:") }

// decideService decides about a service that is as configured. What a cluster manager starts and stops is left
// to it in whatever state it is, unless nobody ever started it.
func (c *choices) decideService(e config.Entry, current observed.Container) (Action, string) {
	action, reason := c.repair(e, current)
	switch {
	case action == Unchanged || c.restarts(e):
		return action, reason
	case c.stoppedByRun(&current):
		return action, reasonStoppedByRun
	case current.NeverRan() && current.Labels[record.LabelLeftStopped] == "":
		return action, reason
	}
	return Unchanged, reason + addLeftAlone
}

func (c *choices) repair(e config.Entry, current observed.Container) (Action, string) {
	if current.Unattended {
		return Recreated, reasonUnattended
	}
	switch current.Status {
	case observed.Running:
		if e.HasHealthcheck && current.Health == "unhealthy" {
			return Restarted, reasonUnhealthy
		}
		return Unchanged, adopted(current)
	case observed.Created:
		return Recreated, reasonNeverStarted
	case observed.Paused:
		return Started, reasonPaused
	case observed.Dead:
		return Recreated, reasonKilled
	case observed.Stopping:
		return Started, reasonStopping
	default:
		if replacement.RestartsOnFailure(e) && replacement.Completed(current) {
			return Unchanged, reasonCompleted
		}
		reason := foundEnded(current)
		if c.state.Units[c.unitOf(current)].Active == "activating" {
			reason = fmt.Sprintf(reasonActivating, reason)
		}
		return Started, reason
	}
}

// foundEnded says in words how a container that should run was found.
func foundEnded(current observed.Container) string {
	if current.EndUnknown {
		return reasonHostDown
	}
	return fmt.Sprintf(reasonFoundEnded, current.Status, current.ExitCode)
}

// decideJob decides about a one-shot or a fire-and-exit entry whose container is as wanted.
func (c *choices) decideJob(e config.Entry, d *decision) (Action, string) {
	current := *d.current
	switch {
	case current.Labels[record.LabelDone] != "":
		return Unchanged, ""
	case c.stoppedByRun(&current):
		return Started, reasonStoppedByRun
	case current.Status == observed.Running && e.Kind == config.OneShot:
		if e.Remove {
			d.procedure = replacement.AwaitAndForget
			return Removed, reasonJobRunsRemove
		}
		d.procedure = replacement.Await
		return Unchanged, reasonJobRuns
	case current.Status == observed.Running:
		return Unchanged, ""
	case current.Status == observed.Paused:
		return Started, reasonPaused
	case current.NeverRan():
		return Recreated, reasonNeverStarted
	case current.Status == observed.Dead:
		return Recreated, reasonKilled
	case current.Status == observed.Stopping:
		return Recreated, reasonJobStopping
	case c.timedOut(current):
		return Recreated, reasonTimedOut
	case current.EndUnknown && e.Kind == config.FireAndExit:
		return Started, foundEnded(current)
	case current.EndUnknown:
		return Recreated, foundEnded(current)
	case Accepted(e.ExitCodes, current.ExitCode) && e.Remove:
		return Removed, reasonJobCompleted
	case Accepted(e.ExitCodes, current.ExitCode):
		return Unchanged, adopted(current)
	}
	return Recreated, fmt.Sprintf(reasonExitCode, current.ExitCode)
}

// Accepted reports whether an exit code is among the accepted ones.
func Accepted(codes []int, code int) bool {
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

// named settles under which name the container will be.
func (c *choices) named(d decision) decision {
	e, free := *d.entry, c.nameFree(*d.entry)
	switch d.action {
	case Created, Recreated, Executed:
		if !d.isVerified() && !free {
			d.naming = unique
			d.reason += fmt.Sprintf(addNameTaken, e.Name)
		}
	case Unchanged, Started, Restarted, Repaired, Updated:
		if d.current == nil || d.current.Name == e.Name || !free {
			return d
		}
		d.naming = renamed
		if d.action == Unchanged {
			d.action, d.reason = Renamed, reasonOwnName
		}
	default: // what is removed keeps its name to the end
	}
	return d
}
