package apply_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// wish is what a history wants of one entry.
type wish struct {
	kind    config.Kind
	version int
	secret  int
	image   string
	order   int
	target  string // of an exec, or whose network namespace is shared
	remove  bool   // of a job
	bad     bool   // it cannot succeed
	renamed bool   // its container was, by hand
}

// secretMark is part of every secret of a history.
const secretMark = "S3CR3T-"

func (w wish) keys(t *testing.T) entries {
	t.Helper()
	image := w.image
	if w.bad {
		image = "bad:1"
	}
	e := entries{
		"image": image, "start_order": w.order,
		"environment": entries{"VERSION": w.version, "DB_PASSWORD": fmt.Sprint(secretMark, w.secret)},
	}
	switch w.kind {
	case config.Service:
		e["restart"] = "always"
		if w.target != "" {
			e["net"] = "container:" + w.target
		}
	case config.OneShot:
		e["detach"], e["remove"] = false, w.remove
	case config.StoppedOnly:
		e["state"] = "stopped"
	case config.Exec:
		return entries{
			"action": "exec", "start_order": w.order, "command": []any{w.target, "setup"},
			"environment": entries{"VERSION": w.version, "DB_PASSWORD": fmt.Sprint(secretMark, w.secret)},
		}
	case config.FireAndExit:
	default:
		t.Fatalf("no entry of kind %q", w.kind)
	}
	return e
}

// ours returns the containers of an entry, without those that others made.
func (h *history) ours(name string) []observed.Container {
	var all []observed.Container
	for _, c := range h.State().Containers {
		if !h.theirs[c.ID] && c.Labels[record.LabelContainerName] == name {
			all = append(all, c)
		}
	}
	return all
}

// runs reports whether a container of an entry runs.
func (h *history) runs(name string) bool {
	for _, c := range h.ours(name) {
		if c.Status == observed.Running {
			return true
		}
	}
	return false
}

// ofOthers is what no apply may touch.
func (h *history) ofOthers() []string {
	var out []string
	for _, c := range h.State().Containers {
		if h.theirs[c.ID] {
			out = append(out, fmt.Sprintf("%s %s %s %d", c.Name, c.ID, c.Status, c.ExitCode))
		}
	}
	return out
}

// beyond reports whether more has happened to an entry than is promised (docs/reliability.md, open): since the last
// success a run was killed or interrupted between a container and its dependents, which the next run repairs. Of a host
// that boots then, what starts a dependent starts what it was bound to.
func (h *history) beyond(name string) bool {
	return h.kills > 0 && (name == "db" && h.needed("db") || name == "side")
}

// neverTwo demands that no two containers of one entry run.
func (h *history) neverTwo(when string) {
	running := map[string]string{}
	for _, c := range h.State().Containers {
		name := c.Labels[record.LabelContainerName]
		if h.theirs[c.ID] || name == "" || c.Status != observed.Running {
			continue
		}
		if running[name] != "" && (h.boots == 0 || !h.beyond(name)) {
			h.fail("%s: both %s and %s of %s run", when, running[name], c.Name, name)
		}
		running[name] = c.Name
	}
}

// neverShown demands that no secret stands in a label, a unit, a plan or an outcome.
func (h *history) neverShown(p plan.Plan, report apply.Report) {
	places := map[string]string{"the plan": p.String(), "the outcomes": strings.Join(briefly(report), "\n")}
	for _, c := range h.State().Containers {
		places["the labels of "+c.Name] = fmt.Sprint(c.Labels)
	}
	if h.units != nil {
		for name, u := range h.units.State() {
			places[name] = u.Text
		}
	}
	for place, text := range places {
		if strings.Contains(text, secretMark) {
			h.fail("a secret stands in %s: %s", place, text)
		}
	}
}

// afterKill: a kill promises nothing but that the next run repairs what it leaves.
func (h *history) afterKill() {
	h.neverTwo("after a kill")
	h.kills++
	for name := range h.served {
		if h.wanted[name].kind != config.Service {
			delete(h.served, name)
		}
	}
}

// running are the entries of which a container runs.
func (h *history) running() map[string]bool {
	all := map[string]bool{}
	for _, c := range h.State().Containers {
		if name := c.Labels[record.LabelContainerName]; !h.theirs[c.ID] && c.Status == observed.Running {
			all[name] = true
		}
	}
	return all
}

// afterFailure: what served still serves, unless it is not to any more. A fault, or an entry
// of an earlier wave that fails, may keep a run from repairing what a killed one stopped, but stops nothing that ran.
func (h *history) afterFailure(report apply.Report, before map[string]bool, reached bool) {
	done, tried := map[string]bool{}, map[string]bool{}
	for _, o := range report.Outcomes {
		tried[o.Name] = o.Action != plan.NotReached
		done[o.Name] = tried[o.Name] && o.Err == nil
	}
	for name := range maps.Clone(h.served) {
		w, wanted := h.wanted[name]
		switch {
		case h.runs(name), h.beyond(name), !before[name] && (reached || !tried[name]):
		case !wanted, w.kind != config.Service && (done[name] || reached):
			delete(h.served, name)
		default:
			h.fail("%s served and does not any more", name)
		}
	}
	if reached {
		return
	}
	bad := false // one that was made bad
	for _, w := range h.wanted {
		bad = bad || w.bad
	}
	if !bad {
		h.fail("an apply without a fault failed")
	}
}

// afterSuccess: the host is as wanted, and another run changes nothing.
func (h *history) afterSuccess() {
	h.asWanted()
	h.kills, h.boots = 0, 0
	h.Forget()
	_, again := h.reconcile(context.Background())
	if changes := h.Changes(); len(changes) > 0 || again.Failed() {
		h.fail("the run after a success makes the calls %q: %s", changes, strings.Join(briefly(again), ", "))
	}
	h.served = map[string]bool{}
	for name, w := range h.wanted {
		if w.kind == config.Service {
			h.served[name] = true
		}
		w.renamed = false
		h.wanted[name] = w
	}
}

// asWanted demands one container for each entry, and nothing else of ours.
func (h *history) asWanted() {
	for name, w := range h.wanted {
		found := h.ours(name)
		if len(found) != 1 {
			h.fail("%d containers of %s", len(found), name)
			continue
		}
		state := strings.TrimSpace(string(found[0].Status) + " " + found[0].Labels[record.LabelDone])
		if want := w.states(); want != nil && !slices.Contains(want, state) {
			h.fail("%s is %s, and not %s", name, state, want)
		}
		if own := found[0].Name == name; own == h.takenByOthers(name) {
			h.fail("%s is called %s", name, found[0].Name)
		}
	}
	for _, c := range h.State().Containers {
		name := c.Labels[record.LabelContainerName]
		if _, wanted := h.wanted[name]; !wanted && name != "" && !h.theirs[c.ID] {
			h.fail("%s is left of %s", c.Name, name)
		}
	}
}

// takenByOthers reports whether a foreign container has the name of an entry.
func (h *history) takenByOthers(name string) bool {
	for _, c := range h.State().Containers {
		if h.theirs[c.ID] && c.Name == name {
			return true
		}
	}
	return false
}

// states are those of a container of the entry after a success; nil where any will do.
func (w wish) states() []string {
	switch w.kind {
	case config.Service:
		return []string{"running"}
	case config.Exec:
		return []string{"created exec"}
	case config.OneShot: // a record stays where "remove" is taken out again
		return []string{"created one-shot", "exited"}
	case config.FireAndExit:
		return []string{"exited", "running"}
	default:
		return nil
	}
}
