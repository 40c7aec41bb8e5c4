package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// host is what a plan is made from: a step, and one look at a host, both indexed. No stage changes it.
type host struct {
	step    config.Step
	o       Options
	state   observed.State // its containers are those that are no notes
	entries map[string]*config.Entry
	// Containers, in the order of the look, by their real name, by the entry that they name, and by id.
	byName, byEntry map[string][]*observed.Container
	byID            map[string]*observed.Container
	ids             []string // sorted
	places          map[string]int
	// notes are placeholders that add to the record of a container, by its id, newest first; strayNotes add to nothing.
	notes      map[string][]observed.Container
	strayNotes []removal
	takenOut   takenOut
	owners     map[owner][]string // units of ours by what they run, sorted
	// dependents are, by the id of a container, those that refer to it.
	dependents map[string][]dependent
}

// owner is the entry that a unit of ours runs.
type owner struct{ configID, entry string }

// dependent is a container that refers to another one.
type dependent struct {
	*observed.Container
	ref config.Reference
}

// newHost indexes a step and a look at a host; mine reports which notes are the plan's.
func newHost(step config.Step, state observed.State, o Options, mine func(*host, observed.Container) bool) *host {
	h := &host{step: step, o: o, state: state, entries: map[string]*config.Entry{}}
	for i := range step.Entries {
		h.entries[step.Entries[i].Name] = &step.Entries[i]
	}
	notes := h.takeNotes(mine)
	h.index()
	h.sortNotes(h.sortTakenOut(notes))
	h.findOwners()
	h.findDependents()
	return h
}

func (h *host) index() {
	h.byName, h.byEntry = map[string][]*observed.Container{}, map[string][]*observed.Container{}
	h.byID, h.places = map[string]*observed.Container{}, map[string]int{}
	for i := range h.state.Containers {
		c := &h.state.Containers[i]
		entry := c.Labels[record.LabelContainerName]
		h.byName[c.Name] = append(h.byName[c.Name], c)
		if entry != "" {
			h.byEntry[entry] = append(h.byEntry[entry], c)
		}
		h.byID[c.ID], h.places[c.ID] = c, i
	}
	h.ids = slices.Sorted(maps.Keys(h.byID))
}

// findOwners notes which units of ours run which entries.
func (h *host) findOwners() {
	h.owners = map[owner][]string{}
	for _, name := range slices.Sorted(maps.Keys(h.state.Units)) {
		if o, ok := unitfile.OwnerOf(h.state.Units[name].Text); ok && h.ownManager(o.ManagedBy) {
			h.owners[owner{o.ConfigID, o.Entry}] = append(h.owners[owner{o.ConfigID, o.Entry}], name)
		}
	}
}

// findDependents notes who refers to whom, of all containers with a record.
func (h *host) findDependents() {
	h.dependents = map[string][]dependent{}
	for i := range h.state.Containers {
		c := &h.state.Containers[i]
		if c.Labels[record.LabelDone] != "" {
			continue // a placeholder has the record, and no reference
		}
		for _, ref := range record.References(c.Labels) {
			if id, _ := h.referred(*c, ref.Name); id != "" {
				h.dependents[id] = append(h.dependents[id], dependent{c, ref})
			}
		}
	}
}

// owned reports whether a container is ours: by manager and config_id, never by name. One that a unit of Quadlet makes
// is not: it would be made again.
func (h *host) owned(c observed.Container) bool {
	return madeByUnit(c) == "" && c.Labels[record.LabelConfigID] == h.o.ConfigID && h.ownManager(c.Labels[record.LabelManagedBy])
}

func (h *host) ownManager(managedBy string) bool {
	return managedBy != "" && (managedBy == h.o.ManagedBy || slices.Contains(h.o.Adopt, managedBy))
}

// succeeded reports whether a container was made by one of the tools that this one replaces, and carries
// the config that shows it. Only the default manager succeeds them without being told to.
func (h *host) succeeded(c observed.Container) bool {
	if h.o.ManagedBy != record.ManagedByPaunch || c.Labels[record.LabelConfigID] != h.o.ConfigID {
		return false
	}
	switch c.Labels[record.LabelManagedBy] {
	case record.ManagedByTripleo, record.ManagedByEdpm:
		return c.Labels[record.LabelLegacyConfig] != ""
	}
	return false
}

