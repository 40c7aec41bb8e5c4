package redact

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Raw looks for secrets in the text of a config before it is known to be one, so that the error about a broken
// config does not tell them. It finds too much rather than too little.
func (r Rules) Raw(text string) []string {
	found := newSet()
	r.lines(text, found)
	for _, m := range privateKey.FindAllStringSubmatch(text, -1) {
		found.add(m[2])
	}
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err == nil { // JSON is YAML
		r.values("", v, found)
	}
	return found.values
}

// RawValue does the same for a config that came as values.
func (r Rules) RawValue(v any) []string {
	found := newSet()
	r.values("", v, found)
	return found.values
}

// values walks a decoded config: what stands under a sensitive name is a secret, and so is what looks like
// one elsewhere. A mapping begins anew: its own name is often a container's, such as keystone_token_flush.
func (r Rules) values(name string, v any, found *set) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			r.values(k, e, found)
			r.collect(k, found)
		}
	case map[any]any:
		for k, e := range v {
			r.values(fmt.Sprint(k), e, found)
		}
	case []any:
		words := make([]string, 0, len(v))
		for _, e := range v {
			r.values(name, e, found)
			words = append(words, fmt.Sprint(e))
		}
		r.collectWords(words, found)
	case nil, bool:
	default:
		s := fmt.Sprint(v)
		if r.Sensitive(name) {
			found.add(s)
		}
		r.lines(s, found)
	}
}

var (
	// named is a name before its value, whatever the notation: NAME: value, "NAME": "value", NAME=value.
	named = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[:=]\s*`)
	// flagged is a flag before its value: --name value, "--name", "value".
	flagged = regexp.MustCompile(`(--?[A-Za-z][A-Za-z0-9_.-]*)["']?,?\s+`)
	// below is the begin of a mapping: what stands there has names of its own.
	below = regexp.MustCompile(`^\s*(- )?["']?[A-Za-z_][A-Za-z0-9_. -]*["']?\s*:(\s|$)`)
)

// token ends where no notation goes on.
var token = regexp.MustCompile(`^[^\s"',{}\[\]]+`)

// shortestRaw is the length below which a text that is only guessed to be a secret is let be: most are words
// of the config itself.
const shortestRaw = 4

// longestRaw bounds how far a guessed value goes on its line.
const longestRaw = 4096

// lines looks at a text line by line: it need not be of any form.
func (r Rules) lines(text string, found *set) {
	all := strings.Split(text, "\n")
	for i, line := range all {
		for _, pattern := range []*regexp.Regexp{named, flagged} {
			for _, m := range pattern.FindAllStringSubmatchIndex(line, -1) {
				if !r.Sensitive(line[m[2]:m[3]]) {
					continue
				}
				value := line[m[1]:min(m[1]+longestRaw, len(line))]
				written(value, found)
				if isBlock(value) {
					block(all[i:], found)
				}
			}
		}
		r.collect(line, found)
	}
}

// written adds what a value may be: what its quotes hold, its first word, the whole of it.
func written(value string, found *set) {
	value = strings.TrimSpace(value)
	add := func(s string) {
		if len(s) >= shortestRaw {
			found.add(s)
		}
	}
	add(token.FindString(strings.TrimLeft(value, `"'`)))
	if value == "" || strings.ContainsRune("{[", rune(value[0])) {
		return
	}
	if value[0] != '"' && value[0] != '\'' {
		add(value)
		add(strings.TrimRight(value, "\"',}] \t"))
		return
	}
	end := closing(value)
	add(value[1:end])
	var plainText string
	if yaml.Unmarshal([]byte(value[:min(end+1, len(value))]), &plainText) == nil {
		add(plainText)
	}
}

// closing is where the quote that a text begins with ends; the text's end where it does not.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[0] == '"' && s[i] == '\\', s[0] == '\'' && strings.HasPrefix(s[i:], "''"):
			i++
		case s[i] == s[0]:
			return i
		}
	}
	return len(s)
}

// isBlock tells the begin of a block scalar, or of a value that stands on the next lines.
func isBlock(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || value[0] == '|' || value[0] == '>' || value[0] == '#'
}

// block adds the lines below the first that are indented deeper, unless they are a mapping.
func block(lines []string, found *set) {
	depth := indent(lines[0])
	if len(lines) > 1 && below.MatchString(lines[1]) {
		return
	}
	for _, line := range lines[1:] {
		text := strings.TrimSpace(line)
		if text != "" && indent(line) <= depth {
			return
		}
		text = strings.TrimSpace(strings.TrimPrefix(text, "- "))
		if len(text) >= shortestRaw && !marker.MatchString(text) {
			found.add(text)
		}
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t-")) }
