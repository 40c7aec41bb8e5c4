// Package hostfile opens files that a config or an argument names, and log files that containers write. What
// would block a reader or never end (a pipe, a device, a directory, a huge file) is refused before it is read,
// and a path is refused where another user could redirect what root writes. What a file means is left to the
// callers.
package hostfile
