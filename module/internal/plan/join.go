package plan

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// Target is what a reference of an entry means.
type Target struct {
	Name string // as the entry calls it
	// Entry is the entry of this step that it is; "" for a container of another step, or a foreign one.
	Entry string
	// Current is the container that it is now; nil when there is none.
	Current *observed.Container
}

// lookup returns what a name means: an entry of this step, else the container of an entry of another step, else
// the container that has this name or id.
func (p *planner) lookup(name string) Target {
	if _, here := p.entries[name]; here {
		return Target{Name: name, Entry: name, Current: p.currents[name]}
	}
	c := p.managed(name)
	if c == nil {
		c = p.called(name)
	}
	t := Target{Name: name, Current: c}
	if c != nil {
		for entry, current := range p.currents {
			if current.ID == c.ID {
				t.Entry = entry
			}
		}
	}
	return t
}

// called returns the container with a real name or an id, which may be cut short where that is clear.
func (p *planner) called(name string) *observed.Container {
	var found *observed.Container
	matches := 0
	for i := range p.state.Containers {
		c := &p.state.Containers[i]
		if c.Name == name || c.ID == name {
			return c
		}
		if strings.HasPrefix(c.ID, name) {
			found = c
			matches++
		}
	}
	if matches != 1 {
		return nil
	}
	return found
}

// referred returns the id of the container that a container was created with for a name, and whether its label
// says so. Else it is the one of that name that was there before it, or the newest with its labels: podman removes none
// that others need.
func (p *planner) referred(c observed.Container, name string) (id string, known bool) {
	if id := record.ReferredID(c.Labels, name); id != "" {
		return id, true
	}
	var before, after *observed.Container
	for i := range p.state.Containers {
		k := &p.state.Containers[i]
		switch {
		case k.ID == c.ID || k.Labels[record.LabelDone] != "":
		case k.Name != name && (k.Labels[record.LabelContainerName] != name || k.Labels[record.LabelManagedBy] != c.Labels[record.LabelManagedBy]):
		case k.CreatedAt.After(c.CreatedAt):
			if after == nil || k.CreatedAt.Before(after.CreatedAt) {
				after = k
			}
		case before == nil, k.Name == name, before.Name != name && k.CreatedAt.After(before.CreatedAt):
			before = k
		}
	}
	if before == nil {
		before = after
	}
	if before == nil {
		return "", false
	}
	return before.ID, false
}

// followTargets lets containers follow those that they refer to: they start after them, they are re-created when
// those are, because the reference is to one container and not to its name, and what shares a namespace is
// restarted with its owner, because a namespace lasts as long as one run of that.
func (p *planner) followTargets() {
	for range p.step.Entries { // a chain is at most as long
		moved := false
		for _, e := range p.step.Entries {
			for _, ref := range e.References() {
				moved = p.follow(e, ref) || moved
			}
		}
		if !moved {
			return
		}
	}
}

// follow does so for one reference of an entry. It reports whether that changed a decision.
func (p *planner) follow(e config.Entry, ref config.Reference) bool {
	op := p.ops[e.Name]
	before, depth := op.Action, op.Joins
	t := p.lookup(ref.Name)
	to, here := p.ops[t.Entry]
	if here {
		op.Joins = max(op.Joins, to.Joins+1)
	}
	switch {
	case op.Current == nil:
	case here && isNew(to):
		p.leave(e, &op, ref, fmt.Sprintf(reasonTargetIsRecreated, ref.What(), t.Name))
	case t.Current == nil:
	case p.otherTarget(*op.Current, ref, *t.Current):
		p.leave(e, &op, ref, fmt.Sprintf(reasonTargetWasRecreated, ref.What(), t.Name))
	case !ref.SharesNamespace():
	case here && startsAgain(to):
		p.restartWith(e, &op, fmt.Sprintf(reasonTargetIsRestarted, ref.What(), t.Name), true)
	case strayed(*op.Current, *t.Current, ref.Flag):
		p.restartWith(e, &op, fmt.Sprintf(reasonTargetWasRestarted, ref.What(), t.Name), false)
	}
	p.ops[e.Name] = op
	return op.Action != before || op.Joins != depth && op.Joins <= len(p.step.Entries)
}

