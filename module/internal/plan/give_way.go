package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// giveWay plans which containers stop for others that need their name, their published ports or their fixed addresses,
// and come back if those fail: orphans, and containers of entries that give the same up in this plan. It does so in the
// order of the waves, when all else is decided.
func (p *planner) giveWay() {
	for _, e := range p.step.Entries {
		if e.Kind == config.Exec {
			continue
		}
		op := p.ops[e.Name]
		p.resumeAsides(&op)
		if !op.prove {
			p.takeFromOrphans(e, &op)
		}
		p.takeFromEntries(e, &op)
		p.ops[e.Name] = op
	}
	p.deepen()
	p.keepWantedUnits()
}

// starts reports whether the op starts a process.
func starts(op Op) bool {
	return isNew(op) && !op.staysStopped || op.Action == Started || op.Action == Restarted
}

// needsName reports whether the op gives its container the entry's name.
func needsName(op Op) bool { return isNew(op) && !op.Suffix || op.RenameTo != "" }

// inUse reports whether a container has its ports and addresses, or had until an interrupted run stopped it.
func (p *planner) inUse(c observed.Container) bool { return c.Alive() || p.stopped[c.ID] }

func (p *planner) takeFromOrphans(e config.Entry, op *Op) {
	for i := range p.surplus {
		orphan := &p.surplus[i]
		if !orphan.Orphan || orphan.Current == nil || orphan.Action != Removed || p.taken[orphan.Current.ID] {
			continue
		}
		c := *orphan.Current
		var why []string
		if needsName(*op) && c.Name == e.Name {
			why = append(why, wordName)
		}
		if starts(*op) && p.inUse(c) {
			why = append(why, claimsOf(e).common(heldBy(c))...)
		}
		if len(why) == 0 {
			continue
		}
		p.putAside(op, Aside{Container: c, Name: c.Name, Unit: orphan.OldUnit, Ran: p.inUse(c), Orphan: true}, why)
		orphan.Reason += fmt.Sprintf(addNeededBy, e.Name, strings.Join(why, ", "))
	}
}

func (p *planner) putAside(op *Op, a Aside, why []string) {
	p.taken[a.Container.ID] = true
	op.Asides = append(op.Asides, a)
	op.protected = op.protected || isNew(*op)
	op.Reason += fmt.Sprintf(addGivesWay, a.Container.Name, strings.Join(why, ", "))
}

// takeFromEntries does so for containers of other entries that this plan replaces or removes. One of an earlier wave
// has given way by then. One of the same wave goes first; where that is not possible, and in a later wave, it is put
// aside.
func (p *planner) takeFromEntries(e config.Entry, op *Op) {
	needs := claimsOf(e)
	if !starts(*op) && !op.prove {
		return
	}
	for _, f := range p.step.Entries {
		holder := p.ops[f.Name]
		if f.Name == e.Name || len(needs.common(claimsOf(f))) > 0 {
			continue
		}
		p.followPrevious(e, op, f, needs)
		if op.prove || !p.releases(holder) || p.taken[holder.Current.ID] {
			continue
		}
		why := needs.common(heldBy(*holder.Current))
		if len(why) == 0 {
			continue
		}
		op.takeFrom(f.Name)
		switch {
		case f.StartOrder < e.StartOrder:
		case f.StartOrder == e.StartOrder && !p.comesAfter(f.Name, e.Name, nil):
			p.after[e.Name] = append(p.after[e.Name], f.Name)
			op.Reason += fmt.Sprintf(addAfter, f.Name, strings.Join(why, ", "))
		default:
			p.after[f.Name] = append(p.after[f.Name], e.Name)
			p.putAside(op, Aside{Container: *holder.Current, Name: holder.Current.Name, Unit: holder.OldUnit, Ran: true, Follows: f.Name}, why)
			holder.Reason += fmt.Sprintf(addFirstTo, e.Name, strings.Join(why, ", "))
			p.ops[f.Name] = holder
		}
	}
}

// followPrevious has an op wait for that of an entry whose previous container has what it needs, and comes back if its
// replacement, which an interrupted run began, turns out not to be ready.
func (p *planner) followPrevious(e config.Entry, op *Op, f config.Entry, needs claims) {
	for _, c := range p.previous[f.Name] {
		if !p.ops[f.Name].prove || len(needs.common(heldBy(c))) == 0 {
			continue
		}
		op.takeFrom(f.Name)
		if f.StartOrder == e.StartOrder && !p.comesAfter(f.Name, e.Name, nil) {
			p.after[e.Name] = append(p.after[e.Name], f.Name)
		}
	}
}

// takeFrom notes that the op's container needs what that of another entry gives up.
func (op *Op) takeFrom(entry string) {
	op.TakesFrom = append(op.TakesFrom, entry)
	op.protected = op.protected || isNew(*op)
}

