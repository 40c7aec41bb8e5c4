package plan

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// procedure settles how a container is replaced: what gives way to the new one, what of that comes back if the new
// one fails, and whether it is started at all.
func (p *planner) procedure(e config.Entry, op Op) Op {
	switch {
	case op.Action != Recreated:
		return op
	case op.prove:
		op.protected, op.Asides = true, p.gaveWay(e, op)
		return op
	}
	current := *op.Current
	op.awaitOld = p.isRunningJob(e, current)
	op.staysStopped = e.Kind == config.StoppedOnly
	if p.staysStopped(e, current) {
		op.staysStopped = true
		op.Reason += addLeftStopped
	}
	if op.awaitOld {
		op.Reason += addAwaitOld
	}
	op.protected = p.isProtected(e, op, current)
	if !op.protected {
		return op
	}
	op.Asides = append(op.Asides, Aside{Container: current, Name: p.nameOfAside(e, op, current), Unit: op.OldUnit, Ran: p.comesBackRunning(e, op, current)})
	for _, c := range p.previous[e.Name] {
		op.Asides = append(op.Asides, Aside{Container: c, Name: c.Name}) // it stays where it is if the new one fails
	}
	return op
}

// isProtected reports whether a container is kept until its replacement is ready: whatever runs, what a service has to
// return to, and what others depend on. Of a job that has ended only the outcome counted, and what never ran, or was
// killed so that it cannot run again, is no loss.
func (p *planner) isProtected(e config.Entry, op Op, current observed.Container) bool {
	switch {
	case op.Joined, op.Previous != nil, p.stopped[current.ID]:
		return true
	case current.Ended(), op.awaitOld:
		return e.Kind == config.Service
	}
	return current.Alive() || current.Status == observed.Stopping && p.kindOf(e, current) == config.Service
}

// gaveWay returns what gave way to a container that an interrupted run put in its place.
func (p *planner) gaveWay(e config.Entry, op Op) []Aside {
	ran := map[string]bool{}
	for _, r := range record.Replaces(op.Current.Labels) {
		ran[r.ID] = r.Ran
	}
	var all []Aside
	for i, c := range p.previous[e.Name] {
		a := Aside{Container: c, Name: c.Name}
		if i == 0 {
			a.Name, a.Unit, a.Ran = p.nameOfAside(e, op, c), op.OldUnit, ran[c.ID]
		}
		all = append(all, a)
	}
	return all
}

// nameOfAside is the name that a replaced container has when it comes back: the entry's, unless that is taken.
func (p *planner) nameOfAside(e config.Entry, op Op, c observed.Container) string {
	if op.Suffix || !p.nameFree(e) {
		return c.Name
	}
	return e.Name
}

// kindOf returns the kind of the entry that a container was created for. Where its labels do not say, it is taken
// for a service where the entry is one now.
func (p *planner) kindOf(e config.Entry, c observed.Container) config.Kind {
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
func (p *planner) isRunningJob(e config.Entry, c observed.Container) bool {
	if c.Status != observed.Running {
		return false
	}
	kind := p.kindOf(e, c)
	return kind == config.OneShot || kind == "" && e.Kind == config.OneShot
}

// staysStopped reports whether a new container of a service is left stopped, because the one that it replaces was
// stopped by whoever starts and stops it.
func (p *planner) staysStopped(e config.Entry, c observed.Container) bool {
	switch {
	case e.Kind != config.Service || p.restarts(e) || c.Alive() || p.stopped[c.ID]:
		return false
	case c.NeverRan():
		return c.Labels[record.LabelLeftStopped] != ""
	}
	return p.kindOf(e, c) == config.Service
}

// comesBackRunning reports whether a container is started when its replacement fails: it ran, or it is a service
// that has to. A job that has ended is not run a second time.
func (p *planner) comesBackRunning(e config.Entry, op Op, c observed.Container) bool {
	switch {
	case op.awaitOld:
		return false
	case c.Alive(), p.stopped[c.ID]:
		return true
	case p.kindOf(e, c) != config.Service || c.NeverRan() || op.staysStopped:
		return false
	}
	return p.restarts(e) && (!replacement.RestartsOnFailure(e) || !replacement.Completed(c))
}
