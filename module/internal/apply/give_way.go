package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Containers of other entries, and orphans, give way to an op's container as its own previous one does. An orphan is
// removed when the new one is ready. A container of another entry waits, stopped, for the entry's own op: until that
// has succeeded, all that gave way with it can come back.

// besideOthers performs an op on a container that stays, after others have given way to it.
func (r *opRun) besideOthers(perform func()) {
	if len(r.op.Asides)+len(r.op.TakesFrom) == 0 {
		perform()
		return
	}
	p := r.newReplaceRun(r.op.Current.ID, "")
	p.kept = true
	for _, s := range r.op.Steps {
		if s.Object != replacement.AsideOf || s.Final {
			continue
		}
		if err := p.putAside(p.asides[s.Aside], s); err != nil {
			p.fail(err, "apply again")
			break
		}
	}
	if p.out.Err == nil {
		perform()
	}
	if p.out.Err != nil {
		p.stopForOthers(p.out.Err)
		return
	}
	p.commit()
}

// stopForOthers stops a container that stays, so that those which gave way to it can run again.
func (p *replaceRun) stopForOthers(cause error) {
	w := p.newWayBack()
	if w.takeDown(); len(w.failed) > 0 && w.stopErr() == nil {
		p.out.State = observed.Exited
	}
	clear(w.failed)
	p.x.rollBackWaiting(p.op.Name)
	w.bringBack()
	p.out.RolledBack = w.runs
	p.out.Err = nil
	if err := w.problems(); err != nil {
		p.fail(fmt.Errorf("%w; what had given way to it could not come back: %w", cause, err), "start that by hand, or apply again")
		return
	}
	p.fail(cause, "what had given way to it runs again; fix the cause and apply again")
}

// A replacement that is ready may have to wait before it is complete, as others can still fail that need its way back:
// the op of an entry whose container gave way to it, or another replacement that waits and whose port it took.

// queue has a replacement wait, if it has to. It reports whether it does.
func (x *Executor) queue(p *replaceRun) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	unfinished := func(entry string) bool { return !x.finished[entry] || x.isWaiting(entry) }
	if !slices.ContainsFunc(p.follows(), unfinished) && !slices.ContainsFunc(p.op.TakesFrom, x.isWaiting) {
		return false
	}
	x.queued++
	p.queued = x.queued
	x.waiting = append(x.waiting, p)
	return true
}

// follows returns the entries whose ops have to succeed before the replacement is complete.
func (p *replaceRun) follows() []string {
	var entries []string
	for _, a := range p.asides {
		if a.Follows != "" {
			entries = append(entries, a.Follows)
		}
	}
	return entries
}

// isWaiting reports whether an entry's replacement waits; x.mu is held.
func (x *Executor) isWaiting(entry string) bool {
	return slices.ContainsFunc(x.waiting, func(p *replaceRun) bool { return p.op.Name == entry })
}

// settleWaiting completes the replacements that waited for an op, or rolls them back where it failed.
func (x *Executor) settleWaiting(o Outcome) {
	if o.Err != nil {
		x.rollBackWaiting(o.Name)
		return
	}
	x.mu.Lock()
	x.finished[o.Name] = true
	x.mu.Unlock()
	for _, p := range x.takeReady() {
		p.complete()
		x.amend(p.out)
	}
}

// takeReady takes the replacements out of those that wait which wait for nothing any more, or for one another only.
func (x *Executor) takeReady() []*replaceRun {
	x.mu.Lock()
	defer x.mu.Unlock()
	ready := slices.Clone(x.waiting)
	for n := -1; n != len(ready); {
		n = len(ready)
		held := func(entry string) bool {
			of := func(p *replaceRun) bool { return p.op.Name == entry }
			return slices.ContainsFunc(x.waiting, of) && !slices.ContainsFunc(ready, of)
		}
		ready = slices.DeleteFunc(ready, func(p *replaceRun) bool {
			unfinished := func(entry string) bool { return !x.finished[entry] || held(entry) }
			return slices.ContainsFunc(p.follows(), unfinished) || slices.ContainsFunc(p.op.TakesFrom, held)
		})
	}
	x.waiting = slices.DeleteFunc(x.waiting, func(p *replaceRun) bool { return slices.Contains(ready, p) })
	return ready
}

