package apply

import (
	"fmt"
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Outcome is what came of one op.
type Outcome struct {
	Name     string // the entry's, or the container_name of what was removed
	RealName string
	ID       string
	Image    string
	Unit     string // of systemd, "" when there is none

	Action      plan.Action
	Procedure   replacement.Procedure
	Reason      string
	ChangedKeys []string
	// Changed means that the host is not as it was, also when the op failed.
	Changed    bool
	RolledBack bool
	Validation string // ValidationPassed or ValidationFailed; "" where there was none

	State     observed.Status // of the container now; "" when there is none, or only a record
	ExitCode  *int            // of a one-shot or exec, or of a service that ended when it should not have
	Health    string
	StartedAt time.Time
	Wave      int       // the entry's start_order
	Began     time.Time // when the work on it began; zero when there was none
	Duration  time.Duration
	Phases    []Phase // what the time went to, in order
	Restarts  int     // of a running service, where the last one is not long ago
	// Carried are the anonymous volumes that a re-created container took over, as NAME:PATH.
	Carried []string
	// Stdout and Stderr are the last lines, where something was run to completion or failed.
	Stdout, Stderr string
	Err            error
	// Warnings are what the operator should know of although the op succeeded.
	Warnings []string
	// Commands is what was done, as podman commands, secrets included: mask before showing.
	Commands [][]string

	onFailure bool // a service that only a failure starts again

	verify bool      // started as a service in this run: it must still run at the wave's and the step's end
	up     time.Time // when it was started
	watch  bool      // it was running already, and must keep running
	begun  uint64    // when its process was started, as the kernel counts
	since  time.Time // just before this run started it: what it printed later is this start's; zero = not started
	codes  []int
	judge  bool // a fire-and-exit: its exit, if it came already, is judged at the step's end
}

// Phase is one part of the time that an op or a run took: a call, or a wait.
type Phase struct {
	Name     string // create, prepare, start, stop, rename, remove, wait, health, settle, exec …
	Began    time.Time
	Duration time.Duration
}

// Report is what came of a plan, ops in the plan's order, removals first.
type Report struct {
	Outcomes []Outcome
	// Resources are what came of the volumes, networks and secrets, removals last.
	Resources []ResourceOutcome
	// Err is a failure that is not one container's: of systemd.
	Err error
	// Commands is what was done that is not one container's.
	Commands [][]string
	// Phases are the parts of the time that are not one container's: removals, waves, settle.
	Phases []Phase
}

// completed reports whether a service has ended as it may: with 0, where only a failure starts it again. It then
// has nothing left to do.
func (o *Outcome) completed(c observed.Container) bool {
	if !o.onFailure || !replacement.Completed(c) {
		return false
	}
	code := 0
	o.ExitCode = &code
	return true
}

// Failed reports whether any op failed.
func (r Report) Failed() bool {
	if r.Err != nil || failedResource(r.Resources) != "" {
		return true
	}
	for _, o := range r.Outcomes {
		if o.Err != nil {
			return true
		}
	}
	return false
}

// Failure is an error of one container with what to do about it.
type Failure struct {
	Cause error
	Next  string // what the operator can do
}

func (f *Failure) Error() string {
	if f.Next == "" {
		return f.Cause.Error()
	}
	return fmt.Sprintf("%v; %s", f.Cause, f.Next)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// restartedSince reports whether a container was started again since it was looked at. The listing has whole seconds,
// so where it is seen the start of the process counts.
func (o *Outcome) restartedSince(c observed.Container) bool {
	return c.StartedAt.After(o.StartedAt) || o.begun != 0 && c.Begun != 0 && c.Begun != o.begun
}
