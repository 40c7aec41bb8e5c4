package report

import (
	"fmt"
	"strconv"
	"time"
)

// Header names the columns of Table.
var Header = []string{"STEP", "HOST", "RESULT", "TOOK", "CHANGED", "FAILED", "NOT REACHED", "UNCHANGED", "SLOWEST"}

// Table returns one row for each host and step.
func Table(runs []Run) [][]string {
	var rows [][]string
	for _, r := range runs {
		rows = append(rows, []string{
			title(r), r.Host, outcome(r), took(millis(r.DurationMS)), strconv.Itoa(len(r.ChangedContainers)),
			strconv.Itoa(len(r.FailedContainers)), strconv.Itoa(countOf(r, "not_reached")), strconv.Itoa(countOf(r, "unchanged")), slowestOf(r),
		})
	}
	return rows
}

func outcome(r Run) string {
	switch {
	case r.Failed:
		return "failed"
	case r.Changed && r.CheckMode:
		return "would change"
	case r.Changed:
		return "changed"
	}
	return "ok"
}

func countOf(r Run, action string) int {
	n := 0
	for _, c := range r.Containers {
		if c.Action == action {
			n++
		}
	}
	return n
}

func slowestOf(r Run) string {
	l := slowest([]Run{r})
	if l.ContainerTook < time.Millisecond {
		return ""
	}
	return fmt.Sprintf("%s (%s)", l.Container, took(l.ContainerTook))
}
