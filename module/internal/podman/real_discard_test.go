//go:build realpodman

package podman

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
)

func TestDiscardRemovesTheAnonymousVolumesThatNoOtherContainerHas(t *testing.T) {
	c := connect(t)
	volumes := func() []string { return strings.Fields(bed.Output(t, "volume", "ls", "--quiet")) }
	with := func(volume string) config.Entry {
		e := entry("true")
		e.Options = append(e.Options, config.Option{Flag: "volume", Values: []string{volume}})
		return e
	}
	first := create(t, c, with("/data"))
	shared := volumes()[0]
	second := create(t, c, with(shared+":/data"))
	third := create(t, c, with("/data"))
	if n := len(volumes()); n != 2 {
		t.Fatalf("%d volumes", n)
	}
	for _, id := range []string{second, third} {
		if err := c.Discard(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
	}
	if left := volumes(); len(left) != 1 || left[0] != shared {
		t.Errorf("volumes %v, want %s", left, shared)
	}
	if err := c.Remove(t.Context(), first); err != nil || len(volumes()) != 1 {
		t.Errorf("%v, volumes %v", err, volumes())
	}
}

func TestDiscardEndsTheProcessesOfAPreparationThatWasKilled(t *testing.T) {
	c := connect(t)
	id := create(t, c, entry(runsOn))
	// A hook holds the runtime's create, so that the moment is certain.
	dir := t.TempDir()
	reached := filepath.Join(dir, "reached")
	hook := fmt.Sprintf(`{"version": "1.0.0", "hook": {"path": "/bin/sh", "args": ["sh", "-c", "touch %s; sleep 1"]}, "when": {"always": true}, "stages": ["createRuntime"]}`, reached)
	if err := os.WriteFile(filepath.Join(dir, "hold.json"), []byte(hook), 0o600); err != nil {
		t.Fatal(err)
	}
	prepare := bed.Command(context.Background(), "--hooks-dir", dir, "init", id)
	if err := prepare.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { _, err := os.Stat(reached); return err == nil })
	_ = prepare.Process.Kill()
	_ = prepare.Wait()          // it was killed
	eventually(t, func() bool { // the runtime goes on by itself, up to a process that waits for its start
		_, err := os.Stat(filepath.Join(bed.Dir, "r", "overlay-containers", id, "userdata", "pidfile"))
		return err == nil
	})
	if processes(id) == 0 {
		t.Fatal("the preparation left no process")
	}
	if err := c.Discard(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return processes(id) == 0 })
	if _, err := c.Inspect(t.Context(), id); err == nil {
		t.Error("the container is still there")
	}
}

// processes counts the processes that have an id among their arguments.
func processes(id string) int {
	n := 0
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(id)) {
			n++
		}
	}
	return n
}

func eventually(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if ready() {
			return
		}
	}
	t.Fatal("it did not come")
}
