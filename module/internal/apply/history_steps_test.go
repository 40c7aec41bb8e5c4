package apply_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// steps are what happens between applies.
var steps = []func(*history){
	(*history).add, (*history).drop, (*history).edit, (*history).edit, (*history).edit, (*history).spoil,
	(*history).end, (*history).crash, (*history).deleted, (*history).renamed, (*history).paused, (*history).died,
	(*history).restarted, (*history).copied, (*history).moved, (*history).reboot, (*history).takeName, (*history).freeName,
	(*history).unitDrift, (*history).upgraded, (*history).jobsTakeTime,
}

var entryNames = []string{"api", "db", "init", "web"}

// add adds an entry that is not wanted yet.
func (h *history) add() {
	name := pick(h, append([]string{"setup", "side"}, entryNames...))
	if _, there := h.wanted[name]; there || h.hasCopies(name) {
		return
	}
	w := wish{kind: config.Service, image: "web:1", version: h.IntN(3), secret: h.IntN(3), order: h.IntN(3)}
	switch name {
	case "setup", "side":
		target := h.wanted["db"]
		if target.kind != config.Service {
			return
		}
		w.target, w.order = "db", target.order+h.IntN(2)
		if name == "setup" {
			w.kind = config.Exec
		}
	case "init":
		w.kind = pick(h, []config.Kind{config.OneShot, config.FireAndExit})
		w.remove = w.kind == config.OneShot && h.IntN(3) == 0
	}
	h.wanted[name] = w
	h.note("add %s: %+v", name, w)
}

// needed reports whether other entries refer to one.
func (h *history) needed(name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(h.wanted)), func(w wish) bool { return w.target == name })
}

// drop takes an entry out of the config.
func (h *history) drop() {
	name := h.some()
	if name == "" || h.needed(name) || h.hasCopies(name) {
		return
	}
	delete(h.wanted, name)
	h.note("drop %s", name)
}

// some returns an entry that is wanted, "" when there is none.
func (h *history) some() string {
	if len(h.wanted) == 0 {
		return ""
	}
	return pick(h, h.names())
}

// edit changes an entry.
func (h *history) edit() {
	name := h.some()
	w, there := h.wanted[name]
	if !there {
		return
	}
	switch what := h.IntN(5); {
	case what == 0:
		w.secret++
	case what == 1 && w.kind != config.Exec:
		w.image = pick(h, []string{"web:1", "web:2"})
	case what == 2 && !w.renamed && w.target == "" && !h.needed(name) && !h.hasCopies(name):
		w.kind = pick(h, []config.Kind{config.OneShot, config.FireAndExit, config.StoppedOnly, config.Service})
		if name == "init" && w.kind == config.Service {
			w.kind = config.OneShot // its containers end
		}
		w.remove = w.kind == config.OneShot && h.IntN(3) == 0
	case what == 3 && w.target == "" && !h.needed(name):
		w.order = h.IntN(3)
	default:
		w.version++
	}
	h.wanted[name] = w
	h.note("edit %s: %+v", name, w)
}

// spoil has an entry changed to what cannot work, or back.
func (h *history) spoil() {
	name := h.some()
	if w, there := h.wanted[name]; there && w.kind != config.Exec && w.kind != config.StoppedOnly {
		w.bad = !w.bad
		h.wanted[name] = w
		h.note("bad is %s: %v", name, w.bad)
	}
}

// drifting returns a container of an entry that drift may hit.
func (h *history) drifting() (observed.Container, bool) {
	name := h.some()
	all := h.ours(name)
	if len(all) == 0 {
		return observed.Container{}, false
	}
	return pick(h, all), true
}

// notServed notes that a container was stopped by others.
func (h *history) notServed(c observed.Container) {
	name := c.Labels[record.LabelContainerName]
	if !h.runs(name) {
		delete(h.served, name)
	}
	if name == "db" {
		delete(h.served, "side")
	}
}

func (h *history) end() {
	if c, ok := h.drifting(); ok && c.Status == observed.Running {
		h.End(c.ID, h.IntN(2))
		if u := c.Labels[record.LabelUnit]; u != "" && h.units != nil {
			h.units.Set(u, "failed")
		}
		h.notServed(c)
		h.note("%s ended", c.Name)
	}
}

func (h *history) crash() {
	if c, ok := h.drifting(); ok && c.Status == observed.Running && h.wanted[c.Labels[record.LabelContainerName]].kind == config.Service {
		h.Crash(c.ID, 1)
		h.SetRunningFor(c.ID, time.Hour)
		h.note("%s crashed and was restarted", c.Name)
	}
}

func (h *history) deleted() {
	c, ok := h.drifting()
	if !ok || h.hasCopies(c.Labels[record.LabelContainerName]) {
		return
	}
	if err := h.Remove(context.Background(), c.ID); err != nil {
		return // others depend on it
	}
	if u := c.Labels[record.LabelUnit]; u != "" && h.units != nil {
		h.units.Set(u, "failed")
	}
	h.notServed(c)
	h.note("%s was removed by hand", c.Name)
}

func (h *history) renamed() {
	c, ok := h.drifting()
	name := c.Labels[record.LabelContainerName]
	if !ok || h.hasCopies(name) || len(h.ours(name)) > 1 || c.Labels[record.LabelDone] != "" || c.Labels[record.LabelUnit] != "" && h.units != nil {
		return
	}
	h.suffixes++
	w := h.wanted[name]
	if w.kind != config.Service || c.Labels[record.LabelKind] != string(config.Service) {
		return // what was renamed cannot be told from a copy then
	}
	w.renamed = true
	h.wanted[name] = w
	other := fmt.Sprintf("%s-by-hand-%d", name, h.suffixes)
	if err := h.Rename(context.Background(), c.ID, other); err == nil {
		h.note("%s was renamed to %s by hand", c.Name, other)
	}
}

