package podman

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	"github.com/containers/podman/v5/pkg/domain/entities/types"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Tries of a call that meets a race, and the pause between them.
const (
	raceTries = 6
	racePause = 50 * time.Millisecond
)

// Create makes a container without starting it.
func (c *Client) Create(ctx context.Context, r apply.CreateRequest) (id string, err error) {
	s, err := c.specFor(ctx, r)
	if err != nil {
		return "", err
	}
	try := 0
	err = c.persist(ctx, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "")
		defer cancel()
		response, err := containers.CreateWithSpec(ctx, s, nil)
		id, err = response.ID, explain(err)
		if try++; try > 1 && errors.Is(err, apply.ErrNameTaken) {
			return lostError{err} // the lost call may be making it at this moment
		}
		return err
	}, func() (bool, error) {
		id, err = c.findCreated(ctx, s.Name, s.Labels)
		return id != "", err
	})
	if err == nil {
		c.noteMade(id)
	}
	return id, err
}

// findCreated returns the id of the container of this name if it carries these labels and never ran: then
// it is the work of a create whose answer was lost. "" means that there is none.
func (c *Client) findCreated(ctx context.Context, name string, labels map[string]string) (string, error) {
	listed, err := c.listOnce(ctx, false)
	for i := range listed {
		l := &listed[i]
		if firstName(l) == name && status(l.State) == observed.Created && hasLabels(l, labels) {
			return l.ID, nil
		}
	}
	return "", err
}

// hasLabels reports whether a container carries all of these labels; there must be any.
func hasLabels(l *types.ListContainer, labels map[string]string) bool {
	all := maps.Clone(l.Labels)
	maps.Copy(all, labels)
	return len(labels) > 0 && maps.Equal(all, l.Labels)
}

// noteMade notes that this Client created a container.
func (c *Client) noteMade(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made[id] = true
}

// Init prepares a created container up to its process; one that is beyond that already is left alone.
func (c *Client) Init(ctx context.Context, container string) error {
	return c.persist(ctx, func() error {
		return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
			err := containers.ContainerInit(ctx, id, nil)
			if errors.Is(err, define.ErrCtrStateInvalid) { // what the bindings make of "304, is so already"
				return nil
			}
			return err
		})
	}, nil)
}

// Start starts a container; one that runs is left alone.
func (c *Client) Start(ctx context.Context, container string) error {
	err := c.startOnce(ctx, container)
	if !isNotMounted(err) {
		return err
	}
	unmount := func(ctx context.Context, id string) error { return containers.Unmount(ctx, id, nil) }
	if c.act(ctx, c.quick, container, unmount) != nil {
		return err
	}
	return c.startOnce(ctx, container)
}

// startOnce starts a container, again only where the connection is lost.
func (c *Client) startOnce(ctx context.Context, container string) error {
	return c.persist(ctx, func() error {
		return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
			return containers.Start(ctx, id, nil)
		})
	}, func() (bool, error) { return c.hasStarted(ctx, container) })
}

// hasStarted reports whether a start whose answer was lost had its effect. A container of our own that has
// ended was started by it: a job must not run twice.
func (c *Client) hasStarted(ctx context.Context, container string) (bool, error) {
	data, err := c.inspectOnce(ctx, container)
	if err != nil {
		return false, err
	}
	d := detail(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	return isUp(d) || c.made[d.ID] && !d.StartedAt.IsZero(), nil
}

// Unpause lets a paused container go on.
func (c *Client) Unpause(ctx context.Context, container string) error {
	return c.persist(ctx, func() error {
		return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
			return containers.Unpause(ctx, id, nil)
		})
	}, func() (bool, error) {
		data, err := c.inspectOnce(ctx, container)
		return err == nil && detail(data).Status != observed.Paused, err
	})
}

// Rename gives a container another name.
func (c *Client) Rename(ctx context.Context, container, name string) error {
	return c.persist(ctx, func() error {
		return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
			return containers.Rename(ctx, id, new(containers.RenameOptions).WithName(name))
		})
	}, func() (bool, error) {
		data, err := c.inspectOnce(ctx, container)
		return err == nil && strings.TrimPrefix(data.Name, "/") == name, err
	})
}

// Stop ends a container within its own stop timeout. One that is not running is left alone; a paused
// one, which Podman 4 refuses to stop, goes on for it.
func (c *Client) Stop(ctx context.Context, container string) error {
	return again(ctx, func() error {
		err := c.end(ctx, container, func(ctx context.Context, id string) error {
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
	return c.remove(ctx, container, false)
}

// Discard removes a container that did not come to use; with volumes, also the anonymous ones that no other container
// has. One that was being prepared when its Podman was killed has processes that Podman knows nothing of: they end
// first.
func (c *Client) Discard(ctx context.Context, container string, volumes bool) error {
	data, err := c.inspectOnce(ctx, container)
	if err == nil && c.seesProcesses && data.State != nil && data.State.Status == string(observed.Created) {
		endPrepared(ctx, data.ID)
	}
	return c.remove(ctx, container, volumes)
}

func (c *Client) remove(ctx context.Context, container string, volumes bool) error {
	err := again(ctx, func() error {
		return c.end(ctx, container, func(ctx context.Context, id string) error {
			opts := new(containers.RemoveOptions).WithForce(true).WithVolumes(volumes).WithIgnore(true)
			_, err := containers.Remove(ctx, id, opts)
			return err
		})
	})
	if errors.Is(err, apply.ErrNotFound) {
		return nil
	}
	return err
}

// end makes a call that ends a container, again where the connection is lost. It may take the container's
// stop timeout in addition to what every call may.
func (c *Client) end(ctx context.Context, container string, do func(context.Context, string) error) error {
	return c.persist(ctx, func() error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go c.limitEnd(ctx, cancel, container)
		return c.act(ctx, 0, container, do)
	}, nil)
}

// limitEnd ends a call that ends a container when its time is up. How long the container itself may take
// is only asked for where a call takes longer than others.
func (c *Client) limitEnd(ctx context.Context, cancel context.CancelCauseFunc, container string) {
	if pause(ctx, c.quick) != nil {
		return
	}
	data, err := c.inspectOnce(ctx, container)
	if err == nil && data.Config != nil && pause(ctx, time.Duration(data.Config.StopTimeout)*time.Second) != nil { //nolint:gosec // seconds
		return
	}
	cancel(noAnswer{})
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
	return repeat(ctx, isRace, do)
}

// repeat makes a call again while its error is of a kind that passes, a few times.
func repeat(ctx context.Context, passes func(error) bool, do func() error) error {
	var err error
	for try := range raceTries {
		if err = do(); !passes(err) {
			return err
		}
		if pause(ctx, racePause<<try) != nil {
			return err
		}
	}
	return err
}

// answered reports whether the error is Podman's answer, not a failure to get one.
func answered(err error) bool {
	var e *callError
	return errors.As(err, &e)
}
