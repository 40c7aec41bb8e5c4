//go:build !realpodman

package cli_test

import "testing"

// runner runs the tests; those with a Podman have a bed around them.
type runner struct{ m *testing.M }

func (r runner) Run() int { return r.m.Run() }
