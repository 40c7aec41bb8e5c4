package paunch

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/plan"
)

// restarts asks how often services were restarted that the plan wants to know it of.
func (r *run) restarts(ctx context.Context, p plan.Plan) (map[string]int, error) {
	containers, units := p.RestartQueries()
	counts, err := r.client.Restarts(ctx, containers)
	if err != nil || len(units) == 0 {
		return counts, err
	}
	byUnit, err := r.units.Restarts(ctx, units)
	maps.Copy(counts, byUnit)
	return counts, err
}

// restarted completes what is told of services that were restarted not long ago, and warns: an apply changes nothing
// about them, and yet they are not as they should be.
func (r *run) restarted(ctx context.Context) {
	for i := range r.result.Containers {
		c := &r.result.Containers[i]
		if c.Restarts == 0 || c.Error != "" {
			continue
		}
		if code, known, err := r.client.LastExit(ctx, c.ID, c.started); err == nil && known { // its restarts are known in any case
			c.ExitCode = &code
			c.Reason += fmt.Sprintf(", exit code %d", code)
		}
		c.Stdout, c.Stderr = r.lastLines(ctx, c.ID)
		r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("container %q: %s; see podman logs %s", c.Name, c.Reason, c.RealName))
	}
}

// lastLines returns the last lines that a container printed; what cannot be read is empty.
func (r *run) lastLines(ctx context.Context, id string) (stdout, stderr string) {
	var out, errs apply.Tail
	if err := r.client.Logs(ctx, id, time.Time{}, logLines, &out, &errs); err != nil {
		return "", ""
	}
	return out.Lines(logLines), errs.Lines(logLines)
}
