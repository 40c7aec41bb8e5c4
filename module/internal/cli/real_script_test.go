//go:build realpodman

package cli_test

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/overcloud/paunch/module/internal/testbed"
)

var bed *testbed.Podman

// runner runs the tests with a Podman of their own.
type runner struct{ m *testing.M }

func (r runner) Run() int { return testbed.Run(r.m, &bed) }

func TestTheCommandLineOnAPodman(t *testing.T) {
	bed.Clean(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/real", Cmds: commands(), RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CONTAINER_HOST", bed.URL())
			// A private service's podman, which prints to standard output as it starts.
			return noisyPodman(env)
		},
	})
}

// noisyPodman puts a podman before the others on $PATH that says something on standard output first.
func noisyPodman(env *testscript.Env) error {
	quiet, noisy := env.WorkDir+"/.quiet", env.WorkDir+"/.noisy"
	for _, dir := range []string{quiet, noisy} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := bed.WriteWrapper(quiet); err != nil {
		return err
	}
	env.Setenv("NOISY", noisy)
	env.Setenv("QUIET", quiet)
	return os.WriteFile(noisy+"/podman", []byte("#!/bin/sh\necho noise of a child\nexec "+quiet+"/podman \"$@\"\n"), 0o755)
}
