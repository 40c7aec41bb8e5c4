package paunch

import (
	"context"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// planWithMore plans, and plans once more where a listing does not have what the plan depends on: the ports of the
// host's network, where they move between containers, and the anonymous volumes of orphans.
func (r *run) planWithMore(ctx context.Context, state observed.State) (plan.Plan, error) {
	p, err := r.plan(state)
	if err != nil {
		return p, err
	}
	ports := r.findPorts(p, state)
	volumes, err := r.findOrphanVolumes(ctx, p, state)
	if err != nil || !ports && !volumes {
		return p, err
	}
	return r.plan(state)
}

// findPorts adds to the state on which ports those that go listen, and reports whether there are any.
func (r *run) findPorts(p plan.Plan, state observed.State) bool {
	found := false
	listening := r.client.Listening(p.PortQueries())
	for i := range state.Containers {
		if ports := listening[state.Containers[i].ID]; len(ports) > 0 {
			state.Containers[i].Listens, found = ports, true
		}
	}
	return found
}

// findOrphanVolumes adds to the state the anonymous volumes of orphans that no container has taken over, and
// reports whether there are any.
func (r *run) findOrphanVolumes(ctx context.Context, p plan.Plan, state observed.State) (bool, error) {
	orphans, successors := p.Orphans()
	seen, err := r.client.Volumes(ctx, slices.Concat(orphans, successors), nil)
	if err != nil {
		return false, fmt.Errorf("look at the volumes of what is removed; nothing was touched: %w", err)
	}
	kept := map[string]bool{}
	for _, id := range successors {
		for _, m := range seen.Mounts[id] {
			kept[m.Volume] = true
		}
	}
	found := false
	for i := range state.Containers {
		if c := &state.Containers[i]; slices.Contains(orphans, c.ID) {
			c.Anonymous = slices.DeleteFunc(seen.Mounts[c.ID], func(m observed.Mount) bool { return !m.Anonymous || m.Gone || kept[m.Volume] })
			found = found || len(c.Anonymous) > 0
		}
	}
	return found, nil
}
