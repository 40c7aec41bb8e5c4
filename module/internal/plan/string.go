package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// String is the plan as text, one line per operation: what check mode shows and what the golden files
// hold. It names keys, never values.
func (p Plan) String() string {
	var b strings.Builder
	for _, pull := range p.Pulls {
		fmt.Fprintf(&b, "pull %s (%s)\n", pull.Image, pull.Policy)
	}
	writeRemovals(&b, p.Removals, "")
	for _, op := range p.Resources {
		op.write(&b, "")
	}
	for _, path := range slices.Sorted(maps.Keys(p.OrderFiles)) {
		fmt.Fprintf(&b, "write %s\n", path)
	}
	for _, v := range p.Validations {
		v.write(&b)
	}
	for _, w := range p.Waves {
		fmt.Fprintf(&b, "wave %d\n", w.Order)
		for _, op := range w.Ops {
			op.write(&b)
		}
	}
	writeRemovals(&b, p.LastRemovals, "then ")
	for _, op := range p.ResourceRemovals {
		op.write(&b, "then ")
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	return b.String()
}

// writeRemovals prints the removals before or after the waves.
func writeRemovals(b *strings.Builder, ops []Op, then string) {
	for _, op := range ops {
		verb := then + "remove"
		if op.Action == Stopped {
			verb = then + "stop"
		}
		fmt.Fprintf(b, "%s %s: %s\n", verb, op.realName(), op.Reason)
		op.writeNotes(b)
		op.writeUnits(b)
		op.writeSteps(b)
	}
}

func (op Op) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s %s", op.Action, op.Name)
	if op.Current != nil && op.Current.Name != op.Name {
		fmt.Fprintf(b, " (%s)", op.Current.Name)
	}
	if op.IsUnique() {
		b.WriteString(" under a unique name")
	}
	if op.RenameTo != "" && op.Action != Renamed {
		b.WriteString(", renamed to its own name")
	}
	if op.Reason != "" {
		fmt.Fprintf(b, ": %s", op.Reason)
	}
	if op.Uptime.Young {
		b.WriteString(", looked at again")
	}
	if op.Procedure == replacement.Await || op.Procedure == replacement.AwaitAndForget {
		b.WriteString(", waited for")
	}
	if op.Previous != nil {
		fmt.Fprintf(b, "; %s is kept until then", op.Previous.Name)
	}
	if len(op.Kept) > 0 {
		b.WriteString("; the previous container is kept")
	}
	b.WriteString("\n")
	op.writeVolumes(b)
	op.writeNotes(b)
	if op.Procedure == replacement.Replace && op.Action == Recreated && len(op.Asides) > 0 && !op.Asides[0].Ran {
		b.WriteString("    a roll-back leaves the previous container stopped\n")
	}
	op.writeUnits(b)
	op.writeSteps(b)
}

// write prints the calls of a validation, and in a prediction why it would not be made.
func (v Validation) write(b *strings.Builder) {
	fmt.Fprintf(b, "validate %s: %s\n", v.Name, replacement.List(v.Steps))
	if v.NotYet != "" {
		fmt.Fprintf(b, "    not in check mode: %s\n", v.NotYet)
	}
}

// writeSteps prints the calls of the op, and the way back from the last one that has one. What is done for a whole wave is
// left out: the lines about units have it.
func (op Op) writeSteps(b *strings.Builder) {
	isLate := func(s replacement.Step) bool { return s.Late }
	isHidden := func(s replacement.Step) bool { return s.InWave || s.Made || s.Late }
	shown := slices.DeleteFunc(slices.Clone(op.Steps), isHidden)
	if len(shown) > 0 {
		fmt.Fprintf(b, "    %s: %s\n", op.Procedure, replacement.List(shown))
	}
	isPart := func(s replacement.Step) bool { return s.InWave || s.Object == replacement.TryOut }
	if back := slices.DeleteFunc(op.WayBack(), isPart); len(back) > 0 {
		fmt.Fprintf(b, "    roll back: %s\n", replacement.List(back))
	}
	if late := slices.DeleteFunc(slices.Clone(op.Steps), func(s replacement.Step) bool { return !isLate(s) }); len(late) > 0 {
		fmt.Fprintf(b, "    after the waves: %s\n", replacement.List(late))
	}
}

// writeVolumes tells what becomes of the anonymous volumes of a container that is replaced.
func (op Op) writeVolumes(b *strings.Builder) {
	if op.IsNew() && op.Current != nil && op.Entry != nil && op.Entry.RenewAnonVolumes {
		b.WriteString("    anonymous volumes: new ones\n")
	}
	for _, v := range op.Carried {
		fmt.Fprintf(b, "    volume %s: carried over (%.12s)\n", v.Path, v.Name)
	}
	for _, l := range op.Left {
		fmt.Fprintf(b, "    volume %s: not carried over (%.12s): %s\n", l.Path, l.Name, l.Why)
	}
}

// writeNotes tells which notes go with the container that they are about, and what is noted about one that stays.
func (op Op) writeNotes(b *strings.Builder) {
	if len(op.Unwatched) > 0 && op.Action != Updated {
		fmt.Fprintf(b, "    note: config files %s are watched from now on\n", strings.Join(op.Unwatched, ", "))
	}
	for _, n := range op.Notes {
		if op.Action == Removed || op.IsNew() || n.Labels[record.LabelAbout] != op.Current.ID {
			fmt.Fprintf(b, "    note %s: remove\n", n.Name)
		}
	}
}

// writeUnits tells what is done about the unit, unless that is nothing.
func (op Op) writeUnits(b *strings.Builder) {
	if u := op.Unit; u != nil {
		words := []string{}
		for _, w := range []struct {
			done bool
			word string
		}{{u.Write, "write"}, {u.Enable, "enable"}, {u.Reload && !u.Write, "reload"}, {u.Start, "start"}} {
			if w.done {
				words = append(words, w.word)
			}
		}
		if len(words) > 0 {
			fmt.Fprintf(b, "    unit %s: %s\n", u.Unit, strings.Join(words, ", "))
		}
	}
	for _, name := range append(slices.Clone(op.DropChecks), op.DropUnits...) {
		fmt.Fprintf(b, "    unit %s: remove\n", name)
	}
}

// write prints an op of the plan.
func (op ResourceOp) write(b *strings.Builder, then string) {
	if op.Action == Unchanged {
		return
	}
	verb := map[Action]string{Created: "create", Recreated: "re-create", Removed: "remove"}[op.Action]
	fmt.Fprintf(b, "%s%s %s %s: %s\n", then, verb, op.Kind, op.Real, op.Reason)
}
