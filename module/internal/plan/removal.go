package plan

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// Surplus is what a removal is of. It decides when that is removed, and what becomes of it where others depend on it.
type Surplus string

// The kinds of surplus.
const (
	// Leftover is what interrupted runs left, and notes about nothing.
	Leftover Surplus = ""
	// Orphan is what the config no longer has, container or unit: it is left alone where others depend on it.
	Orphan Surplus = "orphan"
	// Replaced is a container that a replacement left, because others depended on it: it is set aside where they still do.
	Replaced Surplus = "replaced"
	// Unwanted is what was asked to be removed: that fails where others depend on it.
	Unwanted Surplus = "unwanted"
)

// removal is what is to be done about a container or units that serve no entry.
type removal struct {
	name    string // of the entry that it was for, or of the container
	reason  string
	of      Surplus
	current *observed.Container // nil where only units go
	notes   []observed.Container
	oldUnit string
	// dropUnits are the units that run it or look after it.
	dropUnits []string
	// last means that it comes after the waves, depth how many removals come first, each of which depends on the next one.
	last  bool
	depth int
	// setAside means that it is stopped and kept instead, because others still need it.
	setAside bool
}

// realName is what the removal is about, as the host calls it: a container, or a unit without one.
func (r removal) realName() string {
	switch {
	case r.current != nil:
		return r.current.Name
	case len(r.dropUnits) > 0:
		return r.dropUnits[0]
	}
	return r.name
}

func (c *choices) remove(name string, k observed.Container, reason string) {
	c.removals = append(c.removals, removal{name: name, reason: reason, current: &k, notes: c.notes[k.ID]})
}

// removeWithUnits plans the removal of a container with the units that run it or look after it.
func (c *choices) removeWithUnits(name string, k observed.Container, reason string) {
	c.remove(name, k, reason)
	r := &c.removals[len(c.removals)-1]
	if c.state.Units == nil {
		return
	}
	r.oldUnit = c.unitOf(k)
	units := slices.Clone(c.unitsFor(k.Labels[record.LabelContainerName], k.Labels[record.LabelConfigID]))
	r.dropUnits = withChecks(c.state.Units, append(units, r.oldUnit))
}

// findOrphanUnits plans the removal of units of ours whose containers are gone.
func (c *choices) findOrphanUnits(reason string, orphan func(unitfile.Owner) bool) {
	dropped := map[string]bool{}
	for _, r := range c.removals {
		for _, name := range r.dropUnits {
			dropped[name] = true
		}
	}
	var found []removal
	for o, names := range c.owners {
		if !orphan(unitfile.Owner{ConfigID: o.configID, Entry: o.entry}) {
			continue
		}
		for _, name := range names {
			if !dropped[name] {
				found = append(found, removal{name: o.entry, reason: reason, dropUnits: withChecks(c.state.Units, []string{name})})
			}
		}
	}
	slices.SortFunc(found, func(a, b removal) int { return strings.Compare(a.realName(), b.realName()) })
	c.removals = append(c.removals, found...)
}

// withChecks returns the healthcheck units that paunch gave to units, and those of the units that exist.
func withChecks(all map[string]observed.Unit, names []string) []string {
	return append(checks(all, names), existing(all, names)...)
}

func checks(all map[string]observed.Unit, names []string) []string {
	var out []string
	for _, name := range names {
		base := strings.TrimSuffix(name, ".service") + "_healthcheck"
		out = append(out, base+".timer", base+".service")
	}
	return existing(all, out)
}

func existing(all map[string]observed.Unit, names []string) []string {
	var out []string
	for _, name := range names {
		if u, here := all[name]; here && (u.Text != "" || u.Active != "") && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// orderedRemovals are removals that come after those which depend on them: how many do is the depth of each, and what
// something that comes last depends on comes last as well.
func (h *host) orderedRemovals(all []removal) []removal {
	ordered := slices.Clone(all)
	at, done := map[string]int{}, make([]bool, len(ordered))
	for i, r := range ordered {
		if r.current != nil {
			at[r.current.ID] = i
		}
	}
	var settle func(i int)
	settle = func(i int) {
		done[i] = true
		for _, d := range h.dependentsOf(ordered[i]) {
			first, here := at[d.ID]
			if !here || first == i {
				continue
			}
			if !done[first] {
				settle(first)
			}
			ordered[i].follow(ordered[first])
		}
	}
	for i := range ordered {
		if !done[i] {
			settle(i)
		}
	}
	return ordered
}

// dependentsOf returns what refers to the container of a removal.
func (h *host) dependentsOf(r removal) []dependent {
	if r.current == nil {
		return nil
	}
	return h.dependents[r.current.ID]
}

// follow has a removal come after another one.
func (r *removal) follow(first removal) {
	r.depth, r.last = max(r.depth, first.depth+1), r.last || first.last
}
