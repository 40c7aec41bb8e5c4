package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/overcloud/paunch/module/internal/config"
)

// release is a version of Podman without its patch level; zero is the newest.
type release struct{ major, minor int }

func (r release) String() string { return fmt.Sprintf("%d.%d", r.major, r.minor) }

// before reports whether the release is older than another one.
func (r release) before(other release) bool {
	return r != release{} && (r.major < other.major || r.major == other.major && r.minor < other.minor)
}

// releaseOf reads a version such as 4.9.4-rhel.
func releaseOf(version string) release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if errA != nil || errB != nil {
		return release{}
	}
	return release{a, b}
}

// CheckRelease finds options that the Podman of that version does not know: its API would drop them without a
// word. The error lists all of them, by entry and key.
func CheckRelease(entries []config.Entry, version string) error {
	r := releaseOf(version)
	var problems []config.Problem
	for _, e := range entries {
		for _, o := range e.Options {
			for _, v := range o.Values {
				what, since := sinceRelease(o.Flag, v)
				if !r.before(since) {
					continue
				}
				problems = append(problems, config.Problem{
					Container: e.Name, Key: o.Key, File: e.File, Text: fmt.Sprintf("%s needs Podman %s; this is %s", what, since, version),
				})
			}
		}
	}
	return config.Join(problems)
}

// sinceRelease returns the first release whose API takes a value of an option, and what of it that is about. It
// is zero where every release that is supported does.
func sinceRelease(flag, value string) (what string, since release) {
	if since, ok := newFlags()[flag]; ok && value != "false" {
		return "--" + flag, since
	}
	switch flag {
	case "add-host":
		return sinceHost(value)
	case "security-opt":
		return ifWord(value, "label=nested", release{4, 5})
	case "sdnotify":
		return ifWord(value, "healthy", release{4, 7})
	case "network":
		return sinceNetwork(value)
	case "mount":
		return sinceMount(value)
	}
	return "", release{}
}

// newFlags are the options that came after the oldest supported release, by the release whose API has them.
func newFlags() map[string]release {
	return map[string]release{
		"health-startup-cmd": {4, 4}, "health-startup-interval": {4, 4}, "health-startup-timeout": {4, 4},
		"health-startup-retries": {4, 4}, "health-startup-success": {4, 4},
		"group-entry": {4, 5}, "shm-size-systemd": {4, 5},
		"rdt-class":              {4, 8},
		"hosts-file":             {5, 0},
		"health-log-destination": {5, 3}, "health-max-log-count": {5, 3}, "health-max-log-size": {5, 3},
		"no-hostname": {5, 4},
	}
}

// ifWord is about one word of an option that has others.
func ifWord(value, word string, since release) (string, release) {
	if value == word {
		return word, since
	}
	return "", release{}
}

func sinceHost(value string) (string, release) {
	names, address, _ := strings.Cut(value, ":")
	switch {
	case strings.Contains(names, ";"):
		return "more than one name of an address", release{5, 3}
	case address == "host-gateway":
		return "host-gateway", release{4, 7}
	}
	return "", release{}
}

func sinceNetwork(value string) (string, release) {
	mode, options, _ := strings.Cut(value, ":")
	switch mode {
	case "pasta":
		return mode, release{4, 4}
	case "slirp4netns", "container", "ns":
		return "", release{}
	}
	for option := range strings.SplitSeq(options, ",") {
		name, _, _ := strings.Cut(option, "=")
		if name != "" && !slices.Contains([]string{"ip", "ip6", "mac", "alias", "interface_name"}, name) {
			return "the option " + name + " of a network", release{5, 4}
		}
	}
	return "", release{}
}

func sinceMount(value string) (string, release) {
	kind, subpath := "", false
	for field := range strings.SplitSeq(value, ",") {
		name, v, _ := strings.Cut(field, "=")
		switch name {
		case "type":
			kind = v
		case "subpath", "volume-subpath":
			subpath = true
		case "no-dereference":
			return name, release{5, 0}
		}
	}
	switch {
	case kind == "ramfs":
		return "type=ramfs", release{4, 7}
	case kind == "artifact":
		return "type=artifact", release{5, 5}
	case kind == "image" && subpath:
		return "subpath", release{5, 1}
	case subpath:
		return "subpath", release{5, 4}
	}
	return "", release{}
}

// suitOlder makes of a spec what an older service's own command line would have sent to it.
func suitOlder(s *specgen.SpecGenerator, r release) {
	if r.before(release{4, 4}) && s.ReadWriteTmpfs != nil && *s.ReadWriteTmpfs {
		addWritableTmpfs(s)
	}
	if limits := s.ResourceLimits; r.before(release{5, 4}) && limits != nil && limits.Pids != nil && limits.Pids.Limit < 0 {
		limits.Pids.Limit = 0 // no limit, in the older words
	}
}

// addWritableTmpfs mounts what is writable in a read-only container, which is the service's work from 4.4 on.
func addWritableTmpfs(s *specgen.SpecGenerator) {
	taken := map[string]bool{}
	for _, m := range s.Mounts {
		taken[m.Destination] = true
	}
	for _, v := range s.Volumes {
		taken[v.Dest] = true
	}
	for _, v := range s.OverlayVolumes {
		taken[v.Destination] = true
	}
	for _, v := range s.ImageVolumes {
		taken[v.Destination] = true
	}
	for _, dir := range []string{"/tmp", "/var/tmp", "/run"} {
		if !taken[dir] {
			s.Mounts = append(s.Mounts, specs.Mount{
				Destination: dir, Type: define.TypeTmpfs, Source: define.TypeTmpfs, Options: []string{"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"},
			})
		}
	}
}
