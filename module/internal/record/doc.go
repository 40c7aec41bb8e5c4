// Package record is what a container remembers of the entry it was made from: the labels that Podman
// keeps for us, and the only state there is. It writes them, reads them back (also those of paunch,
// tripleo_container_manage and edpm_container_manage), and tells which keys of an entry differ from
// what is recorded. Secrets are recorded as slow, salted digests, never as they are.
package record
