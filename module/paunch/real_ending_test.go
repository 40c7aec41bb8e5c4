//go:build realpodman

package paunch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAServiceThatOnlyAFailureRestartsIsDoneWithExitCodeZero(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	c := config{"seed": service("restart", "on-failure", "command", []any{"sh", "-c", "echo x >>/m/runs"}, "volumes", []any{dir + ":/m"})}
	must(t, request(t, c))
	for range 2 {
		diff(t, "changed by the next apply", false, must(t, request(t, c)).Changed)
	}
	runs, err := os.ReadFile(filepath.Join(dir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "runs", "x\n", string(runs))
}

func TestTheExitCodeOfACrashLoopIsThatOfItsRuns(t *testing.T) {
	bed.Clean(t)
	crash := service("command", []any{"sh", "-c", "sleep 0.3; exit 3"})
	req := request(t, config{"web": crash})
	result := mustFail(t, req, `container "web"`, "exit code 3")
	diff(t, "exit code", 3, *result.Containers[0].ExitCode)

	bed.Output(t, "rm", "--force", "--time", "0", "web")
	must(t, request(t, config{"web": service()}))
	result = mustFail(t, req, "exit code 3")
	if c := result.Containers[0]; !c.RolledBack || *c.ExitCode != 3 || strings.Contains(c.Error, "exit code 0") {
		t.Errorf("%+v", c)
	}
}
