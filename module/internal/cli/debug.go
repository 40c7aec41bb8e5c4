package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// debugActions are the values of --action.
var debugActions = []string{"print-cmd", "dump-json", "dump-yaml", "run"}

// exitError ends the program with the code of a command that it ran.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("the command ended with exit code %d", e.code) }

// newDebug is "paunch debug", with paunch's flags.
func newDebug() *cobra.Command {
	req := paunch.DebugRequest{Request: paunch.Defaults()}
	var action, overrides string
	cmd := &cobra.Command{
		Use:   "debug --file FILE --container NAME [--action ACTION]",
		Short: "Show one container of a config, or run it by hand",
		Long: "Show one container of a config, or run it by hand, under a name that is free. With dump-json and\n" +
			"dump-yaml its keys are printed, with print-cmd the podman command, run runs that command with\n" +
			"the terminal. What is printed holds the secrets that the config does.\n" +
			"Exit code: that of the command with run, else 0 done, 1 failed, 2 wrong command line.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case req.ConfigPath == "" || req.Container == "":
				return usageError{errors.New("--file and --container are needed")}
			}
			if overrides != "" {
				if err := json.Unmarshal([]byte(overrides), &req.Overrides); err != nil {
					return usageError{errors.New("--overrides is not a JSON object of keys")} // its text may hold a secret
				}
			}
			if strings.HasPrefix(action, "dump") {
				return dumpKeys(cmd, action, req)
			}
			return debugCommand(cmd, action, req)
		},
	}
	f := cmd.Flags()
	req.ConfigID = "debug"
	arguments.AddFlags(f, &req.Request, arguments.OnDebug)
	f.StringVar(&req.Container, "container", "", "the container's name in the config")
	action = debugActions[0]
	enumVar(f, &action, "action", "what to do", debugActions...)
	f.BoolVar(&req.Interactive, "interactive", false, "with the terminal, once: no restart, and removed at its end")
	f.BoolVar(&req.Shell, "shell", false, "--interactive with /bin/bash as its command")
	f.StringVar(&req.User, "user", "", "run as this user")
	f.StringVar(&overrides, "overrides", "", "`JSON` object of keys that replace the container's")
	return cmd
}

func dumpKeys(cmd *cobra.Command, action string, req paunch.DebugRequest) error {
	keys, err := paunch.Keys(req)
	if err != nil {
		return err
	}
	all := map[string]any{req.Container: keys}
	if action == "dump-json" {
		return printJSON(cmd.OutOrStdout(), all)
	}
	return yaml.NewEncoder(forPrograms(cmd.OutOrStdout())).Encode(all)
}

func debugCommand(cmd *cobra.Command, action string, req paunch.DebugRequest) error {
	d, err := paunch.Debug(cmd.Context(), req)
	if err != nil {
		return err
	}
	if action == "run" {
		return runCommand(cmd, cmp.Or(req.PodmanURL, os.Getenv("CONTAINER_HOST")), d.Command)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), d.Line())
	return err
}

// runCommand runs a podman command with this process's terminal, and takes its exit code over.
func runCommand(cmd *cobra.Command, url string, words []string) error {
	if url != "" {
		words = slices.Insert(slices.Clone(words), 1, "--url", url)
	}
	words, secrets := hideEnv(words, os.Environ())
	// The terminal's own signals reach podman directly; ours is passed on.
	c := exec.CommandContext(context.WithoutCancel(cmd.Context()), words[0], words[1:]...) //nolint:gosec // the user's own config
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, forPrograms(cmd.OutOrStdout()), forPrograms(cmd.ErrOrStderr())
	// Podman takes an empty $CONTAINER_HOST for a service to call.
	c.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "CONTAINER_HOST=") })
	c.Env = append(c.Env, secrets...)
	if err := c.Start(); err != nil {
		return fmt.Errorf("run podman: %w", err)
	}
	stop := context.AfterFunc(cmd.Context(), func() { _ = c.Process.Signal(syscall.SIGTERM) }) // it may be gone
	defer stop()
	err := c.Wait()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return exitError{ended.ExitCode()}
	}
	return fmt.Errorf("run podman: %w", err)
}
