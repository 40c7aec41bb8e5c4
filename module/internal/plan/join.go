package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// joined are the decisions about entries with what follows from those about others: the third stage of a plan.
type joined struct {
	decisions
	places []place // by entry, as the decisions
}

// place is where an entry stands among those that refer to one another.
type place struct {
	// depth is how many containers of this step come first, each of which the next one refers to.
	depth int
	// targets are what the references of a new container mean.
	targets []Target
	// runsIn is the container of an exec, where it exists already and this plan does not replace it.
	runsIn *observed.Container
}

// join lets containers follow those that they refer to: they start after them, they are re-created when those are,
// because the reference is to one container and not to its name, and what shares a namespace is restarted with its
// owner, because a namespace lasts as long as one run of that. Execs follow their targets.
func join(d decisions) joined {
	j := joined{decisions: d, places: make([]place, len(d.list))}
	j.list = slices.Clone(d.list)
	done := make([]bool, len(j.list))
	for i := range j.list {
		j.settle(i, done)
	}
	for i, e := range j.step.Entries {
		if e.Kind == config.Exec {
			j.list[i], j.places[i].runsIn = j.decideExec(j.list[i])
		} else {
			j.places[i].targets = j.targetsOf(j.list[i])
		}
	}
	return j
}

// settle follows the references of an entry, after those of what they mean.
func (j *joined) settle(i int, done []bool) {
	if done[i] {
		return
	}
	done[i] = true
	for _, ref := range j.list[i].entry.References() {
		t := j.lookup(ref.Name)
		if at, here := j.at[t.Entry]; here {
			j.settle(at, done)
			j.places[i].depth = max(j.places[i].depth, j.places[at].depth+1)
		}
		j.list[i] = j.follow(j.list[i], ref, t)
	}
}

// follow returns the decision about an entry in the light of one of its references.
func (j *joined) follow(d decision, ref config.Reference, t Target) decision {
	to, here := j.of(t.Entry)
	switch {
	case d.current == nil, d.masked:
	case here && to.isNew():
		return j.leave(d, ref, fmt.Sprintf(reasonTargetIsRecreated, ref.What(), t.Name))
	case t.Current == nil:
	case j.otherTarget(*d.current, ref, *t.Current):
		return j.leave(d, ref, fmt.Sprintf(reasonTargetWasRecreated, ref.What(), t.Name))
	case !ref.SharesNamespace():
	case here && j.startsAgain(to):
		return j.restartWith(d, fmt.Sprintf(reasonTargetIsRestarted, ref.What(), t.Name), true)
	case strayed(*d.current, *t.Current, ref.Flag):
		return j.restartWith(d, fmt.Sprintf(reasonTargetWasRestarted, ref.What(), t.Name), false)
	}
	return d
}

// startsAgain reports whether the container gets a new process, and so new namespaces.
func (h *host) startsAgain(d decision) bool {
	switch d.action {
	case Restarted:
		return true
	case Started:
		return d.current.Status != observed.Paused
	case Renamed: // stopped with its unit, which is named after it
		return d.oldUnit != "" && d.oldUnit != h.unitName(d)
	default:
		return false
	}
}

// otherTarget reports whether a container was created with another container than the one that its reference
// means now. Where no label says which, it is known by its namespaces, and where they cannot be seen by age.
func (h *host) otherTarget(c observed.Container, ref config.Reference, target observed.Container) bool {
	id, known := h.referred(c, ref.Name)
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
func (h *host) restartWith(d decision, reason string, planned bool) decision {
	switch {
	case !d.keepsRunning() && d.action != Started && !d.moved:
	case !d.current.Alive() || d.entry.Kind != config.Service && d.entry.Kind != config.FireAndExit:
	case planned || h.restarts(*d.entry):
		d.action, d.reason = d.withUpdates(Restarted, reason)
		d.moved = false
	case !d.moved:
		_, d.reason = d.withUpdates(d.action, leftAlone(reason))
	}
	return d
}

// leave re-creates an entry's container, because it is bound to another one that is replaced: of a job that is
// done only the record stays.
func (c *choices) leave(d decision, ref config.Reference, reason string) decision {
	switch {
	case d.isNew(), d.action == Removed, d.isAwaited():
		return d
	case d.entry.Kind == config.OneShot && d.action == Unchanged:
		if ref.Binds() && d.current.Ended() {
			d.action, d.reason = Removed, reason+addRecordStays
		}
		return d
	}
	d.action, d.reason, d.procedure, d.naming, d.moved = Recreated, d.replacing(reason), "", asItIs, false
	return c.withUnitName(c.named(d))
}

// targetsOf returns what the references of a new container mean, and refuses one that means nothing.
func (j *joined) targetsOf(d decision) []Target {
	if !d.isNew() {
		return nil
	}
	var targets []Target
	seen := map[string]bool{}
	for _, ref := range d.entry.References() {
		if seen[ref.Name] {
			continue
		}
		seen[ref.Name] = true
		t := j.lookup(ref.Name)
		targets = append(targets, t)
		if t.Entry == "" && t.Current == nil {
			j.unlessPredicting(j.o, d.entry.Name, problemNoTarget, ref.What(), ref.Name)
		}
	}
	return targets
}

// isPlaced reports whether the container is put in the place of others.
func isPlaced(p replacement.Procedure) bool {
	return p == replacement.Replace || p == replacement.Verify
}
