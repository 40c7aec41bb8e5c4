package plan

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Validation is one command that reports whether an entry's new container would take its configuration. It runs in a
// throw-away container, after the resources of the step are there and before anything of the step stops.
type Validation struct {
	Name   string       // of the entry
	Reason string       // of what is to be done about that
	Entry  config.Entry // of the throw-away container
	Steps  []replacement.Step
	// NotYet says why it cannot be made while the plan is not carried out, "" where it can.
	NotYet string
}

// validations returns those of the entries whose containers are made by the plan, in its order.
func (c *choices) validations(ops []Op, made []ResourceOp) []Validation {
	var all []Validation
	for _, op := range ops {
		if !op.IsNew() || op.Entry.Kind == config.Exec {
			continue
		}
		for _, command := range op.Entry.Validate {
			e := op.Entry.Validation(command, func(volume string) bool { return creates(made, config.Volume, volume) })
			all = append(all, Validation{
				Name: op.Name, Reason: op.Reason, Entry: c.withoutMissing(e), Steps: replacement.Validation(op.Name), NotYet: c.notYet(e, made),
			})
		}
	}
	return all
}

// creates reports whether the plan makes a resource that is missing.
func creates(made []ResourceOp, kind config.ResourceKind, name string) bool {
	return slices.ContainsFunc(made, func(op ResourceOp) bool { return op.Kind == kind && op.Real == name && op.Action.Changes() })
}

// withoutMissing leaves out the volumes of missing containers, and names the others by their ids.
func (c *choices) withoutMissing(e config.Entry) config.Entry {
	ids := map[string]string{}
	for _, ref := range e.References() {
		if k := c.lookup(ref.Name).Current; k != nil {
			ids[ref.Name] = k.ID
		}
	}
	e.Options = slices.Clone(e.Options)
	for i, o := range e.Options {
		if o.Flag == "volumes-from" {
			e.Options[i].Values = slices.DeleteFunc(slices.Clone(o.Values), func(v string) bool {
				name, _, _ := strings.Cut(v, ":")
				return ids[name] == ""
			})
		}
	}
	return e.Redirected(ids)
}

// notYet says what a validation needs that only the plan brings.
func (c *choices) notYet(e config.Entry, made []ResourceOp) string {
	if _, here := c.state.Images[e.Image]; !here {
		return notYetImage
	}
	for _, use := range e.Uses() {
		if creates(made, use.Kind, use.Name) {
			return notYetResource
		}
	}
	return ""
}

// Refused is the plan of a run that ends with its validations, because of those of some entries: what comes before them is
// done, nothing after.
func (p Plan) Refused(failed func(entry string) bool, why string) Plan {
	done := Plan{Pulls: p.Pulls, Removals: p.Removals, OrderFiles: p.OrderFiles, Validations: p.Validations, Warnings: p.Warnings}
	for _, op := range p.LastRemovals {
		done.LastRemovals = append(done.LastRemovals, op.notReached(why))
	}
	for _, w := range p.Waves {
		stopped := Wave{Order: w.Order}
		for _, op := range w.Ops {
			if failed(op.Name) {
				op.Action, op.Steps = Failed, nil
			} else {
				op = op.notReached(why)
			}
			stopped.Ops = append(stopped.Ops, op)
		}
		done.Waves = append(done.Waves, stopped)
	}
	for _, op := range slices.Concat(p.Resources, p.ResourceRemovals) {
		if op.Action.Changes() {
			op.Action, op.Reason = NotReached, why
		}
		done.Resources = append(done.Resources, op)
	}
	return done
}

// notReached is an op that is not done.
func (op Op) notReached(why string) Op {
	if op.Action.Changes() {
		op.Action, op.Reason = NotReached, why
	}
	op.Steps = nil
	return op
}
