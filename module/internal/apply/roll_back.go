package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/observed"
)

// withdraw ends a replacement before anything gave way to it: the host is as it was.
func (r *opRun) withdraw(before Outcome, id string, cause error) {
	r.x.rollBackWaiting(r.op.Name)
	if errors.Is(cause, context.Canceled) {
		cause = errors.New("the run was interrupted")
	}
	r.out = before
	next := "the old container goes on running; fix the config or image and apply again"
	switch {
	case errors.Is(cause, errUndrained):
		next = "the old container goes on serving; wait for what is open, or allow more time, and apply again"
	case !r.op.StartsNew():
		next = "the old container is untouched; fix the config or image and apply again"
	case r.op.Current == nil:
		next = "nothing was stopped for it; fix the config or image and apply again"
	}
	r.fail(cause, next)
	if !r.abandon(id) {
		return
	}
	if err := r.restoreText(); err != nil {
		r.out.Err = errors.Join(r.out.Err, err)
		return
	}
	// Made and removed again: nothing is left of it.
	r.out.Changed, r.out.Commands = r.op.Unit != nil && r.op.Unit.Enable, nil
}

// startInterrupted starts what an interrupted run had stopped for a replacement, now that this one cannot be begun.
func (p *replaceRun) startInterrupted(cause error) {
	if !slices.ContainsFunc(p.asides, func(a *aside) bool { return a.Ran && a.Container.Ended() }) {
		return
	}
	if errors.Is(cause, context.Canceled) {
		cause = errors.New("the run was interrupted")
	}
	p.out.Err = nil
	w := p.newWayBack()
	w.bringBack()
	p.rolledBack(cause, w.runs, w.problems())
}

// rollBack gives what gave way to the new container its name and its place back, and removes the new one. The new
// one stays until the others have their names: by its labels the next run knows them, should this one be killed.
// Nothing that fails on the way keeps them from being started, but that the new one goes on running.
func (p *replaceRun) rollBack(cause error) {
	p.out.verify, p.out.judge = false, false
	if p.kept {
		p.stopForOthers(cause)
		return
	}
	defer p.noteAbort()
	if p.nothingComesBack() {
		p.failWithTail(p.id, cause, "the previous container was removed meanwhile; see podman logs "+p.out.RealName+", fix the config or image and apply again")
		return
	}
	w := p.newWayBack()
	w.takeDown()
	p.out.Stdout, p.out.Stderr = p.x.tail(p.firm, p.id, p.out.since)
	w.makeRoom()
	p.x.rollBackWaiting(p.op.Name)
	w.held = len(p.x.replacedTargets(p.op)) > 0
	w.bringBack()
	w.discard()
	if w.held {
		p.holdBack(cause, w)
		return
	}
	var dependentsErr error
	if w.runs {
		dependentsErr = p.restartDependents(nil)
	}
	p.rolledBack(cause, w.runs, errors.Join(w.problems(), dependentsErr))
}

// rolledBack notes what came of a roll-back.
func (p *replaceRun) rolledBack(cause error, runs bool, problems error) {
	if p.op.Current == nil { // only containers of others gave way to it
		p.isNow("", "")
		p.out.State = ""
	} else {
		first := p.asides[0]
		p.out.ID, p.out.RealName, p.out.State = first.Container.ID, first.now, first.Container.Status
	}
	next := "the previous container is in its place again; fix the config or image and apply again"
	if runs {
		p.out.RolledBack = true
		if p.op.Current != nil && p.asides[0].Ran {
			p.out.State = observed.Running
		}
	} else {
		next = "start what gave way by hand: " + p.startByHand()
	}
	if err := problems; err != nil {
		if runs {
			next = "the next apply completes it"
		}
		p.fail(fmt.Errorf("%w; the roll-back was not complete: %w", cause, err), next)
		return
	}
	p.fail(cause, next)
}

// startByHand is the command that starts what has to run again.
func (p *replaceRun) startByHand() string {
	words := []string{"podman start"}
	for _, a := range p.asides {
		if a.Ran && !a.gone {
			words = append(words, shown(a.Container.ID))
		}
	}
	return strings.Join(words, " ")
}

// noteAbort makes the failure of a replacement that was aborted say what is left on the host.
func (p *replaceRun) noteAbort() {
	if p.firm.Err() == nil || p.out.RolledBack {
		return
	}
	old := ""
	if len(p.asides) > 0 {
		old = p.asides[0].Container.ID
	}
	p.out.Changed = true
	p.out.Err = &Failure{
		Cause: fmt.Errorf("%w; left as they were at that moment: the previous container %.12s, possibly stopped or renamed, and the new one, %.12s", interrupt.ErrAborted, old, p.id),
		Next:  fmt.Sprintf("run again to complete or roll back the replacement, or start the previous container: podman start %.12s", old),
	}
}

// nothingComesBack reports whether everything that gave way was removed by others meanwhile.
func (p *replaceRun) nothingComesBack() bool {
	left := 0
	for _, a := range p.asides {
		if !a.gone {
			_, err := p.inspect(a.Container.ID)
			a.gone = errors.Is(err, ErrNotFound)
		}
		if !a.gone {
			left++
		}
	}
	return left == 0 && len(p.asides) > 0
}
