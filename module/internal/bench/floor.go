package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/containers/podman/v5/pkg/bindings"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/spec"
)

// floorArgument is the first argument of this program when it makes the bare calls: in a process of its own, as the peers.
const floorArgument = "floor"

func floor(s *site, dir string) *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return s.in(dir, program, floorArgument, s.url, string(s.step), strconv.Itoa(s.containers))
}

// runFloor makes the calls of a step by the bindings and nothing else.
func runFloor(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: bench floor URL STEP CONTAINERS")
	}
	count, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	conn, err := bindings.NewConnection(context.Background(), args[0])
	if err != nil {
		return err
	}
	each, ok := map[step]func(context.Context, string, string) error{cold: create, one: replace, all: replace, remove: discard}[step(args[1])]
	if !ok {
		return fmt.Errorf("no bare calls for the step %q", args[1])
	}
	if step(args[1]) == one {
		count = 1
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, revision := range revisions(step(args[1]), count) {
		group.Go(func() error { return each(conn, containerName(i), revision) })
	}
	return group.Wait()
}

func create(conn context.Context, name, revision string) error {
	entry, _, err := config.DecodeEntry(name, "", keys(revision), config.Options{})
	if err != nil {
		return err
	}
	generated, err := spec.Generate(spec.Request{Entry: entry, Name: name})
	if err != nil {
		return err
	}
	generated.HealthConfig = nil
	created, err := containers.CreateWithSpec(conn, generated, nil)
	if err != nil {
		return err
	}
	return containers.Start(conn, created.ID, nil)
}

// replace is what replacing costs at least: the new container beside the old one, a stop, a start, and a removal.
func replace(conn context.Context, name, revision string) error {
	if err := containers.Rename(conn, name, new(containers.RenameOptions).WithName(name+"-old")); err != nil {
		return err
	}
	if err := containers.Stop(conn, name+"-old", new(containers.StopOptions).WithTimeout(0)); err != nil {
		return err
	}
	if err := create(conn, name, revision); err != nil {
		return err
	}
	return discard(conn, name+"-old", "")
}

func discard(conn context.Context, name, _ string) error {
	_, err := containers.Remove(conn, name, new(containers.RemoveOptions).WithForce(true).WithTimeout(0))
	return err
}

// editBundle makes the runtime's own example of a container one that sleeps without a terminal.
func editBundle(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var bundle specs.Spec
	if err := json.Unmarshal(text, &bundle); err != nil {
		return err
	}
	bundle.Process.Terminal = false
	bundle.Process.Args = strings.Fields("/bin/busybox sleep 100000")
	// The others use the host's network.
	var namespaces []specs.LinuxNamespace
	for _, n := range bundle.Linux.Namespaces {
		if n.Type != specs.NetworkNamespace {
			namespaces = append(namespaces, n)
		}
	}
	bundle.Linux.Namespaces = namespaces
	if text, err = json.Marshal(bundle); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
