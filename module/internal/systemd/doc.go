// Package systemd puts units on this host and has systemd run them, over D-Bus: it implements apply.Units,
// and looks at the units that are there. What stands in a unit is package unitfile's; which units are
// wanted is package plan's.
package systemd
