package confighash

import (
	"path/filepath"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// puppetGenerated is the directory below the prefix whose children, not itself, are configs of their own.
const puppetGenerated = "puppet-generated"

// Paths returns what configures an entry: of each mount source below the prefix, the directory right
// below the prefix (or below its puppet-generated), as tripleo hashes them, or the file that is mounted
// itself; and its env files. Sorted, without repeats.
func Paths(e config.Entry, prefix string) []string {
	seen := map[string]bool{}
	for _, v := range e.Option("volume") {
		source, _, _ := strings.Cut(v, ":")
		if p := below(source, prefix); p != "" {
			seen[p] = true
		}
	}
	for _, v := range e.Option("mount") {
		if p := below(mountSource(v), prefix); p != "" {
			seen[p] = true
		}
	}
	for _, f := range e.Option("env-file") {
		seen[f] = true
	}
	paths := make([]string, 0, len(seen))
	for p := range seen {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	return paths
}

// mountSource is the source of a --mount value, "" when it has none.
func mountSource(v string) string {
	for _, part := range strings.Split(v, ",") {
		key, value, _ := strings.Cut(part, "=")
		if key == "src" || key == "source" {
			return value
		}
	}
	return ""
}

// below walks a source up to the part of it that is a config of its own.
func below(source, prefix string) string {
	if prefix == "" || !filepath.IsAbs(source) {
		return ""
	}
	rest, ok := strings.CutPrefix(filepath.Clean(source), strings.TrimSuffix(filepath.Clean(prefix), "/")+"/")
	if !ok {
		return ""
	}
	parts := strings.Split(rest, "/")
	depth := 1
	if parts[0] == puppetGenerated {
		depth = 2
	}
	if len(parts) < depth {
		return ""
	}
	return filepath.Join(append([]string{prefix}, parts[:depth]...)...)
}
