package paunchtest

import (
	"context"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/paunch"
)

// fake hides the name of the embedded type.
type fake = applytest.Fake

// Engine is a container engine in memory. It is safe for use by many goroutines. Among the methods that it has of the
// engine under it: AddRemote lets a pull find an image, FailPulls lets pulls fail, End ends a container with an exit
// code, Changes returns the calls that changed something, as text, and Forget forgets them.
type Engine struct{ *fake }

var _ paunch.Engine = Engine{}

// New returns an engine without containers that has the given images.
func New(images ...string) Engine { return Engine{applytest.NewFake(images...)} }

// Names returns the names of all containers, sorted.
func (e Engine) Names() []string {
	names := []string{}
	for _, c := range e.State().Containers {
		names = append(names, c.Name)
	}
	return names
}

// Observe takes one look.
func (e Engine) Observe(_ context.Context, want podman.Want) (observed.State, error) {
	return e.State(want.Images...), nil
}

// Volumes looks at volumes.
func (e Engine) Volumes(_ context.Context, containers, images []string) (observed.Volumes, error) {
	return e.fake.Volumes(containers, images), nil
}

// Restarts returns how often containers were restarted.
func (e Engine) Restarts(_ context.Context, containers []string) (map[string]int, error) {
	return e.fake.Restarts(containers, nil), nil
}

// Listening finds no ports.
func (Engine) Listening([]observed.Container) map[string][]uint16 { return nil }

// Version is one that has every option.
func (Engine) Version() string { return "5.8.0" }

// URL names the fake.
func (Engine) URL() string { return "fake:" }

// Local reports false: files of this host are none of the engine's.
func (Engine) Local() bool { return false }

// System reports false: no unit of systemd runs its containers.
func (Engine) System() bool { return false }

// Kill does nothing.
func (Engine) Kill() {}

// Close does nothing: the containers stay, for the next run.
func (Engine) Close() error { return nil }
