package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// bound are the decisions with what they mean for containers that depend on others: also for those of other steps,
// which this step cannot re-create, as their config is not here. It is the fifth stage of a plan.
type bound struct {
	united
	ties []tie // by entry, as the decisions
	// kept are the ids of the replaced containers that stay, as something depends on them that this plan does not re-create.
	kept map[string]bool
	// gone are the ids of the containers that are among the removals.
	gone map[string]bool
	// outside are the restarts of containers that are no entries of this step, by start order.
	outside map[int][]Op
	again   map[outsider]bool // which of those are planned
}

// outsider is a container of another step that is restarted in a wave.
type outsider struct {
	order int
	id    string
}

// tie is what depends on an entry's container, and what that depends on.
type tie struct {
	// joined means that podman binds other containers to the current or the previous one.
	joined bool
	// bound are the ids of the containers that podman binds those to.
	bound []string
	// kept are the ids of those that stay when they are replaced.
	kept []string
	// dependents have to be restarted, in this order, when the op is rolled back.
	dependents []Op
}

// fate is what a plan means for a container that depends on another one.
type fate int

const (
	stays   fate = iota // no part of the plan, or as it is
	leaves              // re-created, or removed, by a wave
	removed             // among the removals
)

// bind decides what the plan means for containers that depend on others.
func bind(u united) bound {
	b := bound{united: u, ties: make([]tie, len(u.list)), kept: map[string]bool{}, gone: map[string]bool{}, outside: map[int][]Op{}, again: map[outsider]bool{}}
	b.removals = nil
	for _, r := range u.removals {
		b.add(r)
	}
	for _, d := range b.list {
		b.keepReplaced(d)
	}
	for i, d := range b.list {
		if d.current != nil {
			b.ties[i].joined = b.isBound(d.current) || d.previous != nil && b.isBound(d.previous)
			b.ties[i].kept = b.keptOf(d)
			if d.entry.Kind != config.Exec {
				b.settle(i)
			}
		}
	}
	b.settleRemovals()
	b.settlePrevious()
	return b
}

// add adds a removal.
func (b *bound) add(r removal) {
	if r.current != nil {
		b.gone[r.current.ID] = true
	}
	b.removals = append(b.removals, r)
}

func (b *bound) fateOf(c *observed.Container) fate {
	if b.gone[c.ID] {
		return removed
	}
	d, here := b.of(c.Labels[record.LabelContainerName])
	if !here || b.kept[c.ID] {
		return stays
	}
	current := d.current != nil && d.current.ID == c.ID
	if current && (d.isNew() || d.action == Removed) || d.previous != nil && d.previous.ID == c.ID {
		return leaves
	}
	return stays
}

// servesEntry reports whether a container is the one that serves an entry of this step.
func (c *choices) servesEntry(k *observed.Container) bool { return c.serves[k.ID] != "" }

// staying returns who goes on depending on a container when the plan is done: podman does not remove it then.
func (b *bound) staying(id string) []dependent {
	return slices.DeleteFunc(slices.Clone(b.dependents[id]), func(d dependent) bool { return !d.ref.Binds() || b.fateOf(d.Container) != stays })
}

// keepReplaced keeps what a decision replaces where something depends on it that this plan does not re-create, and what
// that depends on in turn.
func (b *bound) keepReplaced(d decision) {
	if d.current == nil {
		return
	}
	for _, c := range d.replaced() {
		if b.kept[c.ID] || len(b.staying(c.ID)) == 0 {
			continue
		}
		b.kept[c.ID] = true
		for _, id := range b.boundTo(c) {
			if of := b.byID[id]; of != nil {
				if target, here := b.of(of.Labels[record.LabelContainerName]); here {
					b.keepReplaced(target)
				}
			}
		}
	}
}

