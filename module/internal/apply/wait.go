package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// await waits for a one-shot to end and judges its exit code.
func (r *opRun) await(id string) {
	if r.awaits() && r.forgiveTimeout() != nil {
		return
	}
	if err := r.completes(id); err != nil {
		r.failWithTail(id, err, fmt.Sprintf("see podman logs %s, fix the cause and apply again", r.out.RealName))
		return
	}
	if r.op.Entry.Remove {
		r.forget(id)
	}
}

// awaits reports whether the op is about a job that an earlier run left running.
func (r *opRun) awaits() bool {
	return r.op.Procedure == replacement.Await || r.op.Procedure == replacement.AwaitAndForget
}

// forget removes a finished one-shot that is not to stay, and keeps the record that it was done.
func (r *opRun) forget(id string) {
	if err := r.remove(id); err != nil {
		r.fail(err, "remove it by hand: podman rm --force "+r.out.RealName)
		return
	}
	if err := r.placeholder(r.op.Entry.Image, record.DoneOneShot, nil); err != nil {
		r.fail(err, "it ran well and will run again at the next apply")
	}
}

// waitBounded waits for a container to end within the entry's timeout. One that takes longer is
// stopped; an interrupted wait leaves it running, and the next apply goes on waiting.
func (r *opRun) waitBounded(id string) (int, error) {
	limit := r.timeout()
	ctx, cancel := context.WithTimeout(r.ctx, limit)
	defer cancel()
	defer r.phase("wait")()
	defer r.waitsFor(fmt.Sprintf("its end, at most %s", limit), r.lastLogLine(id))()
	code, err := r.x.rt.Wait(ctx, id)
	switch {
	case err == nil:
		return code, nil
	case r.ctx.Err() != nil:
		return 0, errRunsOn
	case ctx.Err() != nil:
		if err := r.stopTimedOut(id); err != nil {
			return 0, fmt.Errorf("it did not end within %s and cannot be stopped: %w", limit, err)
		}
		return 0, fmt.Errorf("it took too long: it did not end within %s and was stopped", limit)
	}
	return 0, fmt.Errorf("wait for its end: %w", err)
}

func (r *opRun) timeout() time.Duration {
	if t := r.op.Entry.Timeout; t > 0 {
		return t
	}
	return r.x.o.Timeout
}

// gate reports whether the op's container must become healthy.
func (r *opRun) gate() bool {
	return r.x.gate(*r.op.Entry)
}

// checkGate makes sure that a container which the listing does not call healthy has passed its gate.
func (r *opRun) checkGate(id string) {
	if d, err := r.inspect(id); err == nil && d.Health == "healthy" {
		r.out.Health = d.Health
		return
	}
	r.passGate(id)
}

// passGate waits at the health gate of a container that was started, where it has one.
func (r *opRun) passGate(id string) {
	if !r.gate() {
		return
	}
	if err := r.waitHealthy(id); err != nil {
		r.failWithTail(id, err, fmt.Sprintf("see podman logs %s; the next apply waits for it again", r.out.RealName))
	}
}

// defaultInterval is podman's between two checks.
const defaultInterval = 30 * time.Second

// pollInterval is how often the state of checks that others run is read.
const pollInterval = 500 * time.Millisecond

// errCompleted means that an entry that may end did so with an accepted exit code: no gate holds it then.
var errCompleted = errors.New("ended with an accepted exit code")

// waitHealthy waits until the container's healthcheck passes. An end of the container ends the wait: as a
// success for an entry without a restart policy whose exit code is accepted, else as a failure.
func (r *opRun) waitHealthy(id string) error {
	defer r.phase("health")()
	limit, interval := r.healthTimes()
	ctx, cancel := context.WithTimeout(r.ctx, limit)
	defer cancel()
	run, begun, period := !r.x.o.PodmanRunsChecks, time.Now(), interval
	if !run {
		period = pollInterval
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	gate, said := fmt.Sprintf("its health gate, at most %s", limit), ""
	r.waits(gate, "")
	for {
		log, healthy, err := r.probe(ctx, id, run)
		if healthy {
			r.out.Health = "healthy"
			return nil
		}
		if errors.Is(err, errCompleted) {
			r.out.State, r.out.Health = observed.Exited, ""
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		if log != said {
			said = log
			r.waits(gate, lastOf(log))
		}
		if !run && log == "" && time.Since(begun) > interval {
			// Podman's timers do not reach it: those of a service with a storage of its own, or of a user
			// without a systemd, look elsewhere.
			run = true
			ticker.Reset(interval)
			continue
		}
		select {
		case <-ctx.Done():
			return r.notHealthy(id, limit)
		case <-ticker.C:
		}
	}
}

// healthTimes returns how long the container may take to become healthy, and the time between two checks.
func (r *opRun) healthTimes() (limit, interval time.Duration) {
	limit, interval = r.op.Entry.HealthTimeout, r.op.Entry.HealthInterval
	if limit <= 0 {
		limit = r.x.o.HealthTimeout
	}
	if interval <= 0 {
		interval = defaultInterval
	}
	return limit, interval
}

// lastOf returns the last line of a text.
func lastOf(text string) string {
	text = strings.TrimRight(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// probe reports whether the container is healthy now, and what its last check said; an error means that it
// cannot become healthy. With run, it runs the check itself.
func (r *opRun) probe(ctx context.Context, id string, run bool) (log string, healthy bool, err error) {
	if run {
		// A check that cannot run now is one that has not passed yet.
		if healthy, _ = r.x.rt.RunHealthcheck(ctx, id); healthy {
			return "", true, nil
		}
	}
	d, err := r.x.rt.Inspect(ctx, id)
	switch {
	case err != nil:
		return "", false, err
	case d.Status != observed.Running:
		r.out.ExitCode = &d.ExitCode
		if r.isKind(config.FireAndExit) && d.ended() && plan.Accepted(r.op.Entry.ExitCodes, d.ExitCode) {
			return "", false, errCompleted
		}
		return "", false, fmt.Errorf("it ended (exit code %d) before it was healthy", d.ExitCode)
	case d.Health == "":
		return "", false, errors.New("it has no healthcheck to wait for: give it one, or do not ask for wait: healthy")
	}
	return d.HealthLog, !run && d.Health == "healthy", nil
}

func (r *opRun) notHealthy(id string, limit time.Duration) error {
	if r.ctx.Err() != nil {
		return errors.New("the run was interrupted before it was healthy")
	}
	d, err := r.inspect(id)
	if err != nil {
		return fmt.Errorf("it was not healthy within %s: %w", limit, err)
	}
	r.out.Health = d.Health
	if d.HealthLog != "" {
		return fmt.Errorf("it was not healthy within %s; its last check said: %s", limit, d.HealthLog)
	}
	return fmt.Errorf("it was not healthy within %s", limit)
}

// failWithTail fails the op and keeps the last lines of what the container printed.
func (r *opRun) failWithTail(id string, err error, next string) {
	if stdout, stderr := r.x.tail(r.firm, id, r.out.since); stdout+stderr != "" { // else it may be gone
		r.out.Stdout, r.out.Stderr = stdout, stderr
	}
	r.fail(err, next)
}
