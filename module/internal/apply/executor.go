package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// Options are how a plan is executed.
type Options struct {
	Concurrency   int           // ops of one wave at a time; at least 1
	Timeout       time.Duration // of a one-shot or exec without one of its own
	HealthTimeout time.Duration // of a health gate without one of its own
	// Settle is how long a replacement without a health gate must run before the old container goes.
	Settle      time.Duration
	WaitHealthy bool // gate every service that has a healthcheck
	// PodmanRunsChecks means that systemd runs Podman's healthcheck timers. Elsewhere a gate runs the
	// checks itself, or nothing ever would.
	PodmanRunsChecks bool
	PullRetries      int
	AuthFile         string
	TLSVerify        *bool
	LogLines         int // of the tails in the outcomes
	// CallTimeout bounds one call to Podman or systemd, so that one that hangs ends a run with an error; 0
	// means two minutes. The runtime bounds those that end a container. Outage is how long a call to Podman
	// may take in addition, because Podman is away. EndTimeout bounds the stop of a unit, which may take the
	// container's whole stop timeout; 0 means 15 minutes.
	CallTimeout, Outage, EndTimeout time.Duration
	// Insist is how long a roll-back goes on with a call that fails; 0 means 10 seconds.
	Insist time.Duration

	// Labels returns the labels of a container made from an entry.
	Labels func(config.Entry) map[string]string
	// CommandLine returns the podman command that a create request represents.
	CommandLine func(CreateRequest) []string
	// Suffix returns the last part of a unique name for an entry (plan.Suffix).
	Suffix func(entry string) string
	// Journal hears of each container that is created under its entry's own name; nil = nobody does.
	Journal Journal
	// Progress hears of each op as it begins (done false) and ends; nil = nobody listens.
	Progress func(o Outcome, done bool)
}

// Journal remembers, over the end of this process, which containers it is creating.
type Journal interface {
	Creating(name string)
	Created(name string) // it is known how the create ended
}

// Executor executes plans on one host.
type Executor struct {
	rt    Runtime
	units Units // nil where systemd does not run the containers
	o     Options
	// firm is the context of what an interruption of the run must not end; an abort ends it.
	firm context.Context
	mu   sync.Mutex
	// now maps each entry to the container that its op left running, for execs that follow.
	now map[string]string
	// left maps each entry to the container that its op left, for those that refer to it.
	left map[string]found
	// later are containers to remove at the end, when those that depend on them have been re-created.
	later []laterRemoval
	// runs are the ops that were executed, by name.
	runs map[string]*opRun
	// created are the ids of the containers that this run created.
	created map[string]bool
	// restarted are the ids of the dependents that a roll-back of this run restarted.
	restarted map[string]bool
	// lateCreates are creates that Podman did not answer in time.
	lateCreates []lateCreate
	// waiting are the replacements that are ready and not complete, in the order in which they were ready, of queued
	// in all; finished are the entries whose ops have succeeded; amended are the outcomes that have changed after their
	// ops, by entry.
	waiting  []*replacement
	queued   int
	finished map[string]bool
	amended  map[string]Outcome
	// orphans are the removals that come last, by the id of the container; removed are the outcomes of those that were
	// removed earlier, because they gave way to what is ready now.
	orphans map[string]plan.Op
	removed []Outcome
	// reloadDue means that units were removed and systemd has not read that yet.
	reloadDue bool
}

// New returns an executor; units is nil where systemd does not run the containers.
func New(rt Runtime, units Units, o Options) *Executor {
	if o.Concurrency < 1 {
		o.Concurrency = 1
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 2 * time.Minute
	}
	if o.Insist == 0 {
		o.Insist = insistFor
	}
	if o.EndTimeout == 0 {
		o.EndTimeout = 15 * time.Minute
	}
	return &Executor{
		rt: rt, units: units, o: o, firm: context.Background(), now: map[string]string{}, runs: map[string]*opRun{},
		created: map[string]bool{}, restarted: map[string]bool{}, left: map[string]found{},
		finished: map[string]bool{}, amended: map[string]Outcome{}, orphans: map[string]plan.Op{},
	}
}

// callLimit is how long a call to the runtime may take.
func (x *Executor) callLimit() time.Duration { return x.o.CallTimeout + x.o.Outage }

