package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// errRelative is about a relative path that has nothing to be relative to.
var errRelative = errors.New("a relative path needs a config file, whose directory it is relative to: this config is inline; write an absolute path")

// Absolute returns the value of an option with its path on the host made absolute: relative ones are below
// dir, the directory of the config file, as with compose. They never follow the directory that the program
// was started in. An empty dir is that of an inline config, in which a relative path is an error.
func Absolute(flag, value, dir string) (string, error) {
	prefix, path, suffix := splitPath(flag, value)
	if path == "" || filepath.IsAbs(path) {
		return value, nil
	}
	if dir == "" {
		return "", errRelative
	}
	return prefix + filepath.Join(dir, path) + suffix, nil
}

// splitPath finds the path on the host in the value of an option; it is empty where there is none.
func splitPath(flag, v string) (prefix, path, suffix string) {
	switch flag {
	case "env-file", "label-file", "init-path":
		return "", v, ""
	case "hosts-file":
		if v != "none" && v != "image" {
			return "", v, ""
		}
	case "volume":
		if src, dest, found := strings.Cut(v, ":"); found && isDotted(src) {
			return "", src, ":" + dest
		}
	case "device":
		if src, rest, _ := strings.Cut(v, ":"); isDotted(src) {
			return "", src, v[len(v)-len(rest)-min(1, len(rest)):]
		}
	case "mount":
		return splitMount(v)
	case "log-opt":
		return cutPath(v, "path=")
	case "security-opt":
		if _, path, _ := cutPath(v, "seccomp="); path != "unconfined" && path != "image" {
			return cutPath(v, "seccomp=")
		}
	case "health-log-destination", "network", "pid", "ipc", "uts", "userns", "cgroupns":
		return dottedPath(v)
	}
	return "", "", ""
}

func cutPath(v, prefix string) (string, string, string) {
	if path, ok := strings.CutPrefix(v, prefix); ok {
		return prefix, path, ""
	}
	return "", "", ""
}

// dottedPath is a directory, or the path of a namespace.
func dottedPath(v string) (string, string, string) {
	prefix, path, isNamespace := strings.Cut(v, ":")
	switch {
	case isNamespace && prefix == "ns":
		return "ns:", path, ""
	case !isNamespace && isDotted(v):
		return "", v, ""
	}
	return "", "", ""
}

// isDotted reports whether a word is a relative path by its first characters: others are names.
func isDotted(s string) bool {
	return s == "." || s == ".." || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../")
}

// splitMount finds the source of a bind mount, or of files that a pattern names.
func splitMount(v string) (prefix, path, suffix string) {
	fields := strings.Split(v, ",")
	if !slices.Contains(fields, "type=bind") && !slices.Contains(fields, "type=glob") {
		return "", "", ""
	}
	for i, field := range fields {
		name, path, found := strings.Cut(field, "=")
		if !found || name != "src" && name != "source" {
			continue
		}
		prefix = strings.Join(append(slices.Clone(fields[:i]), name+"="), ",")
		if suffix = strings.Join(fields[i+1:], ","); suffix != "" {
			suffix = "," + suffix
		}
		return prefix, path, suffix
	}
	return "", "", ""
}

// dirOf returns the directory of a config file, absolute; "" for an inline config.
func dirOf(file string) string {
	if file == "" {
		return ""
	}
	absolute, err := filepath.Abs(file)
	if err != nil { // the working directory is gone
		return filepath.Dir(file)
	}
	return filepath.Dir(absolute)
}

// AsBefore returns values of an option as records of the first format have them: with the paths and spellings
// that this version makes of them, and variables without those that a bare name came after.
func AsBefore(flag string, values []string, file string) []string {
	before := make([]string, 0, len(values))
	for i, v := range values {
		if flag == "env" && slices.Contains(values[i+1:], nameOfPair(v)) {
			continue
		}
		if flag == "log-opt" {
			v = logOption(v)
		}
		if absolute, err := Absolute(flag, v, dirOf(file)); err == nil {
			v = absolute
		}
		before = append(before, v)
	}
	return before
}

// absolutePaths makes the paths of all options absolute, or names the keys where that cannot be done.
func (d *decoding) absolutePaths() {
	for _, flag := range sortedKeys(d.opts) {
		o := d.opts[flag]
		values := make([]string, 0, len(o.Values))
		for _, v := range o.Values {
			absolute, err := Absolute(flag, v, d.dir)
			if err != nil {
				d.problem(o.Key, err)
				break
			}
			values = append(values, absolute)
		}
		o.Values = values
	}
}