// startsAgain reports whether the op gives its container a new process, and so new namespaces.
func startsAgain(op Op) bool {
	switch op.Action {
	case Restarted:
		return true
	case Started:
		return op.Current.Status != observed.Paused
	case Renamed: // stopped with its unit, which is named after it
		return op.OldUnit != "" && (op.Unit == nil || op.Unit.Unit != op.OldUnit)
	default:
		return false
	}
}

// otherTarget reports whether a container was created with another container than the one that its reference
// means now. Where no label says which, it is known by its namespaces, and where they cannot be seen by age.
func (p *planner) otherTarget(c observed.Container, ref config.Reference, target observed.Container) bool {
	id, known := p.referred(c, ref.Name)
	switch {
	case known || id != target.ID:
		return id != target.ID
	case ref.SharesNamespace() && sameNamespace(c, target, ref.Flag):
		return false
	case !ref.SharesNamespace() && legacy(c):
		return false
	}
	return c.CreatedAt.Before(target.CreatedAt)
}

func sameNamespace(c, target observed.Container, flag string) bool {
	return c.Namespaces[flag] != "" && c.Namespaces[flag] == target.Namespaces[flag]
}

// strayed reports whether a container runs in another namespace than its target's current one. A process that
// began after the target's has left the namespace by itself, and would again.
func strayed(c, target observed.Container, flag string) bool {
	switch {
	case !c.Alive() || !target.Alive() || sameNamespace(c, target, flag):
		return false
	case c.Namespaces[flag] == "" || target.Namespaces[flag] == "":
		return c.StartedAt.Before(target.StartedAt)
	case c.Begun > 0 && target.Begun > 0:
		return c.Begun <= target.Begun
	}
	return true
}

// restartWith restarts what runs. A one-shot is left to its end. What a cluster manager starts and stops is left
// to it, unless this plan is what restarts its target.
func (p *planner) restartWith(e config.Entry, op *Op, reason string, planned bool) {
	switch {
	case op.Action != Unchanged && op.Action != Renamed && op.Action != Repaired && op.Action != Updated && op.Action != Started:
	case !op.Current.Alive() || e.Kind != config.Service && e.Kind != config.FireAndExit:
	case !planned && !p.restarts(e):
		op.Reason = leftAlone(reason)
	default:
		op.Action, op.Reason = Restarted, reason
	}
}

// leftAlone is the reason of a service that restart_stopped: false keeps as it was found.
func leftAlone(reason string) string { return reason + addLeftAlone }

// leave re-creates an entry's container, because it is bound to another one that is replaced: of a job that is
// done only the record stays.
func (p *planner) leave(e config.Entry, op *Op, ref config.Reference, reason string) {
	switch {
	case isNew(*op), op.Action == Removed, op.await:
		return
	case e.Kind == config.OneShot && op.Action == Unchanged:
		if ref.Binds() && op.Current.Ended() {
			op.Action, op.Reason = Removed, reason+addRecordStays
		}
		return
	}
	op.Action, op.Reason, op.prove, op.RenameTo = Recreated, reason, false, ""
	p.name(e, op)
}

// setTargets notes what the references of a new container mean, and refuses one that means nothing.
func (p *planner) setTargets(e config.Entry, op *Op) {
	if !isNew(*op) {
		return
	}
	seen := map[string]bool{}
	for _, ref := range e.References() {
		if seen[ref.Name] {
			continue
		}
		seen[ref.Name] = true
		t := p.lookup(ref.Name)
		op.Targets = append(op.Targets, t)
		if t.Entry == "" && t.Current == nil {
			problem := p.problem
			if p.o.Predict {
				problem = p.warning
			}
			problem(e.Name, problemNoTarget, ref.What(), ref.Name)
		}
	}
}
