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

// op decides about one entry that is a container of its own.
func (p *planner) op(e config.Entry) Op {
	current := p.currents[e.Name]
	op := Op{Name: e.Name, Current: current}
	if previous := p.previous[e.Name]; len(previous) > 0 {
		op.Previous = &previous[0]
	}
	for _, c := range []*observed.Container{current, op.Previous} {
		if c != nil {
			op.Notes = append(op.Notes, p.notes[c.ID]...)
		}
	}
	if e.Kind == config.Exec {
		return op // decided later, when what happens to its target is known
	}
	op.VolumesFrom = p.volumesFrom(e)
	op.Action, op.Reason = p.decide(e, &op)
	p.name(e, &op)
	return op
}

// decide returns the action and its reason; it fills in what else of the op depends on them.
func (p *planner) decide(e config.Entry, op *Op) (Action, string) {
	current := op.Current
	if current == nil {
		return Created, reasonNew
	}
	if reason := p.difference(e, op); reason != "" {
		return Recreated, reason
	}
	if current.Status == observed.Unknown || current.Status == observed.Removing {
		return Recreated, fmt.Sprintf(reasonReported, current.Status)
	}
	if e.Kind == config.StoppedOnly {
		return Unchanged, p.adopted(*current)
	}
	if op.Previous != nil {
		op.prove = true
		return Recreated, reasonUnverified
	}
	if e.Kind != config.Service {
		return p.decideJob(e, op)
	}
	return p.decideService(e, *current)
}

// difference tells how the container differs from what the entry asks for, "" when it does not.
func (p *planner) difference(e config.Entry, op *Op) string {
	current := op.Current
	done := current.Labels[record.LabelDone]
	if done != "" && (done != record.DoneOneShot || e.Kind != config.OneShot) {
		return reasonOtherKind
	}
	compared, err := p.o.Digests.Compare(e, p.labelsOf(*current), p.o.Decode)
	op.Before, op.Unwatched = before(current.Labels), compared.Unwatched
	switch {
	case errors.Is(err, record.ErrNoRecord):
		return reasonNoRecord
	case err != nil:
		return err.Error()
	case len(p.changed(e, *current, compared.Changed)) > 0:
		op.Changed = p.changed(e, *current, compared.Changed)
		return fmt.Sprintf(reasonConfig, strings.Join(op.Changed, ", ")) + p.optionsOf(op.Changed)
	case len(compared.Files) > 0:
		return fmt.Sprintf(reasonConfigFiles, strings.Join(compared.Files, ", "))
	case e.Kind == config.OneShot && current.Status == observed.Running && record.KindOf(current.Labels) == config.FireAndExit:
		return reasonWasDetached
	case p.stranded(e, *current):
		return reasonStranded
	}
	return p.imageDifference(e, *current)
}

