package plan

import (
	"sort"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// ComputeAbsent plans the removal of all containers of one config_id.
func ComputeAbsent(state observed.State, o Options) Plan {
	return computeRemoval(state, o, "config_id "+o.ConfigID+" is wanted absent", func(id string) bool { return id == o.ConfigID })
}

// ComputePruned plans the removal of the containers of this manager whose config_id is not among
// those to keep. A container without a config_id is not ours and stays.
func ComputePruned(state observed.State, o Options, keep []string) Plan {
	kept := map[string]bool{"": true}
	for _, id := range keep {
		kept[id] = true
	}
	return computeRemoval(state, o, "its config_id is not kept", func(id string) bool { return !kept[id] })
}

func computeRemoval(state observed.State, o Options, reason string, remove func(configID string) bool) Plan {
	p := &planner{o: o}
	var out Plan
	for i := range state.Containers {
		c := &state.Containers[i]
		if p.ownManager(c.Labels[record.LabelManagedBy]) && remove(c.Labels[record.LabelConfigID]) {
			out.Removals = append(out.Removals, Op{Name: nameOf(*c), Action: Removed, Reason: reason, Current: c})
		}
	}
	sort.SliceStable(out.Removals, func(i, j int) bool { return out.Removals[i].Current.Name < out.Removals[j].Current.Name })
	return out
}
