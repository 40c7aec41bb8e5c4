package paunch

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// sealed is the digest of a recorded secret.
var sealed = regexp.MustCompile(`<secret:[A-Za-z0-9_-]{22}>`)

// sealedAs returns recorded values with a text instead of each digest.
func sealedAs(values []string, text string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = sealed.ReplaceAllString(v, text)
	}
	return out
}

// diff renders what the plan changes as before and after. A secret that changed shows as changed, not
// as its value.
func (r *run) diff(p plan.Plan) {
	var before, after strings.Builder
	for _, op := range p.Removals {
		if op.Current != nil {
			fmt.Fprintf(&before, "%s: %s\n", op.Current.Name, op.Current.Status)
		}
		for _, unit := range op.DropUnits {
			fmt.Fprintf(&before, "unit %s\n", unit)
		}
	}
	diffResources(&before, &after, p)
	for _, op := range p.Ops() {
		if !op.Action.Changes() {
			continue
		}
		r.before(&before, op)
		r.after(&after, op)
	}
	if before.Len() == 0 && after.Len() == 0 {
		return
	}
	header := r.title()
	r.result.Diff = &Diff{Before: before.String(), After: after.String(), BeforeHeader: header, AfterHeader: header}
}

func (r *run) before(b *strings.Builder, op plan.Op) {
	if op.Current == nil {
		return
	}
	fmt.Fprintf(b, "%s: %s\n", op.Name, op.Current.Status)
	if op.RenameTo != "" {
		fmt.Fprintf(b, "  real_name: %s\n", op.Current.Name)
	}
	for _, unit := range slices.Concat(op.DropChecks, op.DropUnits) {
		fmt.Fprintf(b, "  unit: %s\n", unit)
	}
	for _, v := range op.Carried {
		fmt.Fprintf(b, "  anonymous volume: %s\n", v.Path)
	}
	for _, l := range op.Left {
		fmt.Fprintf(b, "  anonymous volume: %s (not carried over: %s)\n", l.Path, l.Why)
	}
	for _, key := range op.Changed {
		for _, v := range r.masker.Values(key, sealedAs(op.Before[key], redact.Mask)) {
			fmt.Fprintf(b, "  %s: %s\n", key, v)
		}
	}
	if len(op.Changed) == 0 && op.Action == plan.Recreated {
		fmt.Fprintf(b, "  image_id: %.12s\n", strings.TrimPrefix(op.Current.ImageID, "sha256:"))
	}
}

func (r *run) after(b *strings.Builder, op plan.Op) {
	fmt.Fprintf(b, "%s: %s (%s)\n", op.Name, op.Action, op.Reason)
	if op.RenameTo != "" {
		fmt.Fprintf(b, "  real_name: %s\n", op.RenameTo)
	}
	if u := op.Unit; u != nil && (u.Write || u.Enable || u.Start) {
		fmt.Fprintf(b, "  unit: %s\n", u.Unit)
	}
	for _, v := range op.Carried {
		fmt.Fprintf(b, "  anonymous volume: %s (carried over)\n", v.Path)
	}
	clear := record.Of(*op.Entry, true)
	keys := op.Changed
	if op.Action == plan.Created || op.Action == plan.Executed && op.Current == nil {
		keys = clear.Keys()
	}
	for _, key := range keys {
		values := clear[key]
		masked := r.masker.Values(key, values)
		switch key {
		case "command":
			values, masked = []string{strings.Join(values, " ")}, []string{strings.Join(masked, " ")}
		case record.KeyInherited:
			masked = namesOf(values)
		}
		for i, v := range masked {
			fmt.Fprintf(b, "  %s: %s%s\n", key, v, changedSecret(op, v != values[i]))
		}
	}
}

// namesOf leaves the values of inherited variables out: any of them may be a secret.
func namesOf(pairs []string) []string {
	names := make([]string, 0, len(pairs))
	for _, p := range pairs {
		name, _, _ := strings.Cut(p, "=")
		names = append(names, name+"="+redact.Mask)
	}
	return names
}

// changedSecret marks a masked value of a replaced container, which would look the same before and after.
func changedSecret(op plan.Op, masked bool) string {
	if len(op.Changed) > 0 && op.Current != nil && masked {
		return " (as configured now)"
	}
	return ""
}
