package podman

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/containers/podman/v5/pkg/api/handlers"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	dockercontainer "github.com/docker/docker/api/types/container"

	"github.com/overcloud/paunch/module/internal/apply"
)

const (
	execPoll    = 10 * time.Millisecond // between the end of the output and the recorded exit code
	execPollMax = 500 * time.Millisecond
	execCleanup = 10 * time.Second
)

// Exec runs a command in a running container. When ctx ends first, the command is killed where the
// service can do that (Podman 4.8 and newer), and left alone elsewhere.
func (c *Client) Exec(ctx context.Context, container string, r apply.ExecRequest, stdout, stderr io.Writer) (int, error) {
	session, err := c.createSession(ctx, container, r)
	if err != nil {
		return 0, err
	}
	code, err := c.runSession(ctx, session, stdout, stderr)
	if ctx.Err() != nil {
		c.killSession(ctx, session)
	}
	return code, err
}

func (c *Client) createSession(ctx context.Context, container string, r apply.ExecRequest) (session string, err error) {
	err = c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		session, err = containers.ExecCreate(ctx, id, &handlers.ExecCreateConfig{ExecOptions: dockercontainer.ExecOptions{
			Cmd: r.Command, Env: r.Env, User: r.User, Privileged: r.Privileged, WorkingDir: r.Workdir,
			AttachStdout: true, AttachStderr: true,
		}})
		return err
	})
	return session, err
}

// runSession starts a session, copies its output until it ends, and looks up its exit code.
func (c *Client) runSession(ctx context.Context, session string, stdout, stderr io.Writer) (int, error) {
	callCtx, explain, cancel := c.call(ctx, 0, "")
	defer cancel()
	body, err := json.Marshal(map[string]bool{"Detach": false})
	if err != nil {
		return 0, fmt.Errorf("encode the request: %w", err)
	}
	response, err := request(callCtx, http.MethodPost, "/exec/%s/start", nil, bytes.NewReader(body), session)
	if err != nil {
		return 0, explain(err)
	}
	err = demux(response.Body, stdout, stderr)
	closeBody(response)
	if err != nil {
		return 0, explain(err)
	}
	code, err := awaitExit(callCtx, session)
	return code, explain(err)
}

// awaitExit looks until the session has its exit code, which Podman records a moment after it has
// closed the output.
func awaitExit(ctx context.Context, session string) (int, error) {
	for wait := execPoll; ; wait = min(2*wait, execPollMax) {
		s, err := containers.ExecInspect(ctx, session, nil)
		if err != nil {
			return 0, err
		}
		if !s.Running {
			return s.ExitCode, nil
		}
		if err := pause(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// killSession ends a command that nobody waits for any more. Before 4.8 Podman has no call for that.
func (c *Client) killSession(ctx context.Context, session string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), execCleanup)
	defer cancel()
	_ = containers.ExecRemove(callContext{ctx, c.conn}, session, new(containers.ExecRemoveOptions).WithForce(true)) // the caller has its error
}
