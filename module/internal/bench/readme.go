package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Around the part of the README that quotes a run.
const (
	quoteBegin = "<!-- written by make bench -->\n"
	quoteEnd   = "<!-- end of what make bench writes -->\n"
)

// quoteIn puts the results that most readers look for into a page, between its two marks.
func (r results) quoteIn(path, page string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), quoteBegin)
	_, after, ended := strings.Cut(rest, quoteEnd)
	if !found || !ended {
		return fmt.Errorf("%s: the marks %q and %q are missing", path, strings.TrimSpace(quoteBegin), strings.TrimSpace(quoteEnd))
	}
	return os.WriteFile(path, []byte(before+quoteBegin+r.quote(page)+quoteEnd+after), 0o644)
}

// quote is what was measured of the largest size, as a list.
func (r results) quote(page string) string {
	sizes := r.sizes()
	if len(sizes) == 0 {
		return ""
	}
	size := slices.Max(sizes)
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "[docs/%s.md](docs/%s.md), %d containers, %s, %d cores, Podman %s; with `settle: 0`, as the others do not wait either:\n\n| | seconds | of others, in the same rounds |\n|---|---|---|\n",
		page, page, size, r.Machine.Date, r.Machine.Cores, r.Machine.Podman)
	for _, s := range steps {
		lines := r.lines(size, s)
		base := r.ours(lines)
		if base == nil {
			continue
		}
		var others []string
		for _, l := range lines {
			if l.Peer != ours && !strings.HasPrefix(l.Peer, "paunch,") {
				others = append(others, fmt.Sprintf("%s %s times", l.Peer, significant(ratios(l.Wall, base.Wall).Median)))
			}
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s |\n", s, significant(spreadOf(base.Wall).Median), strings.Join(others, ", "))
	}
	return b.String()
}
