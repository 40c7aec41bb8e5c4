package apply

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Commands returns what Run would do, as podman and systemctl commands, secrets included: mask before showing. Random parts
// of names are words in angle brackets. What is only known later is left out: retries, and what failures lead to.
func Commands(p plan.Plan, o Options) [][]string {
	x := &prediction{Executor: New(nil, nil, o)}
	x.addAll(p.Removals)
	if len(p.OrderFiles) > 0 {
		x.commands = append(x.commands, orderCommand())
	}
	x.addResources(p.Resources)
	x.addValidations(p.Validations)
	for _, wave := range p.Waves {
		for _, at := range phases(wave.Ops) {
			x.addAll(pick(wave.Ops, at))
		}
	}
	x.commands = append(x.commands, x.late...)
	x.addAll(p.LastRemovals)
	x.addResources(p.ResourceRemovals)
	return x.commands
}

// prediction collects the commands of a plan.
type prediction struct {
	*Executor
	commands, late [][]string
}

func (x *prediction) addAll(ops []plan.Op) {
	for _, op := range ops {
		x.add(op)
	}
}

func (x *prediction) add(op plan.Op) {
	r := &opRun{x: x.Executor, op: op}
	for _, s := range op.Steps {
		if s.Object == replacement.Balancer && s.Call != replacement.AwaitDrained {
			x.commands = append(x.commands, balancerWords(*op.Entry, s.Call == replacement.TakeOut)...)
			continue
		}
		words := r.words(s)
		switch {
		case words == nil:
		case s.Late:
			x.late = append(x.late, words)
		default:
			x.commands = append(x.commands, words)
		}
	}
	if name, made := madeName(op); made {
		x.left[op.Name], x.now[op.Name] = found{name, name}, name
	}
}

func (x *prediction) addValidations(all []plan.Validation) {
	for _, v := range all {
		r := &opRun{x: x.Executor, op: plan.Op{Name: v.Name, Entry: &v.Entry}}
		if words := r.createWords(x.validationRequest(v.Entry, v.Steps[0].Name)); words != nil {
			x.commands = append(x.commands, words)
		}
	}
}

func (x *prediction) addResources(ops []plan.ResourceOp) {
	for _, op := range ops {
		if op.Action == plan.Recreated || op.Action == plan.Removed {
			x.commands = append(x.commands, removeResourceCommand(op.Kind, op.Real))
		}
		if op.Action == plan.Recreated || op.Action == plan.Created {
			x.commands = append(x.commands, createResourceCommand(x.resourceRequest(op)))
		}
	}
}

// madeName returns the name of the container that an op makes.
func madeName(op plan.Op) (string, bool) {
	name, made := "", false
	for _, s := range op.Steps {
		switch {
		case s.Object != replacement.New:
		case s.Call == replacement.Create:
			name, made = s.Name, true
		case s.Call == replacement.Rename:
			name = s.To
		}
	}
	return name, made
}

// words returns the command that a step represents, nil where there is none.
func (r *opRun) words(s replacement.Step) []string {
	if s.Quiet || s.Made {
		return nil
	}
	switch s.Call {
	case replacement.Create:
		return r.createWords(r.request(s.Name))
	case replacement.Record:
		return r.createWords(r.predictedRecord(s.Name))
	case replacement.Note:
		return r.createWords(r.predictedNote(s))
	case replacement.Update:
		return r.updateWords(r.updateRequest())
	case replacement.Exec:
		target := r.op.Entry.ExecTarget
		if t := r.op.Target; t != nil {
			target = shown(t.ID)
		} else if name, here := r.x.now[target]; here {
			target = name
		}
		return append([]string{"podman"}, r.execRequest().words(target)...)
	default:
		return s.Words()
	}
}

func (r *opRun) createWords(req CreateRequest) []string {
	if r.x.o.CommandLine == nil {
		return nil
	}
	return r.x.o.CommandLine(req)
}

// predictedRecord is the request of a placeholder; the image of one whose target is yet to be made is only known then.
func (r *opRun) predictedRecord(name string) CreateRequest {
	if r.isKind(config.Exec) {
		image, target := "<image of "+r.op.Entry.ExecTarget+">", r.x.now[r.op.Entry.ExecTarget]
		if t := r.op.Target; t != nil {
			image, target = t.ImageID, t.ID
		}
		return r.recordRequest(name, image, record.DoneExec, map[string]string{record.LabelExecTarget: target})
	}
	return r.recordRequest(name, r.op.Entry.Image, record.DoneOneShot, nil)
}
