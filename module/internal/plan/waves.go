package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// waves is the last stage: it puts what was settled about each entry into the order in which it is done, with its calls.
func waves(x exchanged) []Wave {
	var all []Wave
	for i := range x.list {
		op := x.opOf(i)
		if n, order := len(all), op.Entry.StartOrder; n > 0 && all[n-1].Order == order {
			all[n-1].Ops = append(all[n-1].Ops, op)
		} else {
			all = append(all, Wave{Order: order, Ops: []Op{op}})
		}
	}
	for i := range all {
		for _, op := range x.outside[all[i].Order] {
			all[i].Ops = append(all[i].Ops, x.withSteps(op, replacement.Change{Procedure: replacement.RestartIt}))
		}
	}
	return all
}

// opOf is the op of an entry, with its calls.
func (x *exchanged) opOf(i int) Op {
	d := x.withRecord(x.list[i])
	w, u, t := x.ways[i], x.units[i], x.ties[i]
	op := Op{
		Name: d.entry.Name, Action: d.action, Reason: d.reason, Changed: d.changed, Before: d.before,
		Entry: d.entry, Current: d.current, Previous: d.previous, Notes: d.notes, Unwatched: d.unwatched, Updates: d.updates,
		VolumesFrom: d.volumesFrom, VolumesOf: w.volumesOf, Asides: w.asides, TakesFrom: w.takesFrom, Joins: w.depth,
		Bound: t.bound, Kept: t.kept, Dependents: t.dependents, Targets: x.places[i].targets, Target: x.places[i].runsIn,
		Unit: u.unit, OldUnit: d.oldUnit, DropUnits: u.dropUnits, DropChecks: u.dropChecks,
		Uptime: uptimeOf(d, x.o.Settle),
	}
	op.StoppedByRun = x.stoppedByRun(d.current)
	if d.masked {
		op.OldUnit = "" // nothing is done about it
	}
	if d.naming == renamed {
		op.RenameTo = d.entry.Name
	}
	return x.withDrain(x.withSteps(op, replacement.Change{
		Procedure: x.procedureOf(d), Suffix: d.naming == unique, StaysStopped: w.staysStopped, AwaitCurrent: w.awaitOld, Late: x.isGrouped(i),
	}))
}

// withRecord settles whether the hashes of an entry's config files have to be noted about a container that
// stays, because it was created without a record of them.
func (x *exchanged) withRecord(d decision) decision {
	if len(d.unwatched) == 0 || d.action == Removed || d.action == Executed || d.isNew() {
		d.unwatched = nil
		return d
	}
	if d.action == Unchanged {
		reason := fmt.Sprintf(reasonWatched, strings.Join(d.unwatched, ", "))
		if a := adopted(*d.current); a != "" {
			reason = a + "; " + reason
		}
		d.action, d.reason = Updated, reason
	}
	return d
}

// isGrouped reports whether what is replaced is removed when all waves are done: something depends on it, or the new
// container refers to one that this plan puts in the place of another.
func (x *exchanged) isGrouped(i int) bool {
	return x.ties[i].joined || slices.ContainsFunc(x.places[i].targets, func(t Target) bool {
		to, here := x.of(t.Entry)
		return here && isPlaced(to.procedure)
	})
}

// withSteps adds the calls of an op, of whose change some things are known that the op does not say.
func (x *exchanged) withSteps(op Op, c replacement.Change) Op {
	c.Name, c.Current, c.Asides, c.RenameTo, c.Kept = op.Name, op.Current, op.Asides, op.RenameTo, op.Kept
	c.OldUnit, c.DropUnits, c.DropChecks, c.Notes, c.Noted = op.OldUnit, op.DropUnits, op.DropChecks, op.Notes, len(op.Unwatched) > 0
	c.Updates = op.Updates
	if e := op.Entry; e != nil {
		c.Kind, c.Forget, c.Gate = e.Kind, e.Remove, x.gate(*e)
		c.AskHealthcheck = c.Gate && !e.HasHealthcheck
		c.NameTaken = !x.nameFree(*e)
		isAlive := func(a Aside) bool { return a.Container.Alive() }
		c.TryOut = !c.StaysStopped && e.Kind != config.StoppedOnly && canPrepareBeside(*e) && slices.ContainsFunc(op.Asides, isAlive)
	}
	if u := op.Unit; u != nil {
		c.Unit = &replacement.Unit{Name: u.Unit, Existed: u.Was != "", Write: u.Write, Enable: u.Enable, Reload: u.Reload, Start: u.Start}
	}
	op.Procedure, op.Steps = c.Procedure, c.Steps()
	return op
}

