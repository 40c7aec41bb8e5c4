package podman

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/blang/semver/v4"
)

// How a call goes on that lost its connection to Podman.
const (
	// Outage is how long Podman may be away before calls fail.
	Outage         = 30 * time.Second
	outagePause    = 100 * time.Millisecond // before the next try; doubled with each
	outagePauseMax = time.Second
)

// link is one connection to one Podman service.
type link struct {
	conn    context.Context // carries the bindings' connection, nothing else
	cancel  context.CancelFunc
	pool    *http.Transport
	service *service // nil unless the service is ours
	address string
	version semver.Version
}

// close ends the connection, and the service if it is ours.
func (l *link) close() error {
	l.cancel()
	l.pool.CloseIdleConnections()
	if l.service != nil {
		return l.service.stop()
	}
	return nil
}

// dead reports whether the link cannot come back by itself: its private service ended, or its ssh session
// may have. A socket or port is dialled for each new connection anyway.
func (l *link) dead() bool {
	if l.service != nil {
		return l.service.hasEnded()
	}
	return strings.HasPrefix(l.address, "ssh:")
}

// lostError is a failure of the connection to Podman, as opposed to an answer that says no. The call may
// have had its effect.
type lostError struct{ error }

func (e lostError) Unwrap() error { return e.error }

func isLost(err error) bool {
	var lost lostError
	return errors.As(err, &lost)
}

// link returns the connection to use now.
func (c *Client) link() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// persist makes a call, and makes it again where the connection was lost, until Podman answers or has been
// away for too long. A lost call may have had its effect: before each further try, done looks for it. done
// may be nil for a call that can be made twice.
func (c *Client) persist(ctx context.Context, call func() error, done func() (bool, error)) error {
	err := call()
	if !isLost(err) {
		c.noteAnswer()
		return err
	}
	began := time.Now()
	away := c.noteLoss(began)
	for wait := outagePause; time.Since(away) < c.outage && time.Since(began) < c.outage; wait = min(2*wait, outagePauseMax) {
		if pause(ctx, wait) != nil || c.relink(ctx) != nil {
			return err
		}
		if err = tryAgain(call, done); !isLost(err) {
			c.noteAnswer()
			return err
		}
		away = c.noteLoss(time.Now())
	}
	return err
}

// tryAgain makes a call once more unless it has had its effect.
func tryAgain(call func() error, done func() (bool, error)) error {
	if done != nil {
		if had, err := done(); had || err != nil {
			return err
		}
	}
	return call()
}

// noteLoss notes that a connection was lost, and returns since when Podman has been away.
func (c *Client) noteLoss(now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lostSince.IsZero() {
		c.lostSince = now
	}
	return c.lostSince
}

// noteAnswer notes that Podman answered a call.
func (c *Client) noteAnswer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lostSince = time.Time{}
}

// relink replaces a link that cannot come back by itself: by a new private service, or a new ssh session.
// It returns an error where no private service can be started.
func (c *Client) relink(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.current
	if c.closed || !old.dead() {
		return nil
	}
	fresh, err := c.dial(ctx, old)
	if err != nil {
		if old.service != nil {
			return err
		}
		return nil // the host may be back for the next try
	}
	c.current = fresh
	_ = old.close() // it is dead
	return nil
}

// dial makes a link like another one.
func (c *Client) dial(ctx context.Context, like *link) (*link, error) {
	if like.service != nil {
		return connectPrivate(ctx, c.contactTimeout)
	}
	return contact(ctx, like.address, nil, c.contactTimeout)
}
