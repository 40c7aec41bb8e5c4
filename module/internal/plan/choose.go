package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// chooseContainers settles what the containers that carry an entry's labels are to it.
func (p *planner) chooseContainers(e config.Entry) {
	var candidates []observed.Container
	taken := false
	for _, c := range p.state.Containers {
		if c.Labels[record.LabelContainerName] == e.Name && (p.owned(c) || p.succeeded(c)) && !replacement.IsPrevious(c) {
			candidates = append(candidates, c)
		} else if c.Name == e.Name {
			taken = true
		}
	}
	found := replacement.Choose(e, candidates, replacement.Surroundings{
		Exists: p.exists, Taken: taken, TimedOut: p.timedOut,
		MadeRoom: func(c observed.Container) bool { return p.madeRoom(e, c) },
	})
	if found.Current != nil {
		p.currents[e.Name] = found.Current
	}
	p.previous[e.Name] = found.Previous
	for _, c := range found.Leftovers {
		p.remove(e.Name, c, reasonLeft)
	}
	for _, c := range found.Copies {
		if p.madeRoom(e, c) && !c.Alive() {
			p.remove(e.Name, c, reasonLeft)
			continue
		}
		p.warnings = append(p.warnings, fmt.Sprintf(warnDuplicate, c.Name, e.Name))
	}
}

// madeRoom reports whether a container has the name that a run gave it when it made room for another one of the
// entry. That one may be gone: a run was killed after it had removed it, and before it gave the name back.
func (p *planner) madeRoom(e config.Entry, c observed.Container) bool {
	return p.madeUnder(c.Name) == e.Name && c.Labels[record.LabelCreatedAs] != c.Name
}

// exists reports whether a container is there, other than as a previous one that is kept for what depends on it.
func (p *planner) exists(id string) bool {
	return slices.ContainsFunc(p.state.Containers, func(c observed.Container) bool { return c.ID == id && !replacement.IsPrevious(c) })
}

// findStopped notes which containers ran until an interrupted run stopped them for a replacement that it did not
// finish.
func (p *planner) findStopped() {
	for _, c := range p.state.Containers {
		if !p.owned(c) || !replacement.IsGenuine(c) {
			continue
		}
		for _, r := range record.Replaces(c.Labels) {
			if r.Ran {
				p.stopped[r.ID] = true
			}
		}
	}
}
