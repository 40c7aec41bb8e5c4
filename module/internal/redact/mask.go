package redact

import (
	"slices"
	"strings"
)

// Mask is what a secret is replaced by.
const Mask = "********"

// Elided is put where a text was cut inside of a line. What is left there of a secret is masked too.
const Elided = "[...]"

// Masker replaces known secrets, and what looks like one, in text that leaves the program. The zero value and
// nil know only what secrets look like. It is safe for parallel use.
type Masker struct {
	rules Rules
	known *known
}

// NewMasker masks these secrets in every form in which they can be written.
func NewMasker(rules Rules, k Known) *Masker { return &Masker{rules: rules, known: newKnown(k)} }

// Text masks free text: log tails, messages, diffs. It takes time in proportion to the text.
func (m *Masker) Text(text string) string {
	if text == "" {
		return text
	}
	if m == nil {
		m = &Masker{}
	}
	spans := append(m.known.find(text), shapes(text)...)
	for _, guesses := range credentialURLs(text) {
		spans = append(spans, guesses[0])
	}
	return cover(text, append(spans, m.prose(text)...))
}

// prose finds names with values in free text.
func (m *Masker) prose(text string) []span {
	var spans []span
	grades := map[string]grade{}
	wanted := func(name string) bool {
		g, ok := grades[name]
		if !ok {
			g = m.rules.grade(name)
			grades[name] = g
		}
		return g > noName
	}
	pairs(text, wanted, func(p pair) bool {
		value := p.value(text)
		said := p.sign == ':' && !p.quoted || p.sign == ' ' && len(p.name) > 1 && p.name[1] != '-'
		if isReference(value) || !m.rules.secretValue(p.name, value, true) || said && !looksRandom(value) {
			return false
		}
		spans = append(spans, span{p.from, p.to})
		return true
	})
	return spans
}

// cover puts the mask over parts of a text.
func cover(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	done := 0
	for _, s := range merge(spans) {
		b.WriteString(text[done:s.from])
		b.WriteString(Mask)
		done = s.to
	}
	return b.String() + text[done:]
}

// Words masks a command line word by word. Options of podman's are looked into: --env=NAME=value.
func (m *Masker) Words(words []string) []string {
	if m == nil {
		m = &Masker{}
	}
	c := m.rules.collector()
	c.argv(words)
	for _, w := range words {
		if flag, value, ok := option(w); ok {
			c.option(flag, []string{value})
		}
	}
	out := make([]string, len(words))
	for i, spans := range m.spans(words, c.found.values) {
		out[i] = cover(words[i], spans)
	}
	return out
}

// option takes --flag=value apart.
func option(word string) (flag, value string, ok bool) {
	if !strings.HasPrefix(word, "--") {
		return "", "", false
	}
	return strings.Cut(word[2:], "=")
}

// Find returns where secrets are in the values that a record has under one key, each as [from, to).
func (m *Masker) Find(key string, values []string) [][][2]int {
	if m == nil {
		m = &Masker{}
	}
	out := make([][][2]int, len(values))
	for i, spans := range m.spans(values, m.rules.Record(key, values)) {
		for _, s := range spans {
			out[i] = append(out[i], [2]int{s.from, s.to})
		}
	}
	return out
}

// Values masks what a record has under one key.
func (m *Masker) Values(key string, values []string) []string {
	out := slices.Clone(values)
	for i, found := range m.Find(key, values) {
		var spans []span
		for _, s := range found {
			spans = append(spans, span{s[0], s[1]})
		}
		out[i] = cover(values[i], spans)
	}
	return out
}

// spans finds the secrets of a run, and those that the rules found here. The latter may be short or common words:
// they count where they are words of their own, and inside of others only where they are nowhere else.
func (m *Masker) spans(values, local []string) [][]span {
	var distinct []needle
	var plain []string
	for _, s := range local {
		if anywhere, _ := distinctive(s); anywhere {
			distinct = append(distinct, needle{text: s})
		} else if strings.Trim(s, "*") != "" {
			plain = append(plain, s)
		}
	}
	here := newScanner(distinct)
	out := make([][]span, len(values))
	for i, v := range values {
		out[i] = append(m.known.find(v), here.find(v)...)
	}
	for _, s := range plain {
		one := newScanner([]needle{{s, true}})
		if !addAll(out, values, one) {
			addAll(out, values, newScanner([]needle{{s, false}}))
		}
	}
	for i := range out {
		out[i] = merge(out[i])
	}
	return out
}

// addAll adds what a scanner finds, and reports whether there was anything.
func addAll(out [][]span, values []string, s *scanner) bool {
	any := false
	for i, v := range values {
		found := s.find(v)
		out[i] = append(out[i], found...)
		any = any || len(found) > 0
	}
	return any
}
