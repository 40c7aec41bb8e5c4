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

// side is what one side of a diff says about a container.
type side struct {
	state string // "" = there is no container on this side
	lines []line
}

// line is one value of a key.
type line struct{ key, value string }

func (s *side) add(key, value string) { s.lines = append(s.lines, line{key, value}) }

// text is the side as the module shows it.
func (s side) text(name string) string {
	if s.state == "" && len(s.lines) == 0 {
		return ""
	}
	var b strings.Builder
	if s.state != "" {
		fmt.Fprintf(&b, "%s: %s\n", name, s.state)
	}
	for _, l := range s.lines {
		fmt.Fprintf(&b, "  %s: %s\n", l.key, l.value)
	}
	return b.String()
}

// diff renders what the plan changes as before and after. A secret that changed shows as changed, not
// as its value.
func (r *run) diff(p plan.Plan) {
	var before, after strings.Builder
	var all []ContainerDiff
	note := func(name string, was, will side) {
		before.WriteString(was.text(name))
		after.WriteString(will.text(name))
		all = append(all, ContainerDiff{Name: name, Before: was.state, After: will.state, Keys: keyDiffs(was.lines, will.lines)})
	}
	for _, op := range p.AllRemovals() {
		name, was := removed(op)
		before.WriteString(was.text(name))
		for _, unit := range op.DropUnits {
			fmt.Fprintf(&before, "unit %s\n", unit)
			was.add("unit", unit)
		}
		all = append(all, ContainerDiff{Name: name, Before: was.state, Keys: keyDiffs(was.lines, nil)})
	}
	diffResources(&before, &after, p)
	for _, op := range p.Ops() {
		if op.Action.Changes() {
			note(op.Name, r.before(op), r.after(op))
		}
	}
	if before.Len() == 0 && after.Len() == 0 {
		return
	}
	header := r.title()
	r.result.Diff = &Diff{Before: before.String(), After: after.String(), BeforeHeader: header, AfterHeader: header, Containers: all}
}

// removed returns the container that an op removes.
func removed(op plan.Op) (name string, was side) {
	if op.Current == nil {
		return op.Name, side{}
	}
	return op.Current.Name, side{state: string(op.Current.Status)}
}

// keyDiffs returns, key by key, the values that only one side has.
func keyDiffs(was, will []line) []KeyDiff {
	var all []KeyDiff
	at := map[string]int{}
	of := func(key string) *KeyDiff {
		if _, known := at[key]; !known {
			at[key] = len(all)
			all = append(all, KeyDiff{Key: key})
		}
		return &all[at[key]]
	}
	for _, l := range was {
		if !slices.Contains(will, l) {
			k := of(l.key)
			k.Before = append(k.Before, l.value)
		}
	}
	for _, l := range will {
		if !slices.Contains(was, l) {
			k := of(l.key)
			k.After = append(k.After, l.value)
		}
	}
	return all
}

func (r *run) before(op plan.Op) side {
	if op.Current == nil {
		return side{}
	}
	s := side{state: string(op.Current.Status)}
	if op.RenameTo != "" {
		s.add("real_name", op.Current.Name)
	}
	for _, unit := range slices.Concat(op.DropChecks, op.DropUnits) {
		s.add("unit", unit)
	}
	for _, v := range op.Carried {
		s.add("anonymous volume", v.Path)
	}
	for _, l := range op.Left {
		s.add("anonymous volume", fmt.Sprintf("%s (not carried over: %s)", l.Path, l.Why))
	}
	for _, key := range op.Changed {
		values := r.masker.Values(key, sealedAs(op.Before[key], redact.Mask))
		if key == record.KeyCommand && len(values) > 0 {
			values = []string{strings.Join(values, " ")}
		}
		for _, v := range values {
			s.add(key, v)
		}
	}
	if len(op.Changed) == 0 && op.Action == plan.Recreated {
		s.add("image_id", fmt.Sprintf("%.12s", strings.TrimPrefix(op.Current.ImageID, "sha256:")))
	}
	return s
}

func (r *run) after(op plan.Op) side {
	s := side{state: fmt.Sprintf("%s (%s)", op.Action, op.Reason)}
	if op.RenameTo != "" {
		s.add("real_name", op.RenameTo)
	}
	if u := op.Unit; u != nil && (u.Write || u.Enable || u.Start) {
		s.add("unit", u.Unit)
	}
	for _, v := range op.Carried {
		s.add("anonymous volume", v.Path+" (carried over)")
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
		case record.KeyCommand:
			values, masked = []string{strings.Join(values, " ")}, []string{strings.Join(masked, " ")}
		case record.KeyInherited:
			masked = namesOf(values)
		}
		for i, v := range masked {
			s.add(key, v+changedSecret(op, v != values[i]))
		}
	}
	return s
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