// called returns the container with a real name or an id, which may be cut short where that is clear.
func (h *host) called(name string) *observed.Container {
	if named := h.byName[name]; len(named) > 0 {
		return named[0]
	}
	if c := h.byID[name]; c != nil {
		return c
	}
	at, _ := slices.BinarySearch(h.ids, name)
	begins := func(i int) bool { return i < len(h.ids) && strings.HasPrefix(h.ids[i], name) }
	if !begins(at) || begins(at+1) {
		return nil
	}
	return h.byID[h.ids[at]]
}

// managed returns the current container of an entry of any step of ours, nil when there is none.
func (h *host) managed(name string) *observed.Container {
	var found *observed.Container
	for _, c := range h.byEntry[name] {
		ours := h.ownManager(c.Labels[record.LabelManagedBy]) || h.succeeded(*c)
		isCopy := c.Labels[record.LabelConfigID] == record.ConfigIDDebug
		if !ours || isCopy || c.Labels[record.LabelTryOut] != "" || c.Labels[record.LabelDone] != "" || replacement.IsPrevious(*c) {
			continue
		}
		if found == nil || replacement.Rank(*c) > replacement.Rank(*found) || replacement.Rank(*c) == replacement.Rank(*found) && c.Name == name {
			found = c
		}
	}
	return found
}

// referred returns the id of the container that a container was created with for a name, and whether its label
// says so. Else it is the one of that name that was there before it, or the newest with its labels: podman removes none
// that others need.
func (h *host) referred(c observed.Container, name string) (id string, known bool) {
	if id := record.ReferredID(c.Labels, name); id != "" {
		return id, true
	}
	var before, after *observed.Container
	for _, k := range h.namedOrOf(name) {
		switch {
		case k.ID == c.ID || k.Labels[record.LabelDone] != "":
		case k.Name != name && k.Labels[record.LabelManagedBy] != c.Labels[record.LabelManagedBy]:
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

// namedOrOf returns the containers with a real name, and those of an entry of that name, in the order of the look.
func (h *host) namedOrOf(name string) []*observed.Container {
	all := slices.Clone(h.byEntry[name])
	for _, c := range h.byName[name] {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *observed.Container) int { return h.places[a.ID] - h.places[b.ID] })
	return all
}

// isPrevious reports whether an id is of a container that was replaced and is kept for what depends on it.
func (h *host) isPrevious(id string) bool {
	c := h.byID[id]
	return c != nil && replacement.IsPrevious(*c)
}

// exists reports whether a container is there, other than as a previous one that is kept for what depends on it.
func (h *host) exists(id string) bool { return h.byID[id] != nil && !h.isPrevious(id) }

// isBound reports whether podman binds another container to this one.
func (h *host) isBound(c *observed.Container) bool {
	return slices.ContainsFunc(h.dependents[c.ID], func(d dependent) bool { return d.ref.Binds() })
}

// boundTo returns the ids of the containers that podman binds these to.
func (h *host) boundTo(containers ...*observed.Container) []string {
	var ids []string
	for _, c := range containers {
		if c == nil {
			continue
		}
		for _, ref := range record.References(c.Labels) {
			if id, _ := h.referred(*c, ref.Name); id != "" && ref.Binds() && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// stepOf names what a container has to be applied with.
func (h *host) stepOf(c *observed.Container) string {
	if m := c.Labels[record.LabelManagedBy]; m != h.o.ManagedBy {
		return fmt.Sprintf(stepByManager, c.Labels[record.LabelConfigID], m)
	}
	return fmt.Sprintf(stepByID, c.Labels[record.LabelConfigID])
}

// restarts reports whether a service that an operator stopped is started again.
func (h *host) restarts(e config.Entry) bool {
	if e.RestartStopped != nil {
		return *e.RestartStopped
	}
	return h.o.RestartStopped
}

// nameOf returns the entry name that a container records, else its real name.
func nameOf(c observed.Container) string {
	if n := c.Labels[record.LabelContainerName]; n != "" {
		return n
	}
	return c.Name
}

// said are the warnings and problems that the stages up to now have found.
type said struct {
	warnings []string
	problems []error
}

func (s *said) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

func (s *said) problem(name, format string, args ...any) {
	s.problems = append(s.problems, fmt.Errorf(problemOf, name, fmt.Sprintf(format, args...)))
}

// unlessPredicting notes what a run would refuse; a prediction only warns about it, as it may have changed by then.
func (s *said) unlessPredicting(o Options, name, format string, args ...any) {
	if o.Predict {
		s.warn(warnUnless, name, fmt.Sprintf(format, args...))
		return
	}
	s.problem(name, format, args...)
}
