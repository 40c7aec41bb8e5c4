package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	step     int
	table    map[string]Key
	entries  []written
	warnings []string
	// unmatched tells that a directory has files, and none that the patterns ask for.
	unmatched bool
	problems  []Problem
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
	info, err := os.Stat(path)
	switch {
	case err != nil:
		r.fail("", fmt.Errorf("read the config: %w", err))
	case info.IsDir():
		r.directory(path, patterns)
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
	data, err := readRegular(path)
	if err != nil {
		r.fail(path, err)
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

// readRegular refuses what would block or never end, such as pipes and devices.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("is larger than %d MiB", maxFileSize>>20)
	}
	return data, nil
}

// reason drops the path from an error whose message names the file already.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("cannot be read: %w", pe.Err)
	}
	return err
}

// mapping reads container name -> keys, directly or below step_N.
func (r *reading) mapping(file string, o *object) {
	if isMerged(o) {
		key := fmt.Sprintf("step_%d", r.step)
		switch step := o.vals[key].(type) {
		case nil:
			r.unmatched = true
			r.warnings = append(r.warnings, fmt.Sprintf("there is no %s in the config, which has %s: nothing is removed; write %s: {} to remove what is there", key, strings.Join(o.keys, ", "), key))
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
		r.entry(name, file, o.vals[name], o.lines[name])
	}
}

// isMerged tells a file with one mapping per step.
func isMerged(o *object) bool {
	step := regexp.MustCompile(`^step_\d+$`)
	return len(o.keys) > 0 && !slices.ContainsFunc(o.keys, func(k string) bool { return !step.MatchString(k) })
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

// directory reads one container per file, in the order of the file names.
func (r *reading) directory(dir string, patterns []string) {
	files, others, err := matching(dir, patterns)
	if err != nil {
		r.fail(dir, err)
		return
	}
	switch r.unmatched = len(files) == 0; {
	case r.unmatched && others:
		r.warnings = append(r.warnings, fmt.Sprintf("no file in %s matches %s, though it has files: nothing is removed", dir, strings.Join(patterns, " ")))
	case r.unmatched:
		r.warnings = append(r.warnings, fmt.Sprintf("%s is empty: nothing is removed; to remove a step's containers use state: absent, or an empty config ({})", dir))
	}
	from := map[string]string{}
	for _, file := range files {
		o, ok := r.object(file)
		if !ok {
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
		if first, dup := from[name]; dup {
			r.problems = append(r.problems, Problem{Container: name, Text: fmt.Sprintf("is defined twice, in %s and in %s", first, file)})
			continue
		}
		from[name] = file
		r.entry(name, file, v, line)
	}
}

// matching returns the files that match, and whether there are others.
func matching(dir string, patterns []string) (files []string, others bool, err error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, false, reason(err)
	}
	for _, e := range list {
		ok, err := matches(e.Name(), patterns)
		if err != nil {
			return nil, false, err
		}
		file := filepath.Join(dir, e.Name())
		info, err := os.Stat(file)
		switch isFile := err != nil || !info.IsDir(); {
		case isFile && ok:
			files = append(files, file) // what cannot be looked at is reported when it is read
		case isFile:
			others = true
		}
	}
	return files, others, nil
}

// matches leaves hidden files to patterns that ask for them: editors and copying tools write them.
func matches(name string, patterns []string) (bool, error) {
	for _, p := range patterns {
		ok, err := filepath.Match(p, name)
		if err != nil {
			return false, fmt.Errorf("the pattern %q is malformed", p)
		}
		if ok && (name[0] != '.' || p[0] == '.') {
			return true, nil
		}
	}
	return false, nil
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
