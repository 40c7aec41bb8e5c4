//go:build realsystemd

// These tests run in a node (scripts/node.sh): they write units of this host and have its systemd run them.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

const prefix = "paunchtest"

var names atomic.Int32

func newName() string { return fmt.Sprintf("%s_%d.service", prefix, names.Add(1)) }

// connected is the node's systemd; the units that a test leaves are removed.
func connected(t *testing.T) *Units {
	t.Helper()
	u, err := Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer u.Close()
		ctx := context.Background()
		all, err := u.Observe(ctx, []string{prefix})
		if err != nil {
			t.Error(err)
		}
		for name := range all {
			if err := u.Stop(ctx, name); err != nil {
				t.Error(err)
			}
			if err := u.Remove(ctx, []string{name}); err != nil {
				t.Error(err)
			}
		}
		if err := u.Reload(ctx); err != nil {
			t.Error(err)
		}
	})
	return u
}

func TestSystemdConforms(t *testing.T) {
	applytest.UnitsConformance(t, func(t *testing.T) applytest.UnitsSubject {
		u := connected(t)
		return applytest.UnitsSubject{
			Units:   u,
			Observe: func() (map[string]observed.Unit, error) { return u.Observe(t.Context(), []string{prefix}) },
			Name:    newName,
		}
	})
}

// have writes a service and has it read.
func have(t *testing.T, u *Units, service string) string {
	t.Helper()
	name := newName()
	must(t, u.Write(t.Context(), name, "[Service]\n"+service+"\n\n[Install]\nWantedBy=multi-user.target\n"))
	must(t, u.Reload(t.Context()))
	return name
}

func run(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

// property is what the node's own tool says of a unit.
func property(t *testing.T, name, key string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "systemctl", "show", "--value", "--property="+key, name))
}

func TestFortyUnitsNeedOneReload(t *testing.T) {
	u := connected(t)
	var all []string
	begin := time.Now()
	for range 40 {
		name := newName()
		all = append(all, name)
		must(t, u.Write(t.Context(), name, "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n"))
	}
	must(t, u.Enable(t.Context(), all))
	must(t, u.Reload(t.Context()))
	t.Logf("written, enabled and read in %s", time.Since(begin))
	begin = time.Now()
	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, name := range all {
		group.Go(func() { errs[i] = u.Start(t.Context(), name) })
	}
	group.Wait()
	must(t, errors.Join(errs...))
	t.Logf("started in %s", time.Since(begin))
	begin = time.Now()
	found, err := u.Observe(t.Context(), []string{prefix})
	must(t, err)
	t.Logf("observed in %s", time.Since(begin))
	for _, name := range all {
		if f := found[name]; !f.Enabled || f.Stale || !f.Running() {
			t.Errorf("found %+v", f)
		}
	}
}

func TestAFailureTellsHowTheProcessEnded(t *testing.T) {
	u := connected(t)
	for _, test := range []struct {
		name, service string
		words         []string
	}{
		{"an exit code", "Type=oneshot\nExecStart=/bin/sh -c \"exit 42\"", []string{"it failed", "a process failed", "exited with 42", "journalctl -u "}},
		{"the command of a forking unit", "Type=forking\nPIDFile=/run/paunchtest.pid\nRestart=always\nRestartSec=1h\nExecStart=/bin/sh -c \"exit 125\"", []string{"exited with 125"}},
		{"no PID file", "Type=forking\nPIDFile=/run/paunchtest.pid\nTimeoutStartSec=2\nExecStart=/bin/true", []string{"PID file"}},
		{"no such program", "Type=oneshot\nExecStart=/no/such/program", []string{"exited with 203"}},
		{"a signal", "Type=oneshot\nExecStart=/bin/sh -c \"kill -9 $$$$\"", []string{"killed by signal 9 (SIGKILL)"}},
		{"a time limit", "Type=oneshot\nTimeoutStartSec=1\nExecStart=/bin/sleep 60", []string{"TimeoutStartSec"}},
		{"a setting that makes no sense", "Type=simple", []string{"systemd-analyze verify", "systemctl status "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := have(t, u, test.service)
			says(t, u.Start(t.Context(), name), append(test.words, name)...)
			must(t, u.Stop(t.Context(), name))
			if state := property(t, name, "ActiveState"); state != "inactive" {
				t.Errorf("after the stop it is %s", state)
			}
		})
	}
}

