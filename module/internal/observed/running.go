package observed

import "time"

// RecoveredAfter is how long a service must run without a restart to count as recovered, as with Kubernetes,
// whatever happened before.
const RecoveredAfter = 10 * time.Minute

// Recovered reports whether a running service counts as recovered.
func (c Container) Recovered() bool { return c.RunningFor >= RecoveredAfter }

// CrashLooping reports whether a running service that was restarted so often keeps exiting: it has run for no longer
// than twice the time that it lived on average before.
func (c Container) CrashLooping(restarts int) bool {
	if restarts < 2 {
		return false
	}
	lived := c.StartedAt.Sub(c.CreatedAt) / time.Duration(restarts)
	return lived < RecoveredAfter && c.RunningFor < 2*lived
}

// SettleTime is how long a service must stay up to count as started.
type SettleTime time.Duration

// Ahead reports whether that time is not over yet for a running container.
func (s SettleTime) Ahead(c Container) bool { return c.RunningFor < time.Duration(s) }
