// Package hostlock keeps two applies of the same managed_by on one host from interleaving. A lock is a
// flock(2) on a file, so the kernel frees it with its holder, however that ends; nothing is left to
// clean up. It knows nothing of what the lock protects.
package hostlock
