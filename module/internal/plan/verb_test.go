package plan_test

import (
	"fmt"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// verbPlan is the plan of a verb, as a golden file has it.
func verbPlan(verb plan.Verb, step config.Step, state observed.State, o plan.Options, named []string) string {
	p, err := plan.ComputeVerb(verb, plan.HostStep(step, state, o, named), state, o)
	if err != nil {
		return fmt.Sprintf("%srefused: %v\n", p, err)
	}
	return p.String()
}
