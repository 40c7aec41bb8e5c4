package apply_test

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// engineWords are what an engine calls the calls that change it.
var engineWords = map[replacement.Call]string{
	replacement.Create: "create", replacement.Prepare: "init", replacement.Start: "start", replacement.Unpause: "unpause", replacement.Update: "update", replacement.Stop: "stop",
	replacement.Rename: "rename", replacement.Remove: "remove", replacement.Discard: "remove", replacement.Exec: "exec", replacement.Record: "create",
	replacement.Note: "create", replacement.StartUnit: "unit-start", replacement.StopUnit: "unit-stop", replacement.DropUnit: "unit-remove",
	replacement.TakeOut: "exec", replacement.AwaitDrained: "exec", replacement.PutBack: "exec", // by commands
	replacement.WriteUnit: "unit-write", replacement.EnableUnit: "unit-enable", replacement.ReloadUnit: "unit-reload",
}

// words are the calls that steps make on an engine.
func words(steps []replacement.Step) []string {
	var all []string
	for _, s := range steps {
		if word, changes := engineWords[s.Call]; changes && !s.Made {
			all = append(all, word)
		}
	}
	return all
}

// schedule are the calls that a run of a plan makes: those of the steps of all ops. What is done about units for a whole
// wave is one call each, and systemd reads the removal of units in the end.
func schedule(p plan.Plan) []string {
	var all []string
	removed := false
	add := func(ops []plan.Op) {
		inWave := map[string]bool{}
		for _, op := range ops {
			for _, s := range op.Steps {
				word := words([]replacement.Step{s})
				switch {
				case word == nil:
				case s.InWave && (s.Call == replacement.EnableUnit || s.Call == replacement.ReloadUnit):
					if !inWave[word[0]] {
						all = append(all, word...)
					}
					inWave[word[0]] = true
				default:
					all = append(all, word...)
				}
				removed = removed || s.Call == replacement.DropUnit && !s.InWave
			}
		}
	}
	for _, wave := range slices.Concat([]plan.Wave{{Ops: p.Removals}}, p.Waves, []plan.Wave{{Ops: p.LastRemovals}}) {
		add(wave.Ops)
	}
	for _, op := range slices.Concat(p.Resources, p.ResourceRemovals) {
		all = append(all, resourceWords(op)...)
	}
	if removed {
		all = append(all, "unit-reload")
	}
	slices.Sort(all)
	return all
}

func resourceWords(op plan.ResourceOp) []string {
	kind := "-" + string(op.Kind)
	switch op.Action {
	case plan.Created:
		return []string{"create" + kind}
	case plan.Recreated:
		return []string{"remove" + kind, "create" + kind}
	case plan.Removed:
		return []string{"remove" + kind}
	default:
		return nil
	}
}

// made are the calls that an engine got.
func (h *host) made() []string {
	var all []string
	for _, c := range h.Changes() {
		word, _, _ := strings.Cut(c, " ")
		all = append(all, word)
	}
	slices.Sort(all)
	return all
}
