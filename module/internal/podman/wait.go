package podman

import (
	"context"
	"errors"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/containers"

	"github.com/overcloud/paunch/module/internal/apply"
)

const (
	waitPause    = 100 * time.Millisecond // before the next wait for a container that was started again
	waitInterval = "50ms"                 // of Podman's own polling, where it polls
)

// Wait blocks until the container has ended. The code that counts is that of the inspection
// afterwards: Podman 5 answers a wait that failed inside with 0.
func (c *Client) Wait(ctx context.Context, container string) (int, error) {
	for {
		var code int
		err := c.persist(ctx, func() (err error) {
			code, err = c.waitOnce(ctx, container)
			return err
		}, nil)
		if err != nil {
			return 0, err
		}
		d, err := c.Inspect(ctx, container)
		switch {
		case errors.Is(err, apply.ErrNotFound): // removed by its own --rm
			return code, nil
		case err != nil:
			return 0, err
		case !isUp(d) && !d.EndUnknown:
			return d.ExitCode, nil
		}
		// Its restart policy has started it again, or is about to: that was not the end.
		if err := pause(ctx, waitPause); err != nil {
			return 0, err
		}
	}
}

func (c *Client) waitOnce(ctx context.Context, container string) (int, error) {
	var code int32
	err := c.act(ctx, 0, container, func(ctx context.Context, id string) (err error) {
		code, err = containers.Wait(ctx, id, new(containers.WaitOptions).WithInterval(waitInterval))
		return err
	})
	return int(code), err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
