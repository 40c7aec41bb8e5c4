package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/report"
)

// newReport is "paunch report".
func newReport() *cobra.Command {
	var page, output string
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
			runs, err := report.Load(paths...)
			if err != nil {
				return err
			}
			if page != "" {
				return writePage(page, runs)
			}
			return view{value: runs, columns: columnsOf(report.Header...), rows: report.Table(runs)}.print(cmd.OutOrStdout(), output)
		},
	}
	addOutput(cmd.Flags(), &output)
	cmd.Flags().StringVar(&page, "html", "", "write one self-contained page to `FILE`")
	return cmd
}

// writePage writes the page in one step: a reader never sees half of it.
func writePage(path string, runs []report.Run) error {
	var text bytes.Buffer
	if err := report.HTML(&text, runs, time.Now()); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = part.Write(text.Bytes())
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(part.Name()))
	}
	return nil
}
