// Package audit judges how a container is made: which of its settings weaken the isolation from the host or
// disclose secrets, and which key of the step config changes that. It is pure; package podman looks.
package audit
