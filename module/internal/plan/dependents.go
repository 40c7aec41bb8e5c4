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

// dependent is a container that refers to another one.
type dependent struct {
	*observed.Container
	ref config.Reference
}

// findDependents notes who refers to whom, of all containers with a record.
func (p *planner) findDependents() {
	p.dependents = map[string][]dependent{}
	for i := range p.state.Containers {
		c := &p.state.Containers[i]
		if c.Labels[record.LabelDone] != "" {
			continue // a placeholder has the record, and no reference
		}
		for _, ref := range record.References(c.Labels) {
			if id, _ := p.referred(*c, ref.Name); id != "" {
				p.dependents[id] = append(p.dependents[id], dependent{c, ref})
			}
		}
	}
}

// fate is what a plan means for a container that depends on another one.
type fate int

const (
	stays   fate = iota // no part of the plan, or as it is
	leaves              // re-created, or removed, by a wave
	removed             // among the removals
)

func (p *planner) fateOf(c *observed.Container) fate {
	for _, op := range p.surplus {
		if op.Current != nil && op.Current.ID == c.ID {
			return removed
		}
	}
	op := p.ops[c.Labels[record.LabelContainerName]]
	if slices.Contains(op.Kept, c.ID) {
		return stays
	}
	current := op.Current != nil && op.Current.ID == c.ID
	if current && (isNew(op) || op.Action == Removed) || op.Previous != nil && op.Previous.ID == c.ID {
		return leaves
	}
	return stays
}

// servesEntry reports whether a container is the one that serves an entry of this step.
func (p *planner) servesEntry(c *observed.Container) bool {
	current := p.ops[c.Labels[record.LabelContainerName]].Current
	return current != nil && current.ID == c.ID
}

// staying returns who goes on depending on a container when the plan is done: podman does not remove it then.
func (p *planner) staying(id string) []dependent {
	return slices.DeleteFunc(slices.Clone(p.dependents[id]), func(d dependent) bool { return !d.ref.Binds() || p.fateOf(d.Container) != stays })
}

// settleDependents decides what the plan means for containers that depend on others: also for those of other steps,
// which this step cannot re-create, as their config is not here.
func (p *planner) settleDependents() {
	p.keepReplaced()
	for _, e := range p.step.Entries {
		if e.Kind == config.Exec {
			continue
		}
		op := p.ops[e.Name]
		p.setTargets(e, &op)
		if op.Current != nil {
			p.settleEntry(e, &op)
		}
		p.ops[e.Name] = op
	}
	p.settleRemovals()
	p.settlePrevious()
	p.orderRemovals()
}

// settleEntry decides about what depends on an entry's container, and says what the plan cannot repair.
func (p *planner) settleEntry(e config.Entry, op *Op) {
	for _, c := range slices.Concat(replaced(*op), p.ignored(*op)) {
		p.warnOfDependents(op.Name, c.ID)
	}
	if !isNew(*op) && op.Action != Removed {
		p.restartOutside(op.Current.ID, op.Joins, e.StartOrder, *op)
		p.warnOfTargets(e, *op)
	}
	op.Dependents = p.rollBackDependents(*op)
	op.Bound = p.boundTo(op.Current, op.Previous)
}

// warnOfTargets says that a container runs in a namespace whose owner, of another step, does not run.
func (p *planner) warnOfTargets(e config.Entry, op Op) {
	for _, ref := range e.References() {
		t := p.lookup(ref.Name)
		if !ref.SharesNamespace() || t.Entry != "" || t.Current == nil || t.Current.Alive() || !op.Current.Alive() {
			continue
		}
		who := startIt
		if t.Current.Labels[record.LabelConfigID] != "" {
			who = fmt.Sprintf(applyStep, p.stepOf(t.Current))
		}
		p.warnings = append(p.warnings, fmt.Sprintf(warnTargetStopped, e.Name, ref.What(), t.Current.Name, t.Current.Status, who))
	}
}

// keepReplaced keeps what ops replace where something depends on it that this plan does not re-create, and what that
// depends on in turn.
func (p *planner) keepReplaced() {
	for moved := true; moved; {
		moved = false
		for _, e := range p.step.Entries {
			op := p.ops[e.Name]
			if op.Current == nil {
				continue
			}
			op.Joined = p.isBound(op.Current) || op.Previous != nil && p.isBound(op.Previous)
			for _, c := range replaced(op) {
				if !slices.Contains(op.Kept, c.ID) && len(p.staying(c.ID)) > 0 {
					op.Kept, moved = append(op.Kept, c.ID), true
				}
			}
			p.ops[e.Name] = op
		}
	}
}

// replaced returns the containers that an op replaces.
func replaced(op Op) []*observed.Container {
	var all []*observed.Container
	if isNew(op) && op.Current != nil {
		all = append(all, op.Current)
	}
	if op.Previous != nil {
		all = append(all, op.Previous)
	}
	return all
}

