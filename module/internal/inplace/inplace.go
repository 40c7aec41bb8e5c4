// Package inplace says which options of a container Podman changes while it runs, from which release on, and what such
// a change consists of. It is pure: package plan decides by it, package spec makes the call's words from it.
package inplace

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/release"
)

// Oldest is the first release that keeps what it changed when the container starts again.
func Oldest() release.Release { return release.New(5, 1) }

// option is what Podman can do about one option of a container.
type option struct {
	since release.Release
	// addable means that it can be set on a container that was made without it: what that had is known, for the way back.
	addable bool
	group   string // of options that are sent together; "" = alone
}

// Groups of options: Podman or the kernel takes one of them by the others.
const (
	memory = "memory"
	quota  = "quota"
	health = "health"
)

// options is the table: an option that is not in it, or that an entry no longer has, takes a new container.
func options() map[string]option {
	limits, checks, devices := Oldest(), release.New(5, 4), release.New(5, 4)
	return map[string]option{
		"cpu-shares": {since: limits, addable: true},
		"cpus":       {since: limits, addable: true, group: quota},
		"cpu-period": {since: limits, addable: true, group: quota},
		"cpu-quota":  {since: limits, addable: true, group: quota},
		// The API has no word for "no set of CPUs".
		"cpuset-cpus": {since: limits},
		"cpuset-mems": {since: limits},

		"memory":             {since: limits, addable: true, group: memory},
		"memory-swap":        {since: limits, addable: true, group: memory},
		"memory-reservation": {since: limits, addable: true},
		"pids-limit":         {since: limits, addable: true},
		"restart":            {since: limits},

		"blkio-weight":        {since: limits, addable: true},
		"blkio-weight-device": {since: devices},
		"device-read-bps":     {since: devices},
		"device-read-iops":    {since: devices},
		"device-write-bps":    {since: devices},
		"device-write-iops":   {since: devices},

		// The image's check is not ours to send.
		"health-cmd":           {since: checks, group: health},
		"health-interval":      {since: checks, addable: true, group: health},
		"health-timeout":       {since: checks, addable: true, group: health},
		"health-retries":       {since: checks, addable: true, group: health},
		"health-start-period":  {since: checks, addable: true, group: health},
		"health-on-failure":    {since: checks, addable: true},
		"health-max-log-count": {since: checks, addable: true},
		"health-max-log-size":  {since: checks, addable: true},
	}
}

// Flags returns the options that some Podman changes in place, sorted.
func Flags() []string {
	var all []string
	for flag := range options() {
		all = append(all, flag)
	}
	slices.Sort(all)
	return all
}

// Change is a difference between a container and its entry: the values of options, by podman's flag.
type Change struct {
	Keys     []string // the options that differ
	Then     map[string][]string
	Now      map[string][]string
	IsHidden func(values []string) bool // whether recorded values hold a secret, so that they cannot be put back
}

// Possible reports whether a running container can be changed in place, by some Podman at all; since is the first release that can.
func (c Change) Possible() (since release.Release, possible bool) {
	known := options()
	for _, key := range c.Keys {
		o, here := known[key]
		if !here || !c.keeps(key, o) {
			return release.Release{}, false
		}
		if since.Before(o.since) || !since.Known() {
			since = o.since
		}
	}
	return since, len(c.Keys) > 0
}

// keeps reports whether the option is one that can be set now and put back if that fails.
func (c Change) keeps(key string, o option) bool {
	then, now := c.Then[key], c.Now[key]
	switch {
	case len(now) == 0, len(then) == 0 && !o.addable, c.IsHidden(then):
		return false
	case o.group == health:
		return len(c.Then["health-cmd"]) > 0 && len(c.Now["health-cmd"]) > 0 && !c.IsHidden(c.Then["health-cmd"])
	case strings.Contains(key, "device"):
		return slices.Equal(subjects(then), subjects(now))
	}
	return true
}

// subjects are the devices that limits are of: one that lost its limit keeps it until a new container is made.
func subjects(values []string) []string {
	var all []string
	for _, v := range values {
		device, _, _ := strings.Cut(v, ":")
		all = append(all, device)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Sent returns the options that go into the call for a change of keys, sorted: also those that are taken together with them.
func Sent(keys []string) []string {
	known := options()
	var all []string
	for _, key := range keys {
		all = append(all, key)
		for flag, o := range known {
			if o.group != "" && o.group == known[key].group {
				all = append(all, flag)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
