package record

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// Replaced is a container that gives way to a new one.
type Replaced struct {
	ID string
	// Ran reports whether it was running, and is to run again when it comes back.
	Ran bool
}

// The states in LabelReplaces.
const (
	stateRan     = "running"
	stateStopped = "stopped"
)

// ReplacesLabel returns the text of LabelReplaces.
func ReplacesLabel(all []Replaced) string {
	words := make([]string, len(all))
	for i, r := range all {
		state := stateStopped
		if r.Ran {
			state = stateRan
		}
		words[i] = r.ID + "=" + state
	}
	return strings.Join(words, ",")
}

// Replaces returns the containers that gave way, or were to give way, to one with these labels. What cannot be
// read is left out.
func Replaces(labels map[string]string) []Replaced {
	var all []Replaced
	for word := range strings.SplitSeq(labels[LabelReplaces], ",") {
		id, state, ok := strings.Cut(word, "=")
		if ok && id != "" && (state == stateRan || state == stateStopped) {
			all = append(all, Replaced{ID: id, Ran: state == stateRan})
		}
	}
	return all
}

// KindOf returns the kind of the entry that a container was created for; "" where that is not known, as of the
// jobs of earlier versions, which did not record whether they are waited for.
func KindOf(labels map[string]string) config.Kind {
	kinds := []config.Kind{config.Service, config.OneShot, config.FireAndExit, config.Exec, config.StoppedOnly}
	if k := config.Kind(labels[LabelKind]); slices.Contains(kinds, k) {
		return k
	}
	if label, ok := labels[LabelConfig]; ok {
		recorded, err := Parse(label)
		switch {
		case err != nil:
		case len(recorded[keyAction]) > 0:
			return config.Exec
		case len(recorded[keyState]) > 0:
			return config.StoppedOnly
		case len(recorded[keyRestart]) > 0:
			return config.Service
		}
		return ""
	}
	raw, _, err := legacy(labels[LabelLegacyConfig])
	if err != nil {
		return ""
	}
	e, _, err := config.DecodeEntry(labels[LabelContainerName], "", raw, config.Options{})
	if err != nil {
		return ""
	}
	return e.Kind
}
