package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
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
	// Renewed returns the labels of a note that an entry's container, whose labels are given, was changed in place.
	Renewed func(e config.Entry, labels map[string]string, keys []string) (map[string]string, error)
	// UpdateLine returns the podman command that an update represents.
	UpdateLine func(UpdateRequest) []string
	// ResourceLabels returns the labels of a volume, network or secret, whose record is digested with a salt.
	ResourceLabels func(res config.Resource, salt string) map[string]string
	// CommandLine returns the podman command that a create request represents.
	CommandLine func(CreateRequest) []string
	// Suffix returns the last part of a unique name for an entry (plan.Suffix).
	Suffix func(entry string) string
	// Clearing takes the lock under which storage without a container is cleared; nil = there is none.
	Clearing func(context.Context) (release func(), err error)
	// Journal hears of each container that is created under its entry's own name; nil = nobody does.
	Journal Journal
	// Progress hears of each op as it begins and ends, and what it waits for; nil = nobody listens.
	Progress func(Sign)
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
	// kept are the previous containers that others depend on.
	kept []keptPrevious
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
	waiting  []*replaceRun
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
	var report Report
	stopped := x.begin(ctx, p, &report)
	validated := x.validateAll(ctx, &report, p.Validations, &stopped)
	stopped = x.runWaves(ctx, p.Waves, stopped, &report)
	validated.mark(report.Outcomes)
	stopped = x.settleAll(ctx, stopped, &report)
	x.finish(ctx, p, stopped, &report)
	return report
}

// begin makes what comes before the waves. It returns why those may not begin, "" when they may.
func (x *Executor) begin(ctx context.Context, p plan.Plan, report *Report) (stopped string) {
	for _, op := range p.LastRemovals {
		if op.Current != nil && op.Surplus == plan.Orphan {
			x.orphans[op.Current.ID] = op
		}
	}
	end := phaseOf(&report.Phases, "removals")
	report.Outcomes = x.removeAll(ctx, p.Removals)
	end()
	stopped = stopReason(ctx, "what had to be removed first could not be", report.Outcomes)
	if stopped == "" {
		if len(p.OrderFiles) > 0 {
			report.Commands = append(report.Commands, orderCommand())
		}
		if err := x.order(p.OrderFiles); err != nil {
			report.Err = fmt.Errorf("systemd_order: %w", err)
			stopped = "the files of systemd_order could not be put in place"
		}
	}
	report.Resources = x.makeResources(ctx, p.Resources, stopped)
	return cmp.Or(stopped, failedResource(report.Resources))
}

func (x *Executor) runWaves(ctx context.Context, waves []plan.Wave, stopped string, report *Report) string {
	for _, wave := range waves {
		var outcomes []Outcome
		if stopped == "" {
			end := phaseOf(&report.Phases, fmt.Sprintf("wave_%d", wave.Order))
			signEnd := x.signWave(wave)
			outcomes = x.runWave(ctx, wave)
			signEnd()
			end()
			stopped = stopReason(ctx, fmt.Sprintf("start_order %d failed", wave.Order), outcomes)
		} else {
			outcomes = x.runRest(ctx, wave, stopped)
		}
		report.Outcomes = append(report.Outcomes, outcomes...)
	}
	return stopped
}

// settleAll completes what waited for the waves, and looks whether what they started stays up.
func (x *Executor) settleAll(ctx context.Context, stopped string, report *Report) string {
	x.settleNotReached()
	report.Outcomes = x.revised(report.Outcomes)
	x.amendAll(report.Outcomes)
	x.removeLater(x.firm, report.Outcomes)
	x.removeLateCreates()
	end := phaseOf(&report.Phases, "settle")
	x.settled(ctx, report.Outcomes)
	end()
	x.judge(x.firm, report.Outcomes)
	if stopped == "" {
		stopped = stopReason(ctx, "a container did not stay up", report.Outcomes)
	}
	return stopped
}

// finish removes what goes last.
func (x *Executor) finish(ctx context.Context, p plan.Plan, stopped string, report *Report) {
	report.Outcomes = append(report.Outcomes, x.removeOrphans(ctx, p.LastRemovals, stopped)...)
	x.bringBack(p, report.Outcomes)
	if stopped == "" {
		x.removeKept(report.Outcomes)
	}
	x.undoResources(report.Resources, report.Outcomes)
	stopped = cmp.Or(stopped, stopReason(ctx, "an orphan could not be removed", report.Outcomes))
	report.Resources = append(report.Resources, x.dropResources(p.ResourceRemovals, stopped)...)
	if x.reloadDue {
		if err := x.reload(); err != nil {
			report.Err = errors.Join(report.Err, err)
		}
	}
}

// orderCommand represents what is done about the files of systemd_order.
func orderCommand() []string { return []string{"systemctl", "enable", "--now", unitfile.Target} }

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
		if op.Action.Changes() || op.Procedure == replacement.Await {
			outcomes[i].Action, outcomes[i].Reason = plan.NotReached, reason
		}
	}
	return outcomes
}

// begin returns the outcome of an op of which nothing is done yet.
func begin(op plan.Op) Outcome {
	out := Outcome{Name: op.Name, Action: op.Action, Procedure: op.Procedure, Reason: op.Reason, ChangedKeys: op.Changed}
	if op.Entry != nil {
		out.Image, out.Wave = op.Entry.Image, op.Entry.StartOrder
		out.onFailure = replacement.RestartsOnFailure(*op.Entry)
	}
	for _, v := range op.Carried {
		out.Carried = append(out.Carried, v.String())
	}
	out.Restarts = op.Uptime.Restarts
	if op.Uptime.Young {
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
	x.sign(Sign{Outcome: o, Done: true})
	return o
}
