// Package release compares versions of Podman: what one can do depends on its release, not on its patch level.
package release

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is a version of Podman without its patch level. Zero is one that is not known.
type Release struct{ Major, Minor int }

// New returns the release of these numbers.
func New(major, minor int) Release { return Release{Major: major, Minor: minor} }

// Of reads a version such as 4.9.4-rhel; zero where it is none.
func Of(version string) Release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if errA != nil || errB != nil {
		return Release{}
	}
	return New(a, b)
}

func (r Release) String() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }

// Known reports whether the release is known.
func (r Release) Known() bool { return r != Release{} }

// Before reports whether the release is known and older than another one.
func (r Release) Before(other Release) bool {
	return r.Known() && (r.Major < other.Major || r.Major == other.Major && r.Minor < other.Minor)
}
