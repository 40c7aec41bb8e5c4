// Package observed holds what one look at the host found: containers, images, volumes. It is values
// only: package podman fills it, package plan reads it, and neither needs the other.
package observed
