package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/overcloud/paunch/module/internal/ansiblemod"
	"github.com/overcloud/paunch/module/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(runner{m}, map[string]func(){
		"paunch":      func() { os.Exit(cli.Main(context.Background(), os.Args[1:])) },
		"paunch_step": func() { os.Exit(ansiblemod.Main(context.Background(), os.Args[1])) },
	})
}

// commands are what the scripts can do beyond testscript's own.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"status": status}
}

// status runs a program and demands its exit code: status 2 paunch nonsense. What it prints goes to the
// files stdout and stderr; a file named stdin, where there is one, is its input.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	program, err := exec.LookPath(args[1])
	ts.Check(err)
	cmd := exec.Command(program, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "CONTAINER_HOST="+ts.Getenv("CONTAINER_HOST"), "PATH="+ts.Getenv("PATH"), "COLUMNS="+ts.Getenv("COLUMNS"))
	if in, err := os.Open(ts.MkAbs("stdin")); err == nil {
		cmd.Stdin = in
		defer func() { _ = in.Close() }()
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the code tells
	ts.Check(os.WriteFile(ts.MkAbs("stdout"), []byte(stdout.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("stderr"), []byte(stderr.String()), 0o600))
	ts.Logf("exit code %d\n[stdout]\n%s[stderr]\n%s", cmd.ProcessState.ExitCode(), stdout.String(), stderr.String())
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func TestTheCommandLineWithoutPodman(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/dry", Cmds: commands(), RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			// Whoever asks for a Podman after all finds none.
			env.Setenv("CONTAINER_HOST", fmt.Sprintf("unix://%s/no-podman.sock", env.WorkDir))
			return nil
		},
	})
}
