// Package apply executes a plan: it pulls, removes, creates, starts, waits, and rolls back, wave by
// wave and in parallel inside a wave, and reports what it did. It decides nothing that the plan could
// have decided, and reaches Podman only through Runtime.
package apply
