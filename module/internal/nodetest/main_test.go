//go:build realnode

package nodetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// Two images of the same content and another id.
const (
	image  = "localhost/node:1"
	image2 = "localhost/node:2"
)

func TestMain(m *testing.M) {
	for _, name := range []string{image, image2} {
		if err := importImage(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func importImage(name string) error {
	if exec.Command("podman", "image", "exists", name).Run() == nil {
		return nil
	}
	root, err := testbed.BusyboxRoot()
	if err != nil {
		return err
	}
	cmd := exec.Command("podman", "import", "--quiet", "--message", name, "--change", "LABEL of="+name, "-", name)
	cmd.Stdin = bytes.NewReader(root)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("podman import: %w: %s", err, out)
	}
	return nil
}

type config = map[string]any

// serve is a process that ends politely.
var serve = []any{"sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 0.1; done"}

// service is an entry that runs on.
func service(more ...any) config {
	e := config{"image": image, "restart": "always", "net": "none", "command": serve}
	for i := 0; i+1 < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	return e
}

// step is the containers of one test: their names begin with its own prefix.
type step struct {
	t   *testing.T
	req paunch.Request
}

// newStep returns a step that is removed at the end of the test.
func newStep(t *testing.T, id string) *step {
	t.Helper()
	req := paunch.Defaults()
	req.ConfigID, req.Settle, req.Debug = id, 300*time.Millisecond, true
	s := &step{t: t, req: req}
	t.Cleanup(func() {
		r := s.req
		r.Config, r.ConfigPath, r.Systemd, r.Adopt = nil, "", paunch.SystemdAuto, []string{"tripleo_ansible", "edpm_ansible"}
		if result, err := paunch.Delete(context.Background(), r); err != nil {
			t.Errorf("clean up: %v", result.Msg)
		}
		if left := lines(sh(t, "podman ps -a --filter label=config_id="+id+" --format '{{.Names}}'")); len(left) > 0 {
			t.Errorf("containers are left: %v", left)
		}
	})
	return s
}

// apply applies a config.
func (s *step) apply(c config) (*paunch.Result, error) {
	r := s.req
	r.Config = c
	return paunch.Apply(context.Background(), r)
}

// must applies a config that has to succeed.
func (s *step) must(c config) *paunch.Result {
	s.t.Helper()
	result, err := s.apply(c)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	return result
}

// unchanged demands that an apply changes nothing, and that check mode says so too.
func (s *step) unchanged(c config) {
	s.t.Helper()
	for _, check := range []bool{true, false} {
		s.req.Check = check
		result := s.must(c)
		s.req.Check = false
		if result.Changed || len(result.Commands) > 0 {
			s.t.Errorf("check %v: the next run changes: %s\n%s", check, describe(result), strings.Join(result.Commands, "\n"))
		}
	}
}

func describe(r *paunch.Result) string {
	var out []string
	for _, c := range r.Containers {
		out = append(out, fmt.Sprintf("%s: %s (%s) %s", c.Name, c.Action, c.Reason, c.Error))
	}
	return strings.Join(out, "\n")
}

// of returns what a result says of one container.
func of(t *testing.T, r *paunch.Result, name string) paunch.Container {
	t.Helper()
	for _, c := range r.Containers {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no %s in the result", name)
	return paunch.Container{}
}

// sh runs a shell command that has to succeed.
func sh(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("bash", "-c", command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return strings.TrimSpace(string(out))
}

// ask runs a shell command whose exit code does not matter.
func ask(command string) string {
	out, _ := exec.Command("bash", "-c", command).CombinedOutput()
	return strings.TrimSpace(string(out))
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// runs demands of the host itself that a service is up by its unit: active, enabled, the unit's main
// process being the conmon of the container, which runs.
func runs(t *testing.T, unit, container string) {
	t.Helper()
	got := map[string]string{
		"active": ask("systemctl is-active " + unit), "enabled": ask("systemctl is-enabled " + unit),
		"container": ask("podman inspect -f '{{.State.Status}}' " + container),
	}
	diff(t, unit, map[string]string{"active": "active", "enabled": "enabled", "container": "running"}, got)
	main := ask("systemctl show -p MainPID --value " + unit)
	conmon := ask("podman inspect -f '{{.State.ConmonPid}}' " + container)
	if main != conmon || main == "0" {
		t.Errorf("%s: its main process is %s, the container's conmon %s", unit, main, conmon)
	}
}

// gone demands that there is no such unit, file or link.
func gone(t *testing.T, unit string) {
	t.Helper()
	if left := ask("ls -d /etc/systemd/system/" + unit + "* /etc/systemd/system/*.wants/" + unit + " 2>/dev/null"); left != "" {
		t.Errorf("left of %s: %s", unit, left)
	}
	if state := ask("systemctl show -p LoadState --value " + unit); state != "not-found" {
		t.Errorf("%s is still %s", unit, state)
	}
}

func id(t *testing.T, container string) string {
	t.Helper()
	return sh(t, "podman inspect -f '{{.Id}}' "+container)
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// eventually waits until a command prints something.
func eventually(t *testing.T, command, want string) {
	t.Helper()
	var got string
	for range 150 {
		if got = ask(command); got == want {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("%s: %q, not %q", command, got, want)
}
