package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Verb is what is done to the containers of a step as they are: none is created, re-created or removed.
type Verb string

// The verbs.
const (
	Stop    Verb = "stop"
	Start   Verb = "start"
	Restart Verb = "restart"
)

// HostStep returns the entries of a config_id as the labels of its containers record them, or those of them that are
// named; none = all. What labels may not have, as they are of an earlier version or the config has changed since, comes from
// a step config, which may be empty. Its services without a container are among the entries; jobs, execs and what is only
// recorded as done are not, unless they have a container.
func HostStep(wanted config.Step, state observed.State, o Options, named []string) config.Step {
	h := &host{o: o}
	entries := map[string]config.Entry{}
	for _, c := range state.Containers {
		name := c.Labels[record.LabelContainerName]
		isRecord := c.Labels[record.LabelDone] != "" || c.Labels[record.LabelAbout] != ""
		if name == "" || isRecord || !h.owned(c) && !h.succeeded(c) {
			continue
		}
		e := record.EntryOf(c.Labels)
		if e.Image, e.ExitCodes = c.Image, o.Decode.ExitCodes; len(e.ExitCodes) == 0 {
			e.ExitCodes = []int{0}
		}
		entries[name] = e
	}
	for _, e := range wanted.Entries {
		recorded, here := entries[e.Name]
		switch {
		case here:
			entries[e.Name] = asConfigured(recorded, e)
		case e.Kind == config.Service:
			entries[e.Name] = config.Entry{Name: e.Name, Image: e.Image, Kind: e.Kind, StartOrder: e.StartOrder}
		}
	}
	step := config.Step{Entries: slices.Collect(maps.Values(entries)), Unmatched: wanted.Unmatched, Warnings: wanted.Warnings}
	step.Entries = slices.DeleteFunc(step.Entries, func(e config.Entry) bool { return len(named) > 0 && !slices.Contains(named, e.Name) })
	slices.SortFunc(step.Entries, func(a, b config.Entry) int {
		return cmp.Or(cmp.Compare(a.StartOrder, b.StartOrder), cmp.Compare(a.Name, b.Name))
	})
	return step
}

// asConfigured returns an entry that labels record with what its config says now of its order and gate. What its container
// is stays as recorded.
func asConfigured(recorded, e config.Entry) config.Entry {
	recorded.StartOrder, recorded.Kind = e.StartOrder, cmp.Or(recorded.Kind, e.Kind)
	if recorded.Kind == e.Kind {
		recorded.ExitCodes, recorded.Timeout, recorded.Wait = e.ExitCodes, e.Timeout, e.Wait
		recorded.HealthTimeout, recorded.HealthInterval = e.HealthTimeout, e.HealthInterval
	}
	return recorded
}

// ComputeVerb plans a verb for the entries of HostStep. Its errors are what keeps it from being done; nothing has been
// touched then.
func ComputeVerb(verb Verb, step config.Step, state observed.State, o Options) (Plan, error) {
	o.CleanOrphans = false
	v := &verbPlan{choices: choose(newHost(step, state, o, ownNote)), verb: verb, at: map[string]int{}}
	if verb == Stop {
		v.stopAll()
	} else {
		v.startAll()
	}
	out := Plan{Waves: v.waves()}
	out.Warnings = v.warnings
	return out, many.Join(v.problems...)
}

// verbPlan is the computation of a verb.
type verbPlan struct {
	choices
	verb    Verb
	planned []Op           // in the order of the entries
	at      map[string]int // index into planned, by the id of the container
}

func (v *verbPlan) add(op Op) {
	v.at[op.Current.ID] = len(v.planned)
	v.planned = append(v.planned, op)
}

// waves returns the ops by start order, the last first where they are stopped, and within a wave as they depend on each
// other.
func (v *verbPlan) waves() []Wave {
	v.orderByReferences()
	slices.SortStableFunc(v.planned, func(a, b Op) int {
		byOrder := cmp.Compare(a.Entry.StartOrder, b.Entry.StartOrder)
		if v.verb == Stop {
			byOrder = -byOrder
		}
		return cmp.Or(byOrder, cmp.Compare(a.Joins, b.Joins))
	})
	var waves []Wave
	for _, op := range v.planned {
		if n := len(waves); n == 0 || waves[n-1].Order != op.Entry.StartOrder {
			waves = append(waves, Wave{Order: op.Entry.StartOrder})
		}
		last := &waves[len(waves)-1]
		last.Ops = append(last.Ops, v.withSteps(op))
	}
	return waves
}

