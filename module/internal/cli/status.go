package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// errDrift means that the host is not as its config says; that was printed.
var errDrift = errors.New("the host is not as its config says")

// newStatus is "paunch status": what an apply would find, for a person at 3 a.m.
func newStatus() *cobra.Command {
	req := paunch.Defaults()
	var output string
	cmd := &cobra.Command{
		Use:   "status --file FILE [--config-id ID | --step N]",
		Short: "Show each container of a step config, and how the host differs from it",
		Long: "Show each container of a step config, and how the host differs from it. Nothing is changed.\n" +
			"Options that shape containers and are not given are those of the last apply of the step.\n" +
			"Exit code: 0 all is as the config says, 3 something differs, 1 failed, 2 wrong command line.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkConfig(req); err != nil {
				return err
			}
			req.Recall, req.Given = true, arguments.Given(cmd.Flags())
			result, err := paunch.Plan(cmd.Context(), req)
			if err := showStatus(cmd, output, result, err); err != nil {
				return err
			}
			if result.Changed {
				return errDrift
			}
			return nil
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnStatus)
	addStatusOutput(f, &output)
	return cmd
}

func showStatus(cmd *cobra.Command, output string, result *paunch.Result, err error) error {
	if err != nil {
		return show(cmd, showOptions{output: output}, result, err)
	}
	if output == outputPrometheus {
		return printMetrics(cmd.OutOrStdout(), result)
	}
	if output == outputTable {
		printWarnings(cmd.ErrOrStderr(), result)
	}
	return view{value: result, columns: statusColumns, rows: statusRows(result, time.Now())}.print(cmd.OutOrStdout(), output)
}

var statusColumns = columnsOf("CONTAINER", "WANTED", "STATE", "HEALTH", "UPTIME", "DRIFT", "IMAGE", "UNIT")

func statusRows(result *paunch.Result, now time.Time) [][]string {
	rows := make([][]string, 0, len(result.Containers))
	for _, c := range result.Containers {
		up := "-"
		if c.State == "running" {
			up = uptime(c.StartedAt, now)
		}
		rows = append(rows, []string{c.Name, dash(c.Wanted), stateNow(c), dash(healthText(c)), up, drift(c), dash(c.Image), dash(c.Unit)})
	}
	return rows
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func healthText(c paunch.Container) string {
	if c.HealthOutput == "" {
		return c.Health
	}
	return c.Health + ": " + c.HealthOutput
}

// drift says what an apply would do, and why.
func drift(c paunch.Container) string {
	if c.Action == "unchanged" {
		return dash(c.Reason)
	}
	return c.Action + ": " + reason(c)
}
