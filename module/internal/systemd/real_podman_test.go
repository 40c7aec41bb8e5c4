//go:build realsystemd

package systemd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/unitfile"
)

const image = "localhost/paunchtest:latest"

// haveImage makes an image of the node's busybox.
func haveImage(t *testing.T) {
	t.Helper()
	root := t.TempDir()
	run(t, "sh", "-ec", `cd "$1"; mkdir -p bin etc proc tmp; cp /bin/busybox bin/; for n in sh sleep echo date cat; do ln -s busybox bin/$n; done
		tar -c . | podman import --quiet - "$2"`, "sh", root, image)
}

// container makes one, with the unit that runs it; it writes what happens to it to the file "log".
func container(t *testing.T, u *Units, dir, name, script string, change func(*unitfile.Service)) unitfile.Service {
	t.Helper()
	s := unitfile.Service{
		Unit: prefix + "_" + name + ".service", Container: name, PIDFile: "/run/" + prefix + "_" + name + ".pid", Restart: "always",
		Owner: unitfile.Owner{ManagedBy: "test", ConfigID: "test", Entry: name},
	}
	change(&s)
	run(t, "podman", "create", "--name", name, "--net", "host", "--stop-signal", "USR1", "--conmon-pidfile", s.PIDFile,
		"--volume", dir+":/log", image, "sh", "-c", "say() { echo \""+name+" $*\" >>/log/log; }\n"+script)
	text, err := unitfile.Render(s)
	must(t, err)
	must(t, u.Write(t.Context(), s.Unit, text))
	return s
}

// hold runs until it gets its stop signal, for which it needs some time.
const hold = `trap 'say stops; sleep 1; say stopped; exit 0' USR1; trap 'say terminated' TERM; say up; while :; do sleep 0.1; done`

func logged(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// until waits for something that no event tells of.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not reached: %s", what)
		}
	}
}

// onNode gives a test a systemd, a directory for logs, and takes its containers away.
func onNode(t *testing.T, containers ...string) (*Units, string) {
	t.Helper()
	haveImage(t)
	t.Cleanup(func() {
		for _, name := range containers {
			_ = exec.Command("podman", "rm", "--force", "--time=0", name).Run()
		}
	})
	return connected(t), t.TempDir()
}

func TestAUnitRunsAContainer(t *testing.T) {
	u, dir := onNode(t, "runs")
	s := container(t, u, dir, "runs", hold, func(*unitfile.Service) {})
	must(t, u.Reload(t.Context()))
	must(t, u.Start(t.Context(), s.Unit))
	until(t, "it is up", func() bool { return slices.Contains(logged(t, dir), "runs up") })
	// Its process is the main one: a container that dies is started again.
	run(t, "podman", "kill", "--signal=KILL", "runs")
	// A stop in the middle of a start is another thing: systemd then ends the processes before podman does.
	until(t, "it is up again", func() bool { return len(logged(t, dir)) == 2 && property(t, s.Unit, "ActiveState") == "active" })
	must(t, u.Stop(t.Context(), s.Unit))
	if diff := cmp.Diff([]string{"runs up", "runs up", "runs stops", "runs stopped"}, logged(t, dir)); diff != "" {
		t.Error(diff)
	}
	if state := property(t, s.Unit, "ActiveState"); state != "inactive" {
		t.Errorf("after its stop it is %s", state)
	}
}

func TestACommandBeforeTheStopMayFailOnANode(t *testing.T) {
	u, dir := onNode(t, "pre")
	s := container(t, u, dir, "pre", hold, func(s *unitfile.Service) {
		s.PreStopExec = fmt.Sprintf(`/bin/sh -c "echo pre $$ 100%% >>%s/log; exit 1"`, dir)
	})
	must(t, u.Reload(t.Context()))
	must(t, u.Start(t.Context(), s.Unit))
	until(t, "it is up", func() bool { return slices.Contains(logged(t, dir), "pre up") })
	must(t, u.Stop(t.Context(), s.Unit))
	got := logged(t, dir)
	if len(got) != 4 || !strings.HasSuffix(got[1], "100%") || got[2] != "pre stops" || got[3] != "pre stopped" {
		t.Errorf("it went like this: %q", got)
	}
}

