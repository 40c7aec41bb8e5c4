// Package confighash reports whether the files that configure a container have changed: those of mounted
// directories below a prefix, and env files. It reads files and knows nothing of containers.
package confighash
