package report

import (
	"fmt"
	"strconv"
	"time"

	"github.com/overcloud/paunch/module/internal/audit"
)

// The sections of the results, as tables.
const (
	Steps    = "steps"    // one row for each host and step
	Mounts   = "mounts"   // which directory of a host is where in which container
	Changes  = "changes"  // files changed by hand inside containers, which are lost when those are re-created
	Findings = "findings" // settings that weaken a host
)

// Table returns the header and the rows of a section.
func (r Results) Table(section string) (header []string, rows [][]string) {
	switch section {
	case Mounts:
		return []string{"HOST", "CONTAINER", "USE", "ON THE HOST", "IN CONTAINER", "MODE"}, r.mounts()
	case Changes:
		return []string{"HOST", "CONTAINER", "CHANGE", "PATH"}, r.changes()
	case Findings:
		return []string{"HOST", "CONTAINER", "SEVERITY", "FINDING", "KEY"}, r.findings()
	default:
		return []string{"STEP", "HOST", "RESULT", "TOOK", "CHANGED", "FAILED", "NOT REACHED", "UNCHANGED", "SLOWEST"}, r.steps()
	}
}

func (r Results) mounts() (rows [][]string) {
	for _, h := range r.Hosts {
		for _, c := range h.Mounts {
			for _, m := range c.Mounts {
				rows = append(rows, []string{h.Name, c.RealName, m.Use, m.Source, m.Destination, mode(m.Writable)})
			}
		}
	}
	return rows
}

func mode(writable bool) string {
	if writable {
		return "rw"
	}
	return "ro"
}

func (r Results) changes() (rows [][]string) {
	for _, h := range r.Hosts {
		for _, c := range h.ChangedFiles {
			for _, f := range c.Files {
				rows = append(rows, []string{h.Name, c.RealName, f.Kind, f.Path})
			}
		}
	}
	return rows
}

// findings has the most severe first.
func (r Results) findings() (rows [][]string) {
	for _, severity := range []audit.Severity{audit.High, audit.Medium, audit.Low} {
		for _, h := range r.Hosts {
			for _, c := range h.Findings {
				for _, f := range c.Findings {
					if f.Severity == severity {
						rows = append(rows, []string{h.Name, c.RealName, string(f.Severity), f.Text, f.Key})
					}
				}
			}
		}
	}
	return rows
}

func (r Results) steps() (rows [][]string) {
	for _, r := range r.Runs {
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
