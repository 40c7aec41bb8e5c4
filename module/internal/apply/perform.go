package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// perform does the op, and brings the notes about its container up to date.
func (r *opRun) perform() {
	r.act()
	r.putBack()
	r.keepNotes()
}

// act follows the procedure of the op.
func (r *opRun) act() {
	switch r.op.Procedure {
	case replacement.Make:
		r.createNew()
	case replacement.Replace:
		r.replace()
	case replacement.Verify:
		r.resume()
	case replacement.RemoveFirst:
		r.renew()
	case replacement.Execute:
		r.exec()
	case replacement.RemoveIt:
		r.removeUnused()
	case replacement.ForgetIt, replacement.AwaitAndForget:
		r.forgetCurrent()
	case replacement.StopIt:
		r.stopIt()
	case replacement.SetAside:
		if err := r.setAside(r.op.Current.ID); err != nil {
			r.fail(err, "stop it by hand: podman stop "+r.op.Current.Name)
		}
	default: // what leaves the container that is there
		if r.takesOut() && !r.drainBeside() {
			return
		}
		r.besideOthers(r.keep)
		r.update()
	}
}

// forgetCurrent removes a one-shot that is not to stay, when it has ended.
func (r *opRun) forgetCurrent() {
	if r.op.Procedure == replacement.AwaitAndForget {
		r.await(r.op.Current.ID) // and forget it
	} else {
		r.forget(r.op.Current.ID)
	}
	if r.out.Err == nil {
		r.dropOldUnits()
	}
}

// removeUnused removes a container that is in no entry's use, with its units.
func (r *opRun) removeUnused() {
	if err := r.stopOldUnits(); err != nil {
		r.fail(err, "apply again")
		return
	}
	if c := r.op.Current; c != nil {
		if err := r.removeFound(c); err != nil {
			r.fail(err, "remove it by hand: podman rm --force "+c.Name)
			return
		}
	}
	if err := r.removeOldUnits(); err != nil {
		r.fail(err, "the next apply removes them")
		return
	}
	r.out.State = ""
}

// createNew makes the entry's container where there was none.
func (r *opRun) createNew() {
	// A unit that lost its container may be about to start one of this name, or be held for active.
	if u := r.op.Unit; u != nil && u.Was != "" {
		if err := r.stopUnit(u.Unit); err != nil {
			r.fail(err, "see systemctl status "+u.Unit)
			return
		}
	}
	if r.dropOldUnits(); r.out.Err != nil {
		return
	}
	name := r.op.Name
	if r.op.IsUnique() {
		name = r.newName()
	}
	id, name, err := r.createNamed(r.request(name))
	if err != nil {
		r.fail(err, "fix its config and apply again")
		if err := r.restoreText(); err != nil {
			r.out.Err = errors.Join(r.out.Err, err)
		}
		return
	}
	r.isNow(id, name)
	if err := r.requireHealthcheck(id); err != nil {
		r.fail(err, "nothing was started; fix its config and apply again")
		r.abandon(id)
		return
	}
	r.launch(id)
}

// isNow notes that a container which was just created serves the entry. What is known of an earlier one is not
// its own.
func (r *opRun) isNow(id, name string) {
	r.out.ID, r.out.RealName, r.out.State = id, name, observed.Created
	r.out.ExitCode, r.out.Health, r.out.StartedAt = nil, "", time.Time{}
}

// createNamed creates a container and returns its real name. A name that was taken since the host was
// looked at is either the work of an interrupted run that a Podman service finished after it, which is
// cleared, or another user's, and gives way to a unique one.
func (r *opRun) createNamed(req CreateRequest) (id, name string, err error) {
	id, err = r.create(req)
	if errors.Is(err, ErrNameTaken) && r.clearLate(req) {
		id, err = r.create(req)
	}
	if errors.Is(err, ErrNameTaken) {
		req.Name = r.unique()
		req.Labels[record.LabelCreatedAs] = req.Name
		id, err = r.create(req)
	}
	return id, req.Name, err
}

