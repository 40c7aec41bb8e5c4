package paunch_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/hostlock"
	"github.com/overcloud/paunch/module/paunch"
)

// errorKinds are all that an error can be.
var errorKinds = []error{
	paunch.ErrInvalidRequest, paunch.ErrInvalidConfig, paunch.ErrLocked, paunch.ErrUnreachable, paunch.ErrPull, paunch.ErrContainer,
	paunch.ErrInterrupted, paunch.ErrAborted,
}

// demandKinds fails unless the error is of exactly these errorKinds.
func demandKinds(t *testing.T, name string, err error, want ...error) {
	t.Helper()
	for _, kind := range errorKinds {
		if got := errors.Is(err, kind); got != slices.Contains(want, kind) {
			t.Errorf("%s: errors.Is(%q) is %v: %v", name, kind, got, err)
		}
	}
}

// failingRequest asks for one container at a missing Podman.
func failingRequest(name string) paunch.Request {
	r := paunch.Defaults()
	r.ManagedBy, r.ConfigID, r.Config = "test-errors-"+name, "c", map[string]any{"web": map[string]any{"image": "web:1"}}
	r.PodmanURL, r.LockTimeout = "unix:///no/such/socket", 0
	return r
}

func TestTheKindOfAFailureIsAValue(t *testing.T) {
	_, err := paunch.Apply(t.Context(), paunch.Request{})
	demandKinds(t, "an empty request", err, paunch.ErrInvalidRequest)

	_, err = paunch.Apply(t.Context(), failingRequest("podman"))
	demandKinds(t, "no podman", err, paunch.ErrUnreachable)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
	_, err = paunch.List(t.Context(), paunch.ListRequest{PodmanURL: "unix:///no/such/socket"})
	demandKinds(t, "a list", err, paunch.ErrUnreachable)
	_, err = paunch.Mounts(t.Context(), paunch.Selection{PodmanURL: "unix:///no/such/socket"})
	demandKinds(t, "mounts", err, paunch.ErrUnreachable)
	_, err = paunch.Debug(t.Context(), paunch.DebugRequest{Request: failingRequest("podman"), Container: "web"})
	demandKinds(t, "debug", err, paunch.ErrUnreachable)

	lock, err := hostlock.Acquire(t.Context(), "test-errors-lock", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = paunch.Apply(t.Context(), failingRequest("lock"))
	demandKinds(t, "a held lock", err, paunch.ErrLocked)
	if err := lock.Release(); err != nil {
		t.Error(err)
	}

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	_, err = paunch.Apply(ctx, failingRequest("interrupted"))
	demandKinds(t, "an interrupted run", err, paunch.ErrInterrupted)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context is lost: %v", err)
	}
	_, err = paunch.Apply(paunch.WithAbort(ctx, ctx), failingRequest("interrupted"))
	demandKinds(t, "an aborted run", err, paunch.ErrInterrupted, paunch.ErrAborted)
}

func TestTheProblemsOfAConfigAreValuesWithoutSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yml")
	if err := os.WriteFile(file, []byte("web:\n  image: web:1\n  detach: hunter22hunter\n  environment: {DB_PASSWORD: hunter22hunter}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	req := failingRequest("config")
	req.Config, req.ConfigPath = nil, file
	result, err := paunch.Apply(t.Context(), req)
	demandKinds(t, "a wrong key", err, paunch.ErrInvalidConfig)
	var run *paunch.RunError
	if !errors.As(err, &run) || run.Result != result || err.Error() != result.Msg {
		t.Errorf("the result is not that of the error: %v", err)
	}
	var problem *paunch.ConfigError
	if !errors.As(err, &problem) || problem.Container != "web" || problem.Key != "detach" || problem.File != file || problem.Line != 3 {
		t.Errorf("problem: %+v", problem)
	}
	_, err = paunch.Debug(t.Context(), paunch.DebugRequest{Request: req, Container: "web"})
	demandKinds(t, "debug", err, paunch.ErrInvalidConfig)
	for _, text := range []string{err.Error(), problem.Error(), run.Error()} {
		if strings.Contains(text, "hunter22") {
			t.Error(text)
		}
	}
}
