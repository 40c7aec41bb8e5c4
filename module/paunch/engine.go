package paunch

import (
	"context"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/podman"
)

// Engine is the container engine of a run. Only this module implements it: Podman, and the fake of package paunchtest
// for the tests of programs that use this library.
type Engine interface {
	apply.Runtime
	// Observe takes one look at the host.
	Observe(ctx context.Context, want podman.Want) (observed.State, error)
	// Volumes looks at the volumes of containers and at what images declare.
	Volumes(ctx context.Context, containers, images []string) (observed.Volumes, error)
	// Restarts returns how often containers were restarted.
	Restarts(ctx context.Context, containers []string) (map[string]int, error)
	// Listening returns the ports that containers of the host's network listen on.
	Listening(containers []observed.Container) map[string][]uint16
	Version() string
	URL() string
	Local() bool  // on this host
	System() bool // the host's own
	Kill()        // end the connection at once
	Close() error
}

var _ Engine = (*podman.Client)(nil)

// dial returns the engine that a request brings, or else a connection to Podman.
func dial(ctx context.Context, given Engine, options podman.Options) (Engine, error) {
	if given != nil {
		return given, nil
	}
	client, err := podman.Connect(ctx, options)
	if err != nil {
		return nil, many.Kind(ErrUnreachable, err)
	}
	return client, nil
}
