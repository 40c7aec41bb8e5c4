package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// choices are what the containers of a host are to the entries of a step: the first stage of a plan.
type choices struct {
	*host
	said
	currents map[string]*observed.Container  // by entry: the current container
	serves   map[string]string               // by id of a current container: its entry
	previous map[string][]observed.Container // by entry: the containers that the current one replaced, if it is not known to be ready
	stopped  map[string]bool                 // by id: it ran until an interrupted run stopped it
	holders  map[string]string               // name -> id of the container that goes on holding it
	removals []removal
}

// choose settles what each container of the host is to the step.
func choose(h *host) choices {
	c := choices{
		host: h, currents: map[string]*observed.Container{}, serves: map[string]string{},
		previous: map[string][]observed.Container{}, stopped: map[string]bool{}, holders: map[string]string{}, removals: h.strayNotes,
	}
	c.warnOfForeign()
	c.refuseMadeByUnits()
	c.findStopped()
	for _, e := range h.step.Entries {
		c.chooseFor(e)
	}
	c.clearLeftovers()
	c.findOrphans()
	c.findHolders()
	return c
}

// warnOfForeign tells about containers that look like entries of this step but belong to a manager
// that we were not told to adopt.
func (c *choices) warnOfForeign() {
	for _, k := range c.state.Containers {
		name, managedBy := k.Labels[record.LabelContainerName], k.Labels[record.LabelManagedBy]
		if _, wanted := c.entries[name]; !wanted || managedBy == "" || k.Labels[record.LabelConfigID] != c.o.ConfigID {
			continue
		}
		if !c.owned(k) && !c.succeeded(k) {
			c.warn(warnForeign, name, k.Name, c.o.ConfigID, managedBy)
		}
	}
	slices.Sort(c.warnings)
}

// chooseFor settles what the containers that carry an entry's labels are to it.
func (c *choices) chooseFor(e config.Entry) {
	var candidates []observed.Container
	taken := false
	for _, k := range c.namedOrOf(e.Name) {
		if k.Labels[record.LabelContainerName] == e.Name && (c.owned(*k) || c.succeeded(*k)) && !replacement.IsPrevious(*k) {
			candidates = append(candidates, *k)
		} else if k.Name == e.Name {
			taken = true
		}
	}
	found := replacement.Choose(e, candidates, replacement.Surroundings{
		Exists: c.exists, Taken: taken, TimedOut: c.timedOut,
		MadeRoom: func(k observed.Container) bool { return c.madeRoom(e, k) },
	})
	if found.Current != nil {
		c.currents[e.Name], c.serves[found.Current.ID] = found.Current, e.Name
	}
	c.previous[e.Name] = found.Previous
	c.clear(e, found)
}

// clear removes what interrupted runs left of an entry, and warns of copies.
func (c *choices) clear(e config.Entry, found replacement.Choice) {
	for _, k := range found.Leftovers {
		c.remove(e.Name, k, reasonLeft)
	}
	for _, k := range found.Copies {
		if c.madeRoom(e, k) && !k.Alive() {
			c.remove(e.Name, k, reasonLeft)
			continue
		}
		c.warn(warnDuplicate, k.Name, e.Name)
	}
}

// madeRoom reports whether a container has the name that a run gave it when it made room for another one of the
// entry. That one may be gone: a run was killed after it had removed it, and before it gave the name back.
func (h *host) madeRoom(e config.Entry, c observed.Container) bool {
	return h.madeUnder(c.Name) == e.Name && c.Labels[record.LabelCreatedAs] != c.Name
}

// findStopped notes which containers ran until an interrupted run stopped them for a replacement that it did not
// finish.
func (c *choices) findStopped() {
	for _, k := range c.state.Containers {
		if !c.owned(k) || !replacement.IsGenuine(k) {
			continue
		}
		for _, r := range record.Replaces(k.Labels) {
			if r.Ran {
				c.stopped[r.ID] = true
			}
		}
	}
}

// stoppedByRun reports whether a container ran until an interrupted run stopped it.
func (c *choices) stoppedByRun(k *observed.Container) bool {
	return k != nil && k.Ended() && c.stopped[k.ID]
}

// findOrphans plans the removal of what the config no longer has, when all else has succeeded.
func (c *choices) findOrphans() {
	if !c.o.CleanOrphans || c.o.Selected || c.step.Unmatched {
		return
	}
	wanted, first := c.step.Names(), len(c.removals)
	for _, k := range c.state.Containers {
		if c.owned(k) && !wanted[k.Labels[record.LabelContainerName]] && !replacement.IsPrevious(k) {
			c.removeWithUnits(nameOf(k), k, reasonNotInConfig)
		}
	}
	c.findOrphanUnits(reasonNotInConfig, func(o unitfile.Owner) bool {
		return o.ConfigID == c.o.ConfigID && !wanted[o.Entry]
	})
	for i := range c.removals[first:] {
		c.removals[first+i].of, c.removals[first+i].last = Orphan, true
	}
}

// findHolders notes who goes on holding which name when what is removed is gone.
func (c *choices) findHolders() {
	gone := map[string]bool{}
	for _, r := range c.removals {
		if r.current != nil {
			gone[r.current.ID] = true
		}
	}
	for _, k := range c.state.Containers {
		if !gone[k.ID] {
			c.holders[k.Name] = k.ID
		}
	}
	for _, l := range c.state.Leftovers {
		if !gone[l.ID] {
			c.holders[l.Name] = l.ID
		}
	}
}

// nameFree reports whether the entry can have its own name: nobody holds it, or its own container does.
func (c *choices) nameFree(e config.Entry) bool {
	holder, held := c.holders[e.Name]
	current := c.currents[e.Name]
	return !held || current != nil && current.ID == holder
}

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
func (c *choices) lookup(name string) Target {
	if _, here := c.entries[name]; here {
		return Target{Name: name, Entry: name, Current: c.currents[name]}
	}
	k := c.managed(name)
	if k == nil {
		k = c.called(name)
	}
	t := Target{Name: name, Current: k}
	if k != nil {
		t.Entry = c.serves[k.ID]
	}
	return t
}

// volumesFrom returns the ids of the containers that an entry takes volumes from, as far as they exist.
func (c *choices) volumesFrom(e config.Entry) []string {
	var ids []string
	for _, ref := range e.References() {
		if k := c.lookup(ref.Name).Current; k != nil && !ref.Binds() {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// adopted says that a container is another tool's work, "" when it is our own.
func adopted(current observed.Container) string {
	if _, ours := current.Labels[record.LabelConfig]; ours {
		return ""
	}
	return fmt.Sprintf(reasonAdopted, current.Labels[record.LabelManagedBy])
}
