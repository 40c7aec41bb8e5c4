package redact

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/printable"
)

// Known are the secrets of a run.
type Known struct {
	// Found are secrets by the rules. One that is a common word or very short is masked under its name only.
	Found []string
	// Told are secrets that an operator named as such: they are masked wherever they appear, whatever they are.
	Told []string
	// Names are of containers and the like, without which no result could be read; they are not masked
	// even where a found secret is the same.
	Names []string
}

// shortestLine is the length from which a line of a secret of several lines is a secret itself: in a log's
// tail or a diff it may stand without the others. Shorter ones are too common, and tell too little.
const shortestLine = 8

// marker is what stands around a key or certificate in PEM, which is no secret.
var marker = regexp.MustCompile(`^-----(BEGIN|END) [A-Z0-9 ]+-----$`)

// needles are the texts to look for.
func (k Known) needles() []needle {
	names := map[string]bool{}
	for _, n := range k.Names {
		names[n] = true
	}
	seen := map[string]bool{}
	var all []needle
	add := func(s string, bounded bool) {
		for _, form := range forms(s) {
			if !seen[form] && !strings.Contains(Mask, form) {
				seen[form] = true
				all = append(all, needle{form, bounded})
			}
		}
	}
	for _, s := range k.Told {
		for _, part := range linesOf(s) {
			add(part, len(part) < shortest)
		}
	}
	for _, s := range k.Found {
		for _, part := range linesOf(s) {
			if anywhere, bounded := distinctive(part); anywhere && !names[part] {
				add(part, bounded)
			}
		}
	}
	return all
}

// linesOf returns a secret and, where it has several lines, those that are secrets themselves.
func linesOf(s string) []string {
	all := []string{s}
	if trimmed := strings.TrimSpace(s); trimmed != s && len(trimmed) >= shortestLine {
		all = append(all, trimmed) // logs and block scalars lose what is around
	}
	if !strings.Contains(s, "\n") {
		return all
	}
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); len(line) >= shortestLine && !marker.MatchString(line) {
			all = append(all, line)
		}
	}
	return all
}

// forms are a secret as it is, and as it stands in those kinds of quotes that cannot be taken off a text in
// which nobody knows where they begin: a shell's and YAML's single ones, and a query's plus signs.
func forms(s string) []string {
	all := []string{s}
	if !printable.Safe(s) {
		all = append(all, strings.Trim(printable.ShellWord(s), "'"), printable.Text(s))
	}
	if strings.Contains(s, "'") {
		all = append(all, strings.ReplaceAll(s, "'", "''"), strings.ReplaceAll(s, "'", `'\''`), strings.ReplaceAll(s, "'", `'"'"'`))
	}
	if strings.Contains(s, " ") {
		all = append(all, url.QueryEscape(s), strings.ReplaceAll(s, " ", "+"))
	}
	if strings.ContainsAny(s, "\u0085\u2028\u2029") {
		all = append(all, yamlForm(s)) // which takes these for ends of lines
	}
	return all
}

// yamlForm is what YAML writes for a text, without quotes around it.
func yamlForm(s string) string {
	text, err := yaml.Marshal(s)
	if err != nil {
		return s
	}
	return strings.Trim(strings.TrimSuffix(string(text), "\n"), `"'`)
}

// known is what is looked for in every text that leaves.
type known struct {
	scanner *scanner
	needles []needle
	least   int // the length of the shortest
}

func newKnown(k Known) *known {
	needles := k.needles()
	out := &known{scanner: newScanner(needles), needles: needles}
	for _, n := range needles {
		if out.least == 0 || len(n.text) < out.least {
			out.least = len(n.text)
		}
	}
	return out
}

// find returns where secrets are in a text, as they are and in every form in which they can be written.
func (k *known) find(text string) []span {
	if k == nil || len(k.needles) == 0 {
		return nil
	}
	found := k.cuts(text)
	if len(text) < k.least {
		return merge(found)
	}
	found = append(found, k.escaped(text)...)
	for _, encoding := range []struct {
		kind, least int
		texts       func(string) []string
	}{
		{ofBase64, k.least * 4 / 3, base64Texts},
		{ofHex, k.least * 2, hexTexts},
	} {
		runs(text, encoding.kind, encoding.least, func(from, to int) {
			for _, meaning := range encoding.texts(text[from:to]) {
				if k.has(meaning) {
					found = append(found, span{from, to})
					return
				}
			}
		})
	}
	for _, at := range pairsOfDigits.FindAllStringIndex(text, -1) {
		for _, meaning := range hexTexts(dropSeparators.Replace(text[at[0]:at[1]])) {
			if k.has(meaning) {
				found = append(found, span{at[0], at[1]})
			}
		}
	}
	return merge(found)
}

// pairsOfDigits are bytes as od prints them.
var (
	pairsOfDigits  = regexp.MustCompile(`(?:[0-9a-fA-F]{2}[ :]){3,}[0-9a-fA-F]{2}`)
	dropSeparators = strings.NewReplacer(" ", "", ":", "")
)

// has reports whether decoded bytes hold a secret. Only what can be read is looked into further: the other
// three guesses at where bytes begin are noise.
func (k *known) has(meaning string) bool {
	if len(k.scanner.find(meaning)) > 0 {
		return true
	}
	return isText(meaning) && len(k.escaped(meaning)) > 0
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

// escaped finds secrets as they are, and behind escapes.
func (k *known) escaped(text string) []span {
	found := k.scanner.find(text)
	for _, chain := range chains {
		if strings.IndexByte(text, chain[0].trigger) < 0 {
			continue
		}
		inner, ok := undecoded(text), true
		for _, step := range chain {
			if inner, ok = step.decode(inner); !ok {
				break
			}
		}
		if !ok {
			continue
		}
		for _, s := range k.scanner.find(inner.text) {
			found = append(found, span{inner.at[s.from], inner.at[s.to]})
		}
	}
	return found
}

// cuts returns the parts of secrets that are left beside the marks of a cut.
func (k *known) cuts(text string) []span {
	var found []span
	for at := 0; ; {
		i := strings.Index(text[at:], Elided)
		if i < 0 {
			return found
		}
		before, after := at+i, at+i+len(Elided)
		head, tail := 0, 0
		for _, n := range k.needles {
			rest := len(n.text) - 1
			tail = max(tail, overlap(n.text[1:], text[after:min(len(text), after+rest)]))
			head = max(head, overlap(text[max(0, before-rest):before], n.text[:rest]))
		}
		found = append(found, span{before - head, before}, span{after, after + tail})
		at = after
	}
}

// overlap returns the length of the longest end of a that is a beginning of b, in linear time.
func overlap(a, b string) int {
	joined := b + "\x00" + a
	border := make([]int, len(joined))
	for i := 1; i < len(joined); i++ {
		n := border[i-1]
		for n > 0 && joined[i] != joined[n] {
			n = border[n-1]
		}
		if joined[i] == joined[n] {
			n++
		}
		border[i] = min(n, len(b))
	}
	if len(joined) == 0 {
		return 0
	}
	return border[len(joined)-1]
}
