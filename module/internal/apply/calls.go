package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// opRun is the execution of one op. Its calls go to the runtime with a bound on their time, under a
// context that an interruption does not end, and note what they did to the host.
type opRun struct {
	x    *Executor
	ctx  context.Context // ends on interruption: for waiting
	firm context.Context // ends on an abort only: for what must not stop half way
	op   plan.Op
	out  Outcome
	late bool // a call was not answered in time, and may still take effect

	placed *replaceRun // what put the new container in its place; nil where nothing was replaced
	held   *heldBack   // its roll-back waits for its targets
	undone bool        // its group was rolled back

	drained drained
}

// call makes one call, bounded in time; 0 = by the runtime alone, which knows how long a container may take
// to end.
func (r *opRun) call(limit time.Duration, what string, f func(context.Context) error) error {
	ctx := r.firm
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	defer r.phase(what)()
	if err := f(ctx); err != nil {
		r.noteLate(err)
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// phase notes what the time until the returned function is called went to.
func (r *opRun) phase(what string) (end func()) {
	return phaseOf(&r.out.Phases, what)
}

// phaseOf begins a phase that is added to phases when the returned function is called.
func phaseOf(phases *[]Phase, what string) (end func()) {
	name, _, _ := strings.Cut(what, " ") // without the name of a unit or container
	began := time.Now()
	return func() { *phases = append(*phases, Phase{Name: name, Began: began, Duration: time.Since(began)}) }
}

// shown is how a container stands in a printed command: its name may be another one by then.
func shown(container string) string { return container[:min(len(container), 12)] }

// did notes a change of the host and the podman command that represents it.
func (r *opRun) did(words ...string) { r.noted(append([]string{"podman"}, words...)...) }

// noted notes a change of the host and the command that represents it.
func (r *opRun) noted(words ...string) {
	r.out.Changed = true
	r.out.Commands = append(r.out.Commands, words)
}

func (r *opRun) create(req CreateRequest) (string, error) {
	var id string
	journal := r.x.o.Journal
	own := journal != nil && req.Name == r.op.Name // a unique name names its owner
	if own {
		journal.Creating(req.Name)
	}
	err := r.call(r.x.callLimit(), "create", func(ctx context.Context) (err error) {
		id, err = r.x.rt.Create(ctx, req)
		return err
	})
	if errors.Is(err, ErrNoAnswer) {
		r.x.noteLateCreate(req)
	}
	if own && !errors.Is(err, ErrNoAnswer) && r.firm.Err() == nil {
		journal.Created(req.Name)
	}
	if err != nil {
		return "", err
	}
	r.x.noteCreated(id)
	r.out.Changed = true
	if r.x.o.CommandLine != nil {
		r.out.Commands = append(r.out.Commands, r.x.o.CommandLine(req))
	}
	return id, nil
}

// request is the create request of the op's entry under a real name.
func (r *opRun) request(name string) CreateRequest {
	return r.requestOf(r.op.Entry.WithVolumes(r.op.Carried), name)
}

// requestOf is the create request of the op's entry, or of a form of it, under a real name.
func (r *opRun) requestOf(e config.Entry, name string) CreateRequest {
	req := CreateRequest{Entry: e, Name: name, Labels: r.x.o.Labels(*r.op.Entry)}
	if name != r.op.Name {
		req.Labels[record.LabelCreatedAs] = name
	}
	if u := r.op.Unit; u != nil {
		req.NoRestartPolicy, req.ConmonPIDFile = true, u.PIDFile
		req.Labels[record.LabelUnit] = u.Unit
	}
	r.bindTargets(&req)
	return req
}

func (r *opRun) start(container string) error {
	err := r.call(r.x.callLimit(), "start", func(ctx context.Context) error { return r.x.rt.Start(ctx, container) })
	if err == nil {
		r.did("start", shown(container))
	}
	return err
}

func (r *opRun) stop(container string) error {
	r.waits("the stop of the container that ran before", "")
	err := r.call(0, "stop", func(ctx context.Context) error { return r.x.rt.Stop(ctx, container) })
	if err == nil {
		r.did("stop", shown(container))
	}
	return err
}

func (r *opRun) remove(container string) error {
	err := r.call(0, "remove", func(ctx context.Context) error { return r.x.rt.Remove(ctx, container) })
	if err == nil {
		r.did("rm", "--force", shown(container))
	}
	return err
}

// discard removes a container that did not come to use; volumes are the anonymous ones that were created for it.
func (r *opRun) discard(container string, volumes bool) error {
	err := r.call(0, "remove", func(ctx context.Context) error { return r.x.rt.Discard(ctx, container, volumes) })
	switch {
	case err != nil:
	case volumes:
		r.did("rm", "--force", "--volumes", shown(container))
	default:
		r.did("rm", "--force", shown(container))
	}
	return err
}

// discardNew removes the op's new container. Volumes that it took over from the previous one are that one's.
func (r *opRun) discardNew(id string) error { return r.discard(id, len(r.op.Carried) == 0) }

// removeFound removes a container that was found on the host.
func (r *opRun) removeFound(c *observed.Container) error {
	if c.Status == observed.Storage && r.x.o.Clearing != nil {
		release, err := r.x.o.Clearing(r.ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	if replacement.NeverUsed(*c) {
		return r.discard(c.ID, c.Labels[record.LabelTryOut] != "")
	}
	return r.remove(c.ID)
}

func (r *opRun) rename(container, name string) error {
	err := r.call(r.x.callLimit(), "rename to "+name, func(ctx context.Context) error { return r.x.rt.Rename(ctx, container, name) })
	if err == nil {
		r.did("rename", shown(container), name)
	}
	return err
}

func (r *opRun) inspect(container string) (Detail, error) {
	var d Detail
	err := r.call(r.x.callLimit(), "inspect", func(ctx context.Context) (err error) {
		d, err = r.x.rt.Inspect(ctx, container)
		return err
	})
	return d, err
}

// unique returns the entry's name with a random suffix.
func (r *opRun) unique() string { return r.op.Name + "-" + r.x.o.Suffix(r.op.Name) }

// fail notes why the op failed; the first failure counts.
func (r *opRun) fail(err error, next string) {
	if r.out.Err == nil {
		r.out.Action = plan.Failed
		r.out.Err = &Failure{Cause: err, Next: next}
	}
}

// warn notes what an operator should know of although the op succeeds.
func (r *opRun) warn(format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf("container %q: ", r.op.Name)+fmt.Sprintf(format, args...))
}

// isKind tells the entry's kind; a removal has none.
func (r *opRun) isKind(k config.Kind) bool { return r.op.Entry != nil && r.op.Entry.Kind == k }