func TestOnFailureIsAsPodmanHasIt(t *testing.T) {
	u, dir := onNode(t, "thrice", "memory", "fine")
	thrice := container(t, u, dir, "thrice", "say up; sleep 0.3; exit 3", func(s *unitfile.Service) { s.Restart = "on-failure:3" })
	memory := container(t, u, dir, "memory", hold, func(s *unitfile.Service) { s.Restart = "on-failure" })
	fine := container(t, u, dir, "fine", "say up; sleep 0.3", func(s *unitfile.Service) { s.Restart = "on-failure" })
	must(t, u.Reload(t.Context()))
	for _, s := range []unitfile.Service{thrice, memory, fine} {
		must(t, u.Start(t.Context(), s.Unit))
	}
	count := func(line string) int {
		return len(slices.DeleteFunc(logged(t, dir), func(l string) bool { return l != line }))
	}
	until(t, "one that is killed as memory runs out is up", func() bool { return count("memory up") == 1 })
	run(t, "podman", "kill", "--signal=KILL", "memory")
	until(t, "it is up again", func() bool { return count("memory up") == 2 })
	until(t, "one is given up", func() bool { return property(t, thrice.Unit, "ActiveState") == "failed" })
	if n := count("thrice up"); n != 4 {
		t.Errorf("on-failure:3 started it %d times, podman does 4 times", n)
	}
	if n := count("fine up"); n != 1 || property(t, fine.Unit, "ActiveState") != "inactive" {
		t.Errorf("what succeeded was started %d times", n)
	}
	must(t, u.Start(t.Context(), thrice.Unit)) // again, though systemd has given it up
}

// orderDir survives the boot between the two halves of the test of systemd_order: what is ordered stops by
// podman, one after the other and by its own signal, before systemd ends the containers' processes.
const orderDir = "/var/tmp/paunchtest-order"

func TestRebootBefore(t *testing.T) {
	haveImage(t)
	u, err := Connect(t.Context())
	must(t, err)
	defer u.Close()
	for path, text := range unitfile.OrderFiles() {
		must(t, u.Write(t.Context(), path, text))
	}
	must(t, os.MkdirAll(orderDir, 0o755))
	db := container(t, u, orderDir, "db", hold, func(s *unitfile.Service) { s.Ordered = true })
	api := container(t, u, orderDir, "api", hold, func(s *unitfile.Service) { s.Ordered, s.DependsOn = true, []string{prefix + "_db"} })
	names := []string{unitfile.Target, db.Unit, api.Unit}
	must(t, u.Enable(t.Context(), names))
	must(t, u.Reload(t.Context()))
	for _, name := range names {
		must(t, u.Start(t.Context(), name))
	}
	until(t, "both are up", func() bool { return len(logged(t, orderDir)) == 2 })
}

func TestRebootAfter(t *testing.T) {
	u := connected(t)
	t.Cleanup(func() {
		ctx := context.Background()
		must(t, u.Stop(ctx, prefix+"_api.service"))
		must(t, u.Stop(ctx, prefix+"_db.service"))
		run(t, "podman", "rm", "--force", "--time=0", "db", "api")
		must(t, u.Remove(ctx, []string{unitfile.Target}))
		for path := range unitfile.OrderFiles() {
			_ = os.Remove(filepath.Join(unitDir, path))
		}
		must(t, os.RemoveAll(orderDir))
	})
	until(t, "both are up again", func() bool { return len(logged(t, orderDir)) == 8 })
	want := []string{"db up", "api up", "api stops", "api stopped", "db stops", "db stopped", "db up", "api up"}
	if diff := cmp.Diff(want, logged(t, orderDir)); diff != "" {
		t.Error(diff)
	}
}
