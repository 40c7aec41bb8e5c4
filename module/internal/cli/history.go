package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/paunch"
)

// newHistory is "paunch history".
func newHistory() *cobra.Command {
	req := paunch.HistoryRequest{}
	var output string
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what earlier runs changed on this host, by whom and why",
		Long:  "Show what earlier runs changed on this host, by whom and why, the oldest first, as far as the host's journal reaches back.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if req.Most < 1 {
				return usageError{errors.New("--lines must be at least 1")}
			}
			changes, err := paunch.History(cmd.Context(), req)
			if err != nil {
				return err
			}
			return historyView(changes).print(cmd.OutOrStdout(), output)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.ManagedBy, "managed-by", "", "only runs of this `NAME`; empty for all managers")
	f.StringVar(&req.ConfigID, "config-id", "", "only runs of this config id; empty for all")
	f.IntVar(&req.Most, "lines", 50, "how many runs to show, the newest")
	addOutput(f, &output)
	return cmd
}

// historyView is the changes with a row for each run, and below it one for each container or resource.
func historyView(changes []paunch.Change) view {
	var rows [][]string
	for _, c := range changes {
		rows = append(rows, []string{c.StartedAt, who(c.Who), c.Outcome, c.Summary, ""})
		for _, item := range append(c.Containers, c.Resources...) {
			why := item.Reason
			if item.Cause != "" {
				why = item.Cause
			}
			rows = append(rows, []string{"", "", "", item.Action + " " + item.Name, why})
		}
	}
	return view{value: changes, columns: columnsOf("WHEN", "WHO", "OUTCOME", "WHAT", "WHY"), rows: rows}
}

// who names the user that is behind a run.
func who(w paunch.Who) string {
	name := w.User
	if name == "" {
		name = fmt.Sprint(w.UID)
	}
	if w.SudoUser != "" {
		name += " (" + w.SudoUser + ")"
	}
	if w.By != "" {
		name += " by " + w.By
	}
	if w.ControllerUser != "" {
		name += fmt.Sprintf(", %s at %s", w.ControllerUser, w.Controller)
	}
	if w.Task != "" {
		name += ": " + w.Task
	}
	return name
}
