// Package unitfile is the text of the systemd units that run containers: rendering it, reading its
// owner, and refusing what cannot be in it. It is pure: text in, text out. Putting units on a host is
// package systemd's; deciding which are wanted is package plan's.
package unitfile
