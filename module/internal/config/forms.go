package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"
)

// form turns the value of a key into the values of podman's flag, in any of the spellings that
// configs use. No value at all means that the option is not set.
type form func(v any) ([]string, error)

// scalarText takes one scalar. An empty string is what templates leave of an unset variable.
func scalarText(v any) ([]string, error) {
	s, err := text(v)
	if err != nil || s == "" {
		return nil, err
	}
	return []string{s}, nil
}

func boolean(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	b, err := truth(v)
	if err != nil {
		return nil, err
	}
	return text1(b)
}

func text1(v any) ([]string, error) {
	s, err := text(v)
	return []string{s}, err
}

// list takes a list or one scalar, and drops empty strings.
func list(v any) ([]string, error) {
	elements, ok := v.([]any)
	if !ok {
		elements = []any{v}
	}
	var all []string
	for i, e := range elements {
		s, err := text(e)
		if err != nil && !ok {
			return nil, fmt.Errorf("must be a list or a string, not %s", kindOf(v))
		}
		if err != nil {
			return nil, fmt.Errorf("element %d %w", i+1, err)
		}
		if s != "" {
			all = append(all, s)
		}
	}
	return all, nil
}

// pairs takes a mapping, a list of name=value or one such string. A mapping is sorted by name.
func pairs(v any) ([]string, error) { return joined(v, "=") }

func joined(v any, sep string) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		all, err := list(v)
		if err != nil {
			return nil, err
		}
		return lastWins(all, sep), nil
	}
	all := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		if k == "" || strings.Contains(k, sep) {
			return nil, fmt.Errorf("%q is no valid name", k)
		}
		s := ""
		if m[k] != nil {
			var err error
			if s, err = text(m[k]); err != nil {
				return nil, fmt.Errorf("the value of %q %w", k, err)
			}
		}
		all = append(all, k+sep+s)
	}
	return all, nil
}

// lastWins keeps the last of several pairs of one name, sorted by name: order has no meaning there,
// and must not make a difference.
func lastWins(all []string, sep string) []string {
	byName := make(map[string]string, len(all))
	for _, p := range all {
		name, _, _ := strings.Cut(p, sep)
		byName[name] = p
	}
	kept := make([]string, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		kept = append(kept, byName[name])
	}
	return kept
}

// environment is like pairs, but a name without a value is inherited.
func environment(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		all, err := list(v)
		if err != nil {
			return nil, err
		}
		all = lastWins(all, "=")
		for _, p := range all {
			name, _, _ := strings.Cut(p, "=")
			if err := variableName(name); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	all := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		if err := variableName(k); err != nil {
			return nil, err
		}
		if m[k] == nil {
			all = append(all, k)
			continue
		}
		s, err := text(m[k])
		if err != nil {
			return nil, fmt.Errorf("the value of %q %w", k, err)
		}
		all = append(all, k+"="+s)
	}
	return all, nil
}

func variableName(name string) error {
	switch {
	case name == "":
		return errors.New("a variable needs a name")
	case strings.ContainsAny(name, "= \t\n"):
		return errors.New("the name of a variable holds a blank or an equals sign")
	}
	return nil
}

// reserved are the labels by which a step knows its containers.
var reserved = [...]string{"managed_by", "config_id", "container_name", "config_data"}

func labels(v any) ([]string, error) {
	all, err := pairs(v)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		name, _, _ := strings.Cut(p, "=")
		if err := labelName(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func labelName(name string) error {
	if name == "" {
		return errors.New("a label needs a name")
	}
	if slices.Contains(reserved[:], name) {
		return fmt.Errorf("the label %q is the step's own", name)
	}
	return nil
}

// hosts takes name:address pairs; a mapping of them may hold several addresses of a name.
func hosts(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return list(v)
	}
	var all []string
	for _, k := range sortedKeys(m) {
		addresses, err := list(m[k])
		if err != nil {
			return nil, fmt.Errorf("the address of %q %w", k, err)
		}
		for _, a := range addresses {
			all = append(all, k+":"+a)
		}
	}
	return all, nil
}

// networks takes names and modes; a mapping gives each network its options.
func networks(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return list(v)
	}
	var all []string
	for _, name := range sortedKeys(m) {
		opts, isMap := m[name].(map[string]any)
		if m[name] != nil && !isMap {
			return nil, fmt.Errorf("the options of network %q must be a mapping", name)
		}
		var words []string
		for _, k := range sortedKeys(opts) {
			values, err := list(opts[k])
			if err != nil {
				return nil, fmt.Errorf("option %q of network %q %w", k, name, err)
			}
			for _, s := range values {
				words = append(words, k+"="+s)
			}
		}
		if len(words) > 0 {
			name += ":" + strings.Join(words, ",")
		}
		all = append(all, name)
	}
	return all, nil
}

