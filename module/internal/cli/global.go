package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// addGlobalFlags adds the flags of all commands, which the Python paunch had too.
func addGlobalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.CountP("verbose", "v", "print also what was found unchanged")
	f.BoolP("quiet", "q", false, "print no progress, only results and errors")
	f.Bool("debug", false, "print the decisions of the run, with the steps of each change")
	f.String("log-file", "", "append the lines of the progress to `FILE` too, each with its time")
	engine := "podman"
	enumVar(f, &engine, "default-runtime", "container runtime, for scripts of the Python paunch", "podman")
}

// newComplete is what the Python paunch calls "completion bash".
func newComplete() *cobra.Command {
	return &cobra.Command{
		Use:    "complete",
		Short:  "Print the completion for bash: the same as completion bash",
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Root().GenBashCompletionV2(cmd.OutOrStdout(), true)
		},
	}
}

// openLog opens the file of --log-file to append to; nil where none is given.
func openLog(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	if err := hostfile.MakeLog(path); err != nil {
		return nil, fmt.Errorf("--log-file: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--log-file: %w", err)
	}
	return file, nil
}
