package apply

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Errors that a Runtime wraps so that the executor can decide on them.
var (
	ErrNotFound  = errors.New("not found")                      // the container is gone: often just what was wanted
	ErrNameTaken = errors.New("name is in use")                 // another container holds the name
	ErrPermanent = errors.New("cannot succeed by trying again") // of a pull: no such image, access denied, rejected by policy
	ErrNoAnswer  = errors.New("no answer in time")              // the call may still take effect
	// ErrHasDependents is of a removal: others share a namespace of the container or require it. The message names
	// them by their ids.
	ErrHasDependents = errors.New("other containers depend on it")
)

// CreateRequest is one container to create.
type CreateRequest struct {
	Entry  config.Entry
	Name   string            // the real name
	Labels map[string]string // ours, in addition to the entry's own
	// Placeholder creates a container that only carries labels (the record of an exec): the entry's
	// image, no options, never started.
	Placeholder bool
	// NoRestartPolicy leaves the restart policy out, where systemd restarts the container.
	NoRestartPolicy bool
	// ConmonPIDFile is where conmon writes its process id, for the unit; "" = nowhere of its own.
	ConmonPIDFile string
}

// PullRequest is one image to pull.
type PullRequest struct {
	Image     string
	Policy    string // missing, always, newer
	AuthFile  string
	TLSVerify *bool // nil = as the registry is configured on the host
	// Progress hears of a pull that takes its time; nil = nobody listens.
	Progress func(PullProgress)
}

// PullProgress is how far a pull is.
type PullProgress struct {
	Bytes int64  // that have come; 0 where the engine does not say
	Note  string // what the engine says that it does, in its words; "" = nothing
}

// ExecRequest is one command to run inside a running container.
type ExecRequest struct {
	Command    []string
	Env        []string
	User       string
	Privileged bool
	Workdir    string
	// Mark tells the commands of one entry from all others, over all runs: FindExec looks for it.
	Mark string
}

// ExecSession is a command that runs in a container.
type ExecSession struct {
	ID      string // "" = there is none
	Command []string
}

// Detail is what one container's inspection adds to the listing.
type Detail struct {
	ID           string
	ImageID      string
	Status       observed.Status
	ExitCode     int
	EndUnknown   bool // it ended, and its exit code is not known
	OOMKilled    bool
	StartedAt    time.Time
	Restarts     uint
	Health       string // healthy, unhealthy, starting; "" = none
	HealthLog    string // output of the last check
	HealthFailed int    // failing streak
	// HasHealthcheck reports whether there is a check at all, of the entry or of the image.
	HasHealthcheck bool
	Error          string // podman's own note on why it could not start
	PIDFile        string // where its conmon writes its process id
}

// ended reports whether the container ran and ended.
func (d Detail) ended() bool { return d.Status == observed.Exited || d.Status == observed.Stopped }

// Runtime is the container engine as the executor needs it. Ids and names are interchangeable
// wherever a container is meant. Every call honours ctx; errors wrap the sentinels above.
// applytest holds the conformance suite that every implementation passes.
type Runtime interface {
	Resources
	// Create makes a container without starting it and returns its id.
	Create(ctx context.Context, r CreateRequest) (id string, err error)
	// Init prepares mounts, namespaces and the process of a created container without letting it run:
	// it finds a missing executable or mount source before anything else has to give way.
	Init(ctx context.Context, container string) error
	Start(ctx context.Context, container string) error
	// Stop ends the container with its stop signal and, after its own stop timeout, by SIGKILL.
	// Stopping what is not running is no error.
	Stop(ctx context.Context, container string) error
	Unpause(ctx context.Context, container string) error
	// Update changes options of a container that runs, without a restart. An update that is refused may have been noted for
	// the next start: its way back is another update.
	Update(ctx context.Context, r UpdateRequest) error
	// Remove stops and removes the container, also a storage-only leftover. Removing what is gone is
	// no error. One that others depend on is left as it is (ErrHasDependents).
	Remove(ctx context.Context, container string) error
	// Discard removes a container that did not come to use, as Remove does, and the processes of one that an
	// interrupted run left half prepared; with volumes, also the anonymous ones that no other container has.
	Discard(ctx context.Context, container string, volumes bool) error
	Rename(ctx context.Context, container, name string) error
	// Wait blocks until the container has ended, and returns its exit code.
	Wait(ctx context.Context, container string) (exitCode int, err error)
	Inspect(ctx context.Context, container string) (Detail, error)
	// LastExit returns the exit code of the container's run that ended before the one that was started at a time;
	// known is false where the engine does not remember it.
	LastExit(ctx context.Context, container string, started time.Time) (exitCode int, known bool, err error)
	// RunHealthcheck runs the container's check once and reports whether it passed.
	RunHealthcheck(ctx context.Context, container string) (healthy bool, err error)
	// Logs writes the end of what this container printed after since (zero = since it was created), the last
	// lines of it at least. A log file that earlier containers wrote too is read from there on. The caller
	// bounds what it keeps: see Tail.
	Logs(ctx context.Context, container string, since time.Time, lines int, stdout, stderr io.Writer) error
	// Exec runs a command in a running container and returns its exit code. When ctx ends first, the
	// command runs on.
	Exec(ctx context.Context, container string, r ExecRequest, stdout, stderr io.Writer) (exitCode int, err error)
	// FindExec returns a command of this mark that runs in the container.
	FindExec(ctx context.Context, container, mark string) (ExecSession, error)
	// AwaitExec waits until the command of a session has ended, and returns its exit code.
	AwaitExec(ctx context.Context, container, session string) (exitCode int, err error)
	// EndExec ends the command of a session. One that has ended is no error.
	EndExec(ctx context.Context, session string) error
	// Room returns how many bytes are free for what the engine writes about a container; negative where
	// that cannot be told.
	Room(ctx context.Context, container string) (free int64, err error)
	// Pull returns the image's id, and whether the local image is another one than before.
	Pull(ctx context.Context, r PullRequest) (id string, moved bool, err error)
	// Containers lists all containers of the host afresh.
	Containers(ctx context.Context) ([]observed.Container, error)
}
