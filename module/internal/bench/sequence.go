package main

import (
	"fmt"
	"strings"
)

// step is one thing that is measured. A round of a peer is all its steps in this order, on an empty Podman.
type step string

const (
	cold    step = "cold"
	noop    step = "nothing changed"
	one     step = "one changed"
	all     step = "all changed"
	remove  step = "delete"
	listing step = "listing"
	drift   step = "drift of 10"
)

var steps = []step{cold, noop, one, listing, drift, all, remove}

// drifting is how many containers are stopped by hand before the step drift.
const drifting = 10

// revisions are the values of a variable of each container: what differs after a step.
func revisions(s step, containers int) []string {
	values := make([]string, containers)
	for i := range values {
		switch {
		case s == all || s == remove:
			values[i] = "2"
		case (s == one || s == listing || s == drift) && i == 0:
			values[i] = "1"
		default:
			values[i] = "0"
		}
	}
	return values
}

// running is how many containers run after a step.
func running(s step, containers int) int {
	if s == remove {
		return 0
	}
	return containers
}

// prefix begins the name of each container, and names nothing else.
const prefix = "bench0"

func containerName(i int) string { return fmt.Sprintf("%s%03d", prefix, i) }

// names returns the names of the containers, each after a blank, for a shell.
func names(containers int) string {
	var b strings.Builder
	for i := range containers {
		b.WriteString(" " + containerName(i))
	}
	return b.String()
}