// Run executes removals and waves. When ctx ends it stops waiting and begins nothing new, but what it
// has begun to replace it completes or rolls back. An abort (package interrupt) ends that too: each op
// then reports what it leaves behind.
func (x *Executor) Run(ctx context.Context, p plan.Plan) Report {
	x.firm = interrupt.Firm(ctx)
	first, last := splitRemovals(p.Removals)
	for _, op := range last {
		if op.Current != nil && op.Orphan {
			x.orphans[op.Current.ID] = op
		}
	}
	var report Report
	end := phaseOf(&report.Phases, "removals")
	report.Outcomes = x.removeAll(ctx, first)
	end()
	stopped := stopReason(ctx, "what had to be removed first could not be", report.Outcomes)
	if stopped == "" {
		if len(p.OrderFiles) > 0 {
			report.Commands = append(report.Commands, []string{"systemctl", "enable", "--now", unitfile.Target})
		}
		if err := x.order(p.OrderFiles); err != nil {
			report.Err = fmt.Errorf("systemd_order: %w", err)
			stopped = "the files of systemd_order could not be put in place"
		}
	}
	for _, wave := range p.Waves {
		var outcomes []Outcome
		if stopped == "" {
			end = phaseOf(&report.Phases, fmt.Sprintf("wave_%d", wave.Order))
			outcomes = x.runWave(ctx, wave)
			end()
			stopped = stopReason(ctx, fmt.Sprintf("start_order %d failed", wave.Order), outcomes)
		} else {
			outcomes = notReached(wave.Ops, stopped)
		}
		report.Outcomes = append(report.Outcomes, outcomes...)
	}
	x.settleNotReached()
	report.Outcomes = x.revised(report.Outcomes)
	x.amendAll(report.Outcomes)
	x.removeLater(x.firm, report.Outcomes)
	x.removeLateCreates()
	end = phaseOf(&report.Phases, "settle")
	x.settled(ctx, report.Outcomes)
	end()
	x.judge(x.firm, report.Outcomes)
	if stopped == "" {
		stopped = stopReason(ctx, "a container did not stay up", report.Outcomes)
	}
	report.Outcomes = append(report.Outcomes, x.removeOrphans(ctx, last, stopped)...)
	if x.reloadDue {
		if err := x.reload(); err != nil {
			report.Err = errors.Join(report.Err, err)
		}
	}
	return report
}

// splitRemovals returns the removals that come before the waves, and those that come last.
func splitRemovals(ops []plan.Op) (first, last []plan.Op) {
	for _, op := range ops {
		if op.Last {
			last = append(last, op)
		} else {
			first = append(first, op)
		}
	}
	return first, last
}

// removeAll runs removals, containers that depend on others first. What could not be removed because another
// container depended on it is tried once more.
func (x *Executor) removeAll(ctx context.Context, ops []plan.Op) []Outcome {
	outcomes := make([]Outcome, len(ops))
	for _, at := range phases(ops) {
		for i, o := range x.runAll(ctx, pick(ops, at), nil) {
			outcomes[at[i]] = o
		}
	}
	for i, o := range outcomes {
		if o.Err != nil && len(ops) > 1 && ctx.Err() == nil {
			outcomes[i] = x.run(ctx, ops[i], prepared{})
		}
		outcomes[i] = x.keepNeeded(ctx, ops[i], outcomes[i])
	}
	return outcomes
}

func pick(ops []plan.Op, at []int) []plan.Op {
	part := make([]plan.Op, len(at))
	for i, n := range at {
		part[i] = ops[n]
	}
	return part
}

// stopReason tells why no further wave may begin, "" when one may.
func stopReason(ctx context.Context, failed string, outcomes []Outcome) string {
	if ctx.Err() != nil {
		return "the run was interrupted"
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return failed
		}
	}
	return ""
}

func notReached(ops []plan.Op, reason string) []Outcome {
	outcomes := make([]Outcome, len(ops))
	for i, op := range ops {
		outcomes[i] = begin(op)
		if op.Action.Changes() || op.Await {
			outcomes[i].Action, outcomes[i].Reason = plan.NotReached, reason
		}
	}
	return outcomes
}

// runWave runs containers first and execs after them, because an exec's target may be in its own wave;
// and among the containers those first that others refer to.
func (x *Executor) runWave(ctx context.Context, wave plan.Wave) []Outcome {
	outcomes := make([]Outcome, len(wave.Ops))
	ops := slices.Clone(wave.Ops)
	ready := x.prepareUnits(ops)
	var failed bool
	for _, at := range phases(ops) {
		part := pick(ops, at)
		var done []Outcome
		if failed || ctx.Err() != nil {
			done = notReached(part, stopReason(ctx, fmt.Sprintf("start_order %d failed", wave.Order), outcomes))
			for i := range done {
				done[i].noteUnit(ready[done[i].Name])
			}
		} else {
			done = x.runAll(ctx, part, ready)
			x.verify(x.firm, done)
			x.rollBackGroups(done)
		}
		for i, o := range done {
			outcomes[at[i]] = o
			failed = failed || o.Err != nil
		}
	}
	return outcomes
}

// phases returns the indices of a wave's ops in the order in which they can run.
func phases(ops []plan.Op) [][]int {
	var execs []int
	byDepth := map[int][]int{}
	for i, op := range ops {
		if op.Entry != nil && op.Entry.Kind == config.Exec {
			execs = append(execs, i)
		} else {
			byDepth[op.Joins] = append(byDepth[op.Joins], i)
		}
	}
	var out [][]int
	for _, depth := range slices.Sorted(maps.Keys(byDepth)) {
		out = append(out, byDepth[depth])
	}
	if len(execs) > 0 {
		out = append(out, execs)
	}
	return out
}

