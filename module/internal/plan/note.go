package plan

import (
	"maps"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// takeNotes takes the notes out of what was observed, so that nothing else mistakes one for a container, and returns
// those that are the plan's.
func (h *host) takeNotes(mine func(*host, observed.Container) bool) []observed.Container {
	var rest, notes []observed.Container
	for _, c := range h.state.Containers {
		if c.Labels[record.LabelAbout] == "" {
			rest = append(rest, c)
		} else if mine(h, c) {
			notes = append(notes, c)
		}
	}
	h.state.Containers = rest
	return notes
}

// sortNotes keeps the notes that are of interest by the id of the container that they are about.
func (h *host) sortNotes(notes []observed.Container) {
	h.notes = map[string][]observed.Container{}
	slices.SortStableFunc(notes, func(a, b observed.Container) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, n := range notes {
		switch about := n.Labels[record.LabelAbout]; {
		case h.byID[about] == nil:
			h.strayNotes = append(h.strayNotes, removal{name: nameOf(n), current: &n, reason: reasonNoteOfNothing})
		case h.isReplaced(n):
			h.strayNotes = append(h.strayNotes, removal{name: nameOf(n), current: &n, reason: reasonNoteReplaced})
		default:
			h.notes[about] = append(h.notes[about], n)
		}
	}
}

// isReplaced reports whether a newer note about the same container says the same kind of thing.
func (h *host) isReplaced(n observed.Container) bool {
	return slices.ContainsFunc([]string{record.LabelHashes, record.LabelConfig}, func(label string) bool {
		return n.Labels[label] != "" && h.noted(n.Labels[record.LabelAbout], label) != ""
	})
}

// ownNote reports whether a note is one of this step's.
func ownNote(h *host, c observed.Container) bool {
	_, wanted := h.entries[c.Labels[record.LabelContainerName]]
	return h.owned(c) && (wanted || !h.o.Selected && !h.step.Unmatched)
}

// noted returns a label of the newest note about a container that has it.
func (h *host) noted(id, label string) string {
	for _, n := range h.notes[id] {
		if v := n.Labels[label]; v != "" {
			return v
		}
	}
	return ""
}

// timedOut reports whether a job was stopped at its timeout: its exit code is not its own word then.
func (h *host) timedOut(c observed.Container) bool {
	return h.noted(c.ID, record.LabelTimedOut) != ""
}

// labelsOf returns a container's labels with what notes add to them.
func (h *host) labelsOf(c observed.Container) map[string]string {
	labels := c.Labels
	for _, label := range []string{record.LabelHashes, record.LabelConfig} {
		if v := h.noted(c.ID, label); v != "" {
			labels = maps.Clone(labels)
			labels[label] = v
		}
	}
	return labels
}
