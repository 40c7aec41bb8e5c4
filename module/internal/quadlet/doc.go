// Package quadlet reads the container units of Podman's Quadlet: text in, the words of "podman run" and the keys
// that steer a step out. Podman's own parser and converter read them. The package opens no file; what a word means
// is left to package config.
package quadlet
