package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// asTheyAre is what the help of each verb ends with.
const asTheyAre = "Containers stay what they are: none is created or removed, and no job is run again. They are known by their labels;\n" +
	"a config (--file) is not needed, it only says the order and the health gates as they are there now.\n" +
	"Exit code: 0 done, 1 failed, 2 wrong command line. 130 interrupted by ctrl-C, 143 by SIGTERM."

func newStop() *cobra.Command {
	return newVerb(paunch.StateStopped, "stop", "Stop the containers of a step, or one container",
		"Stop the containers of a step: the last wave first, each with its unit, and before it what shares a namespace of it.\n"+
			"A job at work is waited for. The next apply, or a boot of the host, starts the services again.\n")
}

func newStart() *cobra.Command {
	return newVerb(paunch.StateStarted, "start", "Start the services of a step, or one container",
		"Start the services of a step that do not run, in order; the next wave waits for health gates.\n")
}

func newRestart() *cobra.Command {
	return newVerb(paunch.StateRestarted, "restart", "Restart the services of a step, or one container",
		"Restart the services of a step, wave by wave in the order of their start; the next wave waits for health gates.\n"+
			"What shares a namespace of a restarted container is restarted after it.\n")
}

// newVerb is a command that stops or starts the containers of a step as they are.
func newVerb(state, name, short, long string) *cobra.Command {
	req := paunch.Defaults()
	req.State = state
	var output string
	cmd := &cobra.Command{
		Use:   name + " --step N [--container NAME] | NAME",
		Short: short,
		Long:  long + asTheyAre,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := chooseStep(cmd.Context(), &req, args); err != nil {
				return err
			}
			result, err := withProgress(cmd, req, paunch.Apply)
			return show(cmd, showOptions{output: output, check: req.Check}, result, err)
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnVerb)
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	addOutput(f, &output)
	return cmd
}

// chooseStep settles what a verb is about: a step, or one container, wherever it is.
func chooseStep(ctx context.Context, req *paunch.Request, args []string) error {
	named := req.Step != paunch.NoStep || req.ConfigID != ""
	switch {
	case len(args) == 0 && !named:
		return usageError{errors.New("--step or --config-id is needed, or the name of one container: --step N means the config id tripleo_stepN")}
	case len(args) == 0:
		return checkRequest(*req)
	case len(args) > 1 || len(req.Containers) > 0 || req.Step != paunch.NoStep || req.ConfigPath != "":
		return usageError{errors.New("name one container, or a step by --step or --config-id and containers of it by --container")}
	}
	list := paunch.ListRequest{ManagedBy: req.ManagedBy, PodmanURL: req.PodmanURL}
	if req.ConfigID != "" {
		list.ConfigIDs = []string{req.ConfigID}
	}
	l, err := findOne(ctx, list, args[0])
	if err != nil {
		return err
	}
	req.ConfigID, req.Containers = l.ConfigID, []string{l.Name}
	return checkRequest(*req)
}

// newPull is "paunch pull".
func newPull() *cobra.Command {
	req := paunch.Defaults()
	req.State = paunch.StatePulled
	var output, all string
	cmd := &cobra.Command{
		Use:   "pull --file FILE [--config-id ID | --step N] | --all DIR",
		Short: "Pull the images of a step config",
		Long: "Pull the images of a step config, and touch no container: a maintenance window can begin with every image on the host.\n" +
			"Exit code: 0 done, 1 failed, 2 wrong command line. 130 interrupted by ctrl-C, 143 by SIGTERM.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			check := checkConfig
			if all != "" {
				check = checkAll
			}
			if err := check(req); err != nil {
				return err
			}
			if all != "" {
				return applyAll(cmd, req, all, showOptions{output: output, check: req.Check})
			}
			result, err := withProgress(cmd, req, paunch.Apply)
			return show(cmd, showOptions{output: output, check: req.Check}, result, err)
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnPull)
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	f.StringVar(&all, "all", "", "pull for each step of `DIR`: 0 to 5, as far as it has them (step_1, step_2 ...)")
	addOutput(f, &output)
	return cmd
}
