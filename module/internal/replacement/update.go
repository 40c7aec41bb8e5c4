package replacement

import (
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// recordedValues is what an update is undone to.
const recordedValues = "its recorded values"

// update changes options of the container that is there, in the end. A note says so before: killed in between, the next run knows that
// they may have the old values or the new ones. Another one is the record of the new values.
func (c Change) update() []Step {
	if len(c.Updates) == 0 || c.Current == nil {
		return nil
	}
	cur := c.Current
	mark, renewed := c.Name+"-"+randomMark, c.Name+"-"+randomRecord
	unmark := Step{Call: Remove, Object: MarkOf, Name: mark}
	return []Step{
		{Call: Note, Object: MarkOf, Name: mark, Undo: []Step{unmark}},
		{Call: Update, Object: Current, Container: cur, Name: cur.Name, Undo: []Step{{Call: Update, Object: Current, Container: cur, Name: cur.Name, To: recordedValues}}},
		{Call: Note, Object: RenewedOf, Name: renewed, Final: true},
		unmark,
	}
}

// IsOfUpdate reports whether a note is about a change in place: that it has begun, or what it has changed.
func IsOfUpdate(note observed.Container) bool {
	return note.Labels[record.LabelUpdating] != "" || note.Labels[record.LabelConfig] != ""
}
