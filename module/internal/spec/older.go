package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/release"
)

// CheckRelease finds options that the Podman of that version does not know: its API would drop them without a
// word. The error lists all of them, by entry and key.
func CheckRelease(entries []config.Entry, version string) error {
	r := release.Of(version)
	var problems []config.Problem
	for _, e := range entries {
		for _, o := range e.Options {
			for _, v := range o.Values {
				what, since := sinceRelease(o.Flag, v)
				if !r.Before(since) {
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
func sinceRelease(flag, value string) (what string, since release.Release) {
	if since, ok := newFlags()[flag]; ok && value != "false" {
		return "--" + flag, since
	}
	switch flag {
	case "add-host":
		return sinceHost(value)
	case "security-opt":
		return ifWord(value, "label=nested", release.New(4, 5))
	case "sdnotify":
		return ifWord(value, "healthy", release.New(4, 7))
	case "network":
		return sinceNetwork(value)
	case "mount":
		return sinceMount(value)
	}
	return "", release.Release{}
}

// newFlags are the options that came after the oldest supported release, by the release whose API has them.
func newFlags() map[string]release.Release {
	return map[string]release.Release{
		"health-startup-cmd": release.New(4, 4), "health-startup-interval": release.New(4, 4), "health-startup-timeout": release.New(4, 4),
		"health-startup-retries": release.New(4, 4), "health-startup-success": release.New(4, 4),
		"group-entry": release.New(4, 5), "shm-size-systemd": release.New(4, 5),
		"rdt-class":              release.New(4, 8),
		"hosts-file":             release.New(5, 0),
		"health-log-destination": release.New(5, 3), "health-max-log-count": release.New(5, 3), "health-max-log-size": release.New(5, 3),
		"no-hostname": release.New(5, 4),
	}
}

// ifWord is about one word of an option that has others.
func ifWord(value, word string, since release.Release) (string, release.Release) {
	if value == word {
		return word, since
	}
	return "", release.Release{}
}

func sinceHost(value string) (string, release.Release) {
	names, address, _ := strings.Cut(value, ":")
	switch {
	case strings.Contains(names, ";"):
		return "more than one name of an address", release.New(5, 3)
	case address == "host-gateway":
		return "host-gateway", release.New(4, 7)
	}
	return "", release.Release{}
}

func sinceNetwork(value string) (string, release.Release) {
	mode, options, _ := strings.Cut(value, ":")
	switch mode {
	case "pasta":
		return mode, release.New(4, 4)
	case "slirp4netns", "container", "ns":
		return "", release.Release{}
	}
	for option := range strings.SplitSeq(options, ",") {
		name, _, _ := strings.Cut(option, "=")
		if name != "" && !slices.Contains([]string{"ip", "ip6", "mac", "alias", "interface_name"}, name) {
			return "the option " + name + " of a network", release.New(5, 4)
		}
	}
	return "", release.Release{}
}

func sinceMount(value string) (string, release.Release) {
	kind, subpath := "", false
	for field := range strings.SplitSeq(value, ",") {
		name, v, _ := strings.Cut(field, "=")
		switch name {
		case "type":
			kind = v
		case "subpath", "volume-subpath":
			subpath = true
		case "no-dereference":
			return name, release.New(5, 0)
		}
	}
	switch {
	case kind == "ramfs":
		return "type=ramfs", release.New(4, 7)
	case kind == "artifact":
		return "type=artifact", release.New(5, 5)
	case kind == "image" && subpath:
		return "subpath", release.New(5, 1)
	case subpath:
		return "subpath", release.New(5, 4)
	}
	return "", release.Release{}
}

// suitOlder makes of a spec what an older service's own command line would have sent to it.
func suitOlder(s *specgen.SpecGenerator, r release.Release) {
	if r.Before(release.New(4, 4)) && s.ReadWriteTmpfs != nil && *s.ReadWriteTmpfs {
		addWritableTmpfs(s)
	}
	if limits := s.ResourceLimits; r.Before(release.New(5, 4)) && limits != nil && limits.Pids != nil && limits.Pids.Limit < 0 {
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
