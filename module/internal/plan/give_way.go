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

// yielding settles which containers stop for others that need their name, their published ports or their fixed
// addresses, and come back if those fail: orphans, and containers of entries that give the same up in this plan. It does
// so in the order of the waves, when all else is decided.
type yielding struct {
	*exchanged
	taken map[string]bool  // by id: it gives way to another container
	after map[int][]string // by entry: entries that come before it, as they give something up that it needs
	// renamed holds, by entry, the removal of the orphan that it was called before.
	renamed map[int]int
	held    *holdings
}

func giveWay(x *exchanged) {
	y := &yielding{exchanged: x, taken: map[string]bool{}, after: map[int][]string{}, renamed: map[int]int{}}
	y.findRenamed()
	for i, d := range y.list {
		if d.entry.Kind == config.Exec || d.masked {
			continue
		}
		y.resumeAsides(i)
		if !y.list[i].isVerified() {
			y.takeFromOrphans(i)
		}
		y.takeFromEntries(i)
	}
	y.deepen()
}

// starts reports whether a process is started.
func (x *exchanged) starts(i int) bool {
	d := x.list[i]
	return d.isNew() && !x.ways[i].staysStopped || d.action == Started || d.action == Restarted
}

// needsName reports whether the container gets the entry's name.
func (d decision) needsName() bool { return d.isNew() && d.naming != unique || d.naming == renamed }

// inUse reports whether a container has its ports and addresses, or had until an interrupted run stopped it.
func (c *choices) inUse(k observed.Container) bool { return k.Alive() || c.stopped[k.ID] }

func (y *yielding) takeFromOrphans(i int) {
	d := y.list[i]
	if !d.needsName() && !y.starts(i) {
		return
	}
	needs := y.holdings().needs(i)
	for _, at := range y.givers(i) {
		orphan := &y.removals[at]
		if y.taken[orphan.current.ID] {
			continue
		}
		c := *orphan.current
		var why []string
		if d.needsName() && c.Name == d.entry.Name {
			why = append(why, wordName)
		}
		if y.starts(i) && y.inUse(c) {
			why = append(why, needs.common(heldBy(c))...)
		}
		if y.takesOver(i, at) {
			why = append(why, wordVolumes)
		}
		if len(why) == 0 {
			continue
		}
		y.putAside(i, Aside{Container: c, Name: c.Name, Unit: orphan.oldUnit, Ran: y.inUse(c), Orphan: true}, why)
		orphan.reason += fmt.Sprintf(addNeededBy, d.entry.Name, strings.Join(why, ", "))
	}
}

func (y *yielding) putAside(i int, a Aside, why []string) {
	y.taken[a.Container.ID] = true
	y.ways[i].asides = append(y.ways[i].asides, a)
	y.protect(i)
	y.list[i].reason += fmt.Sprintf(addGivesWay, a.Container.Name, strings.Join(why, ", "))
}

// protect has a new container replace what gives way to it.
func (y *yielding) protect(i int) {
	if y.list[i].isNew() {
		y.list[i].procedure = replacement.Replace
	}
}

// takeFromEntries does so for containers of other entries that this plan replaces or removes.
func (y *yielding) takeFromEntries(i int) {
	d := y.list[i]
	if !y.starts(i) && !d.isVerified() {
		return
	}
	needs := y.holdings().needs(i)
	for _, at := range y.holdings().entriesWith(needs) {
		if at == i || len(needs.common(y.holdings().needs(at))) > 0 {
			continue
		}
		y.followPrevious(i, at, needs)
		holder := y.list[at]
		if d.isVerified() || !y.releases(at) || y.taken[holder.current.ID] {
			continue
		}
		if why := needs.common(heldBy(*holder.current)); len(why) > 0 {
			y.takeFromEntry(i, at, why)
		}
	}
}

// takeFromEntry has an entry take something from another one. One of an earlier wave has given it up by then. One of the
// same wave goes first; where that is not possible, and in a later wave, its container is put aside.
func (y *yielding) takeFromEntry(i, at int, why []string) {
	e, holder := y.list[i].entry, y.list[at]
	f := holder.entry
	y.takeFrom(i, f.Name)
	switch {
	case f.StartOrder < e.StartOrder:
	case f.StartOrder == e.StartOrder && !y.comesAfter(at, i):
		y.after[i] = append(y.after[i], f.Name)
		y.list[i].reason += fmt.Sprintf(addAfter, f.Name, strings.Join(why, ", "))
	default:
		y.after[at] = append(y.after[at], e.Name)
		y.putAside(i, Aside{Container: *holder.current, Name: holder.current.Name, Unit: holder.oldUnit, Ran: true, Follows: f.Name}, why)
		y.list[at].reason += fmt.Sprintf(addFirstTo, e.Name, strings.Join(why, ", "))
	}
}

