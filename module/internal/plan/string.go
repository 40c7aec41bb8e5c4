package plan

import (
	"fmt"
	"strings"
)

// String is the plan as text, one line per operation: what check mode shows and what the golden files
// hold. It names keys, never values.
func (p Plan) String() string {
	var b strings.Builder
	for _, pull := range p.Pulls {
		fmt.Fprintf(&b, "pull %s (%s)\n", pull.Image, pull.Policy)
	}
	for _, op := range p.Removals {
		fmt.Fprintf(&b, "remove %s: %s\n", op.Current.Name, op.Reason)
	}
	for _, w := range p.Waves {
		fmt.Fprintf(&b, "wave %d\n", w.Order)
		for _, op := range w.Ops {
			op.write(&b)
		}
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	return b.String()
}

func (op Op) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s %s", op.Action, op.Name)
	if op.Current != nil && op.Current.Name != op.Name {
		fmt.Fprintf(b, " (%s)", op.Current.Name)
	}
	if op.Suffix {
		b.WriteString(" under a unique name")
	}
	if op.RenameTo != "" && op.Action != Renamed {
		b.WriteString(", renamed to its own name")
	}
	if op.Reason != "" {
		fmt.Fprintf(b, ": %s", op.Reason)
	}
	if op.Await {
		b.WriteString(", waited for")
	}
	b.WriteString("\n")
}
