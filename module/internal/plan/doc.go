// Package plan decides what an apply does: a pure function of a step, of what was observed, and of
// options. It has no context, clock, randomness or Podman, so a check-mode run and a real one plan the
// same, and every decision can be read in a golden file. A plan is data; package apply executes it.
package plan
