package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
)

// override replaces keys of the entries that each override names. One that names none is noted in r.unmatched.
func (r *reading) override(overrides map[string]map[string]any, patterns bool) {
	for _, name := range sortedKeys(overrides) {
		match, err := matcher(name, patterns)
		if err != nil {
			r.problems = append(r.problems, Problem{Key: "config_overrides", Text: err.Error()})
			continue
		}
		found := false
		for i, w := range r.entries {
			if match(w.name) {
				found = true
				r.entries[i].keys = overridden(w.keys, overrides[name])
			}
		}
		if !found && !r.isElsewhere(match) {
			r.unmatched = append(r.unmatched, fmt.Sprintf("override %q matches no container", name))
		}
	}
}

// matcher returns what an override's name means: one container, or as with edpm_container_manage those whose names
// begin with what a regular expression matches.
func matcher(name string, pattern bool) (func(string) bool, error) {
	if !pattern {
		return func(container string) bool { return container == name }, nil
	}
	re, err := regexp.Compile("^(?:" + name + ")")
	if err != nil {
		return nil, fmt.Errorf("invalid regular expression %q: %w (https://pkg.go.dev/regexp/syntax; there is no look-ahead)", name, err)
	}
	return re.MatchString, nil
}

// overridden returns an entry's keys with those of an override in; null takes a key away. A broken entry has none.
func overridden(keys, over map[string]any) map[string]any {
	if keys == nil {
		return nil
	}
	merged := maps.Clone(keys)
	for k, v := range over {
		if v == nil {
			delete(merged, k)
			continue
		}
		merged[k] = v
	}
	return merged
}

// selection keeps the containers that were asked for; the others are noted as excluded.
func (r *reading) selection(names []string, step *Step) []written {
	if len(names) == 0 {
		return r.entries
	}
	var selected []written
	for _, w := range r.entries {
		if slices.Contains(names, w.name) {
			selected = append(selected, w)
		} else {
			step.Excluded = append(step.Excluded, w.name)
		}
	}
	for _, name := range names {
		match := func(container string) bool { return container == name }
		here := slices.ContainsFunc(r.entries, func(w written) bool { return match(w.name) })
		if !here && !r.isElsewhere(match) {
			r.unmatched = append(r.unmatched, fmt.Sprintf("containers: %q is not in the config", name))
		}
	}
	return selected
}

// isElsewhere reports whether a container of another step matches: one set of arguments often serves all steps.
func (r *reading) isElsewhere(match func(string) bool) bool {
	return slices.ContainsFunc(r.elsewhere, match)
}

// noteElsewhere notes the names of the containers of all steps of a directory.
func (r *reading) noteElsewhere(top string, patterns []string) {
	names, err := r.tree.names(top)
	if err != nil {
		return // what a controller did not send is not known
	}
	for _, step := range names {
		if !stepName.MatchString(step) {
			continue
		}
		files, err := r.tree.names(filepath.Join(top, step))
		if err != nil {
			continue
		}
		for _, file := range files {
			if matches(file, patterns) {
				r.elsewhere = append(r.elsewhere, nameOf(file))
			}
		}
	}
}

// reportUnmatched warns about names and patterns that mean nothing; it refuses them where the request is strict. A
// config that has nothing for the step has its own warning.
func (r *reading) reportUnmatched(strict bool, step *Step) {
	if step.Unmatched {
		return
	}
	for _, text := range r.unmatched {
		if strict {
			r.problems = append(r.problems, Problem{Text: text})
			continue
		}
		step.Warnings = append(step.Warnings, text+"; ignored")
	}
}
