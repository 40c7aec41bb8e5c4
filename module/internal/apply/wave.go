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
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
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
