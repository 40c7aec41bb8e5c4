package podman

import (
	"context"
	"strconv"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/system"
	"github.com/containers/podman/v5/pkg/domain/entities/types"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// exitsWindow is how long before the start of a run the end of the run before it is looked for.
const exitsWindow = 10 * time.Minute

// LastExit returns the exit code of the run that ended last before the one that was started at a time. A running
// container has the exit code 0 in every other answer of Podman; only its events tell. known is false where Podman
// keeps no events.
func (c *Client) LastExit(ctx context.Context, container string, started time.Time) (exitCode int, known bool, err error) {
	if started.IsZero() {
		return 0, false, nil
	}
	id, err := c.exact(ctx, container)
	if err != nil {
		return 0, false, err
	}
	return c.exitSince(ctx, id, started.Add(-exitsWindow))
}

// exitSince returns the exit code of the last run that ended since a time, by Podman's events.
func (c *Client) exitSince(ctx context.Context, id string, since time.Time) (exitCode int, known bool, err error) {
	ctx, explain, cancel := c.call(ctx, c.quick, "ask for earlier exit codes")
	defer cancel()
	events := make(chan types.Event)
	err = system.Events(ctx, events, nil, new(system.EventsOptions).WithStream(false).
		WithSince(unixText(since)).
		WithFilters(map[string][]string{"container": {id}, "event": {"died"}}))
	if err != nil {
		return 0, false, explain(err)
	}
	for e := range events {
		if code, err := strconv.Atoi(e.Actor.Attributes["containerExitCode"]); err == nil {
			exitCode, known = code, true
		}
	}
	return exitCode, known, nil
}

// withExit completes the exit code of a container that is between two runs: what restarts it has prepared it already,
// and Podman has the code 0 of it until it ends again.
func (c *Client) withExit(ctx context.Context, l *types.ListContainer, k observed.Container) observed.Container {
	if k.EndUnknown && l.State == stateInitialized {
		if code, known, err := c.exitSince(ctx, k.ID, k.StartedAt); err == nil && known {
			k.ExitCode, k.EndUnknown = code, false
		}
	}
	return k
}

// completed does so for an inspection.
func (c *Client) completed(ctx context.Context, d apply.Detail) apply.Detail {
	if d.EndUnknown {
		if code, known, err := c.exitSince(ctx, d.ID, d.StartedAt); err == nil && known {
			d.ExitCode, d.EndUnknown = code, false
		}
	}
	return d
}

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
