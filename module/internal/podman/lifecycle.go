package podman

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/bindings/containers"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Tries of a call that meets a race, and the pause between them.
const (
	raceTries = 6
	racePause = 50 * time.Millisecond
)

// Create makes a container without starting it.
func (c *Client) Create(ctx context.Context, r apply.CreateRequest) (string, error) {
	s, err := c.specFor(ctx, r)
	if err != nil {
		return "", err
	}
	ctx, explain, cancel := c.call(ctx, slowCall, "")
	defer cancel()
	response, err := containers.CreateWithSpec(ctx, s, nil)
	return response.ID, explain(err)
}

// Init prepares a created container up to its process; one that is beyond that already is left alone.
func (c *Client) Init(ctx context.Context, container string) error {
	return c.act(ctx, slowCall, container, func(ctx context.Context, id string) error {
		err := containers.ContainerInit(ctx, id, nil)
		if errors.Is(err, define.ErrCtrStateInvalid) { // what the bindings make of "304, is so already"
			return nil
		}
		return err
	})
}

// Start starts a container; one that runs is left alone.
func (c *Client) Start(ctx context.Context, container string) error {
	return c.act(ctx, slowCall, container, func(ctx context.Context, id string) error {
		return containers.Start(ctx, id, nil)
	})
}

// Unpause lets a paused container go on.
func (c *Client) Unpause(ctx context.Context, container string) error {
	return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		return containers.Unpause(ctx, id, nil)
	})
}

// Rename gives a container another name.
func (c *Client) Rename(ctx context.Context, container, name string) error {
	return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		return containers.Rename(ctx, id, new(containers.RenameOptions).WithName(name))
	})
}

// Stop ends a container within its own stop timeout. One that is not running is left alone; a paused
// one, which Podman 4 refuses to stop, goes on for it.
func (c *Client) Stop(ctx context.Context, container string) error {
	return again(ctx, func() error {
		err := c.act(ctx, 0, container, func(ctx context.Context, id string) error {
			return containers.Stop(ctx, id, nil)
		})
		if !answered(err) || errors.Is(err, apply.ErrNotFound) {
			return err
		}
		d, inspectErr := c.Inspect(ctx, container)
		switch {
		case inspectErr != nil:
			return err
		case !isUp(d): // never started, or ended this moment
			return nil
		case d.Status == observed.Paused:
			if err := c.Unpause(ctx, container); err != nil {
				return err
			}
			return errUnpaused
		}
		return err
	})
}

// errUnpaused asks for another try.
var errUnpaused = &callError{message: "container state improper: it was paused"}

// Remove stops and removes a container as `podman rm --force` does: every volume stays, also an anonymous
// one, since a database without a mount of its own keeps its data there. It also removes a storage-only
// leftover. What is gone is no error.
func (c *Client) Remove(ctx context.Context, container string) error {
	err := again(ctx, func() error {
		return c.act(ctx, 0, container, func(ctx context.Context, id string) error {
			opts := new(containers.RemoveOptions).WithForce(true).WithVolumes(false).WithIgnore(true)
			_, err := containers.Remove(ctx, id, opts)
			return err
		})
	})
	if errors.Is(err, apply.ErrNotFound) {
		return nil
	}
	return err
}

// act is one call on one container. Its error does not name the call: the caller knows which it was.
func (c *Client) act(ctx context.Context, limit time.Duration, container string, do func(context.Context, string) error) error {
	id, err := c.exact(ctx, container)
	if err != nil {
		return err
	}
	ctx, explain, cancel := c.call(ctx, limit, "")
	defer cancel()
	return explain(do(ctx, id))
}

// exact guards against Podman's lookup by the beginning of an id: a container called "db" that is gone
// must not mean the one whose id begins with db. A full id, and a name that no id begins with, pass as
// they are; anything else is looked up.
func (c *Client) exact(ctx context.Context, container string) (string, error) {
	if len(container) == 64 || strings.Trim(container, "0123456789abcdef") != "" {
		return container, nil
	}
	listed, err := c.list(ctx, true)
	if err != nil {
		return "", err
	}
	for i := range listed {
		if listed[i].ID == container || firstName(&listed[i]) == container {
			return listed[i].ID, nil
		}
	}
	return "", fmt.Errorf("container %q: %w", container, apply.ErrNotFound)
}

// again repeats a call that met a container in the middle of a change.
func again(ctx context.Context, do func() error) error {
	var err error
	for try := range raceTries {
		if err = do(); !isRace(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(racePause << try):
		}
	}
	return err
}

// answered tells that the error is Podman's answer, not a failure to get one.
func answered(err error) bool {
	var e *callError
	return errors.As(err, &e)
}
