package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// ComputeAbsent plans the removal of all containers of one config_id, or of those entries of it that are named.
func ComputeAbsent(state observed.State, o Options, entries []string) Plan {
	return computeRemoval(state, o, fmt.Sprintf(reasonAbsent, o.ConfigID), func(id, entry string) bool {
		return id == o.ConfigID && (len(entries) == 0 || slices.Contains(entries, entry))
	})
}

// ComputePruned plans the removal of the containers of this manager whose config_id is not among
// those to keep. A container without a config_id is not ours and stays.
func ComputePruned(state observed.State, o Options, keep []string) Plan {
	kept := map[string]bool{"": true}
	for _, id := range keep {
		kept[id] = true
	}
	return computeRemoval(state, o, reasonPruned, func(id, _ string) bool { return !kept[id] })
}

func computeRemoval(state observed.State, o Options, reason string, remove func(configID, entry string) bool) Plan {
	mine := func(h *host, c observed.Container) bool {
		return madeByUnit(c) == "" && h.ownManager(c.Labels[record.LabelManagedBy]) && remove(c.Labels[record.LabelConfigID], c.Labels[record.LabelContainerName])
	}
	h := newHost(config.Step{}, state, o, mine)
	b := bindRemovals(h, reason, remove, mine)
	res := &resources{o: o, state: state}
	// Resources are of no entry: where entries are named, they stay.
	res.removeOrphans(func(managedBy, configID string) bool { return managedBy == o.ManagedBy && remove(configID, "") }, reason)
	out := Plan{ResourceRemovals: res.removals, Warnings: res.warnings}
	out.Removals, out.LastRemovals = b.sortedRemovals()
	return out
}

// bindRemovals settles what is removed, and in which order.
func bindRemovals(h *host, reason string, remove func(configID, entry string) bool, mine func(*host, observed.Container) bool) bound {
	c := choices{host: h, removals: h.strayNotes}
	for i := range h.state.Containers {
		if k := &h.state.Containers[i]; mine(h, *k) {
			c.removeWithUnits(nameOf(*k), *k, reason)
		}
	}
	c.clearLeftovers()
	c.findOrphanUnits(reason, func(o unitfile.Owner) bool { return remove(o.ConfigID, o.Entry) })
	for i := range c.removals {
		c.removals[i].of = Unwanted
	}
	b := bound{united: united{joined: joined{decisions: decisions{choices: c}}}, gone: map[string]bool{}}
	b.removals = nil
	for _, r := range c.removals {
		b.add(r)
	}
	b.settlePrevious()
	b.removals = h.orderedRemovals(b.removals)
	return b
}
