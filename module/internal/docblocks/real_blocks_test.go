//go:build realpodman

package docblocks_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/docblocks"
	"github.com/overcloud/paunch/module/internal/testbed"
)

var bed *testbed.Podman

func TestMain(m *testing.M) {
	if err := ownDirectories(); err != nil {
		fmt.Fprintln(os.Stderr, "docblocks:", err)
		os.Exit(1)
	}
	os.Exit(testbed.Run(m, &bed))
}

// ownDirectories begins the test program again in a mount namespace where the directories that the pages name are empty
// ones: nothing of the machine's is read or written.
func ownDirectories() error {
	const done = "PAUNCH_DOCBLOCKS"
	if os.Getenv(done) != "" {
		return nil
	}
	runtime.LockOSThread() // the namespace is this thread's; the new program has no other
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("a mount namespace: %w", err)
	}
	for _, how := range []uintptr{unix.MS_SLAVE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", unix.MS_REC|how, ""); err != nil {
			return fmt.Errorf("the propagation of mounts: %w", err)
		}
	}
	for _, dir := range []string{"/var/lib", "/var/log"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("hide %s: %w", dir, err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return unix.Exec(self, os.Args, append(os.Environ(), done+"=1"))
}

// TestTheBlocksOfTheDocumentation runs the first step config of the README, and what the pages do with one.
func TestTheBlocksOfTheDocumentation(t *testing.T) {
	bed.Clean(t)
	prepare(t)
	blocks, err := docblocks.All(root)
	if err != nil {
		t.Fatal(err)
	}
	dir, path := t.TempDir(), program(t)+":"+bed.Wrapper(t)+":"+os.Getenv("PATH")
	ran := 0
	for _, b := range blocks {
		if !slices.Contains(here, b.Title()) {
			continue
		}
		ran++
		for _, command := range b.Commands {
			if strings.HasPrefix(command, "paunch report results ") && !strings.Contains(command, "--html") {
				makeResults(t, dir, path)
			}
			run(t, dir, path, command)
		}
	}
	if ran != len(here) {
		t.Errorf("%d blocks were run, want %d", ran, len(here))
	}
}

// run runs one command as it is written, which has to succeed.
func run(t *testing.T, dir, path, command string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader("exit\n") // what a person types into the shell of paunch debug
	cmd.Env = append(os.Environ(), "PATH="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
}

// prepare makes what the pages take for given: the config of the README, what it mounts, and its image.
func prepare(t *testing.T) {
	t.Helper()
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var config string
	for _, body := range docblocks.Fences(string(readme), "yaml") {
		if strings.HasPrefix(body, "# /var/lib/config/step_4/keystone.yml") {
			config = body
		}
	}
	for _, dir := range []string{"/var/lib/config/step_4", "/var/lib/paunch-config/step_4", "/var/lib/config-data/keystone", "/var/log/containers/keystone", "/var/lib/node_exporter"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"/var/lib/config", "/var/lib/paunch-config"} {
		if err := os.WriteFile(filepath.Join(dir, "step_4", "keystone.yml"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	makeImage(t, "registry.example/keystone:1")
}

// makeImage makes an image whose containers run on, and whose healthcheck passes.
func makeImage(t *testing.T, ref string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "openstack")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "healthcheck"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(bed.Output(t, "create", testbed.Image, "true"))
	bed.Output(t, "cp", dir, id+":/openstack")
	shell := filepath.Join(t.TempDir(), "bash") // as the images of OpenStack have it
	if err := os.WriteFile(shell, []byte("#!/bin/sh\nexec /bin/sh \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	bed.Output(t, "cp", shell, id+":/bin/bash")
	bed.Output(t, "commit", "--quiet", "--change", `CMD ["sleep","100000"]`, "--change", "STOPSIGNAL SIGKILL", id, ref)
	bed.Output(t, "rm", id)
	t.Cleanup(func() { _ = bed.Command(context.Background(), "rmi", "--force", ref).Run() })
}

// makeResults makes a directory of results as the role keeps them.
func makeResults(t *testing.T, dir, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "results", "controller-0"), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, dir, path, "paunch apply --file /var/lib/config/step_4 --step 4 -o json > results/controller-0/step_4.json")
}

// program is a directory with paunch as it is installed.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	target := filepath.Join(dir, "paunch")
	if built := os.Getenv("PAUNCH_BINARY"); built != "" {
		if err := os.Symlink(built, target); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	build := exec.Command("go", "build", "-tags", os.Getenv("PAUNCH_GO_TAGS"), "-o", target, "github.com/overcloud/paunch/module/cmd/paunch_step")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v: %s", err, out)
	}
	return dir
}
