package ansiblemod

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// StdinArgs as the args file's name means that the arguments come on standard input.
const StdinArgs = "-"

// Main runs the module with the arguments in a file, and returns the exit status: 1 where the result
// says failed. ctx ends with the signals that interrupt a run.
func Main(ctx context.Context, argsFile string) int {
	// A reader that goes away must not end us in the middle of a replacement.
	signal.Ignore(syscall.SIGPIPE)
	out, err := guardStdout()
	if err != nil {
		out = os.Stdout
	}
	return Run(ctx, argsFile, os.Stdin, out)
}

// Run runs the module and writes one JSON object to out, also after a panic.
func Run(ctx context.Context, argsFile string, stdin io.Reader, out io.Writer) int {
	result, failed := guarded(ctx, argsFile, stdin)
	text, err := json.Marshal(result)
	if err != nil {
		text, _ = json.Marshal(failure(fmt.Errorf("the result cannot be written as JSON: %w", err)))
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		fmt.Fprintf(os.Stderr, "paunch: write the result: %v\n", err)
		return 1
	}
	if failed {
		return 1
	}
	return 0
}

// guarded turns a panic into a failed result.
func guarded(ctx context.Context, argsFile string, stdin io.Reader) (result any, failed bool) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "paunch: panic: %v\n%s", p, debug.Stack())
			failed = true
			result = failure(fmt.Errorf("internal error: %v; please report it with the log on standard error; what was begun is repaired by the next run", p))
		}
	}()
	args, control, err := read(argsFile, interruptible{ctx, stdin})
	switch {
	case err != nil:
		return failure(err), true
	case args.module == infoModule:
		return info(ctx, args, control)
	case args.module == reportModule:
		return writeReport(args.report, control)
	default:
		return step(ctx, args, control)
	}
}

// step applies a step.
func step(ctx context.Context, args Args, control Control) (any, bool) {
	req := args.Request(control)
	req.Trace = func(line string) { fmt.Fprintln(os.Stderr, "paunch: "+line) }
	result, err := paunch.Apply(ctx, req)
	if err != nil && result == nil {
		return failure(err), true
	}
	if !control.Diff && !control.CheckMode {
		result.Diff = nil
	}
	return result, result.Failed
}

// infoModule is the module that looks only. Ansible names it in the arguments.
const infoModule = "paunch_info"

// info looks at a step or, without a config, at all that is managed.
func info(ctx context.Context, args Args, control Control) (any, bool) {
	req := args.Request(control)
	if !args.manager && req.Config == nil && req.ConfigPath == "" {
		req.ManagedBy = ""
	}
	result, err := paunch.Facts(ctx, req)
	if err == nil && args.details {
		err = addDetails(ctx, req, result)
	}
	if err != nil && control.NoLog {
		result.Msg = "no_log hides why"
	}
	return result, err != nil
}

// addDetails adds what is in the containers that the request is about.
func addDetails(ctx context.Context, req paunch.Request, result *paunch.FactsResult) error {
	of := paunch.Selection{ManagedBy: req.ManagedBy, Containers: req.Containers, PodmanURL: req.PodmanURL, SensitiveKeys: req.SensitiveKeys}
	if result.ConfigID != "" {
		of.ConfigIDs = []string{result.ConfigID}
	}
	details, err := paunch.Inspect(ctx, of)
	if err != nil {
		result.Failed, result.Msg = true, printable.Text(many.Text(err))
		return err
	}
	result.Details = &details
	return nil
}

func read(argsFile string, stdin io.Reader) (Args, Control, error) {
	if argsFile == StdinArgs {
		return Decode(stdin)
	}
	f, err := hostfile.Open(argsFile)
	if errors.Is(err, hostfile.ErrNotRegular) {
		return Args{}, Control{}, fmt.Errorf("the arguments: %s %w; name it %s to read standard input", argsFile, hostfile.Reason(err), StdinArgs)
	}
	if err != nil {
		return Args{}, Control{}, fmt.Errorf("read the arguments: %w", err)
	}
	defer func() { _ = f.Close() }() // only read from
	return Decode(f)
}

func failure(err error) *paunch.Result { return paunch.Failure(err) }

// guardStdout keeps the real standard output for the one JSON object, and points file descriptor 1 at
// standard error: whatever a library or a child prints cannot spoil the result.
func guardStdout() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, fmt.Errorf("keep standard output: %w", err)
	}
	syscall.CloseOnExec(fd)
	if err := syscall.Dup3(2, 1, 0); err != nil {
		return nil, fmt.Errorf("redirect standard output: %w", err)
	}
	return os.NewFile(uintptr(fd), "stdout"), nil
}
