package record

import (
	"slices"
	"strconv"

	"github.com/overcloud/paunch/module/internal/config"
)

// Labels returns the labels of a container that is made from an entry; secrets finds what is sealed.
func (d *Digester) Labels(e config.Entry, managedBy, configID, salt string, secrets Finder) map[string]string {
	labels := map[string]string{
		LabelManagedBy:     managedBy,
		LabelConfigID:      configID,
		LabelContainerName: e.Name,
		LabelKind:          string(e.Kind),
		LabelConfig:        Of(e, true).Sealed(d, salt, e.Name, secrets).String(),
		LabelFormat:        formatNow,
		LabelSalt:          salt,
	}
	if e.StartOrder != 0 {
		labels[LabelStartOrder] = strconv.Itoa(e.StartOrder)
	}
	if e.Wait != "" {
		labels[LabelWait] = e.Wait
	}
	return labels
}

// EntryOf returns what a container's labels say of its entry, as far as it takes to stop and start it: name, kind, restart
// policy, start order and health gate.
func EntryOf(labels map[string]string) config.Entry {
	e := config.Entry{Name: labels[LabelContainerName], Kind: KindOf(labels)}
	label, own := labels[LabelConfig]
	if !own {
		old := legacyEntry(labels)
		e.StartOrder, e.Restart, e.Wait, e.HasHealthcheck = old.StartOrder, old.Restart, old.Wait, old.HasHealthcheck
		return e
	}
	e.StartOrder, _ = strconv.Atoi(labels[LabelStartOrder]) // 0 where it is none
	e.Wait = labels[LabelWait]
	recorded, err := Parse(label)
	if err != nil {
		return e
	}
	if policy := recorded[keyRestart]; len(policy) > 0 {
		e.Restart = policy[0]
	}
	check := recorded["health-cmd"]
	e.HasHealthcheck = len(check) > 0 && !slices.Contains(check, "none")
	return e
}
