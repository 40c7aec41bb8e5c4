package podman

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver/v4"

	"github.com/overcloud/paunch/module/internal/apply"
)

// How long Podman may take for a call that depends on nothing but Podman. A create may copy a whole
// image (user namespaces without id-mapped mounts); a stop takes as long as the container's own
// timeout and has no limit here.
const (
	defaultQuick = 2 * time.Minute
	slowCall     = 15 * time.Minute
)

// Client is a connection to one Podman service. It implements apply.Runtime. Its methods may be called
// at the same time.
type Client struct {
	conn    context.Context // carries the bindings' connection, nothing else
	cancel  context.CancelFunc
	pool    *http.Transport
	service *service // nil unless the service is ours
	url     string
	version string
	semver  semver.Version
	local   bool
	// seesProcesses tells that the process ids in the service's answers mean the same here.
	seesProcesses bool
	quick         time.Duration // the limit of a call that depends on nothing but Podman
}

var _ apply.Runtime = (*Client)(nil)

// Version is the service's Podman version.
func (c *Client) Version() string { return c.version }

// URL is the service's address, for a person to read; a service of our own is named as such.
func (c *Client) URL() string {
	if c.service != nil {
		return "private service " + c.service.socket
	}
	return c.url
}

// Local tells that the service runs on this host, so that paths mean the same here and there.
func (c *Client) Local() bool { return c.local }

// System tells that this is the Podman that a plain podman command of this user talks to: a service of our
// own, or the one at the default socket.
func (c *Client) System() bool {
	return c.service != nil || slices.Contains(defaultSockets(), strings.TrimPrefix(c.url, "unix://"))
}

// Close ends the connection, and the service if it is ours. Containers run on.
func (c *Client) Close() error {
	c.cancel()
	c.pool.CloseIdleConnections()
	if c.service != nil {
		return c.service.stop()
	}
	return nil
}

// Kill is Close without the time for a service of our own to complete what it is doing.
func (c *Client) Kill() {
	if c.service != nil {
		c.service.kill()
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
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	explain := func(err error) error { return c.explain(ctx, doing, time.Since(begin), err) }
	return callContext{ctx, c.conn}, explain, cancel
}
