package apply

import "context"

// Units is the host's systemd as the executor needs it. A unit's name ends in ".service", ".timer" or
// ".target". applytest holds the conformance suite that every implementation passes.
type Units interface {
	// Write puts a unit's text in place atomically: a reader sees the old text or the new one. systemd
	// knows of it from the next Reload on.
	Write(ctx context.Context, name, text string) error
	// Enable has the units started when the host boots. It also enables what is enabled already.
	Enable(ctx context.Context, names []string) error
	// Remove disables the units and removes their files and what was attached to them. It stops
	// nothing, and what is gone is no error. systemd forgets them with the next Reload.
	Remove(ctx context.Context, names []string) error
	// Reload has systemd read all units again.
	Reload(ctx context.Context) error
	// Start starts a unit and waits until it is active; earlier failures are forgotten first. One that
	// is active already is left alone. The error tells how the unit's process ended, as far as systemd
	// knows.
	Start(ctx context.Context, name string) error
	// Follows reports whether a PID file names a process that lives: whether a unit could follow it.
	Follows(pidFile string) bool
	// Stop stops a unit and waits until it is inactive. One that is not running, or of which systemd
	// does not know, is no error.
	Stop(ctx context.Context, name string) error
}