func tmpfs(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return list(v)
	}
	var all []string
	for _, dir := range sortedKeys(m) {
		opts, err := list(m[dir])
		if m[dir] != nil && err != nil {
			return nil, fmt.Errorf("the options of %q %w", dir, err)
		}
		if len(opts) > 0 {
			dir += ":" + strings.Join(opts, ",")
		}
		all = append(all, dir)
	}
	return all, nil
}

// volumes drops empty strings and repeated mounts; two sources for one destination are an error.
func volumes(v any) ([]string, error) {
	all, err := list(v)
	if err != nil {
		return nil, err
	}
	var kept []string
	byDest := map[string]string{}
	for _, vol := range all {
		dest := destination(vol)
		first, seen := byDest[dest]
		switch {
		case !seen:
			byDest[dest] = vol
			kept = append(kept, vol)
		case first != vol:
			return nil, fmt.Errorf("%q and %q have the same destination", first, vol)
		}
	}
	return kept, nil
}

func destination(vol string) string {
	parts := strings.Split(vol, ":")
	if len(parts) == 1 {
		return path.Clean(vol)
	}
	return path.Clean(parts[1])
}

// ulimits takes "nofile=1024:2048", lists of them, or a mapping (compose: soft and hard by name).
func ulimits(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return list(v)
	}
	var all []string
	for _, name := range sortedKeys(m) {
		limits, ok := m[name].(map[string]any)
		if !ok {
			s, err := text(m[name])
			if err != nil {
				return nil, fmt.Errorf("the limit %q %w", name, err)
			}
			all = append(all, name+"="+s)
			continue
		}
		soft, err1 := text(limits["soft"])
		hard, err2 := text(limits["hard"])
		if err := errors.Join(err1, err2); err != nil || len(limits) != 2 {
			return nil, fmt.Errorf(`the limit %q needs "soft" and "hard"`, name)
		}
		all = append(all, name+"="+soft+":"+hard)
	}
	return all, nil
}

// seconds takes a duration and gives whole seconds, rounded up.
func seconds(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	d, err := duration(v)
	if err != nil {
		return nil, err
	}
	return text1(wholeSeconds(d))
}

// span takes a duration and gives it in the spelling that podman reads.
func span(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	d, err := duration(v)
	if err != nil {
		return nil, err
	}
	return []string{d.String()}, nil
}

// interval is a span, or "disable" for a check that nothing but a person runs.
func interval(v any) ([]string, error) {
	if v == "disable" {
		return []string{"disable"}, nil
	}
	values, err := span(v)
	if err == nil && len(values) == 1 && values[0] == time.Duration(0).String() {
		return []string{"disable"}, nil
	}
	return values, err
}

// cpuset knows "all", by which paunch's users say that nothing is to be set.
func cpuset(v any) ([]string, error) {
	if v == "all" {
		return nil, nil
	}
	return scalarText(v)
}

func podName(v any) ([]string, error) {
	values, err := scalarText(v)
	if err == nil && len(values) == 1 && strings.HasPrefix(values[0], "new:") {
		return nil, errors.New("a step makes no pods: join one that exists")
	}
	return values, err
}

func logTag(v any) ([]string, error) {
	values, err := scalarText(v)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return []string{"tag=" + values[0]}, nil
}

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
		s, err := text(e)
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
		if len(l) == 0 {
			return nil, nil
		}
		return jsonWords(l)
	}
	return scalarText(v)
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
		s, err := text(e)
		if err != nil {
			return nil, fmt.Errorf("element %d %w", i+1, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func snake(flag string) string { return strings.ReplaceAll(flag, "-", "_") }
