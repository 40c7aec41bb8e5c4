package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
)

// How long a roll-back insists on a call that fails, and what it waits in between.
const (
	insistFor      = 10 * time.Second
	insistPause    = 100 * time.Millisecond // doubled with each try
	insistPauseMax = 2 * time.Second
	// lateLimit bounds how long the effect of a call that was never answered is waited for.
	lateLimit = 30 * time.Second
)

// insist makes a call again while it fails, for a bounded time: the disk may be full, or a port held by what
// is being stopped. A container that is gone is not coming back.
func (r *opRun) insist(call func() error) error {
	began, err := time.Now(), call()
	for wait := insistPause; err != nil && time.Since(began) < r.x.o.Insist; wait = min(2*wait, insistPauseMax) {
		if errors.Is(err, ErrNotFound) || !sleep(r.firm, wait) {
			return err
		}
		err = call()
	}
	return err
}

// lateEffect is how long to look for the effect of a call that Podman did not answer in time.
func (x *Executor) lateEffect() time.Duration { return min(x.o.CallTimeout, lateLimit) }

// roomNeeded is the free space that a replacement needs for what Podman writes about one container: renames,
// mounts and processes, and those of a roll-back.
const roomNeeded = 1 << 20

// checkRoom refuses to stop the old container where the disk is so full that neither the new one nor the old
// one could be started then.
func (r *opRun) checkRoom(id string) error {
	var free int64
	err := r.call(r.x.callLimit(), "look for free space", func(ctx context.Context) (err error) {
		free, err = r.x.rt.Room(ctx, id)
		return err
	})
	needed := int64(roomNeeded * (1 + len(r.op.Dependents)))
	if err == nil && free >= 0 && free < needed {
		err = fmt.Errorf("no space left on device: the disk of podman's storage has %d KiB free, a replacement needs %d", free>>10, needed>>10)
	}
	return err
}

// noteLate notes that a call was not answered in time, and may still take effect.
func (r *opRun) noteLate(err error) {
	r.late = r.late || errors.Is(err, ErrNoAnswer)
}

// startAgain starts a container that was stopped, by its unit if it had one, else by itself: under whatever
// name it has. Where a stop was never answered, it is watched until that can no longer come.
func (r *opRun) startAgain(c *observed.Container) error {
	if err := r.startsSecond(); err != nil {
		return err
	}
	err := r.insistOnStart(c.ID, func() error { return r.startPrevious(c) })
	if err != nil && r.hasUnit() && r.start(c.ID) == nil {
		return fmt.Errorf("it was started without its unit: %w", err)
	}
	return err
}

// insistOnStart starts a container, again while that fails, and while a stop that was never answered may still end
// it.
func (r *opRun) insistOnStart(id string, start func() error) error {
	err := r.insist(start)
	for err == nil && r.late && r.endsWithin(id, r.x.lateEffect()) {
		err = r.insist(start)
	}
	return err
}

// endsWithin reports whether a container ends within a time.
func (r *opRun) endsWithin(id string, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(r.firm, limit)
	defer cancel()
	_, err := r.x.rt.Wait(ctx, id)
	return err == nil
}

// noteCreated notes that a create was answered.
func (x *Executor) noteCreated(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.created[id] = true
}

// hasCreated reports whether this run knows that it created a container.
func (x *Executor) hasCreated(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.created[id]
}

// lateCreate is a create that Podman did not answer in time.
type lateCreate struct {
	req   CreateRequest
	until time.Time // its effect is waited for
}

// noteLateCreate notes a create that may still take effect.
func (x *Executor) noteLateCreate(req CreateRequest) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lateCreates = append(x.lateCreates, lateCreate{req, time.Now().Add(x.lateEffect())})
}

// removeLateCreates removes the containers of creates that were not answered in time, once they are there: they
// belong to nothing.
func (x *Executor) removeLateCreates() {
	for _, l := range x.lateCreates {
		r := &opRun{x: x, ctx: x.firm, firm: x.firm}
		for wait := insistPause; !r.clearLate(l.req) && time.Now().Before(l.until); wait = min(2*wait, insistPauseMax) {
			if !sleep(x.firm, wait) {
				return
			}
		}
	}
}
