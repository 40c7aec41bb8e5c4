package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes this test binary the program itself.
const asProgram = "PAUNCH_TEST_IS_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestASignalBeforeMainIsAResultToo sends one as soon as the first packages are initialized, of which the runtime
// tells. The arguments never come.
func TestASignalBeforeMainIsAResultToo(t *testing.T) {
	for name, s := range map[string]syscall.Signal{"SIGHUP": syscall.SIGHUP, "SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-")
			cmd.Env = append(os.Environ(), asProgram+"=1", "GODEBUG=inittrace=1")
			var out strings.Builder
			cmd.Stdout = &out
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			trace, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(trace)
			for lines.Scan() && !strings.Contains(lines.Text(), "/firstsignal ") {
				if strings.Contains(lines.Text(), "init go.podman.io/") {
					t.Errorf("initialized before signals are received: %s", lines.Text())
				}
			}
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() {
			}
			_ = cmd.Wait() // the code is looked at below
			_ = stdin.Close()
			var result struct {
				Failed bool
				Msg    string
			}
			if err := json.Unmarshal([]byte(out.String()), &result); err != nil {
				t.Fatalf("no result (%v, %s): %q", err, cmd.ProcessState, out.String())
			}
			if !result.Failed || !strings.Contains(result.Msg, "the run was interrupted by "+name+" before it had its arguments; nothing was changed") || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), result.Msg)
			}
		})
	}
}