// releases reports whether an op gives up what its container has. A job at work is not stopped for others.
func (p *planner) releases(op Op) bool {
	return op.Current != nil && p.inUse(*op.Current) && (isNew(op) || op.Action == Removed) && !op.awaitOld && !op.await
}

// comesAfter reports whether an entry runs after another one of its wave, because it refers to it or takes something
// from it, directly or by others.
func (p *planner) comesAfter(entry, other string, seen []string) bool {
	if slices.Contains(seen, entry) {
		return false
	}
	seen = append(seen, entry)
	return slices.ContainsFunc(p.before(entry), func(b string) bool { return b == other || p.comesAfter(b, other, seen) })
}

// before returns the entries of the same wave that come before one.
func (p *planner) before(entry string) []string {
	e := p.entries[entry]
	all := slices.Clone(p.after[entry])
	for _, ref := range e.References() {
		if t := p.lookup(ref.Name).Entry; t != "" {
			all = append(all, t)
		}
	}
	return slices.DeleteFunc(all, func(b string) bool { return p.entries[b].StartOrder != e.StartOrder })
}

// deepen has entries run after those that come before them. A chain is at most as long as the step; most passes change
// nothing, and the first of those is the last.
func (p *planner) deepen() {
	for range p.step.Entries {
		if !p.deepenOnce() {
			return
		}
	}
}

// deepenOnce reports whether an entry has come to run later.
func (p *planner) deepenOnce() bool {
	changed := false
	for _, e := range p.step.Entries {
		op := p.ops[e.Name]
		joins := op.Joins
		for _, b := range p.before(e.Name) {
			joins = max(joins, p.ops[b].Joins+1)
		}
		if joins = min(joins, len(p.step.Entries)); joins != op.Joins {
			op.Joins, changed = joins, true
			p.ops[e.Name] = op
		}
	}
	return changed
}

// resumeAsides adds what gave way to the container of an entry in a run that was interrupted, beside the entry's own
// previous container: it comes back if the container turns out not to be ready.
func (p *planner) resumeAsides(op *Op) {
	if op.Current == nil || isNew(*op) || op.Action == Removed || !replacement.IsGenuine(*op.Current) {
		return
	}
	for _, r := range record.Replaces(op.Current.Labels) {
		a, ok := p.stillAside(r, op.Current.ID)
		if !ok || p.taken[r.ID] {
			continue
		}
		p.taken[r.ID] = true
		if !op.prove {
			op.Action, op.Reason, op.prove, op.protected = Recreated, reasonUnverified, true, true
			op.Asides, op.RenameTo = nil, ""
		}
		op.Asides = append(op.Asides, a)
	}
}

// stillAside returns what an interrupted run put aside and this plan removes or replaces.
func (p *planner) stillAside(r record.Replaced, by string) (Aside, bool) {
	for _, orphan := range p.surplus {
		if c := orphan.Current; orphan.Orphan && c != nil && c.ID == r.ID && orphan.Action == Removed {
			return Aside{Container: *c, Name: p.formerName(*c, by), Unit: orphan.OldUnit, Ran: r.Ran, Orphan: true}, true
		}
	}
	for _, f := range p.step.Entries {
		if op := p.ops[f.Name]; op.Current != nil && op.Current.ID == r.ID && p.releases(op) {
			return Aside{Container: *op.Current, Name: op.Current.Name, Unit: op.OldUnit, Ran: r.Ran, Follows: f.Name}, true
		}
	}
	for _, f := range p.step.Entries {
		for _, c := range p.previous[f.Name] {
			if op := p.ops[f.Name]; c.ID == r.ID && op.Current != nil && op.Current.ID != by {
				return Aside{Container: c, Name: c.Name, Unit: op.OldUnit, Ran: r.Ran, Follows: f.Name}, true
			}
		}
	}
	return Aside{}, false
}

// formerName is the name that a container had before it was put aside, unless others than its successor have it.
func (p *planner) formerName(c observed.Container, by string) string {
	name := nameOf(c)
	if holder, held := p.holders[name]; held && holder != by && holder != c.ID {
		return c.Name
	}
	return name
}

// keepWantedUnits leaves units out of the removals that an entry has now, under a name that it took over.
func (p *planner) keepWantedUnits() {
	wanted := map[string]bool{}
	for _, op := range p.ops {
		if op.Unit != nil {
			wanted[op.Unit.Unit] = true
		}
	}
	isWanted := func(unit string) bool { return wanted[unit] }
	kept := p.surplus[:0:0]
	for _, op := range p.surplus {
		had := len(op.DropUnits)
		op.DropUnits = slices.DeleteFunc(slices.Clone(op.DropUnits), isWanted)
		if op.Current != nil || len(op.DropUnits) > 0 || had == 0 {
			kept = append(kept, op)
		}
	}
	p.surplus = kept
}
