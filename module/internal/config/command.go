package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"
)

// commandWords is an entrypoint: a string is one word, as with podman; a list is passed as JSON. An
// empty string takes the image's entrypoint away.
func commandWords(v any) ([]string, error) {
	if l, ok := v.([]any); ok {
		return jsonWords(l)
	}
	return text1(v)
}

func jsonWords(l []any) ([]string, error) {
	words := make([]string, 0, len(l))
	for i, e := range l {
		s, err := word(e)
		if err != nil {
			return nil, fmt.Errorf("element %d %w", i+1, err)
		}
		words = append(words, s)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(words); err != nil {
		return nil, err
	}
	return []string{strings.TrimSpace(b.String())}, nil
}

// healthTest is a string for the shell, or a list in compose's form: CMD, CMD-SHELL or NONE first.
func healthTest(v any) ([]string, error) {
	if l, ok := v.([]any); ok {
		if !hasTest(l) {
			return nil, nil
		}
		return jsonWords(l)
	}
	if s, ok := v.(string); ok && strings.TrimSpace(s) == "" {
		return nil, nil
	}
	return anyText(v)
}

// hasTest reports whether a list has more to run than the words that say how.
func hasTest(l []any) bool {
	return slices.ContainsFunc(l, func(e any) bool {
		s, isString := e.(string)
		return e != nil && (!isString || strings.TrimSpace(s) != "" && s != "CMD" && s != "CMD-SHELL")
	})
}

// words splits a command string as a shell would, without expanding anything; a list is taken as it
// stands.
func words(v any) ([]string, error) {
	l, ok := v.([]any)
	if !ok {
		s, err := text(v)
		if err != nil {
			return nil, fmt.Errorf("must be a list or a string, not %s", kindOf(v))
		}
		all, err := shellquote.Split(s)
		if err != nil {
			return nil, fmt.Errorf("has unbalanced quotes: %w", err)
		}
		return all, nil
	}
	all := make([]string, 0, len(l))
	for i, e := range l {
		s, err := word(e)
		if err != nil {
			return nil, fmt.Errorf("element %d %w", i+1, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// word is one word of a command. Null is the empty word that older Ansible left of an empty template.
func word(e any) (string, error) {
	if e == nil {
		return "", nil
	}
	return text(e)
}
