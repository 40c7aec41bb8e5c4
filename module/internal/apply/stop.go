package apply

import (
	"context"
	"errors"
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
)

// stopIt stops the container that is there, and leaves it so.
func (r *opRun) stopIt() {
	c := r.op.Current
	err := r.stopFully(c)
	if err == nil {
		err = r.staysDown(c.ID)
	}
	if err != nil {
		r.fail(err, "see podman inspect "+c.Name+"; run it again")
	}
}

// staysDown waits until nothing starts a container again that was stopped. One that has ended by itself is started by its
// restart policy until Podman has cleaned up after it: then it is exited.
func (r *opRun) staysDown(id string) error {
	began := time.Now()
	for wait := insistPause; ; wait = min(2*wait, insistPauseMax) {
		d, err := r.inspect(id)
		if err != nil {
			return err
		}
		switch d.Status {
		case observed.Running, observed.Paused:
			err = r.call(0, "stop", func(ctx context.Context) error { return r.x.rt.Stop(ctx, id) })
		case observed.Stopped, observed.Stopping:
		default:
			code := d.ExitCode
			r.out.State, r.out.ExitCode, r.out.Health = d.Status, &code, ""
			return nil
		}
		switch {
		case err != nil:
			return err
		case time.Since(began) > r.x.o.Insist || !sleep(r.firm, wait):
			return errors.New("it was stopped and is started again by its restart policy, or does not end")
		}
	}
}
