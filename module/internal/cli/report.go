package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/report"
)

// newReport is "paunch report".
func newReport() *cobra.Command {
	var page, output string
	section := report.Steps
	cmd := &cobra.Command{
		Use:   "report PATH...",
		Short: "Show the results of a deployment as a table or an HTML page",
		Long: "Show the results of a deployment over hosts and steps.\nPATH is a result as JSON (paunch apply -o json), " +
			"or a directory of them such as the playbooks' paunch_results_dir.\nExit code: 0 done, 1 failed, 2 wrong command line.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name at least one file or directory with results")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, paths []string) error {
			results, err := report.Load(paths...)
			if err != nil {
				return err
			}
			if page != "" {
				return report.WritePage(page, results)
			}
			return sectionOf(results, section).print(cmd.OutOrStdout(), output)
		},
	}
	addOutput(cmd.Flags(), &output)
	enumVar(cmd.Flags(), &section, "section", "what the table shows", report.Steps, report.Mounts, report.Changes, report.Findings)
	cmd.Flags().StringVar(&page, "html", "", "write one self-contained page to `FILE`")
	return cmd
}

// sectionOf is the table of one part of the results.
func sectionOf(results report.Results, section string) view {
	var value any = results.Runs
	if section != report.Steps {
		value = results.Hosts
	}
	header, rows := results.Table(section)
	return view{value: value, columns: columnsOf(header...), rows: rows}
}
