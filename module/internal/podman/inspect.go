package podman

import (
	"context"
	"strings"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/bindings/containers"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Inspect looks at one container.
func (c *Client) Inspect(ctx context.Context, container string) (apply.Detail, error) {
	var d apply.Detail
	err := c.ask(ctx, isFault, func() error {
		data, err := c.inspectOnce(ctx, container)
		if err == nil {
			d = detail(data)
		}
		return err
	})
	return c.completed(ctx, d), err
}

// inspectOnce asks once for Podman's whole inspection of one container.
func (c *Client) inspectOnce(ctx context.Context, container string) (data *define.InspectContainerData, err error) {
	err = c.act(ctx, c.quick, container, func(ctx context.Context, id string) (err error) {
		data, err = containers.Inspect(ctx, id, nil)
		return err
	})
	return data, err
}

// detail takes what matters out of an inspection.
func detail(data *define.InspectContainerData) apply.Detail {
	d := apply.Detail{ID: data.ID, ImageID: bareID(data.Image), Restarts: uint(max(data.RestartCount, 0))} //nolint:gosec // not negative
	d.PIDFile = data.ConmonPidFile
	if data.Config != nil && data.Config.Healthcheck != nil {
		test := data.Config.Healthcheck.Test
		d.HasHealthcheck = len(test) > 0 && test[0] != "NONE"
	}
	s := data.State
	if s == nil {
		return d
	}
	ran := s.StartedAt.Year() > 1
	d.Status = afterRun(status(s.Status), ran)
	d.EndUnknown = ran && status(s.Status) == observed.Created
	d.ExitCode = int(s.ExitCode)
	d.OOMKilled = s.OOMKilled
	d.Error = tidy(s.Error)
	if ran {
		d.StartedAt = s.StartedAt
	}
	if h := s.Health; h != nil {
		d.Health = health(h.Status)
		d.HealthFailed = h.FailingStreak
		if n := len(h.Log); n > 0 {
			d.HealthLog = strings.TrimSpace(wholeOutput(h.Log[n-1].Output, data.Config))
		}
	}
	return d
}

// healthOutput is how much of a check's output Podman keeps where a container does not say.
const healthOutput = 500

// wholeOutput marks a check's output that Podman has cut.
func wholeOutput(output string, c *define.InspectContainerConfig) string {
	limit := healthOutput
	if c != nil && c.HealthMaxLogSize > 0 {
		limit = int(c.HealthMaxLogSize) //nolint:gosec // it fits into memory
	}
	if len(output) >= limit {
		return strings.TrimRight(output, "\uFFFD") + redact.Elided // and not half a character
	}
	return output
}

// isUp reports whether a container has a process to stop.
func isUp(d apply.Detail) bool {
	switch d.Status {
	case observed.Running, observed.Paused, observed.Stopping, observed.Unknown:
		return true
	default:
		return false
	}
}

// RunHealthcheck runs the container's check once. It takes as long as the check's own timeout.
func (c *Client) RunHealthcheck(ctx context.Context, container string) (healthy bool, err error) {
	err = c.persist(ctx, func() error {
		return c.act(ctx, 0, container, func(ctx context.Context, id string) error {
			result, err := containers.RunHealthCheck(ctx, id, nil)
			if err == nil {
				healthy = result.Status == define.HealthCheckHealthy
			}
			return err
		})
	}, nil)
	return healthy, err
}