// withSteps adds the calls of an op.
func (v *verbPlan) withSteps(op Op) Op {
	c := replacement.Change{
		Procedure: v.procedureOf(op), Name: op.Name, Kind: op.Entry.Kind, Current: op.Current, Gate: v.gate(*op.Entry), OldUnit: op.OldUnit,
	}
	if op.Unit != nil {
		c.Unit = &replacement.Unit{Name: op.Unit.Unit, Existed: true}
	}
	op.Procedure, op.Steps = c.Procedure, c.Steps()
	return op
}

func (v *verbPlan) procedureOf(op Op) replacement.Procedure {
	isGated := v.gate(*op.Entry) && op.Current.Status == observed.Running && op.Current.Health != "healthy"
	switch {
	case op.Action == Stopped:
		return replacement.StopIt
	case op.Action == Started && op.Current.Status == observed.Paused:
		return replacement.UnpauseIt
	case op.Action == Started:
		return replacement.StartIt
	case op.Action == Restarted:
		return replacement.RestartIt
	case v.verb == Stop && isJobAtWork(op):
		return replacement.Await
	case v.verb != Stop && op.Entry.Kind == config.Service && isGated:
		return replacement.PassGate
	}
	return replacement.Nothing
}

// orderByReferences has what depends on another container stopped before it, and started after it. A chain is at most as
// long as the plan.
func (v *verbPlan) orderByReferences() {
	for range v.planned {
		moved := false
		for id, i := range v.at {
			for _, d := range v.dependents[id] {
				if j, here := v.at[d.ID]; here && d.ref.Binds() {
					moved = v.orderPair(i, j) || moved
				}
			}
		}
		if !moved {
			return
		}
	}
}

// orderPair has a dependent, by its place in the plan, come after its target, or before it where they are stopped. It
// reports whether one of them moved.
func (v *verbPlan) orderPair(target, dependent int) bool {
	first, then := target, dependent
	if v.verb == Stop {
		first, then = dependent, target
	}
	joins := v.planned[first].Joins + 1
	if joins <= v.planned[then].Joins || joins > len(v.planned) {
		return false
	}
	v.planned[then].Joins = joins
	return true
}

// follower adds a dependent of another step, or of an entry that was not named, that runs in a namespace of an op's
// container; one that it cannot stop or start it warns of.
func (v *verbPlan) follower(op Op, d dependent, action Action, reason string) {
	if !v.isRunningService(d.Container) {
		v.warnOnce(fmt.Sprintf(warnLosesNamespace, d.Name, d.ref.What(), op.Name, v.verb))
		return
	}
	next := v.restart(d.Container, reason)
	next.Action = action
	next.Entry = &config.Entry{Name: next.Name, Image: d.Image, Kind: config.Service, StartOrder: op.Entry.StartOrder}
	v.add(next)
}

// unit settles the unit that runs the op's container. It reports whether the container can be stopped or started where the
// host's systemd is.
func (v *verbPlan) unit(op *Op) bool {
	made := op.Current.Labels[record.LabelUnit]
	if v.state.Units == nil {
		if v.o.Remote && made != "" {
			v.problem(op.Name, problemRemote, made)
			return false
		}
		return true
	}
	name := v.unitOf(*op.Current)
	if now := v.state.Units[name]; name != "" && (now.Text != "" || now.Masked || now.Active != "") {
		op.OldUnit, op.Unit = name, &Unit{}
		op.Unit.Unit, op.Unit.Container = name, op.Current.Name
	}
	return true
}

// warnOnce adds a warning once: a dependent may share several namespaces.
func (v *verbPlan) warnOnce(text string) {
	if !slices.Contains(v.warnings, text) {
		v.warnings = append(v.warnings, text)
	}
}

// containersOf returns what carries an entry's labels and was created for it: its current container first.
func (v *verbPlan) containersOf(e config.Entry) []observed.Container {
	var all []observed.Container
	if c := v.currents[e.Name]; c != nil {
		all = append(all, *c)
	}
	all = append(all, v.previous[e.Name]...)
	for _, r := range v.removals {
		if r.name == e.Name && r.current != nil && r.current.Status != observed.Storage {
			all = append(all, *r.current)
		}
	}
	for _, c := range v.byEntry[e.Name] {
		if v.owned(*c) && replacement.IsPrevious(*c) {
			all = append(all, *c)
		}
	}
	return all
}
