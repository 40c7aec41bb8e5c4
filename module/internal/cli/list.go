package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// newList is "paunch list", with paunch's columns.
func newList() *cobra.Command {
	req := paunch.ListRequest{}
	var output string
	var choice listChoice
	cmd := &cobra.Command{
		Use:   "list [CONFIG_ID...]",
		Short: "List the containers that are managed",
		Long: "List the containers that are managed. Tables for people have further columns than the formats csv and value,\n" +
			"which have paunch's. -f is --format here, as with paunch, and another spelling of -o; elsewhere it is --file.",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if err := choice.check(output); err != nil {
				return err
			}
			req.ConfigIDs = ids
			listed, err := paunch.List(cmd.Context(), req)
			if err != nil {
				return err
			}
			if len(listed) == 0 {
				sayWhatThereIs(cmd, req)
			}
			return choice.of(listView(output, listed)).print(cmd.OutOrStdout(), output)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.ManagedBy, "managed-by", "paunch", "only containers managed by this `NAME`; empty for all managers")
	f.StringVar(&req.PodmanURL, "podman-url", "", "Podman's service")
	secretsVar(f, &req.SensitiveKeys, &req.SensitiveValues)
	addOutput(f, &output)
	f.VarP(arguments.Choice{Field: &output, Choices: formats}, "format", "f", "the same as --output")
	choice.addFlags(f)
	return cmd
}

// sayWhatThereIs names the managers and config ids of the host for one who asked for others.
func sayWhatThereIs(cmd *cobra.Command, req paunch.ListRequest) {
	asked := req.ManagedBy
	req.ManagedBy, req.ConfigIDs = "", nil
	all, err := paunch.List(cmd.Context(), req)
	if err != nil {
		return // the list itself succeeded
	}
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "no container matches (--managed-by %q); on this host: %s\n", asked, managers(all))
}

// managers counts the containers of each manager, with their config ids.
func managers(all []paunch.Listed) string {
	counts, ids := map[string]int{}, map[string][]string{}
	for _, l := range all {
		counts[l.ManagedBy]++
		if !slices.Contains(ids[l.ManagedBy], l.ConfigID) {
			ids[l.ManagedBy] = append(ids[l.ManagedBy], l.ConfigID)
		}
	}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		texts = append(texts, fmt.Sprintf("%s has %d (%s)", name, counts[name], strings.Join(ids[name], ", ")))
	}
	if len(texts) == 0 {
		return "no managed containers"
	}
	return strings.Join(texts, "; ")
}

var listColumns = []column{
	{title: "config"},
	{title: "container"},
	{title: "image", end: true},
	{title: "command"},
	{title: "status"},
	{title: "health", tableOnly: true},
	{title: "uptime", tableOnly: true},
	{title: "exit", tableOnly: true},
	{title: "manager", tableOnly: true},
}

func listView(output string, listed []paunch.Listed) view {
	return view{value: listed, columns: listColumns, rows: listRows(listed, output == outputTable, time.Now())}
}

// listRows are the rows for a table, in which a job that completed is done, or with podman's own words.
func listRows(listed []paunch.Listed, table bool, now time.Time) [][]string {
	rows := make([][]string, len(listed))
	for i, l := range listed {
		status, up, code := l.Status, "-", "-"
		if l.Done && table {
			status = stateDone
		}
		if l.Status == "running" {
			up = uptime(l.StartedAt, now)
		}
		if l.ExitCode != nil {
			code = strconv.Itoa(*l.ExitCode)
		}
		rows[i] = []string{l.ConfigID, l.RealName, l.Image, l.Command, status, dash(l.Health), up, code, l.ManagedBy}
	}
	return rows
}
