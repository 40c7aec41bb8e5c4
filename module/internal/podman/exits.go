package podman

import (
	"context"
	"strconv"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/system"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
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
	ctx, explain, cancel := c.call(ctx, c.quick, "ask for earlier exit codes")
	defer cancel()
	events := make(chan types.Event)
	err = system.Events(ctx, events, nil, new(system.EventsOptions).WithStream(false).
		WithSince(unixText(started.Add(-exitsWindow))).
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

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
