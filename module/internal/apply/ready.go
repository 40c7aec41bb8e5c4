package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// errRunsOn means that the run was interrupted while a job was at work: it is not rolled back, but runs on.
var errRunsOn = errors.New("the run was interrupted while it was running; it runs on")

// ready waits until a new container that was started has done what is asked of its kind, and so may stay.
func (r *opRun) ready(id string) error {
	r.out.ExitCode, r.out.State = nil, observed.Running
	switch r.op.Entry.Kind {
	case config.OneShot:
		return r.completes(id)
	case config.FireAndExit:
		r.out.judge, r.out.codes = true, r.op.Entry.ExitCodes
	case config.Service:
		r.out.verify = true
	case config.StoppedOnly, config.Exec:
		return nil
	}
	r.out.up = time.Now()
	if r.gate() {
		if err := r.waitHealthy(id); err != nil || r.out.State == observed.Exited {
			return err
		}
	}
	return r.staysUp(id, r.x.o.Settle-time.Since(r.out.up))
}

// completes waits for a job to end with an accepted exit code, within its retries.
func (r *opRun) completes(id string) error {
	code, err := r.waitBounded(id)
	for try := 1; err == nil && r.retry(try, code); try++ {
		if err = r.startNew(id); err == nil {
			code, err = r.waitBounded(id)
		}
	}
	if d, inspectErr := r.inspect(id); inspectErr == nil {
		r.out.StartedAt, r.out.State = d.StartedAt, d.Status
	}
	if err != nil {
		return err
	}
	r.out.ExitCode, r.out.State = &code, observed.Exited
	if !plan.Accepted(r.op.Entry.ExitCodes, code) {
		return fmt.Errorf("it ended with %s; accepted are %v", r.x.ending(r.firm, id, code), r.op.Entry.ExitCodes)
	}
	r.out.Stdout, r.out.Stderr = r.x.tail(r.firm, id, r.out.since)
	return nil
}

// staysUp watches a container for what is left of the settle time. One that may end may do so with an accepted
// exit code.
func (r *opRun) staysUp(id string, left time.Duration) error {
	ctx, cancel := context.WithTimeout(r.ctx, max(left, 0))
	defer cancel()
	defer r.phase("settle")()
	if left > 0 {
		r.waits(fmt.Sprintf("the end of its settle time of %s", r.x.o.Settle), "")
	}
	code, err := r.x.rt.Wait(ctx, id)
	switch {
	case err == nil:
		return r.endedWhileWatched(id, code)
	case r.ctx.Err() != nil:
		return errors.New("the run was interrupted before the new container was ready")
	case ctx.Err() == nil:
		return fmt.Errorf("watch the new container: %w", err)
	}
	d, err := r.inspect(id)
	switch {
	case err != nil:
		return err
	case !isRunning(d.Status) && !d.EndUnknown:
		return r.endedWhileWatched(id, d.ExitCode)
	case d.Restarts > 0, d.EndUnknown:
		r.out.ExitCode = r.x.lastExit(r.firm, id, d.StartedAt)
		return fmt.Errorf("the new container keeps ending: restarted %d times within %s%s", d.Restarts, r.x.o.Settle, exitText(r.out.ExitCode))
	case d.Health == "unhealthy" && r.gate():
		return fmt.Errorf("the new container was healthy and is not any more: %s", d.HealthLog)
	}
	return nil
}

// endedWhileWatched judges the end of a container that was expected to run, or may have.
func (r *opRun) endedWhileWatched(id string, code int) error {
	r.out.ExitCode, r.out.State, r.out.verify = &code, observed.Exited, false
	if r.out.onFailure && code == 0 || r.isKind(config.FireAndExit) && plan.Accepted(r.op.Entry.ExitCodes, code) {
		return nil
	}
	return fmt.Errorf("the new container ended within %s of its start (%s)", r.x.o.Settle, r.x.ending(r.firm, id, code))
}
