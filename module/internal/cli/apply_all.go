package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/paunch"
)

// lastStep is the last of the steps of a deployment; the first is 0, which most do not have.
const lastStep = 5

// checkAll refuses what --all cannot be given with.
func checkAll(req paunch.Request) error {
	if req.ConfigPath != "" || req.Step != paunch.NoStep || req.ConfigID != "" {
		return usageError{errors.New("--all DIR applies each step of DIR: it goes without --file, --step and --config-id")}
	}
	req.Step, req.ConfigPath = 0, "."
	return checkRequest(req)
}

// applyAll applies the steps of a directory or file in order. A failed step ends it. Steps that the config does not
// have are left out.
func applyAll(cmd *cobra.Command, req paunch.Request, path string, o showOptions) error {
	req.ConfigPath, req.AllowMissingStep = path, true
	results := []*paunch.Result{}
	for step := 0; step <= lastStep; step++ {
		req.Step = step
		result, err := withProgress(cmd, req, paunch.Apply)
		if result != nil && err == nil && len(result.Containers)+len(result.Resources)+len(result.Images) == 0 {
			continue
		}
		results = append(results, result)
		if !forWholeResults(o.output) {
			err = show(cmd, o, result, err)
		}
		if err != nil {
			if step < lastStep {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "paunch: step %d failed; steps %d to %d are not reached\n", step, step+1, lastStep) // nobody else to tell
			}
			return errors.Join(errFailed, printAll(cmd, o, results))
		}
	}
	if len(results) == 0 {
		return fmt.Errorf("%s has none of the steps 0 to %d", path, lastStep)
	}
	return printAll(cmd, o, results)
}

// forWholeResults reports whether an output format has results as they are.
func forWholeResults(output string) bool { return output == outputJSON || output == outputYAML }

func printAll(cmd *cobra.Command, o showOptions, results []*paunch.Result) error {
	if !forWholeResults(o.output) {
		return nil // each was printed when its step was done
	}
	return view{value: results}.print(cmd.OutOrStdout(), o.output)
}