func (b *bound) keptOf(d decision) []string {
	var ids []string
	for _, c := range d.replaced() {
		if b.kept[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// settle decides about what depends on an entry's container, and says what the plan cannot repair.
func (b *bound) settle(i int) {
	d, depth := b.list[i], b.places[i].depth
	for _, c := range slices.Concat(d.replaced(), b.ignored(d)) {
		b.warnOfDependents(d.entry.Name, c.ID)
	}
	if !d.isNew() && d.action != Removed {
		b.restartOutside(restarting{d.entry.Name, d.current, b.startsAgain(d), depth, d.entry.StartOrder})
		b.warnOfTargets(d)
	}
	b.ties[i].dependents = b.rollBackDependents(d)
	b.ties[i].bound = b.boundTo(d.current, d.previous)
}

// warnOfTargets says that a container runs in a namespace whose owner, of another step, does not run.
func (b *bound) warnOfTargets(d decision) {
	for _, ref := range d.entry.References() {
		t := b.lookup(ref.Name)
		if !ref.SharesNamespace() || t.Entry != "" || t.Current == nil || t.Current.Alive() || !d.current.Alive() {
			continue
		}
		who := startIt
		if t.Current.Labels[record.LabelConfigID] != "" {
			who = fmt.Sprintf(applyStep, b.stepOf(t.Current))
		}
		b.warn(warnTargetStopped, d.entry.Name, ref.What(), t.Current.Name, t.Current.Status, who)
	}
}

// ignored returns the containers with an entry's labels that others refer to and that do not serve it: previous ones that
// an earlier version left.
func (b *bound) ignored(d decision) []*observed.Container {
	var all []*observed.Container
	for _, c := range b.byEntry[d.entry.Name] {
		if !b.owned(*c) || len(b.dependents[c.ID]) == 0 {
			continue
		}
		if current := d.current.ID == c.ID || d.previous != nil && d.previous.ID == c.ID; !current && !replacement.IsPrevious(*c) && b.fateOf(c) != removed {
			all = append(all, c)
		}
	}
	return all
}

// warnOfDependents says who has to be re-created by an apply of its own, because it refers to a previous container.
func (b *bound) warnOfDependents(entry, id string) {
	told := map[string]bool{}
	for _, d := range b.dependents[id] {
		if b.servesEntry(d.Container) || told[d.ID] || b.fateOf(d.Container) != stays {
			continue
		}
		told[d.ID] = true
		until := ""
		if d.ref.Binds() {
			until = untilRecreated
		}
		b.warn(warnRefersPrevious, d.Name, entry, d.ref.What(), b.stepOf(d.Container), until)
	}
}

// restarting is a container that others share a namespace of.
type restarting struct {
	name         string
	container    *observed.Container
	again        bool // it gets a new process
	depth, order int
}

// restartOutside restarts what shares a namespace of a container and is no entry of this step, where that container
// gets a new process, or has got one since. What it restarts is followed in turn.
func (b *bound) restartOutside(target restarting) {
	for _, d := range b.dependents[target.container.ID] {
		if b.servesEntry(d.Container) || b.fateOf(d.Container) != stays || !d.ref.SharesNamespace() || !b.isRunningService(d.Container) {
			continue
		}
		if !target.again && (!b.o.RestartStopped || !strayed(*d.Container, *target.container, d.ref.Flag)) {
			continue
		}
		reason := reasonTargetWasRestarted
		if target.again {
			reason = reasonTargetIsRestarted
		}
		op := b.restart(d.Container, fmt.Sprintf(reason, d.ref.What(), target.name))
		op.Joins, op.Entry = target.depth+1, &config.Entry{Name: op.Name, Image: d.Image, Kind: config.Service, StartOrder: target.order}
		if b.again[outsider{target.order, d.ID}] {
			continue
		}
		b.again[outsider{target.order, d.ID}] = true
		b.outside[target.order] = append(b.outside[target.order], op)
		b.restartOutside(restarting{op.Name, d.Container, true, op.Joins, target.order})
	}
}

// isRunningService reports whether a container is a running service of this manager that may be restarted.
func (h *host) isRunningService(c *observed.Container) bool {
	managed := h.ownManager(c.Labels[record.LabelManagedBy]) || h.succeeded(*c)
	return c.Alive() && managed && record.Restarts(c.Labels) && !h.state.Units[h.unitOf(*c)].Masked
}

// restart is the op that restarts a container as it is, under the unit that it has.
func (h *host) restart(c *observed.Container, reason string) Op {
	op := Op{Name: nameOf(*c), Action: Restarted, Reason: reason, Current: c}
	if _, taken := h.entries[op.Name]; taken {
		op.Name = c.Name
	}
	if unit := h.unitOf(*c); h.state.Units != nil && unit != "" {
		op.OldUnit, op.Unit = unit, &Unit{Service: unitfile.Service{Unit: unit, Container: c.Name}}
	}
	return op
}

// rollBackDependents returns what has to be restarted when the op is rolled back, each after what it depends on.
func (h *host) rollBackDependents(d decision) []Op {
	back := d.previous
	if d.isNew() && d.current.Alive() {
		back = d.current
	}
	if d.action != Recreated || back == nil {
		return nil
	}
	var all []Op
	queue, seen := []string{back.ID}, map[string]bool{back.ID: true}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, k := range h.dependents[id] {
			if seen[k.ID] || !k.ref.SharesNamespace() || !h.isRunningService(k.Container) {
				continue
			}
			seen[k.ID] = true
			queue = append(queue, k.ID)
			all = append(all, h.restart(k.Container, fmt.Sprintf(reasonTargetRolledBack, k.ref.What(), d.entry.Name)))
		}
	}
	return all
}

// settleRemovals decides about removals of containers that others depend on: they come after the waves that
// re-create those, or not at all.
func (b *bound) settleRemovals() {
	all, kept := b.removals, map[string]bool{}
	b.removals = nil
	for _, r := range all {
		if c := r.current; c == nil || len(b.dependents[c.ID]) == 0 || b.settleRemoval(&r) {
			b.removals = append(b.removals, r)
		} else {
			kept[c.ID] = true
		}
	}
	for id := range kept {
		delete(b.gone, id)
	}
}

// settleRemoval reports whether a removal takes place at all.
func (b *bound) settleRemoval(r *removal) bool {
	c := r.current
	if _, wanted := b.entries[r.name]; wanted {
		r.of = Replaced
	}
	r.last = r.of == Orphan || slices.ContainsFunc(b.dependents[c.ID], func(d dependent) bool { return b.fateOf(d.Container) == leaves })
	staying := b.staying(c.ID)
	switch {
	case len(staying) == 0:
		return true
	case r.of == Replaced:
		r.setAside, r.last = true, false
		b.warnOfDependents(r.name, c.ID)
		return true
	}
	b.warnOfKept(c, staying)
	return false
}

func (b *bound) warnOfKept(c *observed.Container, staying []dependent) {
	var who []string
	for _, d := range staying {
		if word := fmt.Sprintf(dependentWords, d.Name, b.stepOf(d.Container), d.ref.What()); !slices.Contains(who, word) {
			who = append(who, word)
		}
	}
	b.warn(warnOrphanKept, c.Name, strings.Join(who, ", "))
}

// settlePrevious removes previous containers that nothing depends on any more, also of other steps where this plan
// re-creates the last dependent, and says who needs the others.
func (b *bound) settlePrevious() {
	var previous []*observed.Container
	for i := range b.state.Containers {
		if c := &b.state.Containers[i]; replacement.IsPrevious(*c) && b.ownManager(c.Labels[record.LabelManagedBy]) {
			previous = append(previous, c)
		}
	}
	for moved := true; moved; { // one may depend on another one
		moved = false
		for _, c := range previous {
			if !b.gone[c.ID] && len(b.staying(c.ID)) == 0 {
				moved = b.removePrevious(c) || moved
			}
		}
	}
	for _, c := range previous {
		if b.gone[c.ID] || !b.owned(*c) || len(b.staying(c.ID)) == 0 {
			continue
		}
		b.warnOfDependents(nameOf(*c), c.ID)
		if c.Alive() {
			b.add(removal{name: nameOf(*c), reason: reasonPreviousRestarted, of: Replaced, current: c, setAside: true})
		}
	}
}

// removePrevious removes a previous container of this step, or one of another step whose last dependent goes.
func (b *bound) removePrevious(c *observed.Container) bool {
	released := slices.ContainsFunc(b.dependents[c.ID], func(d dependent) bool { return b.fateOf(d.Container) != stays })
	if !released && !b.owned(*c) {
		return false
	}
	b.add(removal{name: nameOf(*c), reason: reasonPreviousReleased, of: Replaced, current: c, last: released})
	return true
}
