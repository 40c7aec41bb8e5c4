// Package hostlock keeps two applies of the same managed_by on one host from interleaving. A lock is a
// flock(2) on a file, so the kernel frees it with its holder, however that ends; nothing is left to
// clean up. A lock file also tells the next holder which containers the last one was creating when it was
// killed: what such a create leaves in Podman's storage has no labels that could. The clearing of that storage has a
// lock of its own, which all managers of the host share.
package hostlock
