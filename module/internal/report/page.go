package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/paunch"
)

// page is what the template shows.
type page struct {
	Title    string
	Made     string
	Began    string
	Took     time.Duration
	Hosts    []string
	Counts   []count
	Failures []failure
	Slowest  []leg
	Steps    []step
	Overview []lane
	// Tables is what was found on the hosts after the deployment.
	Tables []table
}

// table is one section of what was found on the hosts.
type table struct {
	ID, Title, Note string
	Header          []string
	Groups          []group
}

// group is the rows of one host.
type group struct {
	Host string
	Rows []tableRow
}

// tableRow is one row, without its host; Search is the text that the page's filter looks at.
type tableRow struct {
	Cells  []string
	Search string
}

// count is how many containers had one action.
type count struct {
	Action string
	N      int
}

// failure is one container, or one run, that failed.
type failure struct {
	Host, Step, Name, Error string
	Tail                    []stream
}

// stream is the end of what a container printed.
type stream struct{ Name, Text string }

// leg is one part of the slowest path: the host that its step waited for, and there the container that took
// longest.
type leg struct {
	Step, Host, Container string
	Took                  time.Duration
	ContainerTook         time.Duration
}

// step is all hosts in one step.
type step struct {
	Title string
	Took  time.Duration
	Runs  []hostRun
}

// hostRun is one host in one step.
type hostRun struct {
	Host     string
	Msg      string
	Failed   bool
	Changed  bool
	Check    bool
	Took     time.Duration
	Bars     []bar
	Rows     []row
	Warnings []string
}

// row is one container.
type row struct {
	Host, Name, RealName, Action, Reason, Image, Unit, State, Health string
	Order                                                            int
	ExitCode                                                         *int
	Error                                                            string
	Took                                                             time.Duration
	Bars                                                             []bar
	Phases                                                           []paunch.Phase
	Streams                                                          []stream
	// Search is the text that the page's filter looks at.
	Search string
}

// lane is one host in the overview, over all steps.
type lane struct {
	Host string
	Bars []bar
}

// bar is a stretch of time as a part of its track, in percent.
type bar struct {
	Kind, Label string
	Left, Width float64
}

// span is a stretch of time.
type span struct{ from, to time.Time }

func (s span) join(o span) span {
	if s.from.IsZero() || o.from.Before(s.from) {
		s.from = o.from
	}
	if o.to.After(s.to) {
		s.to = o.to
	}
	return s
}

