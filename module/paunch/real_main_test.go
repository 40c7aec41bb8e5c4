//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// bed is the Podman of these tests; binary is the program, built once.
var (
	bed    *testbed.Podman
	binary string
)

func TestMain(m *testing.M) {
	remove, err := buildProgram()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := testbed.Run(m, &bed)
	remove()
	os.Exit(code)
}

// buildProgram builds the program, unless $PAUNCH_BINARY is one that was built elsewhere.
func buildProgram() (remove func(), err error) {
	if binary = os.Getenv("PAUNCH_BINARY"); binary != "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "paunch-binary-")
	if err != nil {
		return nil, err
	}
	binary = filepath.Join(dir, "paunch_step")
	out, err := exec.Command("go", "build", "-tags", os.Getenv("PAUNCH_GO_TAGS"), "-o", binary, "github.com/overcloud/paunch/module/cmd/paunch_step").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return func() { _ = os.RemoveAll(dir) }, nil
}

type config = map[string]any

// request is one for a config under a manager of the test's own.
func request(t *testing.T, c config) paunch.Request {
	t.Helper()
	req := paunch.Defaults()
	req.Config, req.ConfigID, req.PodmanURL = c, "step1", bed.URL()
	req.ManagedBy = "test-" + strings.NewReplacer("/", "-", ",", "", "'", "", "#", "").Replace(t.Name())
	if len(req.ManagedBy) > 100 {
		req.ManagedBy = req.ManagedBy[:100]
	}
	req.Settle = 500 * time.Millisecond
	return req
}

// must applies and demands success.
func must(t *testing.T, req paunch.Request) *paunch.Result {
	t.Helper()
	result, err := paunch.Apply(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// mustFail applies and demands a failure that says something.
func mustFail(t *testing.T, req paunch.Request, says ...string) *paunch.Result {
	t.Helper()
	result, err := paunch.Apply(context.Background(), req)
	if err == nil || !result.Failed {
		t.Fatalf("no failure: %s", result.Msg)
	}
	for _, text := range says {
		if !strings.Contains(result.Msg, text) {
			t.Errorf("the message does not say %q:\n%s", text, result.Msg)
		}
	}
	return result
}

// actions are the result's containers as name -> action.
func actions(r *paunch.Result) map[string]string {
	out := map[string]string{}
	for _, c := range r.Containers {
		if _, twice := out[c.Name]; !twice {
			out[c.Name] = c.Action
		}
	}
	return out
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// seen is one container as podman's own command lists it.
type seen struct {
	ID, State, Image                   string
	Names                              []string
	Labels                             map[string]string
	StartedAt, ExitedAt, ExitCode, Pid int64
}

func ps(t *testing.T) []seen {
	t.Helper()
	var all []seen
	if err := json.Unmarshal([]byte(bed.Output(t, "ps", "--all", "--external", "--no-trunc", "--sort", "names", "--format", "json")), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// snapshot is everything about the containers of the bed that an apply could change.
func snapshot(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("%+v", ps(t)) +
		bed.Output(t, "images", "--all", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}") + bed.Output(t, "volume", "ls")
}

// listed are the containers of the bed as "name state".
func listed(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, c := range ps(t) {
		out = append(out, strings.Join(c.Names, ",")+" "+c.State)
	}
	return out
}

func id(t *testing.T, container string) string {
	t.Helper()
	return bed.Output(t, "inspect", "--format", "{{.Id}}", container)
}

// A service that ends at once on SIGTERM, so that tests need not wait for a grace period.
const runs = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done"

func service(more ...any) config {
	return with(config{"image": testbed.Image, "net": "host", "restart": "always", "command": []any{"sh", "-c", runs}}, more...)
}

func job(script string, more ...any) config {
	return with(config{"image": testbed.Image, "net": "host", "detach": false, "command": []any{"sh", "-c", script}}, more...)
}

func with(c config, more ...any) config {
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

// start starts the program in a process group of its own, as Ansible would, with a private service
// on the bed's storage, which the units of a host with systemd would not lead to.
func start(t *testing.T, req config) *exec.Cmd {
	t.Helper()
	req["systemd"] = "never"
	text, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	args := filepath.Join(t.TempDir(), "args")
	if err := os.WriteFile(args, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args)
	cmd.Env = append(bed.Env(), "PATH="+bed.Wrapper(t)+":"+os.Getenv("PATH"))
	return cmd
}