// clearLate removes the container that holds the name of a request if it is this very entry's and was
// never started; it reports whether it did.
func (r *opRun) clearLate(req CreateRequest) bool {
	var all []observed.Container
	err := r.call(r.x.callLimit(), "list", func(ctx context.Context) (err error) {
		all, err = r.x.rt.Containers(ctx)
		return err
	})
	if err != nil {
		return false
	}
	for _, c := range all {
		if c.Name == req.Name && c.NeverRan() && sameEntry(c.Labels, req.Labels) && !r.x.hasCreated(c.ID) {
			return r.discard(c.ID, false) == nil
		}
	}
	return false
}

// sameEntry reports whether two sets of labels are of the same entry of the same manager.
func sameEntry(a, b map[string]string) bool {
	for _, l := range []string{record.LabelManagedBy, record.LabelConfigID, record.LabelContainerName} {
		if a[l] != b[l] {
			return false
		}
	}
	return true
}

// launch starts a new container as its kind asks.
func (r *opRun) launch(id string) {
	if r.isKind(config.StoppedOnly) {
		return
	}
	if err := r.startNew(id); err != nil {
		r.failWithTail(id, r.startError(id, err), fmt.Sprintf("see podman inspect %s, fix its config or image and apply again", r.out.RealName))
		return
	}
	r.settle(id)
}

// startError adds what Podman itself noted about a start that failed.
func (r *opRun) startError(id string, err error) error {
	d, inspectErr := r.inspect(id)
	if inspectErr != nil || d.Error == "" || strings.Contains(err.Error(), d.Error) {
		return err
	}
	return fmt.Errorf("%w (%s)", err, d.Error)
}

// settle does what follows a start: wait for a one-shot, pass the health gate, or leave a note for the
// look at the end of the wave.
func (r *opRun) settle(id string) {
	r.out.ExitCode, r.out.State = nil, observed.Running
	switch r.op.Entry.Kind {
	case config.OneShot:
		r.await(id)
	case config.FireAndExit:
		r.out.judge, r.out.codes = true, r.op.Entry.ExitCodes
		r.passGate(id)
	case config.Service:
		r.out.verify, r.out.up = true, time.Now()
		r.passGate(id)
	case config.StoppedOnly, config.Exec:
	}
}

func (r *opRun) unpause(id string) {
	err := r.call(r.x.callLimit(), "unpause", func(ctx context.Context) error { return r.x.rt.Unpause(ctx, id) })
	if err != nil {
		r.fail(err, "unpause it by hand: podman unpause "+r.out.RealName)
		return
	}
	r.did("unpause", shown(id))
	r.settle(id)
}

// abandon removes a container that was made in this op and will not be used; it reports whether it could.
func (r *opRun) abandon(id string) bool {
	if id == "" {
		return true
	}
	err := r.discardNew(id)
	if err != nil {
		r.out.Changed = true
		r.out.Err = errors.Join(r.out.Err, fmt.Errorf("remove the unused new container: %w", err))
	}
	return err == nil
}

// placeholder records that something was done in the labels of a container that is never started.
func (r *opRun) placeholder(image, done string, more map[string]string) error {
	name := r.op.Name
	if r.op.IsUnique() {
		name = r.unique()
	}
	req := r.recordRequest(name, image, done, more)
	var id, real string
	err := r.insist(func() (err error) {
		id, real, err = r.createNamed(req)
		return err
	})
	if err != nil {
		return fmt.Errorf("record that it was done: %w", err)
	}
	r.out.ID, r.out.RealName, r.out.State = id, real, ""
	return nil
}

// recordRequest is the create request of a placeholder.
func (r *opRun) recordRequest(name, image, done string, more map[string]string) CreateRequest {
	req := r.request(name)
	req.Placeholder = true
	delete(req.Labels, record.LabelReferences)
	req.Entry.Image = image
	req.Labels[record.LabelDone] = done
	for k, v := range more {
		req.Labels[k] = v
	}
	return req
}
