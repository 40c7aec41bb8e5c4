package config

import (
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
		all, err := list(v)
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

// reserved returns the labels by which a step knows its containers.
func reserved() []string {
	return []string{"managed_by", "config_id", "container_name", "config_data"}
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
	if slices.Contains(reserved(), name) {
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
