// Package paunch applies step configs to a host's containers through Podman, and proves what it did.
// It is the library under the Ansible module and the command line, which are thin callers of it.
//
// State lives in labels of Podman objects only; a run that is killed at any point is repaired by the
// next one. See Apply for the order of things.
package paunch
