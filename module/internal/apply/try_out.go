package apply

import (
	"context"
	"errors"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// tryOut has a container like the new one prepared up to its process, beside those that are to give way, and removes
// it. It is not the new one itself: what is prepared keeps the name that it has at that moment, in its /etc/hosts and
// in the arguments of its conmon, and its conmon has to be started by the unit, where there is one.
func (p *replaceRun) tryOut() error {
	if !p.canTryOut() {
		return nil
	}
	before := p.out
	req := p.requestOf(*p.op.Entry, p.unique()) // without the volumes of the old one: those that it gets go with it
	req.Labels[record.LabelTryOut] = "true"
	req.ConmonPIDFile = "" // that of the old one is in use
	id, err := p.opRun.create(req)
	if err != nil {
		return err
	}
	initErr := p.init(id)
	removeErr := p.discard(id, true)
	if removeErr == nil {
		p.out = before // nothing is left of it
	}
	return errors.Join(initErr, removeErr)
}

// canTryOut reports whether a try-out saves anything, and does not get in the way of what runs.
func (p *replaceRun) canTryOut() bool {
	if p.op.Stopped || !initIsSafe(p.op) {
		return false
	}
	for _, a := range p.asides {
		if isRunning(a.Container.Status) {
			return true
		}
	}
	return false
}

func (r *opRun) init(id string) error {
	return r.call(r.x.callLimit(), "prepare", func(ctx context.Context) error { return r.x.rt.Init(ctx, id) })
}

// initIsSafe reports whether a process can be prepared beside the old one: published ports and fixed
// addresses are taken at that point, and would clash.
func initIsSafe(op plan.Op) bool {
	for _, flag := range []string{"publish", "publish-all", "ip", "ip6", "mac-address", "network"} {
		for _, v := range op.Entry.Option(flag) {
			if flag != "network" || v != "host" && v != "none" {
				return false
			}
		}
	}
	return true
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
