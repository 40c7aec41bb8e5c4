package redact

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/overcloud/paunch/module/internal/config"
)

// Rules tell which names stand for secrets. The zero value knows the built-in words.
type Rules struct {
	extra []string
}

// NewRules adds words to the built-in ones; a name that contains one of them, in any case, is sensitive.
func NewRules(extra []string) Rules {
	r := Rules{}
	for _, word := range extra {
		if word = fold(word); word != "" {
			r.extra = append(r.extra, word)
		}
	}
	return r
}

// anywhere are words that make a name sensitive wherever they stand in it; asPart only as a part of
// its own ("SSH_KEY", "apiKey"), because "monkey" and "keystone" are no secrets.
var (
	anywhere = []string{"password", "passwd", "passphrase", "secret", "token", "cookie", "credential"}
	asPart   = map[string]bool{
		"pass": true, "pwd": true, "key": true, "keys": true, "apikey": true, "sshkey": true,
		"privatekey": true, "psk": true,
	}
)

// Sensitive tells whether a variable, flag or key of this name holds a secret.
func (r Rules) Sensitive(name string) bool {
	folded := fold(name)
	for _, word := range anywhere {
		if strings.Contains(folded, word) {
			return true
		}
	}
	for _, word := range r.extra {
		if strings.Contains(folded, word) {
			return true
		}
	}
	for _, part := range parts(name) {
		if asPart[part] {
			return true
		}
	}
	return false
}

// fold lowers a name and drops what separates its words.
func fold(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == '.' || unicode.IsSpace(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
}

// parts splits a name at separators and at camel-case borders.
func parts(name string) []string {
	var out []string
	var part []rune
	flush := func() {
		if len(part) > 0 {
			out = append(out, strings.ToLower(string(part)))
			part = nil
		}
	}
	lower := false
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			flush()
			lower = false
			continue
		}
		if unicode.IsUpper(c) && lower {
			flush()
		}
		lower = unicode.IsLower(c)
		part = append(part, c)
	}
	flush()
	return out
}

// notSecret are option flags whose values are names or references, not secrets, whatever they are called.
var notSecret = map[string]bool{"secret": true, "env-file": true, "label-file": true, "network": true, "volume": true, "mount": true}

var (
	// assignment is NAME=value or --name=value inside a shell line; spaced is "--name value".
	assignment = regexp.MustCompile(`(-{0,2}[A-Za-z_][A-Za-z0-9_.-]*)=("[^"]*"|'[^']*'|[^\s"';&|]+)`)
	spaced     = regexp.MustCompile(`(--?[A-Za-z][A-Za-z0-9_.-]*)\s+("[^"]*"|'[^']*'|[^\s"';&|-][^\s"';&|]*)`)
	// privateKey is one in PEM, as a text or escaped, also one that was cut off.
	privateKey = regexp.MustCompile(`(?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)(.*?)(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`)
	userinfo   = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:([^\s/@]+)@`)
)

// Secrets returns the secret values of an entry, in no particular order, without repeats.
func (r Rules) Secrets(e config.Entry) []string {
	found := newSet()
	for _, o := range e.Options {
		if notSecret[o.Flag] {
			continue
		}
		for _, v := range o.Values {
			r.collect(v, found)
		}
	}
	for _, v := range e.ExecEnv {
		r.collect(v, found)
	}
	r.collectWords(e.Command, found)
	for _, v := range e.SystemdExecFlags {
		r.collect(v, found)
	}
	return found.values
}

// SecretWords returns the secrets of one command line.
func (r Rules) SecretWords(words []string) []string {
	found := newSet()
	r.collectWords(words, found)
	return found.values
}

// collectWords looks at a command: a sensitive flag's value may be the next word.
func (r Rules) collectWords(words []string, found *set) {
	for i, word := range words {
		r.collect(word, found)
		isFlag := strings.HasPrefix(word, "-") && !strings.ContainsAny(word, "= ")
		if isFlag && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") && r.Sensitive(word) {
			found.add(words[i+1])
		}
	}
}

// collect looks at one value: NAME=value as a whole, a shell line, a URL, a private key.
func (r Rules) collect(value string, found *set) {
	if name, v, ok := strings.Cut(value, "="); ok && r.Sensitive(name) && !strings.ContainsAny(name, " \t\n") {
		found.add(v)
	}
	for _, m := range userinfo.FindAllStringSubmatch(value, -1) {
		found.add(m[1])
	}
	if !strings.ContainsAny(value, " \t\n") {
		return
	}
	for _, m := range privateKey.FindAllStringSubmatch(value, -1) {
		found.add(strings.TrimSpace(m[2]))
	}
	for _, pattern := range []*regexp.Regexp{assignment, spaced} {
		for _, m := range pattern.FindAllStringSubmatch(value, -1) {
			if r.Sensitive(m[1]) {
				found.add(strings.Trim(m[2], `"'`))
			}
		}
	}
}

type set struct {
	seen   map[string]bool
	values []string
}

func newSet() *set { return &set{seen: map[string]bool{}} }

func (s *set) add(v string) {
	if v == "" || s.seen[v] {
		return
	}
	s.seen[v] = true
	s.values = append(s.values, v)
}
