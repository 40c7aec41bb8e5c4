package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// listFormats are the values of --format.
var listFormats = []string{"table", "json", "yaml", "csv", "value"}

// newList is "paunch list", with paunch's columns.
func newList() *cobra.Command {
	req := paunch.ListRequest{}
	var format string
	cmd := &cobra.Command{
		Use:   "list [CONFIG_ID...]",
		Short: "List the containers that are managed",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if !slices.Contains(listFormats, format) {
				return usageError{fmt.Errorf("--format invalid value %q: must be one of %s", format, strings.Join(listFormats, ", "))}
			}
			req.ConfigIDs = ids
			listed, err := paunch.List(cmd.Context(), req)
			if err != nil {
				return err
			}
			return printList(cmd.OutOrStdout(), format, listed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.ManagedBy, "managed-by", "paunch", "only containers managed by this `NAME`; empty for all managers")
	f.StringVar(&req.PodmanURL, "podman-url", "", "Podman's service")
	secretsVar(f, &req.SensitiveKeys, &req.SensitiveValues)
	f.StringVarP(&format, "format", "f", "table", "table, json, yaml, csv or value")
	return cmd
}

func printList(w io.Writer, format string, listed []paunch.Listed) error {
	header := []string{"config", "container", "image", "command", "status"}
	rows := make([][]string, len(listed))
	for i, l := range listed {
		rows[i] = []string{l.ConfigID, l.RealName, l.Image, l.Command, l.Status}
	}
	switch format {
	case "table":
		return printTable(w, header, rows)
	case "json":
		return printJSON(w, listed)
	case "yaml":
		return yaml.NewEncoder(forPrograms(w)).Encode(listed)
	case "csv":
		c := csv.NewWriter(w)
		if err := c.WriteAll(append([][]string{header}, rows...)); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
		return nil
	case "value":
		for _, row := range rows {
			if _, err := fmt.Fprintln(w, printable.Line(strings.Join(row, " "))); err != nil {
				return fmt.Errorf("write the list: %w", err)
			}
		}
		return nil
	}
	return fmt.Errorf("no such format: %s", format)
}

// printTable prints aligned columns.
func printTable(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			row[i] = printable.Line(cell)
		}
		_, _ = fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t")) // Flush returns the error
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
