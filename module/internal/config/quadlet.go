package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/internal/quadlet"
)

// isQuadlet reports whether a file defines a container as a unit of Quadlet.
func isQuadlet(path string) bool { return filepath.Ext(path) == quadlet.Extension }

// quadlets reads the .container files of one directory, with the files beside them that they may refer to.
func (r *reading) quadlets(paths []string, from map[string]string) {
	if len(paths) == 0 {
		return
	}
	var files []quadlet.File
	for _, path := range append(paths, r.companions(filepath.Dir(paths[0]))...) {
		text, ok := r.unitText(path)
		if !ok {
			continue
		}
		absolute := filepath.Join(dirOf(path), filepath.Base(path))
		files = append(files, quadlet.File{Path: absolute, Text: text, Dropins: r.dropins(path)})
	}
	found := quadlet.Convert(files)
	r.quadletResources(found.Resources)
	for _, w := range found.Warnings {
		r.warnings = append(r.warnings, Problem{Container: w.Container, File: w.File, Line: w.Line, Text: w.Text})
	}
	broken := map[string]bool{}
	for _, p := range found.Problems {
		broken[p.File] = true
		r.problems = append(r.problems, Problem{Container: p.Container, File: p.File, Line: p.Line, Text: p.Text})
	}
	for _, c := range found.Containers {
		w := written{name: c.Name, file: c.File, keys: r.quadletKeys(c)}
		if broken[c.File] {
			w.keys = nil
		}
		if r.once(c.Name, c.File, from) {
			r.entries = append(r.entries, w)
		}
	}
}

// quadletResources declares the volumes and networks of a directory of units, as the sections of a config would.
func (r *reading) quadletResources(found []quadlet.Resource) {
	for _, res := range found {
		r.section(res.Section, res.File, map[string]any{res.Name: res.Keys}, 0)
	}
}

// companions are the files of a directory that .container files may refer to.
func (r *reading) companions(dir string) []string {
	names, err := r.tree.names(dir)
	if err != nil {
		r.fail(dir, hostfile.Reason(err))
	}
	var paths []string
	for _, name := range names {
		if path := filepath.Join(dir, name); quadlet.Companion(name) && name[0] != '.' {
			if kind, _ := r.tree.kind(path); kind == TypeFile {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

func (r *reading) unitText(path string) (string, bool) {
	data, err := r.tree.text(path)
	if err != nil {
		r.fail(path, hostfile.Reason(err))
		return "", false
	}
	if at := firstInvalid(data); at < len(data) {
		r.fail(path, &syntaxError{Line: lineAt(data, at), Text: "is not valid UTF-8"})
		return "", false
	}
	return string(data), true
}

// dropins are the files that Quadlet merges into one, the general ones first.
func (r *reading) dropins(path string) []quadlet.File {
	var all []quadlet.File
	for _, dir := range []string{filepath.Join(filepath.Dir(path), strings.TrimPrefix(filepath.Ext(path), ".")+".d"), path + ".d"} {
		names, err := r.tree.names(dir)
		if err != nil {
			continue // there is none
		}
		for _, name := range names {
			if filepath.Ext(name) != ".conf" {
				continue
			}
			if text, ok := r.unitText(filepath.Join(dir, name)); ok {
				all = append(all, quadlet.File{Path: filepath.Join(dir, name), Text: text})
			}
		}
	}
	return all
}

// quadletKeys writes a container of Quadlet with the keys of a step config: each option of podman run under the first
// name that it has here.
func (r *reading) quadletKeys(c quadlet.Container) map[string]any {
	keys := map[string]any{"image": c.Image}
	if len(c.Command) > 0 {
		keys["command"] = anyList(c.Command)
	}
	byFlag := flagKeys()
	for _, o := range c.Options {
		key, known := byFlag[o.Flag]
		if why := r.noKey(o.Flag, known); why != "" {
			r.problems = append(r.problems, Problem{Container: c.Name, File: c.File, Text: fmt.Sprintf("--%s %s", o.Flag, why)})
			continue
		}
		if list, _ := keys[key].([]any); quadlet.Repeated(o.Flag) {
			keys[key] = append(list, o.Value)
		} else {
			keys[key] = o.Value
		}
	}
	for key, v := range c.Keys {
		keys[key] = v
	}
	return keys
}

// noKey says why an option of podman has no key in a step config; "" where it has one.
func (r *reading) noKey(flag string, known bool) string {
	if known {
		return ""
	}
	if k := r.table[snake(flag)]; k.Refused != "" {
		return "cannot be set: " + k.Refused
	}
	return "is an option without a key in a step config"
}

// flagKeys returns the first key of each option of podman.
func flagKeys() map[string]string {
	byFlag := map[string]string{}
	for _, k := range Keys() {
		if k.Flag != "" && k.Refused == "" && byFlag[k.Flag] == "" {
			byFlag[k.Flag] = k.Name
		}
	}
	return byFlag
}

func anyList(texts []string) []any {
	all := make([]any, len(texts))
	for i, s := range texts {
		all[i] = s
	}
	return all
}
