// Package export writes entries of a step config in the words of other tools: units of Quadlet, Kubernetes YAML and
// shell. Entries in, text out; what is lost is told beside it.
package export