func TestARequirementThatFailsIsTold(t *testing.T) {
	u := connected(t)
	needed := have(t, u, "Type=oneshot\nExecStart=/bin/false")
	name := newName()
	must(t, u.Write(t.Context(), name, "[Unit]\nRequires="+needed+"\nAfter="+needed+"\n[Service]\nType=oneshot\nExecStart=/bin/true\n"))
	must(t, u.Reload(t.Context()))
	says(t, u.Start(t.Context(), name), "a unit that it requires failed")
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	u := connected(t)
	name := have(t, u, "Type=oneshot\nExecStart=/bin/sleep 600")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := u.Start(ctx, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the start: %v", err)
	}
	must(t, u.Stop(t.Context(), name))
	if state := property(t, name, "ActiveState"); state != "inactive" && state != "failed" {
		t.Errorf("after the stop it is %s", state)
	}
}

func TestWhatAnotherUserStopsIsNotWaitedForForEver(t *testing.T) {
	u := connected(t)
	name := have(t, u, "Type=oneshot\nExecStart=/bin/sleep 600")
	ended := make(chan error, 1)
	go func() { ended <- u.Start(t.Context(), name) }()
	for property(t, name, "ActiveState") != "activating" {
		run(t, "true")
	}
	run(t, "systemctl", "stop", name)
	says(t, <-ended, "job superseded by another request")
}

func TestMaskedUnits(t *testing.T) {
	u := connected(t)
	etc, runtime := newName(), have(t, u, "Type=oneshot\nExecStart=/bin/true")
	run(t, "systemctl", "mask", etc)
	t.Cleanup(func() { run(t, "systemctl", "unmask", etc) })
	only := newName()
	run(t, "systemctl", "mask", "--runtime", only)
	t.Cleanup(func() { run(t, "systemctl", "unmask", "--runtime", only) })
	run(t, "systemctl", "mask", "--runtime", runtime)
	t.Cleanup(func() { run(t, "systemctl", "unmask", "--runtime", runtime) })
	all, err := u.Observe(t.Context(), []string{prefix})
	must(t, err)
	if !all[etc].Masked || all[etc].Text != "" {
		t.Errorf("masked: found %+v", all[etc])
	}
	if !all[only].Masked {
		t.Errorf("masked until the next boot: found %+v", all[only])
	}
	if f := all[runtime]; f.Masked || property(t, runtime, "LoadState") != "loaded" {
		t.Errorf("a file goes before a mask below /run: found %+v", f)
	}
	says(t, u.Start(t.Context(), etc), "masked", "unmask")
	must(t, u.Remove(t.Context(), []string{etc}))
	if _, err := os.Lstat(filepath.Join(unitDir, etc)); err != nil {
		t.Error("a mask was removed")
	}
}

func TestOurUnitsAreSeenByTheirOwner(t *testing.T) {
	u := connected(t)
	s := unitfile.Service{
		Unit: "nobodys_x.service", Container: "x", PIDFile: "/run/x.pid", Restart: "always",
		Owner: unitfile.Owner{ManagedBy: "paunch", ConfigID: "c", Entry: "x"},
	}
	text, err := unitfile.Render(s)
	must(t, err)
	must(t, u.Write(t.Context(), s.Unit, text))
	t.Cleanup(func() {
		must(t, u.Remove(context.Background(), []string{s.Unit}))
		must(t, u.Reload(context.Background()))
	})
	must(t, u.Enable(t.Context(), []string{s.Unit}))
	must(t, u.Reload(t.Context()))
	all, err := u.Observe(t.Context(), nil)
	must(t, err)
	if f := all[s.Unit]; f.Text != text || !f.Enabled {
		t.Errorf("found %+v", f)
	}
}

func TestAFileThatIsGoneIsDisabled(t *testing.T) {
	u := connected(t)
	name := have(t, u, "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")
	must(t, u.Enable(t.Context(), []string{name}))
	must(t, u.Start(t.Context(), name))
	must(t, os.Remove(filepath.Join(unitDir, name)))
	must(t, u.Reload(t.Context()))
	all, err := u.Observe(t.Context(), []string{prefix})
	must(t, err)
	if f := all[name]; f.Text != "" || !f.Running() {
		t.Errorf("found %+v", f)
	}
	must(t, u.Stop(t.Context(), name))
	must(t, u.Remove(t.Context(), []string{name}))
	if _, err := os.Lstat(filepath.Join(unitDir, "multi-user.target.wants", name)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its link is still there: %v", err)
	}
}