// followPrevious has an entry wait for another one whose previous container has what it needs, and comes back if its
// replacement, which an interrupted run began, turns out not to be ready.
func (y *yielding) followPrevious(i, at int, needs claims) {
	e, f := y.list[i].entry, y.list[at].entry
	for _, c := range y.previous[f.Name] {
		if !y.list[at].isVerified() || len(needs.common(heldBy(c))) == 0 {
			continue
		}
		y.takeFrom(i, f.Name)
		if f.StartOrder == e.StartOrder && !y.comesAfter(at, i) {
			y.after[i] = append(y.after[i], f.Name)
		}
	}
}

// takeFrom notes that an entry's container needs what that of another entry gives up.
func (y *yielding) takeFrom(i int, entry string) {
	y.ways[i].takesFrom = append(y.ways[i].takesFrom, entry)
	y.protect(i)
}

// releases reports whether an entry gives up what its container has. A job at work is not stopped for others.
func (x *exchanged) releases(i int) bool {
	d := x.list[i]
	return d.current != nil && x.inUse(*d.current) && (d.isNew() || d.action == Removed) && !x.ways[i].awaitOld && !d.isAwaited()
}

// comesAfter reports whether an entry runs after another one of its wave, because it refers to it or takes something
// from it, directly or by others.
func (y *yielding) comesAfter(i, other int) bool {
	seen := map[int]bool{}
	var follows func(i int) bool
	follows = func(i int) bool {
		if seen[i] {
			return false
		}
		seen[i] = true
		return slices.ContainsFunc(y.before(i), func(b int) bool { return b == other || follows(b) })
	}
	return follows(i)
}

// before returns the entries of the same wave that come before one.
func (y *yielding) before(i int) []int {
	e := y.list[i].entry
	names := slices.Clone(y.after[i])
	for _, ref := range e.References() {
		names = append(names, y.lookup(ref.Name).Entry)
	}
	var all []int
	for _, name := range names {
		if at, here := y.at[name]; here && y.list[at].entry.StartOrder == e.StartOrder {
			all = append(all, at)
		}
	}
	return all
}

// deepen has entries run after those that come before them.
func (y *yielding) deepen() {
	done := make([]bool, len(y.list))
	var settle func(i int)
	settle = func(i int) {
		done[i] = true
		for _, b := range y.before(i) {
			if !done[b] {
				settle(b)
			}
			y.ways[i].depth = max(y.ways[i].depth, y.ways[b].depth+1)
		}
	}
	for i := range y.list {
		if !done[i] {
			settle(i)
		}
	}
}

// resumeAsides adds what gave way to the container of an entry in a run that was interrupted, beside the entry's own
// previous container: it comes back if the container turns out not to be ready.
func (y *yielding) resumeAsides(i int) {
	d, w := &y.list[i], &y.ways[i]
	if d.current == nil || d.isNew() || d.action == Removed || !replacement.IsGenuine(*d.current) {
		return
	}
	for _, r := range record.Replaces(d.current.Labels) {
		a, ok := y.stillAside(r, d.current.ID)
		if !ok || y.taken[r.ID] {
			continue
		}
		y.taken[r.ID] = true
		if !d.isVerified() {
			d.action, d.reason, d.procedure, d.naming = Recreated, reasonUnverified, replacement.Verify, asItIs
			w.asides = nil
		}
		w.asides = append(w.asides, a)
	}
}

// stillAside returns what an interrupted run put aside and this plan removes or replaces.
func (y *yielding) stillAside(r record.Replaced, by string) (Aside, bool) {
	h := y.holdings()
	if at, here := h.orphans[r.ID]; here {
		orphan := y.removals[at]
		return Aside{Container: *orphan.current, Name: y.formerName(*orphan.current, by), Unit: orphan.oldUnit, Ran: r.Ran, Orphan: true}, true
	}
	if entry, here := y.serves[r.ID]; here {
		if at := y.at[entry]; y.releases(at) {
			d := y.list[at]
			return Aside{Container: *d.current, Name: d.current.Name, Unit: d.oldUnit, Ran: r.Ran, Follows: entry}, true
		}
	}
	if at, here := h.previous[r.ID]; here {
		if d := y.list[at]; d.current != nil && d.current.ID != by {
			c := *y.byID[r.ID]
			return Aside{Container: c, Name: c.Name, Unit: d.oldUnit, Ran: r.Ran, Follows: d.entry.Name}, true
		}
	}
	return Aside{}, false
}

// formerName is the name that a container had before it was put aside, unless others than its successor have it.
func (c *choices) formerName(k observed.Container, by string) string {
	name := nameOf(k)
	if holder, held := c.holders[name]; held && holder != by && holder != k.ID {
		return k.Name
	}
	return name
}

// keepWantedUnits leaves units out of the removals that an entry has now, under a name that it took over.
func (x *exchanged) keepWantedUnits() []removal {
	wanted := map[string]bool{}
	for _, w := range x.units {
		if w.unit != nil {
			wanted[w.unit.Unit] = true
		}
	}
	isWanted := func(unit string) bool { return wanted[unit] }
	var kept []removal
	for _, r := range x.removals {
		had := len(r.dropUnits)
		r.dropUnits = slices.DeleteFunc(slices.Clone(r.dropUnits), isWanted)
		if r.current != nil || len(r.dropUnits) > 0 || had == 0 {
			kept = append(kept, r)
		}
	}
	return kept
}
