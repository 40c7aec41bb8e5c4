package plan

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Aside is a container that gives way to another one and can come back.
type Aside = replacement.Aside

// withSteps settles the procedure of an op and its calls, when all else is decided.
func (p *planner) withSteps(op Op) Op {
	c := replacement.Change{
		Name: op.Name, Current: op.Current, Asides: op.Asides, Suffix: op.Suffix, RenameTo: op.RenameTo,
		StaysStopped: op.staysStopped, AwaitCurrent: op.awaitOld, Kept: op.Kept, Late: p.isGrouped(op),
		OldUnit: op.OldUnit, DropUnits: op.DropUnits, DropChecks: op.DropChecks,
		Notes: op.Notes, Noted: len(op.Unwatched) > 0,
	}
	if e := op.Entry; e != nil {
		c.Kind, c.Forget, c.Gate = e.Kind, e.Remove, p.gate(*e)
		c.AskHealthcheck = c.Gate && !e.HasHealthcheck
		c.NameTaken = !p.nameFree(*e)
		c.TryOut = !op.staysStopped && e.Kind != config.StoppedOnly && canPrepareBeside(*e) && slices.ContainsFunc(op.Asides, func(a Aside) bool { return a.Container.Alive() })
	}
	if u := op.Unit; u != nil {
		c.Unit = &replacement.Unit{Name: u.Unit, Existed: u.Was != "", Write: u.Write, Enable: u.Enable, Reload: u.Reload, Start: u.Start}
	}
	c.Procedure = procedureOf(op, c.Gate)
	op.Procedure, op.Steps = c.Procedure, c.Steps()
	return op
}

// procedureOf returns how the op is done.
func procedureOf(op Op, gate bool) replacement.Procedure {
	switch op.Action {
	case Created, Recreated:
		return procedureOfNew(op)
	case Started:
		if op.Current.Status == observed.Paused && !op.movesUnit() {
			return replacement.UnpauseIt
		}
		return replacement.StartIt
	case Restarted:
		return replacement.RestartIt
	case Repaired:
		return replacement.RepairUnit
	case Updated:
		return replacement.AddToRecord
	case Renamed:
		return replacement.RenameIt
	case Removed:
		return procedureOfRemoval(op)
	case Stopped:
		return replacement.SetAside
	case Executed:
		return replacement.Execute
	case Unchanged, Failed, NotReached:
	}
	switch c := op.Current; {
	case op.await:
		return replacement.Await
	case gate && c != nil && c.Status == observed.Running && c.Health != "healthy":
		return replacement.PassGate
	}
	return replacement.Nothing
}

func procedureOfNew(op Op) replacement.Procedure {
	switch {
	case op.prove:
		return replacement.Verify
	case op.protected:
		return replacement.Replace
	case op.Action == Created:
		return replacement.Make
	}
	return replacement.RemoveFirst
}

func procedureOfRemoval(op Op) replacement.Procedure {
	switch {
	case op.await:
		return replacement.AwaitAndForget
	case op.Entry != nil:
		return replacement.ForgetIt
	}
	return replacement.RemoveIt
}

// movesUnit reports whether the container that is kept changes its unit.
func (op Op) movesUnit() bool {
	return op.OldUnit != "" && (op.Unit == nil || op.Unit.Unit != op.OldUnit)
}

// gate reports whether an entry has to become healthy.
func (p *planner) gate(e config.Entry) bool {
	return e.Wait == "healthy" || p.o.WaitHealthy && e.HasHealthcheck
}

// isGrouped reports whether what the op replaces is removed when all waves are done: something depends on it, or the new
// container refers to one that this plan puts in the place of another.
func (p *planner) isGrouped(op Op) bool {
	return op.Joined || slices.ContainsFunc(op.Targets, func(t Target) bool {
		to, here := p.ops[t.Entry]
		return here && to.protected && (isNew(to) || to.prove)
	})
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
