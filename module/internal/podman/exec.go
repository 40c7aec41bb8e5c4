package podman

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/api/handlers"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	dockercontainer "github.com/docker/docker/api/types/container"

	"github.com/overcloud/paunch/module/internal/apply"
)

const (
	execPoll    = 10 * time.Millisecond // between the end of the output and the recorded exit code
	execPollMax = 500 * time.Millisecond
	// execUnrecorded is how long Podman may take to record the end of a session whose process is gone.
	execUnrecorded = 2 * time.Second
	// execUnanswered is how many questions for the end of a session may go without an answer.
	execUnanswered = 3
)

// Exec runs a command in a running container. When ctx ends first, the command runs on.
func (c *Client) Exec(ctx context.Context, container string, r apply.ExecRequest, stdout, stderr io.Writer) (int, error) {
	var session string
	err := c.persist(ctx, func() (err error) {
		session, err = c.createSession(ctx, container, r)
		return err
	}, nil) // a session that is never started does nothing
	if err != nil {
		return 0, err
	}
	err = c.persist(ctx, func() error { return c.runSession(ctx, session, stdout, stderr) },
		func() (bool, error) { return c.hasBegun(ctx, session) })
	if err != nil && !c.runsInSpiteOf(ctx, session, err) {
		return 0, err
	}
	return c.AwaitExec(ctx, container, session)
}

func (c *Client) createSession(ctx context.Context, container string, r apply.ExecRequest) (session string, err error) {
	err = c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		session, err = containers.ExecCreate(ctx, id, &handlers.ExecCreateConfig{ExecOptions: dockercontainer.ExecOptions{
			Cmd: r.Command, Env: r.Env, User: r.User, Privileged: r.Privileged, WorkingDir: r.Workdir,
			AttachStdout: true, AttachStderr: true, DetachKeys: markKeys(r.Mark),
		}})
		return err
	})
	return session, err
}

// runSession starts a session and copies its output until it ends.
func (c *Client) runSession(ctx context.Context, session string, stdout, stderr io.Writer) error {
	callCtx, explain, cancel := c.call(ctx, 0, "")
	defer cancel()
	body, err := json.Marshal(map[string]bool{"Detach": false})
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	response, err := request(callCtx, http.MethodPost, "/exec/%s/start", nil, bytes.NewReader(body), session)
	if err != nil {
		return explain(err)
	}
	defer closeBody(response)
	return explain(demux(response.Body, stdout, stderr))
}

// runsInSpiteOf reports whether the command of a session runs though its start was answered with an error.
func (c *Client) runsInSpiteOf(ctx context.Context, session string, err error) bool {
	if !answered(err) {
		return false
	}
	s, inspectErr := c.inspectSession(ctx, session)
	return inspectErr == nil && (s.Running || s.CanRemove && s.ExitCode < execNotStarted)
}

// execNotStarted is the first of the exit codes by which Podman says that it could not start a command.
const execNotStarted = 125

// hasBegun reports whether a start of a session whose answer was lost had its effect.
func (c *Client) hasBegun(ctx context.Context, session string) (bool, error) {
	s, err := c.inspectSession(ctx, session)
	return err == nil && (s.Running || s.CanRemove), err
}

func (c *Client) inspectSession(ctx context.Context, session string) (*define.InspectExecSession, error) {
	callCtx, explain, cancel := c.call(ctx, c.quick, "")
	defer cancel()
	s, err := containers.ExecInspect(callCtx, session, nil)
	return s, explain(err)
}

// AwaitExec waits until a session has ended, and returns its exit code. Podman records that a moment after
// the end; where the service that started the session died meanwhile, only much later: then the exit
// code is what its conmon left.
func (c *Client) AwaitExec(ctx context.Context, container, session string) (int, error) {
	var goneSince time.Time
	unanswered := 0
	for wait := execPoll; ; wait = min(2*wait, execPollMax) {
		var s *define.InspectExecSession
		err := c.ask(ctx, isFault, func() (err error) {
			s, err = c.inspectSession(ctx, session)
			return err
		})
		switch {
		case errors.Is(err, apply.ErrNoAnswer) && unanswered < execUnanswered && ctx.Err() == nil:
			unanswered++ // its exit code decides whether the command runs again
			continue
		case err != nil:
			return 0, err
		case !s.Running:
			return s.ExitCode, nil
		case !c.seesProcesses || s.Pid <= 0 || sessionProcess(s):
			goneSince = time.Time{}
		case goneSince.IsZero():
			goneSince = time.Now()
		case time.Since(goneSince) > execUnrecorded:
			return c.leftExitCode(ctx, container, session)
		}
		if err := pause(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// FindExec returns a session of the container in which a command of this mark is running.
func (c *Client) FindExec(ctx context.Context, container, mark string) (found apply.ExecSession, err error) {
	var ids []string
	err = c.ask(ctx, isFault, func() error {
		data, err := c.inspectOnce(ctx, container)
		if err == nil {
			ids = data.ExecIDs
		}
		return err
	})
	for _, id := range ids {
		var s *define.InspectExecSession
		err := c.ask(ctx, isFault, func() (err error) {
			s, err = c.inspectSession(ctx, id)
			return err
		})
		switch {
		case answered(err): // it was cleared this moment
		case err != nil:
			return apply.ExecSession{}, err
		case s.DetachKeys == markKeys(mark) && s.Running && (!c.seesProcesses || sessionProcess(s)):
			return apply.ExecSession{ID: id, Command: sessionCommand(s)}, nil
		}
	}
	return apply.ExecSession{}, err
}

func sessionCommand(s *define.InspectExecSession) []string {
	if s.ProcessConfig == nil {
		return nil
	}
	return slices.Concat([]string{s.ProcessConfig.Entrypoint}, s.ProcessConfig.Arguments)
}

// EndExec ends the command of a session: by signals to its processes where they can be seen, else by
// Podman, which has a call for that from 4.8 on.
func (c *Client) EndExec(ctx context.Context, session string) error {
	s, err := c.inspectSession(ctx, session)
	switch {
	case answered(err): // it is gone
		return nil
	case err != nil:
		return err
	case !s.Running:
		return nil
	case c.seesProcesses && sessionProcess(s):
		return endSession(ctx, s.Pid)
	case c.link().version.LT(execRemoveVersion):
		return errors.New("this podman cannot end a command from afar")
	}
	callCtx, explain, cancel := c.call(ctx, c.quick, "")
	defer cancel()
	return explain(containers.ExecRemove(callCtx, session, new(containers.ExecRemoveOptions).WithForce(true)))
}
