package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// word is one term to avoid.
type word struct {
	avoid   string // as the glossary spells it
	say     string
	pattern *regexp.Regexp
}

// finding is one use of a term to avoid.
type finding struct {
	path string
	line int
	word word
	text string // the passage that it was found in
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %q: say %s (%s)", f.path, f.line, f.word.avoid, f.word.say, clip(f.text))
}

// clip shortens a passage to what fits on a line.
func clip(text string) string {
	const longest = 80
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longest {
		return text[:longest] + "…"
	}
	return text
}

// heading begins the table that parseGlossary reads.
const heading = "## Words to avoid"

// row is one line of the table: the terms in backticks, then what to say.
var (
	row    = regexp.MustCompile("^\\| *(`[^|]*`) *\\| *([^|]+?) *\\|")
	quoted = regexp.MustCompile("`([^`]+)`")
)

// parseGlossary returns the terms of the table "Words to avoid". A cell may hold several; a term that ends in *
// also matches longer words.
func parseGlossary(text string) ([]word, error) {
	_, table, found := strings.Cut(text, heading)
	if !found {
		return nil, fmt.Errorf("no section %q", heading)
	}
	var words []word
	for _, line := range strings.Split(table, "\n") {
		if strings.HasPrefix(line, "## ") {
			break
		}
		cells := row.FindStringSubmatch(line)
		if cells == nil {
			continue
		}
		for _, term := range quoted.FindAllStringSubmatch(cells[1], -1) {
			words = append(words, word{avoid: term[1], say: cells[2], pattern: patternOf(term[1])})
		}
	}
	if len(words) == 0 {
		return nil, errors.New("the table lists no words")
	}
	return words, nil
}

// patternOf matches a term as whole words in any case, over line breaks.
func patternOf(term string) *regexp.Regexp {
	open := strings.HasSuffix(term, "*")
	parts := strings.Fields(strings.TrimSuffix(term, "*"))
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	expr := `(?i)\b` + strings.Join(parts, `[\s/#*]+`)
	if open {
		expr += `\w*`
	}
	return regexp.MustCompile(expr + `\b`)
}

// match finds the terms in the passages of one file, at most one finding per term and passage.
func match(path string, passages []passage, words []word) []finding {
	var found []finding
	for _, p := range passages {
		for _, w := range words {
			at := w.pattern.FindStringIndex(p.text)
			if at == nil {
				continue
			}
			line := p.line + strings.Count(p.text[:at[0]], "\n")
			found = append(found, finding{path: path, line: line, word: w, text: p.text[max(0, at[0]-20):]})
		}
	}
	return found
}
