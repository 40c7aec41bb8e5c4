package apply

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

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
		if failed && ctx.Err() == nil && slices.ContainsFunc(part, x.followsFinished) {
			part, at = x.followers(part, at, outcomes, ready, fmt.Sprintf("start_order %d failed", wave.Order))
		}
		if failed && !slices.ContainsFunc(part, x.followsFinished) || ctx.Err() != nil {
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

// runRest runs, of a wave that is not reached, what shares a namespace with a container that this run has replaced, and
// what shares one with that: they are down without it.
func (x *Executor) runRest(ctx context.Context, wave plan.Wave, why string) []Outcome {
	outcomes, done := notReached(wave.Ops, why), map[int]bool{}
	for ctx.Err() == nil {
		var on []plan.Op
		var at []int
		for i, op := range wave.Ops {
			if !done[i] && x.followsFinished(op) {
				on, at, done[i] = append(on, op), append(at, i), true
			}
		}
		if len(on) == 0 {
			break
		}
		for i, o := range x.runWave(ctx, plan.Wave{Order: wave.Order, Ops: on}) {
			outcomes[at[i]] = o
		}
	}
	return outcomes
}

// followsFinished reports whether an op's container shares a namespace with one that this run has replaced: its own
// has ended with that, or is in a namespace that nothing uses any more.
func (x *Executor) followsFinished(op plan.Op) bool {
	if op.Entry == nil || op.Entry.Kind == config.Exec || op.Current == nil || !op.Current.Alive() || len(op.Targets) == 0 {
		return false
	}
	changed := false
	for _, t := range op.Targets {
		if t.Entry == "" {
			continue
		}
		if r := x.runs[t.Entry]; r != nil && (r.undone || !x.finished[t.Entry]) {
			return false
		}
		changed = changed || x.finished[t.Entry] && x.left[t.Entry].id != "" && x.created[x.left[t.Entry].id]
	}
	return changed
}

// followers returns the ops of a phase that go on although another entry of the wave has failed; the outcomes of the
// others say that they were not reached.
func (x *Executor) followers(part []plan.Op, at []int, outcomes []Outcome, ready map[string]prepared, why string) ([]plan.Op, []int) {
	var on []plan.Op
	var where []int
	for i, op := range part {
		if x.followsFinished(op) {
			on, where = append(on, op), append(where, at[i])
			continue
		}
		o := notReached([]plan.Op{op}, why)[0]
		o.noteUnit(ready[o.Name])
		outcomes[at[i]] = o
	}
	return on, where
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
		if op.Procedure == replacement.Nothing && len(op.Steps) == 0 {
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
	x.sign(Sign{Outcome: r.out})
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