func TestAFullDiskLeavesTheOldText(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mount("none", dir, "tmpfs", 0, "size=16k"))
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	u := connected(t)
	u.dir = dir
	must(t, u.Write(t.Context(), "a_b.service", "old"))
	says(t, u.Write(t.Context(), "a_b.service", strings.Repeat("x", 64<<10)), "no space left on device")
	text, err := os.ReadFile(filepath.Join(dir, "a_b.service"))
	if err != nil || string(text) != "old" {
		t.Errorf("found %q, %v", text, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("found %v, %v", entries, err)
	}
	u.dir = unitDir
}

func TestWithoutTheBus(t *testing.T) {
	before := connected(t)
	run(t, "systemctl", "stop", "dbus.socket", "dbus.service")
	t.Cleanup(func() { run(t, "systemctl", "start", "dbus.socket", "dbus.service") })
	// A connection that was lost is re-created, by the other way.
	name := have(t, before, "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")
	must(t, before.Start(t.Context(), name))
	must(t, before.Stop(t.Context(), name))
	_, err := reachBy(t.Context(), []way{overBus})
	says(t, err, "systemd cannot be reached", "the system's D-Bus", "systemctl status dbus", "systemd: never")
}

func TestAfterSystemdIsReplacedTheConnectionWorks(t *testing.T) {
	for _, w := range []way{overBus, overSocket} {
		t.Run(w.name, func(t *testing.T) {
			u := connected(t)
			u.Close()
			u.connect = func(ctx context.Context) (*link, error) { return reachBy(ctx, []way{w}) }
			name := have(t, u, "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true")
			run(t, "systemctl", "daemon-reexec")
			must(t, u.Start(t.Context(), name))
		})
	}
}

// TestDenied runs itself as a user who may look and change nothing, and as root whom the bus does not let
// speak to systemd.
func TestDenied(t *testing.T) {
	if how := os.Getenv("PAUNCH_TEST_DENIED"); how != "" {
		u, err := reachBy(t.Context(), []way{overBus})
		if how == "all" {
			says(t, err, "systemd cannot be reached", "does not let this user")
			return
		}
		must(t, err)
		denied := &Units{dir: t.TempDir(), link: u}
		says(t, denied.Reload(t.Context()), "does not let this user")
		says(t, denied.Start(t.Context(), "cron.service"), "does not let this user")
		return
	}
	self := exec.Command(os.Args[0], "-test.run=^TestDenied$", "-test.v")
	self.Env = append(os.Environ(), "PAUNCH_TEST_DENIED=changes", "TMPDIR=/tmp")
	self.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := self.CombinedOutput()
	t.Logf("%s", out)
	must(t, err)

	policy := "/etc/dbus-1/system.d/paunchtest.conf"
	must(t, os.WriteFile(policy, []byte(`<busconfig><policy user="root"><deny send_destination="org.freedesktop.systemd1"/></policy></busconfig>`), 0o600))
	must(t, os.Chmod(policy, 0o644))
	reload := func() {
		run(t, "busctl", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig")
	}
	t.Cleanup(func() { must(t, os.Remove(policy)); reload() })
	reload()
	self = exec.Command(os.Args[0], "-test.run=^TestDenied$", "-test.v")
	self.Env = append(os.Environ(), "PAUNCH_TEST_DENIED=all")
	out, err = self.CombinedOutput()
	t.Logf("%s", out)
	must(t, err)
	// The other way is open.
	u, err := Connect(t.Context())
	must(t, err)
	u.Close()
}

func TestVerifyHasNoComplaintAboutRenderedUnits(t *testing.T) {
	golden, err := filepath.Glob("../unitfile/testdata/*.service")
	if err != nil || len(golden) == 0 {
		t.Fatalf("there are no golden units: %v", err)
	}
	verify := func(t *testing.T, name string) string {
		t.Helper()
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", name).CombinedOutput()
		if err != nil {
			return fmt.Sprintf("%v\n%s", err, out)
		}
		return string(out)
	}
	bad := filepath.Join(t.TempDir(), "bad.service")
	must(t, os.WriteFile(bad, []byte("[Service]\nExecStart=/bin/true\nNoSuchKey=1\n"), 0o644))
	if verify(t, bad) == "" {
		t.Error("it never complains")
	}
	for _, path := range golden {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			must(t, err)
			// What they name has to be there, and they have to be called as their container.
			dir := t.TempDir()
			name := filepath.Join(dir, filepath.Base(path))
			must(t, os.WriteFile(name, text, 0o644))
			must(t, os.WriteFile(filepath.Join(dir, unitfile.Target), []byte(unitfile.OrderFiles()[unitfile.Target]), 0o644))
			if complaint := verify(t, name); complaint != "" {
				t.Error(complaint)
			}
		})
	}
}
