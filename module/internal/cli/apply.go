package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// newApply is "paunch apply", with paunch's flags and those of the module that make sense by hand.
func newApply() *cobra.Command {
	req := paunch.Defaults()
	var diff bool
	var output string
	cmd := &cobra.Command{
		Use:   "apply --file FILE [--config-id ID | --step N]",
		Short: "Apply a step config",
		Long: "Apply a step config: a file, or a directory with one container per file.\n" +
			"Options that shape containers and are not given are those of the last apply of the step, as it stands on the\n" +
			"host; which ones is printed.\nExit code: 0 done, 1 failed, 2 wrong command line. One that a signal interrupts has failed.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkConfig(&req, output); err != nil {
				return err
			}
			req.Recall, req.Given = true, arguments.Given(cmd.Flags())
			req.Progress = printProgress(cmd.ErrOrStderr())
			result, err := paunch.Apply(cmd.Context(), req)
			return show(cmd, output, diff, result, err)
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnApply)
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	f.BoolVar(&diff, "diff", false, "show what differs")
	addOutput(f, &output)
	return cmd
}

// newDelete is "paunch delete".
func newDelete() *cobra.Command {
	req := paunch.Defaults()
	var output string
	cmd := &cobra.Command{
		Use:   "delete CONFIG_ID...",
		Short: "Remove all containers of config ids",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name at least one config id")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, ids []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			req.Progress = printProgress(cmd.ErrOrStderr())
			var failed error
			for _, id := range ids {
				req.ConfigID = id
				result, err := paunch.Delete(cmd.Context(), req)
				failed = errors.Join(failed, show(cmd, output, false, result, err))
			}
			return failed
		},
	}
	f := cmd.Flags()
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	arguments.AddFlags(f, &req, arguments.OnDelete)
	addOutput(f, &output)
	return cmd
}

// newCleanup is "paunch cleanup".
func newCleanup() *cobra.Command {
	req := paunch.Defaults()
	var output string
	var all bool
	cmd := &cobra.Command{
		Use:   "cleanup CONFIG_ID... | --all",
		Short: "Remove all containers of config ids that are not named",
		RunE: func(cmd *cobra.Command, keep []string) error {
			if len(keep) == 0 && !all {
				return usageError{errors.New("name the config ids to keep, or say --all to remove every container of this manager")}
			}
			if err := checkOutput(output); err != nil {
				return err
			}
			req.KeepConfigIDs, req.PruneAll = keep, all
			req.Progress = printProgress(cmd.ErrOrStderr())
			result, err := paunch.Cleanup(cmd.Context(), req)
			return show(cmd, output, false, result, err)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "keep none")
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	arguments.AddFlags(f, &req, arguments.OnDelete)
	addOutput(f, &output)
	return cmd
}

// addOutput adds the flag that says how a result is printed.
func addOutput(f *pflag.FlagSet, output *string) {
	f.StringVarP(output, "output", "o", outputText, "text or json")
}

// The values of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// checkConfig refuses a command line that names no config, or a wrong output.
func checkConfig(req *paunch.Request, output string) error {
	if req.ConfigPath == "" {
		return usageError{errors.New("--file is needed")}
	}
	return checkOutput(output)
}

// checkOutput refuses a wrong --output before anything is done.
func checkOutput(output string) error {
	if output != outputText && output != outputJSON {
		return usageError{fmt.Errorf("--output %q is neither text nor json", output)}
	}
	return nil
}

// printProgress prints one line for each thing that was done.
func printProgress(w io.Writer) func(paunch.Event) {
	return func(e paunch.Event) {
		if !e.Done || e.Action == "unchanged" {
			return
		}
		line := fmt.Sprintf("%s %s", e.Action, e.Name)
		if e.Reason != "" {
			line += ": " + e.Reason
		}
		_, _ = fmt.Fprintln(w, printable.Line(line)) // progress that nobody can read stops nothing
	}
}

// show prints a result; the error of a failed one is returned as printed already.
func show(cmd *cobra.Command, output string, diff bool, result *paunch.Result, err error) error {
	if result == nil {
		return err
	}
	var printErr error
	if output == outputJSON {
		printErr = printJSON(cmd.OutOrStdout(), result)
	} else {
		printErr = printText(cmd, diff, result)
	}
	if err != nil || printErr != nil {
		return errors.Join(errFailed, printErr)
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(forPrograms(w))
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

func printText(cmd *cobra.Command, diff bool, result *paunch.Result) error {
	printWarnings(cmd.ErrOrStderr(), result)
	out := cmd.OutOrStdout()
	if diff && result.Diff != nil {
		if _, err := fmt.Fprintf(out, "--- before\n%s+++ after\n%s", result.Diff.Before, result.Diff.After); err != nil {
			return fmt.Errorf("write the diff: %w", err)
		}
	}
	if result.Failed {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "paunch: %s\n", result.Msg)
		return nil
	}
	if err := printResources(out, result); err != nil {
		return err
	}
	if len(result.Containers) > 0 {
		rows := make([][]string, 0, len(result.Containers))
		for _, c := range result.Containers {
			rows = append(rows, []string{c.Name, c.Action, reason(c)})
		}
		if err := printTable(out, []string{"CONTAINER", "ACTION", "REASON"}, rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, result.Msg)
	return err
}

// reason says why, and which anonymous volumes are carried over.
func reason(c paunch.Container) string {
	if len(c.CarriedVolumes) == 0 {
		return c.Reason
	}
	paths := make([]string, len(c.CarriedVolumes))
	for i, v := range c.CarriedVolumes {
		_, paths[i], _ = strings.Cut(v, ":")
	}
	return c.Reason + "; anonymous volumes carried over: " + strings.Join(paths, ", ")
}
