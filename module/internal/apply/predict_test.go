package apply_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
)

// doneAsPlanned demands that a run that succeeded did what its plan shows, op by op: every test that applies with must
// compares the two.
func (h *host) doneAsPlanned(p plan.Plan, report apply.Report) {
	h.t.Helper()
	if h.unforeseen {
		return
	}
	var done [][]string
	done = append(done, report.Commands...)
	for _, o := range report.Outcomes {
		done = append(done, o.Commands...)
	}
	for _, o := range report.Resources {
		done = append(done, o.Commands...)
	}
	o := h.options
	o.ResourceLabels = resourceLabels
	o.Labels = func(config.Entry) map[string]string { return map[string]string{} }
	o.CommandLine = func(r apply.CreateRequest) []string { return []string{"podman", "create", r.Name} }
	diff(h.t, "the commands of the plan, and those of the run", shape(p, apply.Commands(p, o)), shape(p, done))
}

var random = regexp.MustCompile(`-(<[a-z-]+>|[0-9]{8})`)

// shape sorts commands and leaves out what is random in them: names of new containers, and their ids.
func shape(p plan.Plan, commands [][]string) []string {
	known := map[string]bool{}
	for _, op := range append(p.Ops(), p.AllRemovals()...) {
		for _, s := range op.Steps {
			if s.Container != nil {
				known[s.Container.ID[:min(12, len(s.Container.ID))]] = true
			}
		}
	}
	counts := map[string]int{}
	for _, words := range commands {
		words = slices.Clone(words)
		for i, w := range words {
			words[i] = random.ReplaceAllString(w, "-*")
			if words[0] == "podman" && i >= 2 && i == container(words) && !known[w] {
				words[i] = "(new)"
			}
		}
		counts[strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "--volumes" }), " ")]++
	}
	var all []string
	for _, c := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, strings.Repeat("+", counts[c])+" "+c)
	}
	return all
}

// container returns the index of the container in a command.
func container(words []string) int {
	if words[1] == "create" {
		return -1
	}
	return slices.IndexFunc(words[2:], func(w string) bool { return !strings.HasPrefix(w, "--") }) + 2
}

func TestCheckModeShowsTheCommandsOfTheRunInOrder(t *testing.T) {
	h := newHostWithUnits(t)
	h.must(entries{"web": service()})
	p, report := h.apply(t.Context(), entries{"web": service("image", "web:2")})
	o := h.options
	o.Labels = func(config.Entry) map[string]string { return map[string]string{} }
	o.CommandLine = func(r apply.CreateRequest) []string { return []string{"podman", "create", r.Name} }
	verbs := func(all [][]string) (out []string) {
		for _, words := range all {
			out = append(out, strings.Join(words[:2], " "))
		}
		return out
	}
	diff(t, "commands", verbs(outcome(t, report, "web").Commands), verbs(apply.Commands(p, o)))
}
