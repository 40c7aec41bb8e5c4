package applytest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// session is one command that runs in a container of a Fake.
type session struct {
	container string // its id
	mark      string
	command   []string
	code      int
	ended     chan struct{}
}

// Exec implements apply.Runtime.
func (f *Fake) Exec(ctx context.Context, nameOrID string, r apply.ExecRequest, stdout, stderr io.Writer) (int, error) {
	var b Behaviour
	s := &session{mark: r.Mark, command: slices.Clone(r.Command), ended: make(chan struct{})}
	err := f.with(ctx, "exec", nameOrID, strings.Join(r.Command, " "), func(c *container) error {
		if c.Status != observed.Running {
			return fmt.Errorf("container %s is not running", c.Name)
		}
		b = f.commands[strings.Join(r.Command, " ")]
		s.container = c.ID
		f.sessions[f.newID()] = s
		if err := missing(b); err != nil || !b.RunsOn && b.RunsFor == 0 {
			s.code = b.ExitCode
			close(s.ended)
			return err
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := printLines(b.Stdout, b.Stderr, stdout, stderr); err != nil {
		return 0, err
	}
	if b.RunsFor > 0 {
		time.AfterFunc(b.RunsFor, func() { f.endSession(s, b.ExitCode) })
	}
	return s.await(ctx)
}

// endSession ends a command, if it still runs.
func (f *Fake) endSession(s *session, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.running() {
		s.code = code
		close(s.ended)
	}
}

func (s *session) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// await waits for the end of a command.
func (s *session) await(ctx context.Context) (int, error) {
	if !s.running() { // an end that is known counts, whatever else happened meanwhile
		return s.code, nil
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		if s.running() {
			return 0, context.Cause(ctx)
		}
	}
	return s.code, nil
}

// Sessions returns how many commands run.
func (f *Fake) Sessions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.sessions {
		if _, there := f.containers[s.container]; there && s.running() {
			n++
		}
	}
	return n
}

// FindExec implements apply.Runtime.
func (f *Fake) FindExec(ctx context.Context, nameOrID, mark string) (found apply.ExecSession, err error) {
	err = f.with(ctx, "find-exec", nameOrID, mark, func(c *container) error {
		for id, s := range f.sessions {
			if s.container == c.ID && s.mark == mark && s.running() {
				found = apply.ExecSession{ID: id, Command: s.command}
			}
		}
		return nil
	})
	return found, err
}

// AwaitExec implements apply.Runtime.
func (f *Fake) AwaitExec(ctx context.Context, nameOrID, id string) (int, error) {
	var s *session
	err := f.with(ctx, "await-exec", nameOrID, "", func(*container) error {
		s = f.sessions[id]
		if s == nil {
			return fmt.Errorf("no session %s", id)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return s.await(ctx)
}

// EndExec implements apply.Runtime.
func (f *Fake) EndExec(ctx context.Context, id string) error {
	var s *session
	err := f.do(ctx, "end-exec", "", "", func() error {
		s = f.sessions[id]
		return nil
	})
	if err == nil && s != nil {
		f.endSession(s, 143)
	}
	return err
}
