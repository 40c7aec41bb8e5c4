package plan

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// labelMadeByUnit is Podman's own: the unit that a container was created by, where a unit did.
const labelMadeByUnit = "PODMAN_SYSTEMD_UNIT"

// madeByUnit returns the unit that made a container and makes it again at each start, as those of Quadlet and of podman
// generate systemd --new do; "" where none did. What has a record was made by an apply, ours or an older tool's, whatever
// labels it carries.
func madeByUnit(k observed.Container) string {
	if k.Labels[record.LabelConfig] != "" || k.Labels[record.LabelLegacyConfig] != "" {
		return ""
	}
	return k.Labels[labelMadeByUnit]
}

// refuseMadeByUnits finds entries whose containers other units run: one of ours would run beside it, with the same
// volumes and ports.
func (c *choices) refuseMadeByUnits() {
	for _, e := range c.step.Entries {
		if e.Kind == config.Exec {
			continue
		}
		for _, k := range c.state.Containers {
			unit := madeByUnit(k)
			if unit != "" && (k.Name == e.Name || c.carries(k, e.Name)) {
				c.problem(e.Name, problemMadeByUnit, k.Name, unit, unit)
			}
		}
	}
}

// carries reports whether a container has the labels of an entry of this step.
func (c *choices) carries(k observed.Container, entry string) bool {
	return k.Labels[record.LabelContainerName] == entry && k.Labels[record.LabelConfigID] == c.o.ConfigID &&
		c.ownManager(k.Labels[record.LabelManagedBy])
}
