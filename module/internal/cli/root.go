package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// Exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1 // something could not be done; the host may have been changed
	ExitUsage  = 2 // the command line is wrong; nothing was done
	ExitDrift  = 3 // of status: the host is not as its config says; of audit: findings above the threshold
	// exitSignal is added to the number of the signal that interrupted a command, as shells do: 130 for ctrl-C, 143 for
	// SIGTERM.
	exitSignal = 128
)

// Main runs the command line and returns the exit code. ctx ends with the signals that interrupt a run.
func Main(ctx context.Context, args []string) int {
	// A reader of our output that goes away must not end us in the middle of a replacement.
	signal.Ignore(syscall.SIGPIPE)
	return Run(ctx, args, os.Stdout, os.Stderr)
}

// errFailed means that the failure was printed already.
var errFailed = errors.New("failed")

// usageError is a mistake on the command line.
type usageError struct{ error }

// Run runs the command line. What it prints for people is escaped for a terminal; see forPrograms for the rest.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out, errOut := printable.NewWriter(&pipe{to: stdout}), printable.NewWriter(&pipe{to: stderr})
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	code := exitCode(guarded(func() error { return root.ExecuteContext(ctx) }), errOut)
	if n, ok := interrupt.Signal(ctx); ok && code == ExitFailed {
		code = exitSignal + n
	}
	_ = errors.Join(out.Flush(), errOut.Flush()) // half a character that nobody can read changes no exit code
	return code
}

// exitCode prints an error, unless that was done, and returns what the program ends with.
func exitCode(err error, stderr io.Writer) int {
	var usage usageError
	var ended exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errDrift), errors.Is(err, errFindings):
		return ExitDrift
	case errors.Is(err, errFailed):
		return ExitFailed
	case errors.As(err, &ended):
		return ended.code
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "paunch: %v\nSee paunch --help.\n", err)
		return ExitUsage
	}
	_, _ = fmt.Fprintf(stderr, "paunch: %v\n", err) // there is nobody else to tell
	return ExitFailed
}

// forPrograms returns the writer for what programs read, without the escaping: JSON and YAML, whose encoders escape
// what they must, and the output of a command that is run for the user.
func forPrograms(w io.Writer) io.Writer {
	if p, ok := w.(*printable.Writer); ok {
		return p.Unwrap()
	}
	return w
}

// IsCommand reports whether a word is one that the command line knows, as a subcommand or flag.
func IsCommand(word string) bool {
	if word == "--help" || word == "-h" || word == "--version" || word == "help" || word == "completion" {
		return true
	}
	for _, c := range newRoot().Commands() {
		if c.Name() == word {
			return true
		}
	}
	return false
}

// Command returns the command line as a tree of commands, to generate documentation from.
func Command() *cobra.Command { return newRoot() }

// firstSteps are what one who types only "paunch" may want.
const firstSteps = `  paunch list --managed-by ''                        what is managed on this host, by whom
  paunch apply --file FILE --step N --check --diff   what an apply would change
  paunch apply --file FILE --step N                  apply it
  paunch status --file FILE --step N                 state and drift of each container
  paunch debug --file FILE --container NAME --shell --action run
                                                     a shell in a container like it`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "paunch",
		Short:         "Reconcile this host's containers with a step config",
		Example:       firstSteps,
		Version:       paunch.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		Args:                       cobra.ArbitraryArgs,
		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newApply(), newDelete(), newCleanup(), newList(), newStatus(), newDebug(), newReport(),
		newMounts(), newAudit(), newChanges(), newExport(), newImport(), newHistory(),
		newStop(), newStart(), newRestart(), newPull(), newRemove(), newLogs(), newVersion(), newComplete())
	addGlobalFlags(root)
	completeEnums(root)
	completeFromHost(root)
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "paunch %s\n", paunch.Version())
			return err
		},
	}
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}
