package applytest

import (
	"time"

	"github.com/overcloud/paunch/module/internal/observed"
)

// longTime is how long a Fake's containers have been running, unless a test says otherwise.
const longTime = 24 * time.Hour

// SetRunningFor says how long a running container has been running.
func (f *Fake) SetRunningFor(nameOrID string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, err := f.find(nameOrID); err == nil {
		c.RunningFor = d
	}
}

// Crash lets a running container exit, and its restart policy or its unit start it again.
func (f *Fake) Crash(nameOrID string, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.find(nameOrID)
	if err != nil || c.Status != observed.Running {
		return
	}
	restarts := c.Restarts + 1
	f.end(c, code)
	if err := f.start(c); err == nil {
		c.RunningFor = 0
		if unit := f.units.runs(c); unit != "" {
			f.units.restarts[unit]++
		} else {
			c.Restarts = restarts
		}
	}
}

// runs returns the active unit that runs a container, "" when there is none; f.mu is held.
func (u *FakeUnits) runs(c *container) string {
	if u == nil {
		return ""
	}
	for name, text := range u.loaded {
		if u.active[name] == "active" && startedBy(text) == c.Name {
			return name
		}
	}
	return ""
}

// Restarts returns how often containers and units were restarted, by id and by name.
func (f *Fake) Restarts(ids, units []string) map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := map[string]int{}
	for _, id := range ids {
		if c := f.containers[id]; c != nil {
			counts[id] = int(c.Restarts) //nolint:gosec // a small number
		}
	}
	for _, name := range units {
		counts[name] = f.units.restarts[name]
	}
	return counts
}