// optionsOf names the options of the step that changed and have to do with the keys that did, "" when there are none.
func (p *planner) optionsOf(keys []string) string {
	var names []string
	for _, key := range keys {
		for _, name := range p.o.OptionsChanged[key] {
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

func before(labels map[string]string) map[string][]string {
	recorded, err := record.Parse(labels[record.LabelConfig])
	if err != nil {
		return nil
	}
	return recorded
}

func (p *planner) imageDifference(e config.Entry, current observed.Container) string {
	id, here := p.state.Images[e.Image]
	switch {
	case !here:
		return fmt.Sprintf(reasonImageAbsent, e.Image)
	case bare(id) != bare(current.ImageID):
		return fmt.Sprintf(reasonImageMoved, e.Image, bare(id))
	}
	return ""
}

func bare(id string) string { return strings.TrimPrefix(id, "sha256:") }

// adopted says that a container is another tool's work, "" when it is our own.
func (p *planner) adopted(current observed.Container) string {
	if _, ours := current.Labels[record.LabelConfig]; ours {
		return ""
	}
	return fmt.Sprintf(reasonAdopted, current.Labels[record.LabelManagedBy])
}

// decideService decides about a service that is as configured. What a cluster manager starts and stops is left
// to it in whatever state it is, unless nobody ever started it.
func (p *planner) decideService(e config.Entry, current observed.Container) (Action, string) {
	action, reason := p.repair(e, current)
	switch {
	case action == Unchanged || p.restarts(e):
		return action, reason
	case current.Ended() && p.stopped[current.ID]:
		return action, reasonStoppedByRun
	case current.NeverRan() && current.Labels[record.LabelLeftStopped] == "":
		return action, reason
	}
	return Unchanged, reason + addLeftAlone
}

func (p *planner) repair(e config.Entry, current observed.Container) (Action, string) {
	if current.Unattended {
		return Recreated, reasonUnattended
	}
	switch current.Status {
	case observed.Running:
		if e.HasHealthcheck && current.Health == "unhealthy" {
			return Restarted, reasonUnhealthy
		}
		return Unchanged, p.adopted(current)
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
		if p.state.Units[p.unitOf(current)].Active == "activating" {
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
func (p *planner) decideJob(e config.Entry, op *Op) (Action, string) {
	current := *op.Current
	switch {
	case current.Labels[record.LabelDone] != "":
		return Unchanged, ""
	case current.Ended() && p.stopped[current.ID]:
		return Started, reasonStoppedByRun
	case current.Status == observed.Running && e.Kind == config.OneShot:
		op.await = true
		if e.Remove {
			return Removed, reasonJobRunsRemove
		}
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
	case p.timedOut(current):
		return Recreated, reasonTimedOut
	case current.EndUnknown && e.Kind == config.FireAndExit:
		return Started, foundEnded(current)
	case current.EndUnknown:
		return Recreated, foundEnded(current)
	case Accepted(e.ExitCodes, current.ExitCode) && e.Remove:
		return Removed, reasonJobCompleted
	case Accepted(e.ExitCodes, current.ExitCode):
		return Unchanged, p.adopted(current)
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

// name settles under which name the container will be.
func (p *planner) name(e config.Entry, op *Op) {
	free := p.nameFree(e)
	switch op.Action {
	case Created, Recreated, Executed:
		if op.prove {
			return
		}
		if !free {
			op.Suffix = true
			op.Reason += fmt.Sprintf(addNameTaken, e.Name)
		}
	case Unchanged, Started, Restarted, Repaired:
		if op.Current == nil || op.Current.Name == e.Name || !free {
			return
		}
		op.RenameTo = e.Name
		if op.Action == Unchanged {
			op.Action, op.Reason = Renamed, reasonOwnName
		}
	default: // what is removed keeps its name to the end
	}
}

// execOp decides about an exec entry, once the op of its target is known.
func (p *planner) execOp(e config.Entry) Op {
	op := p.ops[e.Name]
	op.Target = p.target(e)
	op.Action, op.Reason = p.decideExec(e, &op)
	if op.Action == Executed {
		p.checkTarget(e, op)
	}
	p.name(e, &op)
	return p.withoutUnit(e, op)
}

func (p *planner) decideExec(e config.Entry, op *Op) (Action, string) {
	current := op.Current
	if current == nil {
		return Executed, reasonNew
	}
	if current.Labels[record.LabelDone] != record.DoneExec {
		return Executed, reasonOtherKind
	}
	compared, err := p.o.Digests.Compare(e, current.Labels, p.o.Decode)
	op.Before = before(current.Labels)
	switch {
	case err != nil:
		return Executed, err.Error()
	case len(compared.Changed) > 0:
		op.Changed = compared.Changed
		return Executed, fmt.Sprintf(reasonConfig, strings.Join(compared.Changed, ", "))
	case op.Target == nil || op.Target.ID != current.Labels[record.LabelExecTarget]:
		return Executed, fmt.Sprintf(reasonExecTarget, e.ExecTarget)
	case first(e.ExecPolicy, p.o.ExecPolicy) == ExecAlways:
		return Executed, reasonExecAlways
	}
	return Unchanged, ""
}

// target returns the container that an exec would run in now; nil when this plan makes a new one, or
// when there is none.
func (p *planner) target(e config.Entry) *observed.Container {
	if _, here := p.entries[e.ExecTarget]; here {
		switch op := p.ops[e.ExecTarget]; {
		case op.Action == Created, op.Action == Recreated && !op.prove:
			return nil
		default:
			return op.Current
		}
	}
	return p.managed(e.ExecTarget)
}

// managed returns the current container of an entry of any step of ours, nil when there is none.
func (p *planner) managed(name string) *observed.Container {
	var found *observed.Container
	for i := range p.state.Containers {
		c := &p.state.Containers[i]
		ours := p.ownManager(c.Labels[record.LabelManagedBy]) || p.succeeded(*c)
		isCopy := c.Labels[record.LabelConfigID] == record.ConfigIDDebug
		if !ours || isCopy || c.Labels[record.LabelContainerName] != name || c.Labels[record.LabelDone] != "" || replacement.IsPrevious(*c) {
			continue
		}
		if found == nil || replacement.Rank(*c) > replacement.Rank(*found) || replacement.Rank(*c) == replacement.Rank(*found) && c.Name == name {
			found = c
		}
	}
	return found
}

// checkTarget refuses an exec that could only fail.
func (p *planner) checkTarget(e config.Entry, op Op) {
	if _, here := p.entries[e.ExecTarget]; here {
		return // package config has checked it
	}
	problem := p.problem
	if p.o.Predict {
		problem = p.warning
	}
	switch {
	case op.Target == nil:
		problem(e.Name, problemNoExec, e.ExecTarget, p.o.ManagedBy)
	case op.Target.Status != observed.Running:
		problem(e.Name, problemExecState, e.ExecTarget, op.Target.Status)
	}
}
