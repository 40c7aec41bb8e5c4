package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// takenOut are the notes of interrupted runs that had taken services out of their load balancers, by entry.
type takenOut map[string][]observed.Container

// withDrain adds to an op that its service is taken out of its load balancer and put back: for the time in which it does
// not serve, and where an interrupted run left it out.
func (x *exchanged) withDrain(op Op) Op {
	notes := x.takenOut[op.Name]
	if op.Entry.Drain == nil {
		return op
	}
	d := replacement.Drain{Balancer: op.Entry.Drain.What(), Notes: notes}
	serves := op.Current != nil && op.Current.Status == observed.Running
	d.TakeOut = serves && slices.Contains([]replacement.Procedure{replacement.Replace, replacement.RestartIt}, op.Procedure) && slices.ContainsFunc(op.Steps, replacement.Disturbs)
	if len(notes) > 0 && op.Action == Unchanged {
		op.Action, op.Reason = Repaired, reasonTakenOut
		if op.Procedure == replacement.Nothing {
			op.Procedure = replacement.PutBackIt
		}
	}
	op.TakenOut = notes
	op.Steps = replacement.WithDrain(op.Steps, op.Name, d)
	return op
}

// sortTakenOut takes the notes that tell of load balancers out of the others. One whose entry has no drain any more is removed.
func (h *host) sortTakenOut(notes []observed.Container) (rest []observed.Container) {
	h.takenOut = takenOut{}
	for _, n := range notes {
		switch entry := n.Labels[record.LabelContainerName]; {
		case n.Labels[record.LabelDrained] == "":
			rest = append(rest, n)
		case h.entries[entry] == nil || h.entries[entry].Drain == nil:
			reason := fmt.Sprintf(reasonNoDrain, n.Labels[record.LabelDrained])
			h.strayNotes = append(h.strayNotes, removal{name: nameOf(n), current: &n, reason: reason})
		default:
			h.takenOut[entry] = append(h.takenOut[entry], n)
		}
	}
	return rest
}
