package podman

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
)

// defaultQuick is how long Podman may take for a call that depends on nothing but Podman.
const defaultQuick = 2 * time.Minute

// Client is a connection to one Podman service. It implements apply.Runtime. Its methods may be called
// at the same time.
type Client struct {
	local bool
	// seesProcesses reports whether the process ids in the service's answers mean the same here.
	seesProcesses  bool
	quick          time.Duration // the limit of a call that depends on nothing but Podman
	outage         time.Duration // how long Podman may be away
	contactTimeout time.Duration

	mu        sync.Mutex
	current   *link
	closed    bool
	lostSince time.Time       // when the connection was lost; zero while Podman answers
	made      map[string]bool // ids of the containers that this Client created
	images    *imageLabels    // of the last listing; nil = none
	dirs      []string        // where Podman keeps its state; nil until it is asked for
}

var _ apply.Runtime = (*Client)(nil)

// Version is the service's Podman version.
func (c *Client) Version() string { return c.link().version.String() }

// URL is the service's address, for a person to read; a service of our own is named as such.
func (c *Client) URL() string {
	l := c.link()
	if l.service != nil {
		return "private service " + l.service.socket
	}
	return l.address
}

// Local reports whether the service runs on this host, so that paths mean the same here and there.
func (c *Client) Local() bool { return c.local }

// System reports whether this is the Podman that a plain podman command of this user talks to: a service of our
// own, or the one at the default socket.
func (c *Client) System() bool {
	l := c.link()
	return l.service != nil || slices.Contains(defaultSockets(), strings.TrimPrefix(l.address, "unix://"))
}

// Close ends the connection, and the service if it is ours. Containers run on.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.current.close()
}

// Kill is Close without the time for a service of our own to complete what it is doing.
func (c *Client) Kill() {
	if l := c.link(); l.service != nil {
		l.service.kill()
	}
	_ = c.Close() // the run is being aborted
}

// callContext is a caller's context through which the bindings find their connection.
type callContext struct {
	context.Context
	conn context.Context
}

func (c callContext) Value(key any) any {
	if v := c.conn.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// call prepares one request: its context with at most limit to run (0 = none), and the function that
// turns its error into one that says what was being done (where doing is not empty).
func (c *Client) call(ctx context.Context, limit time.Duration, doing string) (context.Context, func(error) error, context.CancelFunc) {
	begin := time.Now()
	cancel := context.CancelFunc(func() {})
	if limit > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, limit, noAnswer{})
	}
	l := c.link()
	explain := func(err error) error { return l.explain(ctx, doing, time.Since(begin), err) }
	return callContext{ctx, l.conn}, explain, cancel
}
