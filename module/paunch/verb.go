package paunch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/redact"
)

// states returns the states that a request can ask for.
func states() []string {
	return []string{StatePresent, StateAbsent, StatePruned, StateStopped, StateStarted, StateRestarted, StatePulled}
}

// needsConfig reports whether nothing can be done without a config.
func (r *Request) needsConfig() bool { return r.State == StatePresent || r.State == StatePulled }

// isVerb reports whether the request leaves the containers of a step what they are, and only stops or starts them.
func (r *Request) isVerb() bool { return r.verb() != "" }

func (r *Request) verb() plan.Verb {
	switch r.State {
	case StateStopped:
		return plan.Stop
	case StateStarted:
		return plan.Start
	case StateRestarted:
		return plan.Restart
	}
	return ""
}

// hasConfig reports whether the request brings a config that has to be read.
func (r *Request) hasConfig() bool {
	return r.needsConfig() || r.isVerb() && (r.Config != nil || r.ConfigPath != "")
}

// planVerb plans what is done to the containers of the step as they are. The step is from then on the one of the host.
func (r *run) planVerb(state observed.State) (plan.Plan, error) {
	o, verb := r.planOptions(), r.req.verb()
	r.step = plan.HostStep(r.step, state, o, r.req.Containers)
	problems := r.unmatched(verb)
	p, err := plan.ComputeVerb(verb, r.step, state, o)
	if err != nil {
		problems = append(problems, err)
	}
	return p, many.Kind(ErrInvalidRequest, many.Within(fmt.Sprintf("the %s is refused; nothing was touched", verb), many.Join(problems...)))
}

// unmatched returns what the host has nothing of. What does not exist is stopped; a start of it is a mistake, unless an
// earlier task may make it by then.
func (r *run) unmatched(verb plan.Verb) []error {
	var all []error
	note := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if verb == plan.Stop || r.req.Check {
			r.result.Warnings = append(r.result.Warnings, text)
			return
		}
		all = append(all, fmt.Errorf("%s", text))
	}
	names := r.step.Names()
	for _, name := range r.req.Containers {
		if !names[name] {
			note("containers: %q is no container of config_id %s on this host", name, r.req.ConfigID)
		}
	}
	if len(names) == 0 && len(r.req.Containers) == 0 {
		note("config_id %s of managed_by %s has no containers on this host: apply it first", r.req.ConfigID, r.req.ManagedBy)
	}
	return all
}

// maskOutput takes the secrets of the containers whose output the result quotes from their own environment, where a run
// has no config that names them. What cannot be masked is left out.
func (r *run) maskOutput(ctx context.Context) {
	if !r.req.isVerb() {
		return
	}
	inspector, _ := r.client.(interface {
		Facts(ctx context.Context, c observed.Container) (observed.Facts, error)
	})
	known := r.known()
	for i := range r.result.Containers {
		c := &r.result.Containers[i]
		if c.Stdout+c.Stderr+c.HealthOutput == "" {
			continue
		}
		var facts observed.Facts
		err := errors.New("the engine tells no environment")
		if inspector != nil {
			facts, err = inspector.Facts(ctx, observed.Container{ID: c.ID, Name: c.RealName})
		}
		if err != nil {
			c.Stdout, c.Stderr, c.HealthOutput = "", "", ""
			continue
		}
		known.Found = append(known.Found, r.rules.Variables(facts.Env)...)
	}
	r.masker = redact.NewMasker(r.rules, known)
}

// planPulled plans the pulls of a step, and nothing else. The images that need none are noted the first time.
func (r *run) planPulled(state observed.State) (plan.Plan, error) {
	p, err := plan.ComputePulled(r.step, state, r.planOptions())
	if r.present == nil {
		r.present = map[string]string{}
		for _, image := range config.Images(r.step) {
			if !slices.ContainsFunc(p.Pulls, func(pull plan.Pull) bool { return pull.Image == image }) {
				r.present[image] = state.Images[image]
			}
		}
	}
	return p, many.Kind(ErrInvalidConfig, err)
}

// presentImages adds to the result of a pull the images that the host had already.
func (r *run) presentImages() {
	for image, id := range r.present {
		r.result.Images = append(r.result.Images, Image{Image: image, ID: id})
	}
	if r.present != nil {
		slices.SortFunc(r.result.Images, func(a, b Image) int { return strings.Compare(a.Image, b.Image) })
	}
}

// imageSummary counts the images of a pull.
func (r *run) imageSummary() []string {
	if r.req.State != StatePulled {
		return nil
	}
	moved := 0
	for _, i := range r.result.Images {
		if i.Changed {
			moved++
		}
	}
	var parts []string
	if moved > 0 {
		parts = append(parts, fmt.Sprintf("%d pulled", moved))
	}
	if same := len(r.result.Images) - moved; same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", same))
	}
	return parts
}
