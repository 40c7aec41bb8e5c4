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
	var files, watch bool
	cmd := &cobra.Command{
		Use:   "status [--file FILE] [--config-id ID | --step N]",
		Short: "Show each container of a step config, and how the host differs from it",
		Long: "Show each container of a step config, and how the host differs from it. Nothing is changed.\n" +
			"Without --file it is that of all containers that are managed on this host (of one manager with --managed-by),\n" +
			"compared with what was last applied: a service is expected to run and to be healthy.\n" +
			"Options that shape containers and are not given are those of the last apply of the step.\n" +
			"Exit code: 0 all is as the config says, 3 something differs, 1 failed, 2 wrong command line.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if req.ConfigPath == "" && output == outputPrometheus {
				return usageError{errors.New("--file is needed for -o prometheus")}
			}
			if req.ConfigPath != "" {
				if err := checkConfig(req); err != nil {
					return err
				}
			}
			req.Recall, req.Given = true, arguments.Given(cmd.Flags())
			look := func() error {
				switch {
				case files:
					return statusFiles(cmd, output, req)
				case req.ConfigPath == "":
					return statusOfHost(cmd, output, req)
				}
				return statusOfStep(cmd, output, req)
			}
			if watch {
				return watchStatus(cmd, look)
			}
			return look()
		},
	}
	f := cmd.Flags()
	arguments.AddFlags(f, &req, arguments.OnStatus)
	f.BoolVar(&files, "files", false, "show what was changed inside the containers, which is lost when they are re-created")
	f.BoolVar(&watch, "watch", false, "show it again every 2 seconds, until ctrl-C")
	addStatusOutput(f, &output)
	return cmd
}

// statusOfStep is the status by a step config.
func statusOfStep(cmd *cobra.Command, output string, req paunch.Request) error {
	result, err := paunch.Plan(cmd.Context(), req)
	if err := showStatus(cmd, output, result, err); err != nil {
		return err
	}
	if result.Changed {
		return errDrift
	}
	return nil
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
