package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/paunch"
)

// showOptions are how a result is shown.
type showOptions struct {
	output string // one of formats
	diff   bool
	check  bool // nothing was done
}

// show prints a result; the error of a failed one is returned as printed already.
func show(cmd *cobra.Command, o showOptions, result *paunch.Result, err error) error {
	if result == nil {
		return err
	}
	printErr := printResult(cmd, o, result)
	if err != nil || printErr != nil {
		return errors.Join(errFailed, printErr)
	}
	return nil
}

// printResult prints a result: whole for programs; for people with its diff before it and its message below it.
func printResult(cmd *cobra.Command, o showOptions, result *paunch.Result) error {
	out, errOut := cmd.OutOrStdout(), cmd.ErrOrStderr()
	v := view{value: result, columns: resultColumns, rows: resultRows(result, o.check)}
	if o.output == outputJSON || o.output == outputYAML {
		return v.print(out, o.output)
	}
	printWarnings(errOut, result)
	if o.diff && o.output == outputTable {
		if err := printDiff(out, result.Diff); err != nil {
			return err
		}
	}
	if o.output == outputTable {
		if err := printResources(out, result); err != nil {
			return err
		}
	}
	if err := printRows(cmd, v, o.output); err != nil {
		return err
	}
	switch {
	case result.Failed:
		_, _ = fmt.Fprintf(errOut, "paunch: %s\n", result.Msg) // nobody else to tell
	case o.output == outputTable:
		if _, err := fmt.Fprintln(out, result.Msg); err != nil {
			return fmt.Errorf("write the message: %w", err)
		}
	}
	return nil
}

// printRows prints the table of a result, on a terminal as much of it as fits.
func printRows(cmd *cobra.Command, v view, output string) error {
	out := cmd.OutOrStdout()
	var rest string
	if output == outputTable && isTerminal(out) && !verbose(cmd) {
		v.rows, rest = fitRows(v.rows, heightOf(out))
	}
	if len(v.rows) > 0 || output != outputTable {
		if err := v.print(out, output); err != nil {
			return err
		}
	}
	if rest != "" {
		if _, err := fmt.Fprintln(out, rest); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	return nil
}

var resultColumns = columnsOf("CONTAINER", "ACTION", "STATE", "HEALTH", "TIME", "REASON", "IMAGE")

func resultRows(result *paunch.Result, check bool) [][]string {
	rows := make([][]string, 0, len(result.Containers))
	for _, c := range result.Containers {
		why := reason(c)
		if c.Error != "" {
			why = firstLine(c.Error)
		}
		state := stateAfter(c)
		if check {
			state = stateNow(c)
		}
		rows = append(rows, []string{c.Name, c.Action, state, dash(c.Health), took(c.DurationMS), why, dash(c.Image)})
	}
	return rows
}

// stateAfter is a container's state after an apply: done for a job or an exec that completed.
func stateAfter(c paunch.Container) string {
	ended := c.State == "" || c.State == "exited" || c.State == "stopped"
	if c.Wanted == stateDone && ended && c.Error == "" && c.Action != "not_reached" && c.Action != "removed" {
		return stateDone
	}
	return realState(c)
}

// stateNow is a container's state before an apply, whose action is yet to come.
func stateNow(c paunch.Container) string {
	if c.Action == "unchanged" {
		return stateAfter(c)
	}
	return realState(c)
}

// stateDone is the state of a job or an exec that completed.
const stateDone = "done"

// realState is podman's word, with the exit code of one that ended.
func realState(c paunch.Container) string {
	if c.ExitCode != nil && (c.State == "exited" || c.State == "stopped" || c.State == "") {
		return fmt.Sprintf("%s (%d)", cmp.Or(c.State, "exited"), *c.ExitCode)
	}
	return dash(c.State)
}

// took is the time that the work on a container took; a dash where it needed none.
func took(ms int64) string {
	switch d := time.Duration(ms) * time.Millisecond; {
	case ms == 0:
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}

// uptime is how long something has been running since a time (RFC 3339), in its largest unit; a dash where that is
// unknown.
func uptime(since string, now time.Time) string {
	at, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return "-"
	}
	switch d := max(0, now.Sub(at)); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
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
