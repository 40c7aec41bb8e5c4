package cli

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// hostSelection returns which of the host's containers a status without a config is of.
func hostSelection(cmd *cobra.Command, req paunch.Request) paunch.Selection {
	s := paunch.Selection{PodmanURL: req.PodmanURL, SensitiveKeys: req.SensitiveKeys, Containers: req.Containers}
	if slices.Contains(arguments.Given(cmd.Flags()), "managed_by") {
		s.ManagedBy = req.ManagedBy
	}
	switch {
	case req.ConfigID != "":
		s.ConfigIDs = []string{req.ConfigID}
	case req.Step != paunch.NoStep:
		s.ConfigIDs = []string{fmt.Sprintf("tripleo_step%d", req.Step)}
	}
	return s
}

// statusFiles shows what was changed inside the containers.
func statusFiles(cmd *cobra.Command, output string, req paunch.Request) error {
	return showChanges(cmd, output, hostSelection(cmd, req))
}

var hostColumns = columnsOf("CONFIG", "CONTAINER", "WANTED", "STATE", "HEALTH", "UPTIME", "DRIFT", "IMAGE", "MANAGER")

// statusOfHost shows what is managed on this host against what was last applied.
func statusOfHost(cmd *cobra.Command, output string, req paunch.Request) error {
	s := hostSelection(cmd, req)
	listed, err := paunch.List(cmd.Context(), paunch.ListRequest{
		ManagedBy: s.ManagedBy, ConfigIDs: s.ConfigIDs, PodmanURL: s.PodmanURL,
		SensitiveKeys: req.SensitiveKeys, SensitiveValues: req.SensitiveValues,
	})
	if err != nil {
		return err
	}
	listed = slices.DeleteFunc(listed, func(l paunch.Listed) bool {
		return len(s.Containers) > 0 && !slices.Contains(s.Containers, l.Name) && !slices.Contains(s.Containers, l.RealName)
	})
	if len(listed) == 0 {
		sayWhatThereIs(cmd, paunch.ListRequest{ManagedBy: s.ManagedBy, PodmanURL: s.PodmanURL})
	}
	drifted := false
	now := time.Now()
	rows := make([][]string, len(listed))
	for i, l := range listed {
		why := hostDrift(l)
		drifted = drifted || why != ""
		rows[i] = []string{l.ConfigID, l.RealName, dash(l.Wanted), listedState(l), dash(l.Health), listedUptime(l, now), dash(why), l.Image, l.ManagedBy}
	}
	if err := (view{value: listed, columns: hostColumns, rows: rows}).print(cmd.OutOrStdout(), output); err != nil {
		return err
	}
	if drifted {
		return errDrift
	}
	return nil
}

// hostDrift returns how a container differs from what was last applied, "" where it does not. Which exit codes of a
// job are accepted is known to its config only.
func hostDrift(l paunch.Listed) string {
	switch {
	case l.Wanted == "running" && l.Status != "running":
		return "not running"
	case l.Health == "unhealthy":
		return "unhealthy"
	}
	return ""
}

func listedState(l paunch.Listed) string {
	switch {
	case l.Done:
		return stateDone
	case l.ExitCode != nil:
		return fmt.Sprintf("%s (%d)", l.Status, *l.ExitCode)
	}
	return l.Status
}

func listedUptime(l paunch.Listed, now time.Time) string {
	if l.Status != "running" {
		return "-"
	}
	return uptime(l.StartedAt, now)
}

// watchInterval is the time between two looks of --watch.
const watchInterval = 2 * time.Second

// clearScreen clears a terminal.
const clearScreen = "\x1b[H\x1b[2J"

// watchStatus shows a status again and again, until ctrl-C or until nobody reads it. What the last look returned is
// the end.
func watchStatus(cmd *cobra.Command, look func() error) error {
	out := cmd.OutOrStdout()
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		if isTerminal(out) {
			_, _ = io.WriteString(forPrograms(out), clearScreen) // the next write returns what is wrong
		}
		err := look()
		if err != nil && exitOf(err) == ExitFailed || readerGone(out) {
			return err
		}
		select {
		case <-cmd.Context().Done():
			return err
		case <-ticker.C:
		}
	}
}

// exitOf returns what an error ends the program with.
func exitOf(err error) int { return exitCode(err, io.Discard) }
