package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// verify looks once, at the end of a wave, whether the services that it started still run.
func (x *Executor) verify(ctx context.Context, outcomes []Outcome) {
	started := func(o Outcome) bool { return o.verify && !o.watch }
	byID, err := x.look(ctx, outcomes, started)
	for i := range outcomes {
		o := &outcomes[i]
		if !started(*o) || o.Err != nil {
			continue
		}
		c, seen := byID[o.ID]
		if !seen {
			o.Action = plan.Failed
			o.Err = &Failure{Cause: errors.Join(errors.New("it was started and cannot be found running"), err), Next: "apply again"}
			continue
		}
		o.StartedAt, o.State, o.begun = c.StartedAt, c.Status, c.Begun
		switch {
		case o.completed(c):
		case c.Ended():
			x.endedEarly(ctx, o, c, "it ended right after it was started")
		case c.Restarts > 0 && o.Action != plan.Started && o.Action != plan.Restarted:
			x.endedEarly(ctx, o, c, fmt.Sprintf("it ended and was restarted %d times already", c.Restarts))
		}
	}
}

// settled looks once more, at the end of the step, when the services that it started have run for the
// settle time: one that cannot live has ended by then, and what restarts it must not hide that.
func (x *Executor) settled(ctx context.Context, outcomes []Outcome) {
	fresh := func(o Outcome) bool { return o.verify && o.Err == nil }
	var due time.Time
	for _, o := range outcomes {
		if fresh(o) && o.up.Add(x.o.Settle).After(due) {
			due = o.up.Add(x.o.Settle)
		}
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	if time.Until(due) > 0 {
		x.sign(Sign{Outcome: Outcome{Action: SignSettle}, Waiting: fmt.Sprintf("the end of the settle time of %s", x.o.Settle)})
		defer x.sign(Sign{Outcome: Outcome{Action: SignSettle}})
	}
	select {
	case <-timer.C:
	case <-ctx.Done():
		return // what restarts shows in the next run
	}
	byID, _ := x.look(x.firm, outcomes, fresh) // they have been seen running once
	for i := range outcomes {
		o := &outcomes[i]
		c, seen := byID[o.ID]
		if !fresh(*o) || !seen {
			continue
		}
		switch {
		case o.watch:
			x.checkWatched(x.firm, o, c)
		case o.completed(c):
			o.State = c.Status
		case c.Ended():
			x.endedEarly(x.firm, o, c, fmt.Sprintf("it ended within %s of its start", x.o.Settle))
		case o.restartedSince(c):
			x.endedEarly(x.firm, o, c, fmt.Sprintf("it ended within %s of its start and was started again", x.o.Settle))
		}
	}
}

// checkWatched fails a service that was not started by this run, and exited within the settle time of its last
// start: the policy or unit that restarts it must not hide that.
func (x *Executor) checkWatched(ctx context.Context, o *Outcome, c observed.Container) {
	x.mu.Lock()
	byUs := x.restarted[c.ID]
	x.mu.Unlock()
	switch {
	case o.completed(c):
	case c.Ended(), o.restartedSince(c) && !byUs:
		o.Restarts++
		if d, err := x.inspect(ctx, c.ID); err == nil {
			o.Restarts = max(o.Restarts, int(d.Restarts)) //nolint:gosec // a small number
		}
		x.endedEarly(ctx, o, c, "crash looping: "+plural(o.Restarts, "restart"))
	}
	o.State = c.Status
}

func (x *Executor) inspect(ctx context.Context, id string) (Detail, error) {
	ctx, cancel := context.WithTimeout(ctx, x.callLimit())
	defer cancel()
	return x.rt.Inspect(ctx, id)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// judge looks once, at the end of the step, at the fire-and-exit entries that were started: those that
// have ended must have succeeded; one that runs on is left running.
func (x *Executor) judge(ctx context.Context, outcomes []Outcome) {
	byID, _ := x.look(ctx, outcomes, func(o Outcome) bool { return o.judge }) // the next run judges what is not seen now
	for i := range outcomes {
		o := &outcomes[i]
		c, seen := byID[o.ID]
		if !o.judge || !seen || o.Err != nil {
			continue
		}
		o.StartedAt, o.State = c.StartedAt, c.Status
		if c.Ended() && !c.EndUnknown {
			code := c.ExitCode
			o.ExitCode = &code
			if !plan.Accepted(o.codes, code) {
				x.endedEarly(ctx, o, c, "it ended with an exit code that is not accepted")
			}
		}
	}
}

// look lists the containers by id, if any outcome is of interest.
func (x *Executor) look(ctx context.Context, outcomes []Outcome, of func(Outcome) bool) (map[string]observed.Container, error) {
	if !slices.ContainsFunc(outcomes, of) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, x.callLimit())
	defer cancel()
	containers, err := x.rt.Containers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	byID := make(map[string]observed.Container, len(containers))
	for _, c := range containers {
		byID[c.ID] = c
	}
	return byID, nil
}

// ending says how a container ended: the kernel that took it for its memory looks like any SIGKILL.
func (x *Executor) ending(ctx context.Context, id string, code int) string {
	ctx, cancel := context.WithTimeout(ctx, x.callLimit())
	defer cancel()
	if d, err := x.rt.Inspect(ctx, id); err == nil && d.OOMKilled {
		return fmt.Sprintf("exit code %d: it ran out of memory and was killed for it", code)
	}
	return fmt.Sprintf("exit code %d", code)
}

// lastExit returns the exit code of the last run of a container by Podman's events; nil where that is not known.
func (x *Executor) lastExit(ctx context.Context, id string, started time.Time) *int {
	ctx, cancel := context.WithTimeout(ctx, x.o.CallTimeout)
	defer cancel()
	last, known, err := x.rt.LastExit(ctx, id, started)
	if err != nil || !known {
		return nil
	}
	return &last
}

// exitText is an exit code as a message has it; "" where it is not known.
func exitText(code *int) string {
	if code == nil {
		return ""
	}
	return fmt.Sprintf(" (exit code %d)", *code)
}

// exitCode returns the exit code of a container's last run; nil where it is not known.
func (x *Executor) exitCode(ctx context.Context, c observed.Container) *int {
	switch {
	case !c.Ended():
		return x.lastExit(ctx, c.ID, c.StartedAt)
	case c.EndUnknown:
		return nil
	}
	return &c.ExitCode
}

func (x *Executor) endedEarly(ctx context.Context, o *Outcome, c observed.Container, what string) {
	o.ExitCode = x.exitCode(ctx, c)
	says := exitText(o.ExitCode)
	if c.Ended() && o.ExitCode != nil {
		says = fmt.Sprintf(" (%s)", x.ending(ctx, c.ID, *o.ExitCode))
	}
	o.Action = plan.Failed
	o.Stdout, o.Stderr = x.tail(ctx, c.ID, o.since)
	o.Err = &Failure{
		Cause: errors.New(what + says),
		Next:  fmt.Sprintf("see podman logs %s, fix its config or image and apply again", c.Name),
	}
}
