package confighash

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// puppetGenerated is the directory below the prefix whose children, not itself, are configs of their own.
const puppetGenerated = "puppet-generated"

// prefixEdpm is where edpm-ansible has configuration; the children of the directories that services share are
// configs of their own: else one new certificate would replace every container that mounts another one.
const prefixEdpm = "/var/lib/openstack"

func isShared(prefix, name string) bool {
	if filepath.Clean(prefix) != prefixEdpm {
		return name == puppetGenerated
	}
	return slices.Contains([]string{"certs", "cacerts", "config", "healthchecks"}, name)
}

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
	if isShared(prefix, parts[0]) {
		depth = 2
	}
	switch {
	case len(parts) >= depth:
	case filepath.Clean(prefix) == prefixEdpm: // the whole of what is shared is mounted
		depth = len(parts)
	default:
		return ""
	}
	return filepath.Join(append([]string{prefix}, parts[:depth]...)...)
}
