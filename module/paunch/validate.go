package paunch

import (
	"context"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/spec"
)

// checkValidations runs the validations of a plan in check mode, where that is asked for: those that need nothing that only
// the plan brings. Where one fails, it returns the plan of the run that it would end.
func (r *run) checkValidations(ctx context.Context, p plan.Plan) plan.Plan {
	if !r.req.CheckValidate {
		return p
	}
	var now []plan.Validation
	for _, v := range p.Validations {
		if v.NotYet == "" {
			now = append(now, v)
			continue
		}
		warning := fmt.Sprintf("container %q: not validated: %s", v.Name, v.NotYet)
		if !slices.Contains(r.result.Warnings, warning) {
			r.result.Warnings = append(r.result.Warnings, warning)
		}
	}
	defer r.phase("validate")()
	r.validated = apply.New(r.client, nil, r.applyOptions()).Check(ctx, now)
	if !r.validated.Failed() {
		return p
	}
	r.result.Failed = true
	return p.Refused(func(entry string) bool { return r.validated[entry].Err != nil }, "a validation failed")
}

// withValidation adds what came of an entry's validations to what is predicted of it.
func (r *run) withValidation(c Container, op plan.Op) Container {
	v, validated := r.validated[op.Name]
	if !validated || op.Entry == nil {
		return c
	}
	c.Validation = v.Validation
	if v.Err != nil {
		c.Error, c.ExitCode, c.Stdout, c.Stderr = v.Err.Error(), v.ExitCode, v.Stdout, v.Stderr
		c.Cause = causeOfValidation(c)
	}
	return c
}

// causeOfValidation is why an entry was refused, without its config and the output of its validation.
func causeOfValidation(c Container) string {
	if c.ExitCode == nil {
		return "its validation failed"
	}
	return fmt.Sprintf("its validation failed with exit code %d", *c.ExitCode)
}

// validationCommand is the podman command that runs a validation, without the name, which is good for one run.
func validationCommand(c apply.CreateRequest, labels map[string]string) []string {
	words := spec.CommandLine(c.Entry, c.Name, labels)
	return slices.Insert(words, 2, "--rm")
}
