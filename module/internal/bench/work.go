package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/containers/podman/v5/pkg/bindings"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/spec"
	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// Names of the contenders that others are compared with.
const (
	bare = "bare REST calls, create and start"
	cold = "paunch apply, cold"
)

type work struct {
	bed        *testbed.Podman
	containers int
	parallel   int
}

func (b *work) contenders(legacy string) []contender {
	all := []contender{
		{bare, b.bare, bare},
		{cold, b.apply(true), bare},
		{"paunch apply, nothing changed", b.apply(false), cold},
		{"podman run --detach, one by one", b.command, bare},
	}
	if legacy != "" {
		all = append(all,
			contender{"paunch 7.0.4, cold", b.legacy(legacy), bare},
			contender{"paunch 7.0.4, nothing changed", b.legacy(legacy), cold})
	}
	return all
}

func (b *work) names() []string {
	names := make([]string, b.containers)
	for i := range names {
		names[i] = fmt.Sprintf("bench%03d", i)
	}
	return names
}

func keys() map[string]any {
	return map[string]any{"image": testbed.Image, "net": "host", "detach": true, "restart": "always", "stop_signal": "KILL", "command": []any{"sleep", "100000"}}
}

func (b *work) empty(ctx context.Context) error {
	out, err := b.bed.Command(ctx, "rm", "--all", "--force", "--time", "0").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// bare creates and starts by the bindings and nothing else.
func (b *work) bare(ctx context.Context) error {
	conn, err := bindings.NewConnection(ctx, b.bed.URL())
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(b.parallel)
	for _, name := range b.names() {
		group.Go(func() error {
			e, _, err := config.DecodeEntry(name, "", keys(), config.Options{})
			if err != nil {
				return err
			}
			s, err := spec.Generate(spec.Request{Entry: e, Name: name})
			if err != nil {
				return err
			}
			s.HealthConfig = nil
			created, err := containers.CreateWithSpec(conn, s, nil)
			if err != nil {
				return err
			}
			return containers.Start(conn, created.ID, nil)
		})
	}
	return group.Wait()
}

func (b *work) apply(wantChange bool) func(context.Context) error {
	return func(ctx context.Context) error {
		req := paunch.Defaults()
		req.ConfigID, req.ManagedBy, req.PodmanURL, req.Concurrency = "bench", "bench", b.bed.URL(), b.parallel
		req.Settle = 0 // what it is compared with does not look whether a container lives either
		req.Config = map[string]any{}
		for _, name := range b.names() {
			req.Config[name] = keys()
		}
		result, err := paunch.Apply(ctx, req)
		if err != nil {
			return err
		}
		if result.Changed != wantChange {
			return fmt.Errorf("changed is %v", result.Changed)
		}
		return nil
	}
}

// command is what a shell script does.
func (b *work) command(ctx context.Context) error {
	for _, name := range b.names() {
		out, err := b.bed.Command(ctx, "run", "--detach", "--name", name, "--net", "host", "--stop-signal", "KILL", testbed.Image, "sleep", "100000").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}

// legacy is the Python paunch, on the same containers without a restart policy, as it would make units
// of those.
func (b *work) legacy(command string) func(context.Context) error {
	return func(ctx context.Context) error {
		dir, err := os.MkdirTemp("", "paunch-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }() // a temporary directory
		for _, name := range b.names() {
			text := `{"image": "` + testbed.Image + `", "net": "host", "stop_signal": "KILL", "command": "sleep 100000"}`
			if err := os.WriteFile(filepath.Join(dir, "hashed-"+name+".json"), []byte(text), 0o600); err != nil {
				return err
			}
		}
		wrapper := filepath.Join(dir, "bin")
		if err := os.Mkdir(wrapper, 0o700); err != nil {
			return err
		}
		if err := b.bed.WriteWrapper(wrapper); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, command, "apply", "--file", dir, "--config-id", "bench", "--default-runtime", "podman")
		cmd.Env = append(os.Environ(), "PATH="+wrapper+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Errorf("%w: %s", err, lines[len(lines)-1])
		}
		return nil
	}
}