// runAll runs independent ops, a bounded number at a time. A failure does not stop the others.
func (x *Executor) runAll(ctx context.Context, ops []plan.Op, ready map[string]prepared) []Outcome {
	outcomes := make([]Outcome, len(ops))
	var group errgroup.Group
	group.SetLimit(x.o.Concurrency)
	for i, op := range ops {
		if op.Action == plan.Unchanged && !x.needsWork(op) {
			outcomes[i] = x.done(begin(op))
			continue
		}
		group.Go(func() error {
			outcomes[i] = x.run(ctx, op, ready[op.Name])
			return nil
		})
	}
	_ = group.Wait() // outcomes carry the errors
	return outcomes
}

// needsWork reports whether even an unchanged container needs a call: to wait for its end, or for its
// health.
func (x *Executor) needsWork(op plan.Op) bool {
	return op.Await || x.gated(op) && op.Current.Health != "healthy"
}

// gated reports whether a running container has to be healthy.
func (x *Executor) gated(op plan.Op) bool {
	return op.Entry != nil && x.gate(*op.Entry) && op.Current != nil && op.Current.Status == observed.Running
}

// gate reports whether an entry has to become healthy.
func (x *Executor) gate(e config.Entry) bool {
	return e.Wait == "healthy" || x.o.WaitHealthy && e.HasHealthcheck
}

func (x *Executor) run(ctx context.Context, op plan.Op, ready prepared) Outcome {
	r := &opRun{x: x, ctx: ctx, firm: x.firm, op: op, out: begin(op)}
	if ctx.Err() != nil {
		r.out.Action, r.out.Reason = plan.NotReached, "the run was interrupted"
		r.out.noteUnit(ready)
		return r.out
	}
	x.progress(r.out, false)
	started := time.Now()
	if r.unitIsReady(ready) {
		r.guarded()
	}
	r.out.Began, r.out.Duration = started, time.Since(started)
	x.note(r)
	if op.Entry != nil {
		x.settleWaiting(r.out)
	}
	return x.done(r.out)
}

// guarded keeps a panic in one op from ending the process without a result.
func (r *opRun) guarded() {
	defer func() {
		if p := recover(); p != nil {
			r.fail(fmt.Errorf("internal error: %v\n%s", p, debug.Stack()), "please report it; the next run repairs what was begun")
		}
	}()
	r.perform()
}

// begin returns the outcome of an op of which nothing is done yet.
func begin(op plan.Op) Outcome {
	out := Outcome{Name: op.Name, Action: op.Action, Reason: op.Reason, ChangedKeys: op.Changed}
	if op.Entry != nil {
		out.Image, out.Wave = op.Entry.Image, op.Entry.StartOrder
		out.onFailure = plan.RestartsOnFailure(*op.Entry)
	}
	for _, v := range op.Carried {
		out.Carried = append(out.Carried, v.String())
	}
	out.Restarts = op.Restarts
	if op.Watch {
		out.verify, out.watch, out.begun, out.up = true, true, op.Current.Begun, time.Now().Add(-op.Current.RunningFor)
	}
	if op.Unit != nil {
		out.Unit = op.Unit.Unit
	}
	if c := op.Current; c != nil {
		out.ID, out.RealName, out.Health, out.StartedAt = c.ID, c.Name, c.Health, c.StartedAt
		if c.Labels[record.LabelDone] == "" {
			out.State = c.Status
		}
		if out.Image == "" {
			out.Image = c.Image
		}
		if c.Ended() && !c.EndUnknown {
			code := c.ExitCode
			out.ExitCode = &code
		}
	}
	return out
}

// done notes what an op left behind for those that follow.
func (x *Executor) done(o Outcome) Outcome {
	if o.Err == nil && o.Action != plan.Removed && o.Action != plan.Stopped {
		x.mu.Lock()
		x.now[o.Name], x.left[o.Name] = o.ID, found{o.ID, o.RealName}
		x.mu.Unlock()
	}
	x.progress(o, true)
	return o
}

func (x *Executor) progress(o Outcome, done bool) {
	if x.o.Progress != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.o.Progress(o, done)
	}
}

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
		if c.Ended() {
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

// lastEnding says how the last run of a container ended that has been started again since: (exit code 3). It
// returns no code, and says nothing, where that is not known.
func (x *Executor) lastEnding(ctx context.Context, id string, started time.Time) (code *int, says string) {
	ctx, cancel := context.WithTimeout(ctx, x.o.CallTimeout)
	defer cancel()
	last, known, err := x.rt.LastExit(ctx, id, started)
	if err != nil || !known {
		return nil, ""
	}
	return &last, fmt.Sprintf(" (exit code %d)", last)
}

func (x *Executor) endedEarly(ctx context.Context, o *Outcome, c observed.Container, what string) {
	says := ""
	if c.Ended() {
		code := c.ExitCode
		o.ExitCode, says = &code, fmt.Sprintf(" (%s)", x.ending(ctx, c.ID, code))
	} else {
		o.ExitCode, says = x.lastEnding(ctx, c.ID, c.StartedAt)
	}
	o.Action = plan.Failed
	o.Stdout, o.Stderr = x.tail(ctx, c.ID, o.since)
	o.Err = &Failure{
		Cause: errors.New(what + says),
		Next:  fmt.Sprintf("see podman logs %s, fix its config or image and apply again", c.Name),
	}
}
