package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// Check finds option values that podman would refuse, all of them, before anything is touched. It
// reads no env or label files (config.CheckHost does). The error lists problems by key.
func Check(e config.Entry) error {
	if e.Kind == config.Exec {
		return nil
	}
	r := Request{Entry: e, Name: e.Name}
	var words []word
	for _, w := range r.words() {
		if w.flag != "env-file" && w.flag != "label-file" {
			words = append(words, w)
		}
	}
	if _, err := generate(words, r); err != nil {
		return explain(err, words, r)
	}
	return nil
}

// explain finds the keys that an error is about, since podman's libraries seldom name an option: each
// word is tried alone; where none fails alone, those without which the rest passes are named.
func explain(err error, words []word, r Request) error {
	bare := r
	bare.Entry.Command = nil
	if _, e := generate(nil, bare); e != nil {
		return config.Problem{Container: r.Entry.Name, File: r.Entry.File, Text: e.Error()}
	}
	problems := alone(words, bare)
	if len(problems) == 0 {
		problems = together(err, words, bare)
	}
	return config.Join(problems)
}

func alone(words []word, r Request) []config.Problem {
	var problems []config.Problem
	for _, w := range words {
		if _, err := generate([]word{w}, r); err != nil {
			problems = append(problems, problem(w, err, r))
		}
	}
	return problems
}

// together blames the keys of which any one, left out, lets the others pass.
func together(err error, words []word, r Request) []config.Problem {
	var blamed []word
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.key] || w.key == "" {
			continue
		}
		seen[w.key] = true
		if _, e := generate(without(words, w.key), r); e == nil {
			blamed = append(blamed, w)
		}
	}
	if len(blamed) == 0 {
		return []config.Problem{problem(word{}, err, r)}
	}
	p := problem(blamed[0], err, r)
	for _, w := range blamed[1:] {
		p.Text += fmt.Sprintf(", together with key %q", w.key)
	}
	return []config.Problem{p}
}

func without(words []word, key string) []word {
	var rest []word
	for _, w := range words {
		if w.key != key {
			rest = append(rest, w)
		}
	}
	return rest
}

// secretive tells a text of podman's that must not be repeated, since it may tell a secret: what it says of
// a variable or the like, and where it quotes the value of an option in which anything may stand.
func secretive(w word, text string) bool {
	switch w.flag {
	case "env", "env-merge", "label", "annotation":
		return true
	case "log-opt", "entrypoint", "health-cmd", "health-startup-cmd", "passwd-entry", "group-entry":
		quoted := strconv.Quote(w.value)
		return strings.Contains(text, w.value) || strings.Contains(text, quoted[1:len(quoted)-1])
	}
	return false
}

func problem(w word, err error, r Request) config.Problem {
	text := firstLine(err)
	if secretive(w, text) {
		text = "podman cannot read the value"
		if name, _, ok := cutPair(w.value); ok && name != "" && !strings.ContainsAny(name, " \t\n") {
			text += " of " + name
		}
	}
	return config.Problem{Container: r.Entry.Name, Key: w.key, File: r.Entry.File, Text: text}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func cutPair(s string) (name, value string, ok bool) {
	return strings.Cut(s, "=")
}
