package applytest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// Create implements apply.Runtime.
func (f *Fake) Create(ctx context.Context, r apply.CreateRequest) (id string, err error) {
	err = f.do(ctx, "create", r.Name, "", func() error {
		c := &container{entry: r.Entry, policy: r.Entry.Restart != "" && !r.NoRestartPolicy && !r.Placeholder}
		if err := f.behaviour(c).CreateErr; err != nil && !r.Placeholder {
			return err
		}
		imageID, ok := f.imageID(r.Entry.Image)
		switch {
		case !ok:
			return fmt.Errorf("no such image %q", r.Entry.Image)
		case f.taken(r.Name):
			return fmt.Errorf("the name %q is in use: %w", r.Name, apply.ErrNameTaken)
		}
		if err := f.missingResource(r.Entry); err != nil && !r.Placeholder {
			return err
		}
		if c.targets, err = f.targetsOf(r); err != nil {
			return err
		}
		id = f.newID()
		c.Container = observed.Container{
			ID: id, Name: r.Name, Image: r.Entry.Image, ImageID: imageID,
			Labels: entryLabels(r), Status: observed.Created, CreatedAt: f.now(),
		}
		for _, v := range r.Entry.Option("publish") {
			c.Ports = append(c.Ports, plan.PublishedPorts(v)...)
		}
		if !r.Placeholder {
			c.Networks = f.networksOf(r.Entry)
			c.mounts = f.mount(r.Entry)
		}
		f.containers[id] = c
		return nil
	})
	return id, err
}

// imageID resolves a reference or an id; f.mu is held.
func (f *Fake) imageID(ref string) (string, bool) {
	if id, ok := f.images[ref]; ok {
		return id, true
	}
	for _, id := range f.images {
		if id == ref {
			return id, true
		}
	}
	return "", false
}

// entryLabels are the labels of a new container: the entry's own, and ours over them.
func entryLabels(r apply.CreateRequest) map[string]string {
	labels := map[string]string{}
	if !r.Placeholder {
		for _, kv := range r.Entry.Option("label") {
			k, v, _ := strings.Cut(kv, "=")
			labels[k] = v
		}
	}
	maps.Copy(labels, r.Labels)
	return labels
}

// with runs an effect on one container.
func (f *Fake) with(ctx context.Context, op, nameOrID, arg string, effect func(*container) error) error {
	return f.do(ctx, op, nameOrID, arg, func() error {
		c, err := f.find(nameOrID)
		if err != nil {
			return err
		}
		return effect(c)
	})
}

// Init implements apply.Runtime.
func (f *Fake) Init(ctx context.Context, nameOrID string) error {
	return f.with(ctx, "init", nameOrID, "", func(c *container) error {
		b := f.behaviour(c)
		if b.InitErr != nil {
			return b.InitErr
		}
		return missing(b)
	})
}

func missing(b Behaviour) error {
	if b.MissingExecutable {
		return fmt.Errorf("executable file not found in $PATH")
	}
	return nil
}

// Start implements apply.Runtime.
func (f *Fake) Start(ctx context.Context, nameOrID string) error {
	return f.with(ctx, "start", nameOrID, "", f.start)
}

// start starts a container; f.mu is held.
func (f *Fake) start(c *container) error {
	b := f.behaviour(c)
	switch {
	case c.Status == observed.Running:
		return nil
	case b.StartErr != nil:
		return b.StartErr
	case missing(b) != nil:
		return missing(b)
	}
	if err := f.portTaken(c); err != nil {
		return err
	}
	if err := f.startTargets(c); err != nil {
		return err
	}
	c.lastExit = c.ExitCode
	c.runs++
	c.Status, c.StartedAt, c.RunningFor, c.ended = observed.Running, f.now(), longTime, make(chan struct{})
	c.earlier = [2]int{len(c.stdout), len(c.stderr)}
	c.stdout, c.stderr = append(c.stdout, b.Stdout...), append(c.stderr, b.Stderr...)
	c.checks, c.healthy, c.Health, c.Restarts, c.EndUnknown = 0, false, "", b.Restarts, false
	f.enterNamespaces(c)
	switch {
	case b.RunsOn:
	case b.RunsFor > 0:
		run := c.ended
		time.AfterFunc(b.RunsFor, func() { f.endRun(c, run, b.ExitCode) })
	default:
		f.end(c, b.ExitCode)
	}
	return nil
}

