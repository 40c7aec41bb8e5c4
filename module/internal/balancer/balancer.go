package balancer

import (
	"context"
	"errors"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
)

// ErrAway means that no load balancer answers, so that nothing comes to the service through one.
var ErrAway = errors.New("no load balancer answers")

// Balancer is a load balancer of one service.
type Balancer interface {
	// TakeOut lets nothing new come to the service. Doing so twice is no error.
	TakeOut(ctx context.Context) error
	// Open returns how much of what came before is not finished yet; 0 = nothing.
	Open(ctx context.Context) (int, error)
	// PutBack lets new requests come. Doing so twice is no error.
	PutBack(ctx context.Context) error
	// Takes reports whether requests come to the service again, where that can be told: a load balancer may look for itself
	// first.
	Takes(ctx context.Context) (bool, error)
}

// callLimit bounds one request to a load balancer.
const callLimit = 10 * time.Second

// Of returns the load balancer of a drain; nil where commands speak to it.
func Of(d config.Drain) Balancer {
	switch {
	case d.HAProxy != nil:
		return haproxy{*d.HAProxy}
	case d.HTTP != nil:
		return web{*d.HTTP}
	}
	return nil
}

// Words are the commands by which a person takes a service out, or puts it back.
func Words(d config.Drain, out bool) [][]string {
	switch {
	case d.HAProxy != nil:
		return haproxy{*d.HAProxy}.words(out)
	case d.HTTP != nil && out:
		return [][]string{curl(d.HTTP.Out)}
	case d.HTTP != nil:
		return [][]string{curl(d.HTTP.Back)}
	}
	return nil
}
