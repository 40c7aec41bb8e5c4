package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// takeNotes takes the notes out of what was observed, so that nothing else mistakes one for a container, and
// keeps those that are of interest by the id of the container that they are about.
func (p *planner) takeNotes(mine func(observed.Container) bool) {
	here := map[string]bool{}
	var rest, notes []observed.Container
	for _, c := range p.state.Containers {
		if c.Labels[record.LabelAbout] == "" {
			rest, here[c.ID] = append(rest, c), true
		} else if mine(c) {
			notes = append(notes, c)
		}
	}
	p.state.Containers, p.notes = rest, map[string][]observed.Container{}
	slices.SortStableFunc(notes, func(a, b observed.Container) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for _, n := range notes {
		switch about := n.Labels[record.LabelAbout]; {
		case !here[about]:
			p.remove(nameOf(n), n, reasonNoteOfNothing)
		case n.Labels[record.LabelHashes] != "" && p.hashesOf(about) != "":
			p.remove(nameOf(n), n, reasonNoteReplaced)
		default:
			p.notes[about] = append(p.notes[about], n)
		}
	}
}

// ownNote reports whether a note is one of this step's.
func (p *planner) ownNote(c observed.Container) bool {
	_, wanted := p.entries[c.Labels[record.LabelContainerName]]
	return p.owned(c) && (wanted || !p.o.Selected && !p.step.Unmatched)
}

// noted returns a label of the newest note about a container that has it.
func (p *planner) noted(id, label string) string {
	for _, n := range p.notes[id] {
		if v := n.Labels[label]; v != "" {
			return v
		}
	}
	return ""
}

func (p *planner) hashesOf(id string) string { return p.noted(id, record.LabelHashes) }

// timedOut reports whether a job was stopped at its timeout: its exit code is not its own word then.
func (p *planner) timedOut(c observed.Container) bool {
	return p.noted(c.ID, record.LabelTimedOut) != ""
}

// labelsOf returns a container's labels with what notes add to them.
func (p *planner) labelsOf(c observed.Container) map[string]string {
	hashes := p.hashesOf(c.ID)
	if hashes == "" {
		return c.Labels
	}
	labels := maps.Clone(c.Labels)
	labels[record.LabelHashes] = hashes
	return labels
}

// withRecord settles whether the hashes of an entry's config files have to be noted about a container that
// stays, because it was created without a record of them.
func (p *planner) withRecord(op Op) Op {
	if len(op.Unwatched) == 0 || op.Action == Removed || op.Action == Executed || isNew(op) {
		op.Unwatched = nil
		return op
	}
	if op.Action == Unchanged {
		reason := fmt.Sprintf(reasonWatched, strings.Join(op.Unwatched, ", "))
		if a := p.adopted(*op.Current); a != "" {
			reason = a + "; " + reason
		}
		op.Action, op.Reason = Updated, reason
	}
	return op
}