// portTaken is the error of a start where another container has a port; f.mu is held.
func (f *Fake) portTaken(c *container) error {
	for _, other := range f.containers {
		for _, a := range c.Ports {
			for _, b := range other.Ports {
				if other.Status == observed.Running && a.Clashes(b) {
					return fmt.Errorf("listen %s :%d: bind: address already in use", a.Protocol, a.Number)
				}
			}
		}
	}
	return nil
}

// endRun ends a container unless that run is over already.
func (f *Fake) endRun(c *container, run chan struct{}, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.ended == run {
		f.end(c, code)
	}
}

// end ends a running container; f.mu is held.
func (f *Fake) end(c *container, code int) {
	if c.ended != nil {
		close(c.ended)
		c.ended = nil
		c.Status, c.ExitCode = observed.Exited, code
		f.leaveNamespaces(c)
	}
}

// Stop implements apply.Runtime.
func (f *Fake) Stop(ctx context.Context, nameOrID string) error {
	return f.with(ctx, "stop", nameOrID, "", func(c *container) error {
		b := f.behaviour(c)
		if b.StopErr != nil {
			return b.StopErr
		}
		f.end(c, b.StopCode)
		f.units.restart(c)
		return nil
	})
}

// Unpause implements apply.Runtime.
func (f *Fake) Unpause(ctx context.Context, nameOrID string) error {
	return f.with(ctx, "unpause", nameOrID, "", func(c *container) error {
		if c.Status != observed.Paused {
			return fmt.Errorf("container %s is not paused", c.Name)
		}
		c.Status = observed.Running
		return nil
	})
}

// Remove implements apply.Runtime.
func (f *Fake) Remove(ctx context.Context, nameOrID string) error {
	return f.do(ctx, "remove", nameOrID, "", func() error {
		for id, name := range f.leftovers {
			if id == nameOrID || name == nameOrID {
				delete(f.leftovers, id)
				return nil
			}
		}
		c, err := f.find(nameOrID)
		if err != nil {
			return nil //nolint:nilerr // gone is what was wanted
		}
		if err := f.dependentsOf(c); err != nil {
			return err
		}
		f.end(c, f.behaviour(c).StopCode)
		delete(f.containers, c.ID)
		return nil
	})
}

// Discard implements apply.Runtime.
func (f *Fake) Discard(ctx context.Context, nameOrID string, _ bool) error {
	return f.Remove(ctx, nameOrID)
}

// Rename implements apply.Runtime.
func (f *Fake) Rename(ctx context.Context, nameOrID, name string) error {
	return f.with(ctx, "rename", nameOrID, name, func(c *container) error {
		if f.taken(name) {
			return fmt.Errorf("the name %q is in use: %w", name, apply.ErrNameTaken)
		}
		c.Name = name
		return nil
	})
}