// place returns the bar of a stretch within s; one too short to see is drawn as wide as can be seen.
func (s span) place(kind, label string, from time.Time, took time.Duration) bar {
	const narrowest = 0.4
	whole := s.to.Sub(s.from)
	if whole <= 0 {
		return bar{Kind: kind, Label: label, Width: 100}
	}
	left := 100 * float64(from.Sub(s.from)) / float64(whole)
	width := max(narrowest, 100*float64(took)/float64(whole))
	left = min(max(0, left), 100-narrowest)
	return bar{Kind: kind, Label: label, Left: left, Width: min(width, 100-left)}
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func (r Run) span() span { return span{r.began, r.began.Add(millis(r.DurationMS))} }

// newPage arranges results, which are sorted by step and host.
func newPage(results Results, made time.Time) page {
	runs := results.Runs
	p := page{Title: "Deployment report", Made: made.UTC().Format("2006-01-02 15:04:05 UTC"), Hosts: results.HostNames()}
	var whole span
	counts := map[string]int{}
	for _, r := range runs {
		whole = whole.join(r.span())
		for _, c := range r.Containers {
			counts[c.Action]++
		}
		p.Failures = append(p.Failures, failures(r)...)
	}
	p.Began, p.Took = whole.from.UTC().Format("2006-01-02 15:04:05 UTC"), whole.to.Sub(whole.from)
	for action, n := range counts {
		p.Counts = append(p.Counts, count{action, n})
	}
	slices.SortFunc(p.Counts, func(a, b count) int {
		return cmp.Or(b.N-a.N, strings.Compare(a.Action, b.Action))
	})
	for _, group := range byStep(runs) {
		p.Steps = append(p.Steps, newStep(group))
		p.Slowest = append(p.Slowest, slowest(group))
	}
	p.Overview = overview(runs, p.Hosts, whole)
	p.Tables = newTables(results)
	return p
}

// newTables has no table where no host was looked at.
func newTables(results Results) []table {
	if len(results.Hosts) == 0 {
		return nil
	}
	tables := []table{
		{ID: Findings, Title: "What is insecure", Note: "Settings that weaken the isolation of a container or disclose secrets, and the key to change."},
		{ID: Mounts, Title: "Configuration, logs and data", Note: "Which directory of a host is where in which container."},
		{ID: Changes, Title: "Changed by hand", Note: "Files changed inside a container since it was created. They are lost when it is re-created."},
	}
	for i := range tables {
		header, rows := results.Table(tables[i].ID)
		tables[i].Header, tables[i].Groups = header[1:], byHost(rows)
	}
	return tables
}

// byHost groups rows by their first cell; hosts stand in the order of their first rows.
func byHost(rows [][]string) []group {
	var groups []group
	at := map[string]int{}
	for _, r := range rows {
		i, known := at[r[0]]
		if !known {
			i = len(groups)
			at[r[0]] = i
			groups = append(groups, group{Host: r[0]})
		}
		groups[i].Rows = append(groups[i].Rows, tableRow{Cells: r[1:], Search: strings.ToLower(strings.Join(r, " "))})
	}
	return groups
}

// byStep splits sorted runs where the step changes.
func byStep(runs []Run) [][]Run {
	var groups [][]Run
	for i, r := range runs {
		if i == 0 || title(r) != title(runs[i-1]) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

// title names a run's step.
func title(r Run) string {
	name := r.ConfigID
	switch {
	case r.Step != nil:
		name = fmt.Sprintf("Step %d", *r.Step)
	case name == "":
		name = "no step"
	}
	if r.State != "" && r.State != paunch.StatePresent {
		name += " (" + r.State + ")"
	}
	return name
}

func newStep(runs []Run) step {
	var whole span
	for _, r := range runs {
		whole = whole.join(r.span())
	}
	s := step{Title: title(runs[0]), Took: whole.to.Sub(whole.from)}
	for _, r := range runs {
		s.Runs = append(s.Runs, newHostRun(r, whole))
	}
	return s
}

func newHostRun(r Run, whole span) hostRun {
	h := hostRun{
		Host: r.Host, Msg: firstLine(r.Msg), Failed: r.Failed, Changed: r.Changed, Check: r.CheckMode,
		Took: millis(r.DurationMS), Warnings: r.Warnings, Bars: bars(r, r.Phases, whole),
	}
	for _, c := range r.Containers {
		h.Rows = append(h.Rows, newRow(r, c, whole))
	}
	return h
}

func newRow(r Run, c paunch.Container, whole span) row {
	out := row{
		Host: r.Host, Name: c.Name, RealName: c.RealName, Action: c.Action, Reason: c.Reason, Image: c.Image, Unit: c.Unit,
		State: c.State, Health: c.Health, Order: c.StartOrder, ExitCode: c.ExitCode, Error: c.Error,
		Took: millis(c.DurationMS), Phases: c.Phases, Bars: bars(r, c.Phases, whole), Streams: streams(c),
	}
	if len(out.Bars) == 0 && c.DurationMS > 0 {
		out.Bars = []bar{whole.place(c.Action, c.Action, r.began.Add(millis(c.BeginMS)), out.Took)}
	}
	out.Search = strings.ToLower(strings.Join([]string{r.Host, title(r), c.Name, c.Action, c.Reason, c.Image, c.Error}, " "))
	return out
}

// bars draws phases on a track.
func bars(r Run, phases []paunch.Phase, whole span) []bar {
	var out []bar
	for _, p := range phases {
		kind, _, _ := strings.Cut(p.Name, "_") // a wave's number is no kind
		label := fmt.Sprintf("%s %s", p.Name, millis(p.DurationMS))
		out = append(out, whole.place(kind, label, r.began.Add(millis(p.BeginMS)), millis(p.DurationMS)))
	}
	return out
}

func streams(c paunch.Container) []stream {
	var out []stream
	for _, s := range []stream{{"stdout", c.Stdout}, {"stderr", c.Stderr}, {"healthcheck", c.HealthOutput}} {
		if s.Text != "" {
			out = append(out, s)
		}
	}
	return out
}

// failures are the containers of a run that failed, or the run itself where none did.
func failures(r Run) []failure {
	var out []failure
	for _, c := range r.Containers {
		if c.Error != "" {
			out = append(out, failure{Host: r.Host, Step: title(r), Name: c.Name, Error: c.Error, Tail: streams(c)})
		}
	}
	if r.Failed && len(out) == 0 {
		out = append(out, failure{Host: r.Host, Step: title(r), Error: r.Msg})
	}
	return out
}

// slowest is the host that a step took longest on, and the container there that took longest.
func slowest(runs []Run) leg {
	last := slices.MaxFunc(runs, func(a, b Run) int { return a.span().to.Compare(b.span().to) })
	l := leg{Step: title(last), Host: last.Host, Took: millis(last.DurationMS)}
	for _, c := range last.Containers {
		if took := millis(c.DurationMS); took > l.ContainerTook {
			l.Container, l.ContainerTook = c.Name, took
		}
	}
	return l
}

func overview(runs []Run, hosts []string, whole span) []lane {
	var lanes []lane
	for _, host := range hosts {
		l := lane{Host: host}
		for _, r := range runs {
			if r.Host == host {
				kind := "step"
				if r.Failed {
					kind = "failed"
				}
				took := millis(r.DurationMS)
				l.Bars = append(l.Bars, whole.place(kind, fmt.Sprintf("%s: %s", title(r), took), r.began, took))
			}
		}
		lanes = append(lanes, l)
	}
	return lanes
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