// rollBackWaiting rolls back what waits for an op that has failed or was not reached, the last first.
func (x *Executor) rollBackWaiting(entry string) {
	for _, p := range slices.Backward(x.takeWaiting(entry)) {
		p.rollBack(fmt.Errorf("it was ready, and was rolled back so that %s, which had given way to it, can run again", entry))
		x.amend(p.out)
	}
}

// takeWaiting takes the replacements that wait for an entry, directly or by others, out of those that wait.
func (x *Executor) takeWaiting(entry string) []*replaceRun {
	x.mu.Lock()
	defer x.mu.Unlock()
	failed := []string{entry}
	var taken []*replaceRun
	for i := 0; i < len(x.waiting); {
		p := x.waiting[i]
		if !p.dependsOn(failed) {
			i++
			continue
		}
		taken, failed = append(taken, p), append(failed, p.op.Name)
		x.waiting = slices.Delete(x.waiting, i, i+1)
		i = 0 // an earlier one may wait for this one
	}
	slices.SortStableFunc(taken, func(a, b *replaceRun) int { return a.queued - b.queued })
	return taken
}

// dependsOn reports whether one of some entries gave way to a replacement, or gave its port to it.
func (p *replaceRun) dependsOn(entries []string) bool {
	follows := func(a *aside) bool { return slices.Contains(entries, a.Follows) }
	takes := func(name string) bool { return slices.Contains(entries, name) }
	return slices.ContainsFunc(p.asides, follows) || slices.ContainsFunc(p.op.TakesFrom, takes)
}

// settleNotReached rolls back the replacements that wait for ops that were never begun.
func (x *Executor) settleNotReached() {
	for len(x.waiting) > 0 { // no op is running any more
		p := x.waiting[len(x.waiting)-1]
		x.waiting = x.waiting[:len(x.waiting)-1]
		p.rollBack(errors.New("it was ready, and was rolled back as what had given way to it was not reached"))
		x.amend(p.out)
	}
}

// amend notes an outcome that has changed after its op.
func (x *Executor) amend(o Outcome) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.amended[o.Name] = o
}

// amendAll puts the outcomes that have changed in the place of the earlier ones.
func (x *Executor) amendAll(outcomes []Outcome) {
	for i, o := range outcomes {
		late, changed := x.amended[o.Name]
		switch {
		case !changed || o.Action == plan.Removed:
		case late.Err != nil:
			outcomes[i] = late
		default:
			outcomes[i].Commands = late.Commands
		}
	}
}

// removeOrphan removes an orphan that gave way, now that what replaces it is ready, unless others depend on it.
func (x *Executor) removeOrphan(ctx context.Context, id string) {
	x.mu.Lock()
	op, here := x.orphans[id]
	if here && op.Joins == 0 {
		delete(x.orphans, id)
	}
	x.mu.Unlock()
	if !here || op.Joins > 0 {
		return
	}
	outcomes := x.removeAll(ctx, []plan.Op{op})
	x.mu.Lock()
	defer x.mu.Unlock()
	x.removed = append(x.removed, outcomes...)
}

// removeOrphans removes the orphans that are left when everything has succeeded; else they stay.
func (x *Executor) removeOrphans(ctx context.Context, last []plan.Op, stopped string) []Outcome {
	var left []plan.Op
	for _, op := range last {
		if op.Current == nil || op.Surplus != plan.Orphan {
			left = append(left, op)
		} else if _, here := x.orphans[op.Current.ID]; here {
			left = append(left, op)
		}
	}
	if stopped != "" {
		return append(x.removed, notReached(left, "it is kept: "+stopped)...)
	}
	return append(x.removed, x.removeAll(ctx, left)...)
}
