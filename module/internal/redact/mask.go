package redact

import (
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// Mask stands where a secret stood.
const Mask = "********"

// Masker replaces known secrets, and what looks like one, in text that leaves the program.
type Masker struct {
	rules    Rules
	replacer *strings.Replacer
	// short secrets are too common as text to be replaced inside longer words.
	short map[string]*regexp.Regexp
}

// shortest is the length below which a secret is masked only where it stands as a word of its own.
const shortest = 4

// common values stand in too many innocent places to be masked wherever they appear; under their
// sensitive name they are still masked.
var common = map[string]bool{"true": true, "false": true, "none": true, "null": true, "yes": true, "no": true}

// NewMasker masks these secrets, in every form that they are seen in. Longer ones first, so that one that
// contains another is masked whole.
func NewMasker(rules Rules, secrets []string) *Masker {
	m := &Masker{rules: rules, short: map[string]*regexp.Regexp{}}
	sorted := allForms(secrets)
	sort.Slice(sorted, func(i, j int) bool {
		if len(sorted[i]) != len(sorted[j]) {
			return len(sorted[i]) > len(sorted[j])
		}
		return sorted[i] < sorted[j]
	})
	var pairs []string
	for _, s := range sorted {
		switch {
		case s == "" || common[strings.ToLower(s)]:
		case len(s) < shortest && utf8.ValidString(s):
			m.short[s] = regexp.MustCompile(`(^|[\s=:'"])` + regexp.QuoteMeta(s) + `($|[\s'",;&])`)
		default:
			pairs = append(pairs, s, Mask)
		}
	}
	m.replacer = strings.NewReplacer(pairs...)
	return m
}

// Text masks free text: log tails, messages, diffs.
func (m *Masker) Text(text string) string {
	if m == nil || text == "" {
		return text
	}
	text = m.replacer.Replace(text)
	text = privateKey.ReplaceAllString(text, "${1}"+Mask+"${3}")
	for _, re := range m.short {
		text = re.ReplaceAllString(text, "${1}"+Mask+"${2}")
	}
	text = maskUserinfo(text)
	text = m.maskPattern(text, assignment)
	return m.maskPattern(text, spacedFlag)
}

// spacedFlag is only the long form: "-p value" in a log line is too often something else.
var spacedFlag = regexp.MustCompile(`(--[A-Za-z][A-Za-z0-9_.-]*)\s+("[^"]*"|'[^']*'|[^\s"';&|-][^\s"';&|]*)`)

// maskUserinfo masks the password of every URL, known or not.
func maskUserinfo(text string) string {
	return userinfo.ReplaceAllStringFunc(text, func(match string) string {
		groups := userinfo.FindStringSubmatchIndex(match)
		return match[:groups[2]] + Mask + match[groups[3]:]
	})
}

// maskPattern masks the value of each sensitive NAME=value that the pattern finds.
func (m *Masker) maskPattern(text string, pattern *regexp.Regexp) string {
	return pattern.ReplaceAllStringFunc(text, func(match string) string {
		groups := pattern.FindStringSubmatchIndex(match)
		if !m.rules.Sensitive(match[groups[2]:groups[3]]) {
			return match
		}
		return match[:groups[4]] + Mask
	})
}

// Words masks a command line word by word.
func (m *Masker) Words(words []string) []string {
	if m == nil {
		return words
	}
	secret := map[string]bool{}
	for _, s := range m.rules.SecretWords(words) {
		secret[s] = true
	}
	out := make([]string, len(words))
	for i, w := range words {
		if secret[w] {
			out[i] = Mask
			continue
		}
		out[i] = m.Value(w)
	}
	return out
}

// Value masks one option value such as NAME=value; a value under a sensitive name is masked as a whole.
func (m *Masker) Value(value string) string {
	bare := strings.TrimPrefix(strings.TrimPrefix(value, "--env="), "--label=")
	prefix := value[:len(value)-len(bare)]
	if name, v, ok := strings.Cut(bare, "="); ok && v != "" && !strings.ContainsAny(name, " \t\n") && m.rules.Sensitive(name) {
		return prefix + name + "=" + Mask
	}
	return m.Text(value)
}

// All masks each string of a list.
func (m *Masker) All(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = m.Text(t)
	}
	return out
}
