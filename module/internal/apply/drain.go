package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/overcloud/paunch/module/internal/balancer"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// errUndrained means that what was open did not end in time.
var errUndrained = errors.New("it does not drain")

// drained is what an op has done to the load balancer of its service.
type drained struct {
	out   bool   // it is out, or may be
	note  string // the id of the note that says so
	stuck bool   // it could not be put back
}

// takesOut reports whether the service of an op is taken out of its load balancer before anything gives way.
func (r *opRun) takesOut() bool { return r.op.Has(replacement.TakeOut, replacement.Balancer) }

// balance makes a step of a drain. That the service is out stands in a note before it is.
func (r *opRun) balance(s replacement.Step) error {
	switch s.Call {
	case replacement.Note:
		return r.noteDrained()
	case replacement.TakeOut:
		r.drained.out = true
		err := r.call(0, "drain", func(context.Context) error { return r.balancer().TakeOut(r.ctx) })
		if errors.Is(err, balancer.ErrAway) {
			r.warn("%s; it was replaced without being drained", err)
			r.drained.out = false
			return r.dropDrainNotes()
		}
		r.balanced(true)
		return err
	default:
		return r.awaitDrained()
	}
}

// drainBeside takes the service of a container that is kept out of its load balancer.
func (r *opRun) drainBeside() bool {
	for _, s := range r.op.Steps {
		if !isDrainStep(s) || s.Final || s.Call == replacement.PutBack {
			continue
		}
		if err := r.balance(s); err != nil {
			r.fail(err, "nothing was stopped; see why it does not drain, and apply again")
			return false
		}
	}
	return true
}

// isDrainStep reports whether a step is one of a drain that precedes the change.
func isDrainStep(s replacement.Step) bool {
	return s.Object == replacement.Balancer || s.Call == replacement.Note && s.Object == replacement.NoteOf && s.Quiet
}

func (r *opRun) noteDrained() error {
	out := r.out
	about := r.op.Current.ID
	req := r.noteRequest(r.unique(), about, map[string]string{record.LabelDrained: r.op.Entry.Drain.What()})
	id, _, err := r.createNamed(req)
	r.out.Changed, r.out.Commands = out.Changed, out.Commands // it is gone when all is done
	if err != nil {
		return fmt.Errorf("note that it is taken out of its load balancer: %w", err)
	}
	r.drained.note = id
	return nil
}

// awaitDrained waits until nothing is open any more, within the entry's bound.
func (r *opRun) awaitDrained() error {
	if !r.drained.out { // no load balancer answers
		return nil
	}
	d := r.op.Entry.Drain
	ctx, cancel := context.WithTimeout(r.ctx, d.Timeout)
	defer cancel()
	defer r.phase("drain")()
	for {
		open, err := r.balancer().Open(ctx)
		switch {
		case r.ctx.Err() != nil:
			return context.Cause(r.ctx)
		case ctx.Err() != nil:
		case errors.Is(err, balancer.ErrAway):
			return nil // what was open has ended with it
		case err != nil:
			return fmt.Errorf("wait until it is drained: %w", err)
		case open == 0:
			return nil
		case sleep(ctx, d.Interval):
			continue
		case r.ctx.Err() != nil:
			return context.Cause(r.ctx)
		}
		return fmt.Errorf("%w: it was taken out of its load balancer (%s), and more than %s passed (drain.timeout)%s", errUndrained, d.What(), d.Timeout, stillOpen(d, open))
	}
}

func stillOpen(d *config.Drain, open int) string {
	if d.HAProxy == nil || open == 0 {
		return ""
	}
	return fmt.Sprintf(": %d sessions are open", open)
}

// putBack puts the service back into its load balancer, whatever came of the change, and forgets that it was out.
func (r *opRun) putBack() {
	if !r.drained.out && len(r.op.TakenOut) == 0 || r.drained.stuck || r.op.Entry == nil || r.op.Entry.Drain == nil || r.firm.Err() != nil {
		return
	}
	err := r.insist(func() error {
		err := r.call(0, "rebalance", func(ctx context.Context) error { return r.balancer().PutBack(ctx) })
		if errors.Is(err, balancer.ErrAway) {
			return nil // one that is started later begins with all servers
		}
		return err
	})
	if r.drained.stuck = err != nil; err != nil {
		err = fmt.Errorf("it cannot be put back into its load balancer (%s): %w", r.op.Entry.Drain.What(), err)
		if r.out.Err != nil {
			r.out.Err = errors.Join(r.out.Err, err)
		}
		r.fail(err, "put it back by hand; the next apply tries again")
		r.out.Changed = true
		return
	}
	r.drained.out = false
	r.awaitTaken()
	if r.out.Err == nil || len(r.out.Commands) > 0 { // else it is as if nothing had been done
		r.balanced(false)
	}
	if err := r.dropDrainNotes(); err != nil {
		r.fail(err, "the next apply removes it")
	}
}

