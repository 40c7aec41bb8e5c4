package testbed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Reboot does to this Podman what a boot of its host does: all processes are gone, and what Podman and the
// runtime keep below /run. The service runs again afterwards, and nothing else.
func (p *Podman) Reboot(tb testing.TB) {
	tb.Helper()
	ids := strings.Fields(p.Output(tb, "ps", "--all", "--quiet", "--no-trunc"))
	p.KillService()
	var pids []string
	for _, id := range ids {
		// conmon first: it would note the end of the container.
		pids = append(pids, strings.Fields(p.Output(tb, "inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", id))...)
	}
	for _, text := range pids {
		if pid, err := strconv.Atoi(text); err == nil && pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL) // one may end by the end of the other
		}
	}
	unmountBelow(p.Dir)
	err := errors.Join(removeTree(p.RunRoot()), removeTree(filepath.Join(p.Dir, "tmp")))
	for _, id := range ids {
		for _, runtime := range []string{"runc", "crun"} {
			err = errors.Join(err, os.RemoveAll(filepath.Join("/run", runtime, id)))
		}
	}
	// A command of its own finds that the host was booted: the service may be asked before it has.
	if refresh := p.Command(context.Background(), "ps", "--all").Run(); refresh != nil {
		err = errors.Join(err, refresh)
	}
	if err = errors.Join(err, p.StartService()); err != nil {
		tb.Fatalf("reboot: %v", err)
	}
}
