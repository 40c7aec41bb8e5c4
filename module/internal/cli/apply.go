package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// newApply is "paunch apply", with paunch's flags and those of the module that make sense by hand.
func newApply() *cobra.Command {
	req := paunch.Defaults()
	var diff bool
	var output, all string
	cmd := &cobra.Command{
		Use:   "apply --file FILE [--config-id ID | --step N] | --all DIR",
		Short: "Apply a step config",
		Long: "Apply a step config: a file, or a directory with one container per file.\n" +
			"Options that shape containers and are not given are those of the last apply of the step, as it stands on the\n" +
			"host; which ones is printed.\nExit code: 0 done, 1 failed, 2 wrong command line. 130 interrupted by ctrl-C, 143 by SIGTERM.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			check := checkConfig
			if all != "" {
				check = checkAll
			}
			if err := check(req); err != nil {
				return err
			}
			req.Recall, req.Given = true, arguments.Given(cmd.Flags())
			if all != "" {
				return applyAll(cmd, req, all, showOptions{output, diff, req.Check})
			}
			result, err := withProgress(cmd, req, paunch.Apply)
			return show(cmd, showOptions{output, diff, req.Check}, result, err)
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnApply)
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	f.StringVar(&all, "all", "", "apply each step of `DIR` in order: 0 to 5, as far as it has them (step_1, step_2 ...)")
	f.BoolVar(&diff, "diff", false, "show what differs")
	addOutput(f, &output)
	return cmd
}

// checkConfig refuses a command line that names no config or no step.
func checkConfig(req paunch.Request) error {
	if req.ConfigPath == "" {
		return usageError{errors.New("--file is needed: a step config, or a directory with one container per file")}
	}
	if req.ConfigID == "" && req.Step == paunch.NoStep {
		return usageError{errors.New("--step or --config-id is needed: --step N means the config id tripleo_stepN")}
	}
	return checkRequest(req)
}

// checkRequest refuses what is wrong in the flags themselves before anything is done.
func checkRequest(req paunch.Request) error {
	var all []string
	for _, p := range req.Problems() {
		all = append(all, flagOf(p.Argument)+": "+p.Text)
	}
	if len(all) == 0 {
		return nil
	}
	return usageError{errors.New(strings.Join(all, "\n        "))}
}

// flagOf returns the flag that sets an argument of the module.
func flagOf(argument string) string {
	switch argument {
	case "config_path":
		return "--file"
	case "containers":
		return "--container"
	case "keep_config_ids":
		return "CONFIG_ID"
	}
	return "--" + strings.ReplaceAll(argument, "_", "-")
}
