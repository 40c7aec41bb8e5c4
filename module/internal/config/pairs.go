package config

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pairs takes a mapping, a list of name=value or one such string. A mapping is sorted by name.
func pairs(v any) ([]string, error) { return joined(v, "=") }

func joined(v any, sep string) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		all, err := pairList(v)
		if err != nil {
			return nil, err
		}
		return lastWins(all, sep), nil
	}
	all := make([]string, 0, len(m))
	for _, k := range sortedKeys(m) {
		if k == "" || strings.Contains(k, sep) { // not quoted: what follows the sign may be secret
			return nil, fmt.Errorf("a name must not be empty, nor hold %q", sep)
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

// pairList takes a list of NAME=value or one such string. A number or bool where a mapping is expected is more
// likely a mistake than a name.
func pairList(v any) ([]string, error) {
	elements, ok := v.([]any)
	if !ok {
		if _, isString := v.(string); !isString {
			return nil, fmt.Errorf("expected a mapping or a list of NAME=value, not %s", kindOf(v))
		}
	}
	for i, e := range elements {
		if _, isString := e.(string); !isString && e != nil {
			return nil, fmt.Errorf("element %d: expected NAME=value, not %s", i+1, kindOf(e))
		}
	}
	return list(v)
}

// setPairs are pairs in which a null is an absent one: an empty value would set something.
func setPairs(v any) ([]string, error) {
	if m, ok := v.(map[string]any); ok {
		v = withoutNulls(m)
	}
	return pairs(v)
}

func withoutNulls(m map[string]any) map[string]any {
	set := make(map[string]any, len(m))
	for k, v := range m {
		if v != nil {
			set[k] = v
		}
	}
	return set
}

// commaPairs are the pairs of an option that podman splits at commas, although its values may hold some. A
// value with commas or quotes is quoted for that. In a list or string, what follows a comma is a pair of
// its own where it has a name, as with podman; else it belongs to the value.
func commaPairs(v any) ([]string, error) {
	_, isMapping := v.(map[string]any)
	all, err := setPairs(v)
	if err != nil {
		return nil, err
	}
	for i, p := range all {
		if isMapping || !splitsIntoPairs(p) {
			all[i] = commaQuoted(p)
		}
	}
	return all, nil
}

func splitsIntoPairs(s string) bool {
	return !slices.ContainsFunc(strings.Split(s, ","), func(p string) bool { return !strings.Contains(p, "=") })
}

// commaQuoted writes a value as a field of comma-separated values, in which podman reads it back as it was.
func commaQuoted(s string) string {
	if !strings.ContainsAny(s, ",\"\n\r") || isCommaQuoted(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// isCommaQuoted reports whether a value is quoted like that already, as a person would on a command line.
func isCommaQuoted(s string) bool {
	if !strings.HasPrefix(s, `"`) {
		return false
	}
	fields, err := csv.NewReader(strings.NewReader(s)).Read()
	return err == nil && len(fields) == 1
}

// logOptions are pairs; max_size is how podman_container spells podman's max-size.
func logOptions(v any) ([]string, error) {
	all, err := setPairs(v)
	for i, p := range all {
		all[i] = logOption(p)
	}
	return lastWins(all, "="), err
}

func logOption(p string) string {
	if size, ok := strings.CutPrefix(p, "max_size="); ok {
		return "max-size=" + size
	}
	return p
}

func nameOfPair(p string) string {
	name, _, _ := strings.Cut(p, "=")
	return name
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
		all, err := pairList(v)
		if err != nil {
			return nil, err
		}
		all = inheritedLast(all)
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

// inheritedLast keeps the last value of each name, sorted, and a bare name after it where that comes later: the
// bare one only counts where the variable is set when the container is created.
func inheritedLast(all []string) []string {
	if slices.ContainsFunc(all, func(p string) bool { return strings.HasSuffix(nameOfPair(p), "*") }) {
		return all // a pattern: which names it matches, and so what wins over what, is not known here
	}
	valued, bare := map[string]string{}, map[string]bool{}
	for _, p := range all {
		name, _, hasValue := strings.Cut(p, "=")
		if hasValue {
			valued[name] = p
		}
		bare[name] = !hasValue
	}
	var kept []string
	for _, name := range sortedKeys(bare) {
		if p, ok := valued[name]; ok {
			kept = append(kept, p)
		}
		if bare[name] {
			kept = append(kept, name)
		}
	}
	return kept
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
	if ReservedLabel(name) {
		return reservedError(name)
	}
	return nil
}

// hosts takes name:address pairs; a mapping of them may hold several addresses of a name.
func hosts(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return names(v)
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
		return names(v)
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
		return names(v)
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

// ulimits takes "nofile=1024:2048", lists of them, or a mapping (compose: soft and hard by name).
func ulimits(v any) ([]string, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return names(v)
	}
	var all []string
	m = withoutNulls(m)
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
