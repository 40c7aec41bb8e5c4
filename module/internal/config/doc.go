// Package config turns what users write (inline mappings, files, directories; JSON or YAML) into a
// validated, sorted Step of plain values. It knows every key, its spellings and its type, and reports
// all problems of a config at once. It leaves the meaning of Podman's options to package spec and
// never talks to Podman.
package config
