package redact

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Raw looks for secrets in the text of a config before it is known to be one, so that the error about a broken
// config does not tell them. It finds too much rather than too little.
func (r Rules) Raw(text string) []string {
	c := r.collector()
	r.lines(text, c.found)
	for _, s := range shapes(text) {
		c.found.add(text[s.from:s.to])
	}
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err == nil { // JSON is YAML
		c.values("", v)
	}
	return c.found.values
}

// RawValue does the same for a config that came as values.
func (r Rules) RawValue(v any) []string {
	c := r.collector()
	c.values("", v)
	return c.found.values
}

var (
	// nameSign is a name before its value, whatever the notation: NAME: value, "NAME": "value", NAME=value.
	nameSign = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[:=]\s*`)
	// flag is a flag before its value: --name value, "--name", "value".
	flag = regexp.MustCompile(`(--?[A-Za-z][A-Za-z0-9_.-]*)["']?,?\s+`)
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
		for _, pattern := range []*regexp.Regexp{nameSign, flag} {
			for _, m := range pattern.FindAllStringSubmatchIndex(line, -1) {
				name := line[m[2]:m[3]]
				value := line[m[1]:min(m[1]+longestRaw, len(line))]
				if g := r.grade(name); g == noName || g == doubtful && !looksRandom(token.FindString(strings.TrimLeft(value, `"'`))) {
					continue
				}
				written(value, found)
				if isBlock(value) {
					block(all[i:], found)
				}
			}
		}
		c := collector{rules: r, found: found}
		c.text(line, true)
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
	end := closingQuote(value)
	add(value[1:end])
	var plainText string
	if yaml.Unmarshal([]byte(value[:min(end+1, len(value))]), &plainText) == nil {
		add(plainText)
	}
}

// closingQuote is where the quote that a text begins with ends; the text's end where it does not.
func closingQuote(s string) int {
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
