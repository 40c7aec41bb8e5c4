package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

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
			req.State = paunch.StateAbsent
			for _, id := range ids {
				req.ConfigID = id
				if err := checkRequest(req); err != nil {
					return err
				}
			}
			var failed error
			for _, id := range ids {
				req.ConfigID = id
				result, err := withProgress(cmd, req, paunch.Delete)
				failed = errors.Join(failed, show(cmd, showOptions{output: output, check: req.Check}, result, err))
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
			req.KeepConfigIDs, req.PruneAll, req.State = keep, all, paunch.StatePruned
			if err := checkRequest(req); err != nil {
				return err
			}
			result, err := withProgress(cmd, req, paunch.Cleanup)
			return show(cmd, showOptions{output: output, check: req.Check}, result, err)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "keep none")
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	arguments.AddFlags(f, &req, arguments.OnDelete)
	addOutput(f, &output)
	return cmd
}
