package cli

import (
	"io"

	"github.com/overcloud/paunch/module/paunch"
)

// printResources prints what was done to volumes, networks and secrets, if anything was.
func printResources(w io.Writer, result *paunch.Result) error {
	var rows [][]string
	for _, r := range result.Resources {
		if r.Action != "unchanged" {
			rows = append(rows, []string{r.Kind + " " + r.RealName, r.Action, r.Reason})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return printTable(w, columnsOf("RESOURCE", "ACTION", "REASON"), rows)
}
