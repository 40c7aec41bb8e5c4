// Package testbed gives tests a real Podman of their own: storage, service and socket in a temporary
// directory that is removed at the end, with a busybox image in it; a proxy that counts and breaks
// requests; and registries on loopback. It touches nothing of the machine's own Podman. Only tests
// use it.
package testbed
