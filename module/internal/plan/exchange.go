package plan

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// exchanged are the decisions with how containers are exchanged: the sixth stage of a plan.
type exchanged struct {
	bound
	ways []way // by entry, as the decisions
}

// way is how an entry's container is exchanged.
type way struct {
	// depth is how many containers of the wave come first, in a chain.
	depth int
	// asides give way to the container, and come back if it fails.
	asides []Aside
	// takesFrom are the entries whose containers have something that this one needs, and give it up before.
	takesFrom []string
	// awaitOld means that the current container is a job at work: it is replaced when it has ended. staysStopped means that
	// a new container is not started: a cluster manager had stopped the one that it replaces.
	awaitOld, staysStopped bool
	// volumesOf is the orphan whose anonymous volumes a new container takes over, as the entry was renamed.
	volumesOf *observed.Container
}

// exchange settles how containers are replaced: what gives way to a new one, what of that comes back if the new one
// fails, whether it is started at all, and what comes before what.
func exchange(b bound) exchanged {
	x := exchanged{bound: b, ways: make([]way, len(b.list))}
	x.list, x.removals = slices.Clone(b.list), slices.Clone(b.removals)
	for i := range x.list {
		x.list[i], x.ways[i] = x.way(i)
	}
	giveWay(&x)
	x.removals = x.orderedRemovals(x.keepWantedUnits())
	return x
}

// way settles how the container of one entry is replaced, where only its own one gives way to it.
func (b *bound) way(i int) (decision, way) {
	d, w := b.list[i], way{depth: b.places[i].depth}
	switch {
	case d.action != Recreated:
		return d, w
	case d.isVerified():
		w.asides = b.gaveWay(d)
		return d, w
	}
	return b.wayOfNew(i, d, w)
}

// wayOfNew does so for a container that is re-created.
func (b *bound) wayOfNew(i int, d decision, w way) (decision, way) {
	e, current := *d.entry, *d.current
	w.awaitOld = b.isRunningJob(e, current)
	w.staysStopped = e.Kind == config.StoppedOnly
	if b.staysStopped(e, current) {
		w.staysStopped = true
		d.reason += addLeftStopped
	}
	if w.awaitOld {
		d.reason += addAwaitOld
	}
	if !b.isProtected(i, w) {
		return d, w
	}
	d.procedure = replacement.Replace
	w.asides = append(w.asides, Aside{Container: current, Name: b.nameOfAside(d, current), Unit: d.oldUnit, Ran: b.comesBackRunning(e, w, current)})
	for _, c := range b.previous[e.Name] {
		w.asides = append(w.asides, Aside{Container: c, Name: c.Name}) // it stays where it is if the new one fails
	}
	return d, w
}

// isProtected reports whether a container is kept until its replacement is ready: whatever runs, what a service has to
// return to, and what others depend on. Of a job that has ended only the outcome counted, and what never ran, or was
// killed so that it cannot run again, is no loss.
func (b *bound) isProtected(i int, w way) bool {
	d := b.list[i]
	current := *d.current
	switch {
	case b.ties[i].joined, d.previous != nil, b.stopped[current.ID]:
		return true
	case current.Ended(), w.awaitOld:
		return d.entry.Kind == config.Service
	}
	return current.Alive() || current.Status == observed.Stopping && b.kindOf(*d.entry, current) == config.Service
}

// gaveWay returns what gave way to a container that an interrupted run put in its place.
func (c *choices) gaveWay(d decision) []Aside {
	ran := map[string]bool{}
	for _, r := range record.Replaces(d.current.Labels) {
		ran[r.ID] = r.Ran
	}
	var all []Aside
	for i, k := range c.previous[d.entry.Name] {
		a := Aside{Container: k, Name: k.Name}
		if i == 0 {
			a.Name, a.Unit, a.Ran = c.nameOfAside(d, k), d.oldUnit, ran[k.ID]
		}
		all = append(all, a)
	}
	return all
}

// nameOfAside is the name that a replaced container has when it comes back: the entry's, unless that is taken.
func (c *choices) nameOfAside(d decision, k observed.Container) string {
	if d.naming == unique || !c.nameFree(*d.entry) {
		return k.Name
	}
	return d.entry.Name
}

// kindOf returns the kind of the entry that a container was created for. Where its labels do not say, it is taken
// for a service where the entry is one now.
func (b *bound) kindOf(e config.Entry, c observed.Container) config.Kind {
	if k := record.KindOf(c.Labels); k != "" {
		return k
	}
	if _, known := c.Labels[record.LabelConfig]; !known && e.Kind == config.Service {
		return config.Service
	}
	return ""
}

// isRunningJob reports whether a container is a job at work, a migration perhaps: never in the middle of it. Labels
// of earlier versions do not tell it from one that is not waited for: the entry's kind has to do.
func (b *bound) isRunningJob(e config.Entry, c observed.Container) bool {
	if c.Status != observed.Running {
		return false
	}
	kind := b.kindOf(e, c)
	return kind == config.OneShot || kind == "" && e.Kind == config.OneShot
}

// staysStopped reports whether a new container of a service is left stopped, because the one that it replaces was
// stopped by whoever starts and stops it.
func (b *bound) staysStopped(e config.Entry, c observed.Container) bool {
	switch {
	case e.Kind != config.Service || b.restarts(e) || c.Alive() || b.stopped[c.ID]:
		return false
	case c.NeverRan():
		return c.Labels[record.LabelLeftStopped] != ""
	}
	return b.kindOf(e, c) == config.Service
}

// comesBackRunning reports whether a container is started when its replacement fails: it ran, or it is a service
// that has to. A job that has ended is not run a second time.
func (b *bound) comesBackRunning(e config.Entry, w way, c observed.Container) bool {
	switch {
	case w.awaitOld:
		return false
	case c.Alive(), b.stopped[c.ID]:
		return true
	case b.kindOf(e, c) != config.Service || c.NeverRan() || w.staysStopped:
		return false
	}
	return b.restarts(e) && (!replacement.RestartsOnFailure(e) || !replacement.Completed(c))
}
