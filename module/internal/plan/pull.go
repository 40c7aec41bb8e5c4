package plan

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
)

// ComputePulled plans the pulls of a step's images, and nothing else.
func ComputePulled(step config.Step, state observed.State, o Options) (Plan, error) {
	pulls, problems := (&host{step: step, state: state, o: o}).pulls()
	return Plan{Pulls: pulls}, many.Join(problems...)
}