// awaitTaken waits until the load balancer gives a new container requests again: the next one may be taken out only then. It
// is no failure where it does not.
func (r *opRun) awaitTaken() {
	d := r.op.Entry.Drain
	ctx, cancel := context.WithTimeout(r.ctx, d.Timeout)
	defer cancel()
	defer r.phase("rebalance")()
	for r.out.Err == nil {
		takes, err := r.balancer().Takes(ctx)
		if err != nil || takes {
			return // what cannot be asked is not waited for
		}
		if !sleep(ctx, d.Interval) {
			r.warn("its load balancer (%s) gives it no requests %s after it was put back", d.What(), d.Timeout)
			return
		}
	}
}

// dropDrainNotes removes the notes that the service is out, this run's and those of earlier ones.
func (r *opRun) dropDrainNotes() error {
	if id := r.drained.note; id != "" {
		changed, commands := r.out.Changed, r.out.Commands
		if err := r.remove(id); err != nil {
			r.out.Changed = true
			return fmt.Errorf("remove the note that it was taken out of its load balancer: %w", err)
		}
		r.out.Changed, r.out.Commands, r.drained.note = changed, commands, ""
	}
	for _, n := range r.op.TakenOut {
		if err := r.remove(n.ID); err != nil {
			return fmt.Errorf("remove the note %s: %w", n.Name, err)
		}
	}
	r.op.TakenOut = nil
	return nil
}

// balanced notes the commands that a person would have given. They change nothing of what is here when all is done.
func (r *opRun) balanced(out bool) {
	r.out.Commands = append(r.out.Commands, balancerWords(*r.op.Entry, out)...)
}

// balancerWords are the commands of a drain as a person gives them.
func balancerWords(e config.Entry, out bool) [][]string {
	c := e.Drain.Command
	if c == nil {
		return balancer.Words(*e.Drain, out)
	}
	command := c.Back
	if out {
		command = c.Out
	}
	if c.Container == "" {
		return [][]string{command}
	}
	return [][]string{append([]string{"podman", "exec", c.Container}, command...)}
}

// balancer returns the load balancer of the op's service.
func (r *opRun) balancer() balancer.Balancer {
	if b := balancer.Of(*r.op.Entry.Drain); b != nil {
		return b
	}
	return byCommands{r}
}

// byCommands is a load balancer that commands speak to.
type byCommands struct{ *opRun }

func (b byCommands) TakeOut(ctx context.Context) error {
	return b.demand(ctx, b.op.Entry.Drain.Command.Out)
}

func (b byCommands) Takes(context.Context) (bool, error) { return true, nil }

func (b byCommands) PutBack(ctx context.Context) error {
	return b.demand(ctx, b.op.Entry.Drain.Command.Back)
}

func (b byCommands) Open(ctx context.Context) (int, error) {
	until := b.op.Entry.Drain.Command.Until
	if len(until) == 0 {
		return 0, nil
	}
	code, _, err := b.runDrain(ctx, until)
	if code != 0 {
		return 1, err
	}
	return 0, err
}

// demand runs a command that has to succeed.
func (b byCommands) demand(ctx context.Context, command []string) error {
	code, said, err := b.runDrain(ctx, command)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s ended with exit code %d%s", shellLine(command), code, said)
	}
	return err
}

// runDrain runs a command of a drain and returns its exit code and the end of its output.
func (b byCommands) runDrain(ctx context.Context, command []string) (code int, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, b.op.Entry.Drain.Timeout)
	defer cancel()
	container := b.op.Entry.Drain.Command.Container
	if container == "" {
		return b.runThrowaway(ctx, command)
	}
	var out Tail
	code, err = b.x.rt.Exec(ctx, b.x.named(container), ExecRequest{Command: command}, &out, &out)
	if err != nil {
		return 0, "", fmt.Errorf("in container %q: %w", container, err)
	}
	return code, lastWords(out), nil
}

// named returns the container of an entry of this step, else the name itself.
func (x *Executor) named(name string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if id := x.now[name]; id != "" {
		return id
	}
	return name
}

func lastWords(out Tail) string {
	if text := out.Lines(3); text != "" {
		return ": " + text
	}
	return ""
}

// runThrowaway runs a command in a throw-away container of the entry, with its network.
func (b byCommands) runThrowaway(ctx context.Context, command []string) (code int, said string, err error) {
	e := *b.op.Entry
	e.ValidateNetwork, e.ValidateTimeout = true, e.Drain.Timeout
	thrown := e.Validation(command, func(string) bool { return false })
	r := &opRun{x: b.x, ctx: ctx, firm: b.firm, op: plan.Op{Name: b.op.Name, Entry: &thrown}, out: Outcome{Name: b.op.Name}}
	id, err := r.create(b.x.validationRequest(thrown, r.unique()))
	if err != nil {
		return 0, "", err
	}
	defer func() {
		if discardErr := r.discard(id, true); discardErr != nil {
			err = errors.Join(err, discardErr)
		}
	}()
	if err := r.call(b.x.callLimit(), "start", func(ctx context.Context) error { return b.x.rt.Start(ctx, id) }); err != nil {
		return 0, "", r.startError(id, err)
	}
	if code, err = b.x.rt.Wait(ctx, id); err == nil && code != 0 {
		stdout, stderr := b.x.tail(b.firm, id, time.Time{})
		if text := joinLines(stdout, stderr); text != "" {
			said = ": " + text
		}
	}
	return code, said, err
}
