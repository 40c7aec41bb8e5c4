package apply

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/internal/record"
)

// What came of an entry's validations.
const (
	ValidationPassed = "passed"
	ValidationFailed = "failed"
)

// Validating is the action of progress that is no container's own.
const Validating plan.Action = "validated"

// noneBegun is why no wave begins after a validation that failed.
const noneBegun = "a validation failed"

// Validations are the outcomes of validations, by entry.
type Validations map[string]Outcome

// Failed reports whether any failed.
func (v Validations) Failed() bool {
	for _, o := range v {
		if o.Err != nil {
			return true
		}
	}
	return false
}

// Check is Validate in check mode, where nothing else is done.
func (x *Executor) Check(ctx context.Context, all []plan.Validation) Validations {
	x.firm = interrupt.Firm(ctx)
	defer x.removeLateCreates()
	return x.Validate(ctx, all)
}

// Validate runs validations, each in a throw-away container that is removed in any case, those of one entry one after
// the other. The host is as it was afterwards.
func (x *Executor) Validate(ctx context.Context, all []plan.Validation) Validations {
	var order []string
	byEntry := map[string][]plan.Validation{}
	for _, v := range all {
		if len(byEntry[v.Name]) == 0 {
			order = append(order, v.Name)
		}
		byEntry[v.Name] = append(byEntry[v.Name], v)
	}
	outcomes := make([]Outcome, len(order))
	var group errgroup.Group
	group.SetLimit(x.o.Concurrency)
	for i, name := range order {
		group.Go(func() error {
			outcomes[i] = x.validateEntry(ctx, byEntry[name])
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	done := Validations{}
	for _, o := range outcomes {
		done[o.Name] = o
	}
	return done
}

// validateAll runs the validations of a plan before its waves; where one fails, none begins.
func (x *Executor) validateAll(ctx context.Context, report *Report, all []plan.Validation, stopped *string) Validations {
	if len(all) == 0 || *stopped != "" {
		return nil
	}
	end := phaseOf(&report.Phases, "validate")
	defer end()
	done := x.Validate(ctx, all)
	if *stopped = stopReason(ctx, noneBegun, nil); *stopped == "" && done.Failed() {
		*stopped = noneBegun
	}
	return done
}

// validateEntry runs the validations of one entry, all of them, and joins what they say.
func (x *Executor) validateEntry(ctx context.Context, all []plan.Validation) Outcome {
	joined := Outcome{Name: all[0].Name, Image: all[0].Entry.Image, Action: Validating, Reason: all[0].Reason, Validation: ValidationPassed, Began: time.Now()}
	x.sign(Sign{Outcome: joined})
	for _, v := range all {
		if ctx.Err() != nil {
			break
		}
		r := &opRun{x: x, ctx: ctx, firm: x.firm, op: plan.Op{Name: v.Name, Entry: &v.Entry}, out: Outcome{Name: v.Name}}
		r.validateGuarded()
		joined.add(r.out)
	}
	if ctx.Err() != nil && joined.Err == nil {
		joined.Validation = ""
	}
	joined.Duration = time.Since(joined.Began)
	x.sign(Sign{Outcome: joined, Done: true})
	return joined
}

// add takes over what one validation says.
func (o *Outcome) add(one Outcome) {
	o.Commands, o.Phases = append(o.Commands, one.Commands...), append(o.Phases, one.Phases...)
	o.Changed = o.Changed || one.Changed
	if one.Err == nil {
		return
	}
	o.Action, o.Validation = plan.Failed, ValidationFailed
	o.Stdout, o.Stderr = joinLines(o.Stdout, one.Stdout), joinLines(o.Stderr, one.Stderr)
	if o.Err == nil {
		o.ExitCode = one.ExitCode
	}
	o.Err = errors.Join(o.Err, one.Err)
}

func joinLines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

func (r *opRun) validateGuarded() {
	defer func() {
		if p := recover(); p != nil {
			r.fail(fmt.Errorf("internal error: %v\n%s", p, debug.Stack()), "please report it; the next run removes the container that validated")
		}
	}()
	r.validate()
}

// validate runs one command in a throw-away container.
func (r *opRun) validate() {
	req := r.x.validationRequest(*r.op.Entry, r.unique())
	r.out.RealName = req.Name
	id, err := r.create(req)
	if err != nil {
		r.fail(fmt.Errorf("its validation cannot be made: %w", err), nothingStopped)
		return
	}
	commands := r.out.Commands // the rest is part of the same podman run
	r.judgeValidation(id)
	if err := r.discard(id, true); err != nil {
		r.fail(fmt.Errorf("the container of its validation cannot be removed: %w", err), "remove it by hand: podman rm --force --volumes "+req.Name)
		r.out.Commands = commands
		return
	}
	r.out.Changed, r.out.Commands = false, commands
}

const nothingStopped = "nothing was stopped; correct it and apply again"

// validationRequest is the request of a throw-away container. Its labels name its owner, for a run that removes it after
// this one was killed; it is never taken for the entry's own.
func (x *Executor) validationRequest(e config.Entry, name string) CreateRequest {
	labels := map[string]string{record.LabelCreatedAs: name, record.LabelTryOut: record.TryOutValidation}
	all := x.o.Labels(e)
	for _, l := range []string{record.LabelManagedBy, record.LabelConfigID, record.LabelContainerName} {
		labels[l] = all[l]
	}
	return CreateRequest{Entry: e, Name: name, Labels: labels}
}

// judgeValidation starts a throw-away container, waits for its end and notes why the configuration is refused.
func (r *opRun) judgeValidation(id string) {
	shown := shellLine(r.op.Entry.Command)
	if err := r.call(r.x.callLimit(), "start", func(ctx context.Context) error { return r.x.rt.Start(ctx, id) }); err != nil {
		r.failWithTail(id, fmt.Errorf("its validation %s: %w", shown, r.startError(id, err)), nothingStopped)
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.op.Entry.Timeout)
	defer cancel()
	defer r.phase("validate")()
	code, err := r.x.rt.Wait(ctx, id)
	switch {
	case err == nil && code == 0:
	case err == nil:
		r.out.ExitCode = &code
		r.failWithTail(id, fmt.Errorf("its validation %s ended with exit code %d", shown, code), nothingStopped)
	case r.ctx.Err() != nil: // nothing is known
	case ctx.Err() != nil:
		r.failWithTail(id, fmt.Errorf("its validation %s did not end within %s (validate_timeout) and was killed", shown, r.op.Entry.Timeout), nothingStopped)
	default:
		r.failWithTail(id, fmt.Errorf("its validation %s: %w", shown, err), nothingStopped)
	}
}

// shellLine is a command as a person types it.
func shellLine(command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = printable.ShellWord(w)
	}
	return strings.Join(words, " ")
}

// mark notes in the outcomes of entries what came of their validations. Where one failed, nothing else was done.
func (v Validations) mark(outcomes []Outcome) {
	for i := range outcomes {
		o := &outcomes[i]
		one, validated := v[o.Name]
		if !validated || o.Action == plan.Removed || o.Action == plan.Stopped {
			continue
		}
		o.Validation = one.Validation
		o.Commands = append(one.Commands, o.Commands...)
		if one.Err != nil {
			o.Action, o.Reason, o.Err, o.ExitCode = plan.Failed, one.Reason, one.Err, one.ExitCode
			o.Stdout, o.Stderr, o.Changed = one.Stdout, one.Stderr, one.Changed
			o.Began, o.Duration = one.Began, one.Duration
		}
		o.Phases = append(one.Phases, o.Phases...)
	}
}