// anyRenamed reports whether a container was renamed by hand since the last success: what a killed run leaves of it
// cannot be told from a copy.
func (h *history) anyRenamed() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(h.wanted)), func(w wish) bool { return w.renamed })
}

func (h *history) paused() {
	if c, ok := h.drifting(); ok && c.Status == observed.Running {
		h.Change(c.ID, func(c *observed.Container) { c.Status = observed.Paused })
		h.notServed(c)
		h.note("%s was paused", c.Name)
	}
}

func (h *history) died() {
	if c, ok := h.drifting(); ok && c.Status == observed.Running {
		h.Change(c.ID, func(c *observed.Container) { c.Status = observed.Dead })
		h.notServed(c)
		h.note("%s was killed with its conmon", c.Name)
	}
}

func (h *history) restarted() {
	if c, ok := h.drifting(); ok && c.Status == observed.Running {
		_ = h.Restart(c.ID) // one that cannot start stays stopped
		h.notServed(c)
		h.note("%s was restarted by hand", c.Name)
	}
}

func (h *history) hasCopies(name string) bool {
	return slices.ContainsFunc(h.State().Containers, func(c observed.Container) bool {
		return h.theirs[c.ID] && c.Labels[record.LabelContainerName] == name
	})
}

func (h *history) copied() {
	c, ok := h.drifting()
	name := c.Labels[record.LabelContainerName]
	if !ok || c.Name != name || h.wanted[name].target != "" || c.Labels[record.LabelDone] != "" || h.hasCopies(name) || len(h.ours(name)) > 1 {
		return
	}
	h.suffixes++
	k := c
	k.ID, k.Name, k.Labels = fmt.Sprintf("copy%d", h.suffixes), fmt.Sprintf("%s-copy%d", name, h.suffixes), maps.Clone(c.Labels)
	k.Status = pick(h, []observed.Status{observed.Running, observed.Created, observed.Exited})
	k.CreatedAt = c.CreatedAt.Add(time.Second)
	h.Add(k)
	h.theirs[k.ID] = true
	h.note("%s was copied as %s, %s", c.Name, k.Name, k.Status)
}

// copiesGo removes the copies of what is gone: a copy alone cannot be told from a container that was renamed.
func (h *history) copiesGo() {
	for _, c := range h.State().Containers {
		name := c.Labels[record.LabelContainerName]
		if h.theirs[c.ID] && name != "" && len(h.ours(name)) == 0 {
			_ = h.Remove(context.Background(), c.ID) // nothing depends on it
		}
	}
}

func (h *history) moved() {
	image := pick(h, []string{"web:1", "web:2"})
	h.suffixes++
	h.AddImage(image, fmt.Sprintf("id-%d-of-%s", h.suffixes, image))
	h.note("the image %s moved", image)
}

func (h *history) reboot() {
	policies := h.IntN(2) == 0
	for _, name := range entryNames {
		policies = policies && len(h.ours(name)) < 2 // Podman would start both of a half done replacement
	}
	h.Reboot(policies)
	h.boots++
	for name := range maps.Clone(h.served) {
		if !h.runs(name) {
			delete(h.served, name)
		}
	}
	h.note("the host rebooted; restart policies %v", policies)
}

// foreign runs a container of another user.
func (h *history) foreign(name string) {
	h.suffixes++
	id := fmt.Sprintf("foreign%d", h.suffixes)
	h.Add(observed.Container{ID: id, Name: name, Status: observed.Running, Image: "web:1"})
	h.theirs[id] = true
}

func (h *history) takeName() {
	name := pick(h, entryNames)
	for _, c := range h.State().Containers {
		if c.Name == name {
			return
		}
	}
	if len(h.ours(name)) == 0 {
		h.foreign(name)
		h.note("another user took the name %s", name)
	}
}

func (h *history) freeName() {
	for _, c := range h.State().Containers {
		if h.theirs[c.ID] && slices.Contains(entryNames, c.Name) {
			_ = h.Remove(context.Background(), c.ID) // nothing depends on it
			h.note("the foreign %s went", c.Name)
		}
	}
}

func (h *history) unitDrift() {
	if h.units == nil {
		return
	}
	c, ok := h.drifting()
	unit := c.Labels[record.LabelUnit]
	if !ok || unit == "" || h.units.State()[unit].Text == "" {
		return
	}
	switch h.IntN(3) {
	case 0:
		h.units.Disable(unit)
		h.note("%s was disabled", unit)
	case 1:
		h.units.Edit(unit, h.units.State()[unit].Text+"# edited\n")
		h.note("%s was edited", unit)
	default:
		h.units.Edit(unit, "")
		h.note("the file of %s was removed", unit)
	}
}

// upgraded lets everything have been made by a version that did not write the newest labels.
func (h *history) upgraded() {
	for _, c := range h.State().Containers {
		if !h.theirs[c.ID] && c.Labels[record.LabelReplaces] == "" {
			h.Change(c.ID, func(c *observed.Container) {
				c.Labels = maps.Clone(c.Labels)
				delete(c.Labels, record.LabelReferences)
				delete(c.Labels, record.LabelKind)
			})
		}
	}
	h.note("all was made by an earlier version")
}

func (h *history) jobsTakeTime() {
	d := time.Duration(h.IntN(3)) * 20 * time.Second
	h.Behave("init", applytest.Behaviour{RunsFor: d})
	h.note("init takes %s", d)
}