// ignored returns the containers with an entry's labels that others refer to and that do not serve it: previous ones that
// an earlier version left.
func (p *planner) ignored(op Op) []*observed.Container {
	var all []*observed.Container
	for i := range p.state.Containers {
		c := &p.state.Containers[i]
		if c.Labels[record.LabelContainerName] != op.Name || !p.owned(*c) || len(p.dependents[c.ID]) == 0 {
			continue
		}
		if current := op.Current.ID == c.ID || op.Previous != nil && op.Previous.ID == c.ID; !current && !replacement.IsPrevious(*c) && p.fateOf(c) != removed {
			all = append(all, c)
		}
	}
	return all
}

// isBound reports whether podman binds another container to this one.
func (p *planner) isBound(c *observed.Container) bool {
	return slices.ContainsFunc(p.dependents[c.ID], func(d dependent) bool { return d.ref.Binds() })
}

// boundTo returns the ids of the containers that podman binds these to.
func (p *planner) boundTo(containers ...*observed.Container) []string {
	var ids []string
	for _, c := range containers {
		if c == nil {
			continue
		}
		for _, ref := range record.References(c.Labels) {
			if id, _ := p.referred(*c, ref.Name); id != "" && ref.Binds() && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// warnOfDependents says who has to be re-created by an apply of its own, because it refers to a previous container.
func (p *planner) warnOfDependents(entry, id string) {
	told := map[string]bool{}
	for _, d := range p.dependents[id] {
		if p.servesEntry(d.Container) || told[d.ID] || p.fateOf(d.Container) != stays {
			continue
		}
		told[d.ID] = true
		until := ""
		if d.ref.Binds() {
			until = untilRecreated
		}
		p.warnings = append(p.warnings, fmt.Sprintf(warnRefersPrevious, d.Name, entry, d.ref.What(), p.stepOf(d.Container), until))
	}
}

// stepOf names what a container has to be applied with.
func (p *planner) stepOf(c *observed.Container) string {
	if m := c.Labels[record.LabelManagedBy]; m != p.o.ManagedBy {
		return fmt.Sprintf(stepByManager, c.Labels[record.LabelConfigID], m)
	}
	return fmt.Sprintf(stepByID, c.Labels[record.LabelConfigID])
}

// restartOutside restarts what shares a namespace of a container and is no entry of this step, where that container
// gets a new process, or has got one since. What it restarts is followed in turn.
func (p *planner) restartOutside(id string, joins, order int, target Op) {
	for _, d := range p.dependents[id] {
		again := startsAgain(target)
		if p.servesEntry(d.Container) || p.fateOf(d.Container) != stays || !d.ref.SharesNamespace() || !p.isRunningService(d.Container) {
			continue
		}
		if !again && (!p.o.RestartStopped || !strayed(*d.Container, *target.Current, d.ref.Flag)) {
			continue
		}
		reason := fmt.Sprintf(reasonTargetWasRestarted, d.ref.What(), target.Name)
		if again {
			reason = fmt.Sprintf(reasonTargetIsRestarted, d.ref.What(), target.Name)
		}
		op := p.restart(d.Container, reason)
		op.Joins, op.Entry = joins+1, &config.Entry{Name: op.Name, Image: d.Image, Kind: config.Service, StartOrder: order}
		if p.planned(order, d.ID) {
			continue
		}
		p.outside[order] = append(p.outside[order], op)
		p.restartOutside(d.ID, joins+1, order, op)
	}
}

func (p *planner) planned(order int, id string) bool {
	return slices.ContainsFunc(p.outside[order], func(op Op) bool { return op.Current.ID == id })
}

// isRunningService reports whether a container is a running service of this manager that may be restarted.
func (p *planner) isRunningService(c *observed.Container) bool {
	managed := p.ownManager(c.Labels[record.LabelManagedBy]) || p.succeeded(*c)
	return c.Alive() && managed && record.Restarts(c.Labels) && !p.state.Units[p.unitOf(*c)].Masked
}

// restart is the op that restarts a container as it is, under the unit that it has.
func (p *planner) restart(c *observed.Container, reason string) Op {
	op := Op{Name: nameOf(*c), Action: Restarted, Reason: reason, Current: c}
	if _, taken := p.entries[op.Name]; taken {
		op.Name = c.Name
	}
	if unit := p.unitOf(*c); p.state.Units != nil && unit != "" {
		op.OldUnit, op.Unit = unit, &Unit{Service: unitfile.Service{Unit: unit, Container: c.Name}}
	}
	return op
}

// rollBackDependents returns what has to be restarted when the op is rolled back, each after what it depends on.
func (p *planner) rollBackDependents(op Op) []Op {
	back := op.Previous
	if isNew(op) && op.Current.Alive() {
		back = op.Current
	}
	if op.Action != Recreated || back == nil {
		return nil
	}
	var all []Op
	queue, seen := []string{back.ID}, map[string]bool{back.ID: true}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, d := range p.dependents[id] {
			if seen[d.ID] || !d.ref.SharesNamespace() || !p.isRunningService(d.Container) {
				continue
			}
			seen[d.ID] = true
			queue = append(queue, d.ID)
			all = append(all, p.restart(d.Container, fmt.Sprintf(reasonTargetRolledBack, d.ref.What(), op.Name)))
		}
	}
	return all
}

// settleRemovals decides about removals of containers that others depend on: they come after the waves that
// re-create those, or not at all.
func (p *planner) settleRemovals() {
	kept := p.surplus[:0:0]
	for _, op := range p.surplus {
		c := op.Current
		if c == nil || len(p.dependents[c.ID]) == 0 {
			kept = append(kept, op)
			continue
		}
		_, op.OfPrevious = p.entries[op.Name]
		op.Last = op.Orphan || slices.ContainsFunc(p.dependents[c.ID], func(d dependent) bool { return p.fateOf(d.Container) == leaves })
		switch staying := p.staying(c.ID); {
		case len(staying) == 0:
		case op.OfPrevious:
			op.Action, op.Last = Stopped, false
			p.warnOfDependents(op.Name, c.ID)
		default:
			p.warnOfKept(c, staying)
			continue
		}
		kept = append(kept, op)
	}
	p.surplus = kept
}

func (p *planner) warnOfKept(c *observed.Container, staying []dependent) {
	var who []string
	for _, d := range staying {
		if word := fmt.Sprintf(dependentWords, d.Name, p.stepOf(d.Container), d.ref.What()); !slices.Contains(who, word) {
			who = append(who, word)
		}
	}
	p.warnings = append(p.warnings, fmt.Sprintf(warnOrphanKept, c.Name, strings.Join(who, ", ")))
}

// settlePrevious removes previous containers that nothing depends on any more, also of other steps where this plan
// re-creates the last dependent, and says who needs the others.
func (p *planner) settlePrevious() {
	for moved := true; moved; { // one may depend on another one
		moved = false
		for i := range p.state.Containers {
			if c := &p.state.Containers[i]; p.isPreviousHere(c) && len(p.staying(c.ID)) == 0 {
				moved = p.removePrevious(c) || moved
			}
		}
	}
	for i := range p.state.Containers {
		c := &p.state.Containers[i]
		if !p.isPreviousHere(c) || !p.owned(*c) || len(p.staying(c.ID)) == 0 {
			continue
		}
		p.warnOfDependents(nameOf(*c), c.ID)
		if c.Alive() {
			p.surplus = append(p.surplus, Op{Name: nameOf(*c), Action: Stopped, Reason: reasonPreviousRestarted, Current: c, OfPrevious: true})
		}
	}
}

// isPreviousHere reports whether a container is a previous one of this manager about which nothing is decided yet.
func (p *planner) isPreviousHere(c *observed.Container) bool {
	return replacement.IsPrevious(*c) && p.ownManager(c.Labels[record.LabelManagedBy]) && p.fateOf(c) != removed
}

// removePrevious removes a previous container of this step, or one of another step whose last dependent goes.
func (p *planner) removePrevious(c *observed.Container) bool {
	released := slices.ContainsFunc(p.dependents[c.ID], func(d dependent) bool { return p.fateOf(d.Container) != stays })
	if !released && !p.owned(*c) {
		return false
	}
	p.surplus = append(p.surplus, Op{Name: nameOf(*c), Action: Removed, Reason: reasonPreviousReleased, Current: c, OfPrevious: true, Last: released})
	return true
}

// orderRemovals has containers removed after those that depend on them.
func (p *planner) orderRemovals() {
	byID := map[string]*Op{}
	for i := range p.surplus {
		if c := p.surplus[i].Current; c != nil {
			byID[c.ID] = &p.surplus[i]
		}
	}
	for range p.surplus { // a chain is at most as long
		moved := false
		for id, op := range byID {
			for _, d := range p.dependents[id] {
				first, here := byID[d.ID]
				if !here || first.Joins >= len(p.surplus) || op.Joins > first.Joins && op.Last == (op.Last || first.Last) {
					continue
				}
				op.Joins, op.Last, moved = max(op.Joins, first.Joins+1), op.Last || first.Last, true
			}
		}
		if !moved {
			return
		}
	}
}

// addOutside adds the restarts of containers of other steps to the waves of what they follow.
func (p *planner) addOutside(waves []Wave) {
	for i := range waves {
		for _, op := range p.outside[waves[i].Order] {
			waves[i].Ops = append(waves[i].Ops, p.withSteps(op))
		}
	}
}
