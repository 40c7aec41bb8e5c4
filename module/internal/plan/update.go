package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/inplace"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// withHalfChanged adds to the keys that differ those that an interrupted run was changing in place: nobody knows which of
// the values they have.
func (h *host) withHalfChanged(keys []string, current observed.Container) []string {
	all := slices.Clone(keys)
	for _, n := range h.notes[current.ID] {
		all = append(all, record.UpdatingKeys(n.Labels[record.LabelUpdating])...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// differs notes the keys that differ, and returns the reason of a new container for them, "" where there are none or where
// the container that runs gets their new values.
func (c *choices) differs(e config.Entry, d *decision, keys []string) string {
	if d.changed = c.withHalfChanged(keys, *d.current); len(d.changed) == 0 {
		return ""
	}
	reason := fmt.Sprintf(reasonConfig, strings.Join(d.changed, ", ")) + c.optionsOf(d.changed)
	if half := c.noted(d.current.ID, record.LabelUpdating); half != "" {
		reason += fmt.Sprintf(addHalfChanged, half)
	}
	yes, why := c.inPlace(e, *d)
	if !yes {
		return reason + why
	}
	d.updates, d.updateReason = d.changed, reason
	return ""
}

// inPlace reports whether a running container gets the values of the keys that differ without a restart. Where only a newer
// Podman could do that, why says so.
func (h *host) inPlace(e config.Entry, d decision) (yes bool, why string) {
	_, own := d.current.Labels[record.LabelConfig]
	runsOn := e.Kind == config.Service || e.Kind == config.FireAndExit
	if !own || !runsOn || d.previous != nil || d.current.Status != observed.Running || d.current.Unattended {
		return false, ""
	}
	since, possible := inplace.Change{Keys: d.changed, Then: d.before, Now: record.Of(e, true), IsHidden: record.HasToken}.Possible()
	switch {
	case !possible || !h.o.Podman.Known():
		return false, ""
	case h.o.Podman.Before(since):
		return false, fmt.Sprintf(addOlderPodman, h.o.Podman, since)
	}
	return true, ""
}

// withUpdates returns an action, and its reason, of a container that is changed in place, too.
func (d decision) withUpdates(action Action, reason string) (Action, string) {
	switch {
	case len(d.updates) == 0:
	case action == Unchanged && reason == "":
		return Updated, d.updateReason
	case action == Unchanged:
		action = Updated
		fallthrough
	case reason != "":
		reason += "; " + d.updateReason
	}
	return action, reason
}

// replacing returns the reason of a new container, which has the new values too.
func (d *decision) replacing(reason string) string {
	if len(d.updates) > 0 {
		d.updates, reason = nil, d.updateReason+"; "+reason
	}
	return reason
}
