package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/printable"
)

// shortestLine is the length from which a line of a secret of several lines is a secret itself: in a log's
// tail or a diff it may stand without the others. Shorter ones are too common, and tell too little.
const shortestLine = 8

// plain secrets look the same in every notation.
var plain = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)

// marker is what stands around a key or certificate in PEM, which is no secret.
var marker = regexp.MustCompile(`^-----(BEGIN|END) [A-Z0-9 ]+-----$`)

// allForms are the texts as which the secrets may appear, without repeats.
func allForms(secrets []string) []string {
	found := newSet()
	for _, s := range secrets {
		for _, f := range forms(s) {
			found.add(f)
		}
		if !strings.Contains(s, "\n") {
			continue
		}
		for _, line := range strings.Split(s, "\n") {
			if line = strings.TrimSpace(line); len(line) >= shortestLine && !marker.MatchString(line) {
				for _, f := range forms(line) {
					found.add(f)
				}
			}
		}
	}
	return found.values
}

// forms are a secret as it is and as it stands in quotes: Go's, JSON's with and without what is escaped for
// HTML or for ASCII, YAML's, a shell's and Python's, in a URL, and as a terminal shows it.
func forms(s string) []string {
	all := []string{s}
	if len(s) < shortest || plain.MatchString(s) {
		return all
	}
	all = append(all,
		inside(strconv.Quote(s)), inside(strconv.QuoteToASCII(s)),
		jsonForm(s, false), jsonForm(s, true), asciiJSON(s), yamlForm(s),
		strings.ReplaceAll(s, "'", "''"), shellForm(s), printable.Text(s),
		strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`),
		url.QueryEscape(s), url.PathEscape(s),
	)
	if trimmed := strings.TrimSpace(s); trimmed != s && len(trimmed) >= shortestLine {
		all = append(all, forms(trimmed)...) // logs and block scalars lose what is around
	}
	return all
}

// shellForm is what a shell's word has between its outer quotes.
func shellForm(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(printable.ShellWord(s), "'"), "'")
}

// inside drops the quotes around a text.
func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

func jsonForm(s string, html bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	if err := encoder.Encode(s); err != nil {
		return s
	}
	return inside(strings.TrimSuffix(b.String(), "\n"))
}

// asciiJSON is JSON as Python writes it: nothing but ASCII.
func asciiJSON(s string) string {
	var b strings.Builder
	for _, r := range jsonForm(s, false) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// yamlForm is what YAML puts between quotes; a text that needs none stands as it is.
func yamlForm(s string) string {
	text, err := yaml.Marshal(s)
	quoted := strings.TrimSuffix(string(text), "\n")
	if err != nil || len(quoted) < 2 || (quoted[0] != '"' && quoted[0] != '\'') {
		return s
	}
	return inside(quoted)
}
