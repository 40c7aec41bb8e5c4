package apply

import (
	"context"
	"errors"

	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// trial is a container like the new one, and what was noted of the op before it.
type trial struct {
	id     string
	before Outcome
}

// tryOut makes a step by which a container like the new one is prepared up to its process, beside those that are to give
// way, and removed. It is not the new one itself: what is prepared keeps the name that it has at that moment, in its
// /etc/hosts and in the arguments of its conmon, and its conmon has to be started by the unit, where there is one.
func (p *replaceRun) tryOut(call replacement.Call) error {
	switch call {
	case replacement.Create:
		p.trial.before = p.out
		req := p.requestOf(*p.op.Entry, p.unique()) // without the volumes of the old one: those that it gets go with it
		req.Labels[record.LabelTryOut] = "true"
		req.ConmonPIDFile = "" // that of the old one is in use
		var err error
		p.trial.id, err = p.opRun.create(req)
		return err
	case replacement.Prepare:
		if err := p.init(p.trial.id); err != nil {
			return errors.Join(err, p.endTrial())
		}
		return nil
	default:
		return p.endTrial()
	}
}

// endTrial removes the container that was tried out. Then nothing is left of it.
func (p *replaceRun) endTrial() error {
	err := p.discard(p.trial.id, true)
	if err == nil {
		p.out = p.trial.before
	}
	return err
}

func (r *opRun) init(id string) error {
	return r.call(r.x.callLimit(), "prepare", func(ctx context.Context) error { return r.x.rt.Init(ctx, id) })
}

// errNoHealthcheck means that an entry waits for a health that nothing checks.
var errNoHealthcheck = errors.New("it has no healthcheck to wait for, neither of its own nor of its image: give it one, or do not ask for wait: healthy")

// requireHealthcheck refuses a new container that could never pass its health gate, before anything gives way to it. The
// image may bring the healthcheck along, so the container is asked.
func (r *opRun) requireHealthcheck(id string) error {
	if !r.gate() || r.op.Entry.HasHealthcheck {
		return nil
	}
	d, err := r.inspect(id)
	if err == nil && !d.HasHealthcheck {
		return errNoHealthcheck
	}
	return err
}