// Wait implements apply.Runtime.
func (f *Fake) Wait(ctx context.Context, nameOrID string) (int, error) {
	var c *container
	var run chan struct{}
	err := f.with(ctx, "wait", nameOrID, "", func(found *container) error {
		c, run = found, found.ended
		return nil
	})
	if err != nil {
		return 0, err
	}
	if run != nil {
		select {
		case <-run:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.killed {
		return 0, ErrKilled
	}
	return c.ExitCode, nil
}

// Inspect implements apply.Runtime.
func (f *Fake) Inspect(ctx context.Context, nameOrID string) (d apply.Detail, err error) {
	err = f.with(ctx, "inspect", nameOrID, "", func(c *container) error {
		if f.TimersRun {
			f.check(c)
		}
		d = apply.Detail{
			ID: c.ID, ImageID: c.ImageID, Status: c.Status, ExitCode: c.ExitCode, StartedAt: c.StartedAt,
			Restarts: c.Restarts, Health: f.health(c), HasHealthcheck: f.behaviour(c).Health != NoHealthcheck, OOMKilled: c.Ended() && f.behaviour(c).OOMKilled,
		}
		if d.Health != "" && !c.healthy && c.checks > 0 {
			d.HealthFailed, d.HealthLog = c.checks, "not ready"
		}
		return nil
	})
	return d, err
}

// check runs the healthcheck once; f.mu is held.
func (f *Fake) check(c *container) {
	b := f.behaviour(c)
	if b.Health == NoHealthcheck || c.Status != observed.Running {
		return
	}
	c.checks++
	c.healthy = b.Health == Passes && c.checks > b.HealthyAfter
}

// health is Podman's word for the state of the checks; f.mu is held.
func (f *Fake) health(c *container) string {
	switch {
	case f.behaviour(c).Health == NoHealthcheck:
		return ""
	case c.healthy:
		return "healthy"
	case c.checks >= 3: // podman's default retries
		return "unhealthy"
	}
	return "starting"
}

// LastExit implements apply.Runtime.
func (f *Fake) LastExit(ctx context.Context, nameOrID string, _ time.Time) (code int, known bool, err error) {
	err = f.with(ctx, "last-exit", nameOrID, "", func(c *container) error {
		code, known = c.lastExit, c.runs > 1 || c.Restarts > 0
		if c.Restarts > 0 {
			code = f.behaviour(c).ExitCode
		}
		return nil
	})
	return code, known, err
}

// RunHealthcheck implements apply.Runtime.
func (f *Fake) RunHealthcheck(ctx context.Context, nameOrID string) (healthy bool, err error) {
	err = f.with(ctx, "healthcheck", nameOrID, "", func(c *container) error {
		switch {
		case f.behaviour(c).Health == NoHealthcheck:
			return fmt.Errorf("container %s has no healthcheck", c.Name)
		case c.Status != observed.Running:
			return fmt.Errorf("container %s is not running", c.Name)
		}
		f.check(c)
		healthy = c.healthy
		return nil
	})
	return healthy, err
}

// Logs implements apply.Runtime. Any since means the last start, as a Fake's clock is its own.
func (f *Fake) Logs(ctx context.Context, nameOrID string, since time.Time, lines int, stdout, stderr io.Writer) error {
	return f.with(ctx, "logs", nameOrID, "", func(c *container) error {
		out, errs := c.stdout, c.stderr
		if !since.IsZero() {
			out, errs = out[c.earlier[0]:], errs[c.earlier[1]:]
		}
		return printLines(lastLines(out, lines), lastLines(errs, lines), stdout, stderr)
	})
}

func lastLines(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

func printLines(out, errs []string, stdout, stderr io.Writer) error {
	for _, line := range out {
		if _, err := fmt.Fprintln(stdout, line); err != nil {
			return err
		}
	}
	for _, line := range errs {
		if _, err := fmt.Fprintln(stderr, line); err != nil {
			return err
		}
	}
	return nil
}

// Room implements apply.Runtime.
func (f *Fake) Room(context.Context, string) (int64, error) { return f.Free, nil }

// Pull implements apply.Runtime.
func (f *Fake) Pull(ctx context.Context, r apply.PullRequest) (id string, moved bool, err error) {
	err = f.do(ctx, "pull", r.Image, "", func() error {
		before := f.images[r.Image]
		if errs := f.pullErrs[r.Image]; len(errs) > 0 {
			f.pullErrs[r.Image] = errs[1:]
			return errs[0]
		}
		if before != "" && (r.Policy == "missing" || r.Policy == "") {
			id = before
			return nil
		}
		if id = f.remote[r.Image]; id == "" {
			return fmt.Errorf("manifest unknown: %w", apply.ErrPermanent)
		}
		f.images[r.Image] = id
		moved = id != before
		return nil
	})
	return id, moved, err
}

// Containers implements apply.Runtime.
func (f *Fake) Containers(ctx context.Context) (all []observed.Container, err error) {
	err = f.do(ctx, "list", "", "", func() error {
		all = f.sorted()
		return nil
	})
	return all, err
}

// Subject returns the Fake as Conformance takes it.
func (f *Fake) Subject() Subject {
	n := 0
	next := func(what string) string { n++; return fmt.Sprintf("%s-%d", what, n) }
	return Subject{
		Runtime: f,
		Entry: func(b Behaviour) config.Entry {
			e := config.Entry{Name: next("entry"), Image: "localhost/fake:latest", Command: []string{"scripted"}, ExitCodes: []int{0}}
			f.AddImage(e.Image, "fake-image")
			f.Behave(e.Name, b)
			return e
		},
		Command: func(b Behaviour) []string {
			command := []string{next("command")}
			f.BehaveCommand(command, b)
			return command
		},
		Leftover: f.AddLeftover,
	}
}
