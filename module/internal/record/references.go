package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// References returns the containers that a container's recorded config refers to, whoever recorded it; nil where
// there is no record, or none that can be read.
func References(labels map[string]string) []config.Reference {
	label, own := labels[LabelConfig]
	if !own {
		label = labels[LabelLegacyConfig]
	}
	if !mayRefer(label) {
		return nil
	}
	if own {
		recorded, err := Parse(label)
		if err != nil {
			return nil
		}
		return recorded.references()
	}
	return legacyEntry(labels).References()
}

// mayRefer saves the reading of labels that can refer to nothing: most can not.
func mayRefer(label string) bool {
	return slices.ContainsFunc([]string{"container:", "requires", "volumes-from", "volumes_from"}, func(s string) bool { return strings.Contains(label, s) })
}

func (r Record) references() []config.Reference {
	var e config.Entry
	for _, flag := range slices.Sorted(maps.Keys(r)) {
		e.Options = append(e.Options, config.Option{Flag: flag, Key: flag, Values: r[flag]})
	}
	return e.References()
}

// ReferencesLabel returns the text of LabelReferences: for each name that an entry refers to, the id of the
// container that it meant.
func ReferencesLabel(ids map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		all = append(all, fmt.Sprintf("%s=%s", name, ids[name]))
	}
	return strings.Join(all, ",")
}

// ReferredID returns the id of the container that a container was created with for a name that its entry refers
// to; "" where no label says so.
func ReferredID(labels map[string]string, name string) string {
	for pair := range strings.SplitSeq(labels[LabelReferences], ",") {
		if n, id, _ := strings.Cut(pair, "="); n == name {
			return id
		}
	}
	return ""
}

// Restarts reports whether a container's recorded config has a restart policy, which makes it a service.
func Restarts(labels map[string]string) bool {
	if label, ok := labels[LabelConfig]; ok {
		recorded, err := Parse(label)
		return err == nil && len(recorded[keyRestart]) > 0
	}
	return legacyEntry(labels).Kind == config.Service
}

// Values returns the values of one of podman's flags that a container's recorded config has; secrets are tokens.
func Values(labels map[string]string, flag string) []string {
	if label, ok := labels[LabelConfig]; ok {
		recorded, err := Parse(label)
		if err != nil {
			return nil
		}
		return recorded[flag]
	}
	return legacyEntry(labels).Option(flag)
}

// legacyEntry is an older tool's record as far as it can be read.
func legacyEntry(labels map[string]string) config.Entry {
	raw, _, err := legacy(labels[LabelLegacyConfig])
	if err != nil {
		return config.Entry{}
	}
	e, _, _ := config.DecodeEntry(labels[LabelContainerName], "", raw, config.Options{}) // what it does not understand is left out
	return e
}