// Removals returns those that come before the waves, and those that come last, each in the order of their names.
func (c *choices) sortedRemovals() (before, last []Op) {
	all := slices.Clone(c.removals)
	slices.SortStableFunc(all, func(a, b removal) int { return strings.Compare(a.realName(), b.realName()) })
	for _, r := range all {
		if r.last {
			op := r.op()
			op.StoppedByRun = r.of == Orphan && c.stoppedByRun(r.current)
			op.Bound = c.boundTo(r.current)
			last = append(last, op)
		} else {
			before = append(before, r.op())
		}
	}
	return before, last
}

// op is the op of a removal, with its calls.
func (r removal) op() Op {
	op := Op{
		Name: r.name, Action: Removed, Reason: r.reason, Surplus: r.of, Joins: r.depth,
		Current: r.current, Notes: r.notes, OldUnit: r.oldUnit, DropUnits: r.dropUnits,
	}
	c := replacement.Change{Procedure: replacement.RemoveIt, Name: r.name, Current: r.current, Notes: r.notes, OldUnit: r.oldUnit, DropUnits: r.dropUnits}
	if r.setAside {
		op.Action, c.Procedure = Stopped, replacement.SetAside
	}
	op.Procedure, op.Steps = c.Procedure, c.Steps()
	return op
}

// procedureOf returns how the container of an entry is changed.
func (x *exchanged) procedureOf(d decision) replacement.Procedure {
	switch d.action {
	case Created, Recreated:
		return d.procedureOfNew()
	case Started:
		if d.current.Status == observed.Paused && !x.movesUnit(d) {
			return replacement.UnpauseIt
		}
		return replacement.StartIt
	case Restarted:
		return replacement.RestartIt
	case Repaired:
		return replacement.RepairUnit
	case Updated:
		if len(d.updates) > 0 {
			return replacement.UpdateIt
		}
		return replacement.AddToRecord
	case Renamed:
		return replacement.RenameIt
	case Removed:
		if d.isAwaited() {
			return replacement.AwaitAndForget
		}
		return replacement.ForgetIt
	case Executed:
		return replacement.Execute
	case Stopped, Unchanged, Failed, NotReached:
	}
	return x.procedureOfKept(d)
}

// procedureOfKept is how a container is dealt with that is as it should be.
func (x *exchanged) procedureOfKept(d decision) replacement.Procedure {
	switch c := d.current; {
	case d.isAwaited():
		return replacement.Await
	case x.gate(*d.entry) && c != nil && c.Status == observed.Running && c.Health != "healthy":
		return replacement.PassGate
	}
	return replacement.Nothing
}

func (d decision) procedureOfNew() replacement.Procedure {
	switch {
	case isPlaced(d.procedure):
		return d.procedure
	case d.action == Created:
		return replacement.Make
	}
	return replacement.RemoveFirst
}

// movesUnit reports whether the container that is kept changes its unit.
func (h *host) movesUnit(d decision) bool { return d.oldUnit != "" && d.oldUnit != h.unitName(d) }

// gate reports whether an entry has to become healthy.
func (h *host) gate(e config.Entry) bool {
	return e.Wait == "healthy" || h.o.WaitHealthy && e.HasHealthcheck
}

// canPrepareBeside reports whether a process can be prepared beside the old one: published ports and fixed
// addresses are taken at that point, and would clash.
func canPrepareBeside(e config.Entry) bool {
	for _, flag := range []string{"publish", "publish-all", "ip", "ip6", "mac-address", "network"} {
		for _, v := range e.Option(flag) {
			if flag != "network" || v != "host" && v != "none" {
				return false
			}
		}
	}
	return true
}
