package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// listing is what a directory holds.
type listing struct {
	files  []string // paths of those that match the patterns
	others bool     // whether there are further files
	steps  []string // names of directories of one step each
}

// directory reads a directory of files, or that of the step in a directory of steps.
func (r *reading) directory(dir string, patterns []string) {
	l, err := r.list(dir, patterns)
	if err != nil {
		r.fail(dir, hostfile.Reason(err))
		return
	}
	step := fmt.Sprintf("step_%d", r.step)
	switch {
	case len(l.steps) > 0:
		r.noteElsewhere(dir, patterns)
	case stepName.MatchString(filepath.Base(dir)):
		r.noteElsewhere(filepath.Dir(dir), patterns)
	}
	switch {
	case len(l.steps) == 0:
		r.files(dir, patterns, l)
	case len(l.files) > 0:
		// One of both would be left out without a word, and its containers removed.
		r.fail(dir, fmt.Errorf("holds configs of containers beside %s: give the path of one step's directory", strings.Join(l.steps, ", ")))
	case r.step == NoStep:
		r.fail(dir, whichStep(l.steps))
	case !slices.Contains(l.steps, step):
		r.missing = missingStep(step, l.steps)
	default:
		dir = filepath.Join(dir, step)
		if l, err = r.list(dir, patterns); err != nil {
			r.fail(dir, hostfile.Reason(err))
			return
		}
		r.files(dir, patterns, l)
	}
}

// list looks at a directory.
func (r *reading) list(dir string, patterns []string) (listing, error) {
	var l listing
	names, err := r.tree.names(dir)
	if err != nil {
		return l, err
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		switch kind, _ := r.tree.kind(path); { // what cannot be looked at is reported when it is read
		case kind == TypeDirectory && stepName.MatchString(name):
			l.steps = append(l.steps, name)
		case kind == TypeDirectory:
		case matches(name, patterns):
			l.files = append(l.files, path)
		default:
			l.others = true
		}
	}
	return l, nil
}

// files reads one container per file, in the order of the file names.
func (r *reading) files(dir string, patterns []string, l listing) {
	switch {
	case len(l.files) > 0:
	case l.others:
		r.missing = fmt.Sprintf("no file in %s matches %s, though it has files", dir, strings.Join(patterns, " "))
	default:
		r.missing = dir + " is empty"
	}
	from := map[string]string{}
	r.quadlets(slices.DeleteFunc(slices.Clone(l.files), func(file string) bool { return !isQuadlet(file) }), from)
	for _, file := range l.files {
		if isQuadlet(file) {
			continue
		}
		o, ok := r.object(file)
		if !ok {
			continue
		}
		if _, wrapped := r.unwrap(o); !wrapped && onlySections(o) {
			r.mapping(file, o)
			continue
		}
		name, line := nameOf(file), 1
		var v any = o
		if inner, wrapped := r.unwrap(o); wrapped {
			name, v, line = inner, o.vals[inner], o.lines[inner]
		} else if !r.isEntry(o) && len(o.keys) > 1 && allMappings(o) {
			r.fail(file, fmt.Errorf("holds %d containers: a directory has one per file", len(o.keys)))
			continue
		}
		if r.once(name, file, from) {
			r.entry(name, file, v, line)
		}
	}
}

// once reports whether a container is not defined by an earlier file, too.
func (r *reading) once(name, file string, from map[string]string) bool {
	first, dup := from[name]
	if dup {
		r.problems = append(r.problems, Problem{Container: name, Text: fmt.Sprintf("is defined twice, in %s and in %s", first, file)})
		return false
	}
	from[name] = file
	return true
}

// matches reports whether a file is asked for. Hidden ones are left to patterns that name them: editors and copying
// tools write them.
func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := filepath.Match(p, name) // its only error is found by checkPatterns
		return ok && (name[0] != '.' || p[0] == '.')
	})
}

// checkPatterns finds what could match nothing.
func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if p == "" {
			return errors.New("a pattern is empty")
		}
		if _, err := filepath.Match(p, ""); err != nil {
			return fmt.Errorf("the pattern %q is malformed", p)
		}
	}
	return nil
}
