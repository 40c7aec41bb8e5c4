package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// Prefixes of the units' names that the tools before this one used.
const (
	PrefixTripleo = "tripleo"
	PrefixEdpm    = "edpm"
)

// byUnits reports whether systemd runs an entry's container.
func (h *host) byUnits(e config.Entry) bool {
	return h.o.Units && h.state.Units != nil && e.Kind == config.Service
}

// changed leaves out what is the unit's, not the container's: the restart policy.
func (h *host) changed(e config.Entry, current observed.Container, keys []string) []string {
	if !h.byUnits(e) || current.Labels[record.LabelUnit] == "" && !legacy(current) {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "restart" })
}

// legacy reports whether an older tool made the container, which then has no restart policy of Podman's.
func legacy(c observed.Container) bool {
	_, ours := c.Labels[record.LabelConfig]
	return !ours && c.Labels[record.LabelLegacyConfig] != ""
}

// stranded reports whether a service was made for a unit and has none any more.
func (h *host) stranded(e config.Entry, current observed.Container) bool {
	if e.Kind != config.Service || h.byUnits(e) || h.o.Remote {
		return false
	}
	return current.Labels[record.LabelUnit] != "" || h.unitOf(current) != ""
}

// unitOf returns the unit that a container runs under, "" when there is none: the one whose file says
// so, the one it was made for, or the one that the older tool which made it would have written.
func (h *host) unitOf(c observed.Container) string {
	if kind := config.Kind(c.Labels[record.LabelKind]); kind != "" && kind != config.Service {
		return "" // a unit of its name is for a service that an interrupted run was to create in its place
	}
	marked := h.unitsFor(c.Labels[record.LabelContainerName], c.Labels[record.LabelConfigID])
	for _, name := range marked {
		if strings.HasSuffix(name, "_"+c.Name+".service") {
			return name
		}
	}
	made := c.Labels[record.LabelUnit]
	if _, here := h.state.Units[made]; made != "" && (here || len(marked) == 0) {
		return made
	}
	if made != "" {
		return marked[0] // it was moved there, and then renamed by hand
	}
	name := legacyPrefix(c) + "_" + c.Name + ".service"
	if _, here := h.state.Units[name]; here && legacy(c) {
		return name
	}
	return ""
}

func legacyPrefix(c observed.Container) string {
	if c.Labels[record.LabelManagedBy] == record.ManagedByEdpm {
		return PrefixEdpm
	}
	return PrefixTripleo
}

// unitsFor returns the units whose files say that they are ours and run this entry, sorted.
func (h *host) unitsFor(entry, configID string) []string { return h.owners[owner{configID, entry}] }

// unitName returns the unit that is to run an entry's container, "" where none is.
func (h *host) unitName(d decision) string {
	if !h.byUnits(*d.entry) {
		return ""
	}
	name, err := unitfile.Name(h.prefix(d), d.finalName())
	if err != nil {
		return "" // the units stage refuses it
	}
	return name
}

// prefix returns what the unit's name begins with: what is asked for, what it begins with now, or what
// the older tool that made the container used.
func (h *host) prefix(d decision) string {
	if h.o.UnitPrefix != "" {
		return h.o.UnitPrefix
	}
	entry := d.entry.Name
	if d.current != nil {
		for _, name := range []string{d.current.Name, entry} {
			if prefix, ok := strings.CutSuffix(d.oldUnit, "_"+name+".service"); ok {
				return prefix
			}
		}
		return legacyPrefix(*d.current)
	}
	if units := h.unitsFor(entry, h.o.ConfigID); len(units) > 0 {
		if prefix, ok := strings.CutSuffix(units[0], "_"+entry+".service"); ok {
			return prefix
		}
	}
	return PrefixTripleo
}

// withUnitName decides what the name of the unit means: a service is restarted that runs under another one, and left
// alone where an operator has masked it, which is how an operator says "not now".
func (c *choices) withUnitName(d decision) decision {
	name := c.unitName(d)
	switch {
	case name == "":
	case c.state.Units[name].Masked:
		c.warn(warnMasked, d.entry.Name, name, name)
		return decision{entry: d.entry, action: Unchanged, reason: fmt.Sprintf(reasonUnitMasked, name), current: d.current, oldUnit: d.oldUnit, masked: true}
	case (d.action == Unchanged || d.action == Updated) && d.oldUnit != "" && d.oldUnit != name && c.state.Units[d.oldUnit].Running():
		d.action, d.reason = d.withUpdates(Restarted, fmt.Sprintf(reasonUnitMoved, name, d.oldUnit))
		d.moved = true
	}
	return d
}
