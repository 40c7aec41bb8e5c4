package plan

import (
	"fmt"
	"slices"

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
	p := &planner{o: o, state: state}
	mine := func(c observed.Container) bool {
		return p.ownManager(c.Labels[record.LabelManagedBy]) && remove(c.Labels[record.LabelConfigID], c.Labels[record.LabelContainerName])
	}
	p.takeNotes(mine)
	p.findDependents()
	for i := range p.state.Containers {
		if c := &p.state.Containers[i]; mine(*c) {
			p.removeWithUnits(nameOf(*c), *c, reason)
		}
	}
	p.clearLeftovers()
	p.findOrphanUnits(reason, func(o unitfile.Owner) bool { return remove(o.ConfigID, o.Entry) })
	for i := range p.surplus {
		p.surplus[i].Must = true
	}
	p.settlePrevious()
	p.orderRemovals()
	res := &resources{o: o, state: state}
	// Resources are of no entry: where entries are named, they stay.
	res.removeOrphans(func(managedBy, configID string) bool { return managedBy == o.ManagedBy && remove(configID, "") }, reason)
	return Plan{Removals: p.removals(), ResourceRemovals: res.removals, Warnings: res.warnings}
}
