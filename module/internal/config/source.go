package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// written is one entry as it was written.
type written struct {
	name  string
	file  string
	line  int            // of the name; 0 when unknown
	keys  map[string]any // nil when broken
	lines map[string]int // of the keys
}

// reading collects what the sources hold, and everything that is wrong with them.
type reading struct {
	step    int
	table   map[string]Key
	tree    fileTree
	entries []written
	// sections are the resources that stand beside the containers.
	sections []writtenSection
	// missing says why the config has nothing about the step, as one without a file that matches; "" when it has
	// something, or an explicit empty mapping.
	missing string
	// elsewhere are the names of containers of other steps, as far as they are known.
	elsewhere []string
	// unmatched says which overrides and selected containers match nothing.
	unmatched []string
	problems  []Problem
	warnings  []Problem // of files that are not in the form of a step config
	// dialectWarnings are about words of another tool that have no effect.
	dialectWarnings []string
}

func (r *reading) fail(file string, err error) {
	p := Problem{File: file, Text: err.Error()}
	var syn *syntaxError
	if errors.As(err, &syn) {
		p.Line, p.Text = syn.Line, syn.Text
	}
	r.problems = append(r.problems, p)
}

func (r *reading) inline(m map[string]any) {
	all, _ := normal(m).(map[string]any)
	r.mapping("", ordered(all))
}

func (r *reading) path(path string, patterns []string) {
	kind, err := r.tree.kind(path)
	switch {
	case err != nil:
		r.fail("", fmt.Errorf("read the config: %w", err))
	case kind == TypeDirectory:
		r.directory(path, patterns)
	case isQuadlet(path):
		r.quadlets([]string{path}, map[string]string{})
	default:
		r.file(path)
	}
}

// file reads a file that holds a whole config, or, as with paunch, one container named after it.
func (r *reading) file(path string) {
	o, ok := r.object(path)
	if !ok {
		return
	}
	if r.isEntry(o) {
		r.entry(nameOf(path), path, o, 1)
		return
	}
	r.mapping(path, o)
}

// object reads a file that must hold a mapping.
func (r *reading) object(path string) (*object, bool) {
	data, err := r.tree.text(path)
	if err != nil {
		r.fail(path, hostfile.Reason(err))
		return nil, false
	}
	if bytes.HasPrefix(data, []byte("$ANSIBLE_VAULT;")) {
		r.fail(path, errors.New("is encrypted by Ansible's vault, which is not opened here: decrypt it on the host, or let Ansible read it (remote_src: false)"))
		return nil, false
	}
	v, err := parse(data, path)
	if err != nil {
		r.fail(path, err)
		return nil, false
	}
	o, ok := v.(*object)
	switch {
	case v == nil:
		// An empty file is more often a write that was cut short than a wish to remove everything.
		r.fail(path, errors.New("is empty: write {} for a config without containers"))
	case !ok:
		r.fail(path, fmt.Errorf("must hold a mapping, not %s", kindOf(v)))
	}
	return o, ok
}

// mapping reads container name -> keys, directly or below step_N.
func (r *reading) mapping(file string, o *object) {
	if isMerged(o) {
		if r.step == NoStep {
			r.fail(file, whichStep(o.keys))
			return
		}
		for _, step := range o.keys {
			r.elsewhere = append(r.elsewhere, namesOf(o.vals[step])...)
		}
		key := fmt.Sprintf("step_%d", r.step)
		switch step := o.vals[key].(type) {
		case nil:
			r.missing = missingStep(key, o.keys)
			return
		case *object:
			o = step
		case map[string]any:
			o = ordered(step)
		default:
			r.fail(file, &syntaxError{Line: o.lines[key], Text: fmt.Sprintf("%s must hold a mapping, not %s", key, kindOf(step))})
			return
		}
	}
	for _, name := range o.keys {
		if isSection(name, o.vals[name]) {
			r.section(name, file, o.vals[name], o.lines[name])
			continue
		}
		r.entry(name, file, o.vals[name], o.lines[name])
	}
}

// stepName matches the key, and the directory, of one step among several.
var stepName = regexp.MustCompile(`^step_\d+$`)

// isMerged reports whether a file has one mapping per step.
func isMerged(o *object) bool {
	return len(o.keys) > 0 && !slices.ContainsFunc(o.keys, func(k string) bool { return !stepName.MatchString(k) })
}

// namesOf returns the keys of a mapping as it was read or as it was given inline; nil where it is none.
func namesOf(v any) []string {
	switch v := v.(type) {
	case *object:
		return v.keys
	case map[string]any:
		return sortedKeys(v)
	}
	return nil
}

// whichStep is the error about a config of several steps where none is asked for.
func whichStep(has []string) error {
	return fmt.Errorf("holds %s: set step (--step) to one of them", strings.Join(has, ", "))
}

// missingStep is the sentence about a step that a config of several has no containers for.
func missingStep(step string, has []string) string {
	if slices.Contains(has, step) {
		return step + " has no value in the config"
	}
	return fmt.Sprintf("no %s in the config, which has %s", step, strings.Join(has, ", "))
}

// entry notes one container, once.
func (r *reading) entry(name, file string, v any, line int) {
	w := written{name: name, file: file, line: line}
	switch v := v.(type) {
	case *object:
		w.keys, _ = plain(v).(map[string]any)
		w.lines = v.lines
	case map[string]any:
		w.keys = v
	case nil:
		r.problems = append(r.problems, Problem{Container: name, File: file, Line: line, Text: "has no keys"})
	default:
		text := fmt.Sprintf("must be a mapping of keys, not %s", kindOf(v))
		if _, known := r.table[name]; known {
			text += ": is this the config of one container, without its name?"
		}
		r.problems = append(r.problems, Problem{Container: name, File: file, Line: line, Text: text})
	}
	r.entries = append(r.entries, w)
}

func nameOf(file string) string {
	base := filepath.Base(file)
	return strings.TrimPrefix(strings.TrimSuffix(base, filepath.Ext(base)), "hashed-")
}

// isEntry tells the keys of one container from a mapping of containers: one of them is a known key
// and has a value that no container could have, and none could be a container. The second holds off
// a mapping of containers that was badly indented.
func (r *reading) isEntry(o *object) bool {
	found := false
	for _, k := range o.keys {
		_, known := r.table[k]
		_, isMapping := o.vals[k].(*object)
		mayBeContainer := isMapping || o.vals[k] == nil
		if !known && mayBeContainer {
			return false
		}
		found = found || known && !mayBeContainer
	}
	return found
}

// unwrap tells {name: {keys}} from {keys}. A single key that holds a mapping can hardly be the only
// key of a container, which would have no image; it is one where its name is that of a key and
// nothing below it says otherwise.
func (r *reading) unwrap(o *object) (name string, ok bool) {
	if len(o.keys) != 1 {
		return "", false
	}
	name = o.keys[0]
	inner, isMapping := o.vals[name].(*object)
	if !isMapping {
		return "", false
	}
	if _, known := r.table[name]; !known {
		return name, true
	}
	_, hasImage := inner.vals["image"]
	_, hasAction := inner.vals["action"]
	return name, hasImage || hasAction
}

func allMappings(o *object) bool {
	for _, v := range o.vals {
		if _, ok := v.(*object); !ok {
			return false
		}
	}
	return true
}
