package config

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/many"
)

// Problem is one thing that is wrong with a config: where it stands and what it is.
type Problem struct {
	Container string // "" when it concerns the config as a whole
	Key       string // "" when it concerns the whole entry
	File      string // "" for an inline config
	Line      int    // of the file; 0 when unknown
	Text      string // never holds a value that may be secret
	// Missing tells of a file or directory that does not exist, and may well be when a real run comes to it:
	// whoever deploys makes it first.
	Missing bool
}

// Error renders the problem as one line.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Container != "" {
		fmt.Fprintf(&b, "container %q: ", shortened(p.Container))
	}
	if p.Key != "" {
		fmt.Fprintf(&b, "key %q: ", p.Key)
	}
	b.WriteString(p.Text)
	switch {
	case p.File != "" && p.Line > 0:
		fmt.Fprintf(&b, " (%s:%d)", p.File, p.Line)
	case p.File != "":
		fmt.Fprintf(&b, " (%s)", p.File)
	}
	return b.String()
}

// shortened keeps a name that is no name from filling the message.
func shortened(name string) string {
	const longest = 2 * longestName
	if len(name) <= longest {
		return name
	}
	return strings.ToValidUTF8(name[:longest], "") + "..."
}

// Join makes one error of many problems, a line for each; nil when there is none.
func Join(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return many.Join(errs...)
}

// Problems takes apart what this package, or package spec, returned as an error. An error that is no
// problem of a config comes back as one that only has a text.
func Problems(err error) []Problem {
	if err == nil {
		return nil
	}
	var several many.Errors
	if errors.As(err, &several) {
		var all []Problem
		for _, e := range several {
			all = append(all, Problems(e)...)
		}
		return all
	}
	var p Problem
	if errors.As(err, &p) {
		return []Problem{p}
	}
	return []Problem{{Text: err.Error()}}
}

// SplitMissing takes what is only missing out of an error of CheckHost, for a check before the first run. Each
// file is one warning, whatever the number of containers that want it. The rest is nil when nothing else is
// wrong.
func SplitMissing(err error) (warnings []string, rest error) {
	var others []Problem
	var texts []string
	wantedBy := map[string][]string{}
	for _, p := range Problems(err) {
		if !p.Missing {
			others = append(others, p)
			continue
		}
		if wantedBy[p.Text] == nil {
			texts = append(texts, p.Text)
		}
		if names := wantedBy[p.Text]; !slices.Contains(names, p.Container) {
			wantedBy[p.Text] = append(names, p.Container)
		}
	}
	for _, text := range texts {
		warnings = append(warnings, fmt.Sprintf("%s: a run would fail unless it is there by then (wanted by %s)", text, strings.Join(wantedBy[text], ", ")))
	}
	return warnings, Join(others)
}

// sortProblems orders by container and key, so that a message does not depend on map order.
func sortProblems(ps []Problem) {
	sort.SliceStable(ps, func(i, j int) bool {
		if ps[i].Container != ps[j].Container {
			return ps[i].Container < ps[j].Container
		}
		return ps[i].Key < ps[j].Key
	})
}
