package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxFileSize = 64 << 20
	maxDepth    = 64 // of nested mappings and lists; real configs have 5
)

// object is a mapping as it was written: in order and with line numbers. Its values are objects,
// lists and scalars; numbers keep their text, since a umask of 0022 is not 18.
type object struct {
	keys  []string
	vals  map[string]any
	lines map[string]int
}

func newObject() *object {
	return &object{vals: map[string]any{}, lines: map[string]int{}}
}

// set adds a key, and refuses a second one of the same name.
func (o *object) set(key string, v any, line int) error {
	if _, ok := o.vals[key]; ok {
		return &syntaxError{Line: line, Text: fmt.Sprintf("duplicate key %q (first in line %d)", key, o.lines[key])}
	}
	o.keys = append(o.keys, key)
	o.vals[key] = v
	o.lines[key] = line
	return nil
}

// syntaxError is what a parser found wrong, and where.
type syntaxError struct {
	Line int // 0 when unknown
	Text string
}

func (e *syntaxError) Error() string { return e.Text }

// parse reads one JSON or YAML document. JSON goes to a JSON parser first, since YAML parsers trip
// over tabs, escaped slashes and surrogate pairs; what is no JSON may still be YAML in flow style.
func parse(data []byte, file string) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, &syntaxError{Line: lineAt(data, firstInvalid(data)), Text: "is not valid UTF-8"}
	}
	if !looksLikeJSON(data, file) {
		return parseYAML(data)
	}
	v, jsonErr := parseJSON(data)
	if jsonErr == nil || errors.Is(jsonErr, errFinal) {
		return v, jsonErr
	}
	if v, err := parseYAML(data); err == nil {
		return v, nil
	}
	return nil, jsonErr
}

func looksLikeJSON(data []byte, file string) bool {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		return false
	}
	return strings.EqualFold(filepath.Ext(file), ".json") || trimmed[0] == '{' || trimmed[0] == '['
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

func lineAt(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(offset, len(data))], []byte("\n"))
}

// plain turns objects into maps, for keys whose order and position no longer matter.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		m := make(map[string]any, len(v.keys))
		for k, e := range v.vals {
			m[k] = plain(e)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = plain(e)
		}
		return l
	}
	return v
}

// normal brings what Go callers and YAML decoders hand over to the few types that decoding knows.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return mapNormal(v)
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[fmt.Sprint(k)] = normal(e)
		}
		return m
	case map[string]string:
		return mapNormal(v)
	case []any:
		return listNormal(v)
	case []string:
		return listNormal(v)
	case []int:
		return listNormal(v)
	case *object:
		return plain(v)
	}
	return v
}

func mapNormal[V any](in map[string]V) map[string]any {
	m := make(map[string]any, len(in))
	for k, e := range in {
		m[k] = normal(e)
	}
	return m
}

func listNormal[V any](in []V) []any {
	l := make([]any, len(in))
	for i, e := range in {
		l[i] = normal(e)
	}
	return l
}

// ordered makes an object of a map whose order is lost.
func ordered(m map[string]any) *object {
	o := newObject()
	for _, k := range sortedKeys(m) {
		o.keys = append(o.keys, k)
		o.vals[k] = m[k]
	}
	return o
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
