// Package spec turns the options of an entry into what Podman's API takes. It writes the words that a
// person would type after "podman create", and has Podman's own libraries parse those same words, so
// that what is shown and what is done cannot differ. It knows no keys (package config does) and talks
// to no Podman (package podman does).
package spec
