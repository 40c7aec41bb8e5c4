package podman

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// ticksPerSecond is the kernel's unit of a process's start, on every architecture that Podman runs on.
const ticksPerSecond = 100

// runningFor returns how long a container has been running, at least. The listing has whole seconds only; the start
// of its process, where it is seen, is exact, unless the process was prepared some time before it was let run.
func runningFor(c observed.Container, now time.Time, uptime time.Duration) time.Duration {
	started := c.StartedAt.Add(time.Second) // at the latest
	if c.Begun > 0 && uptime > 0 {
		begun := now.Add(time.Duration(c.Begun)*time.Second/ticksPerSecond - uptime)
		switch {
		case begun.Before(c.StartedAt):
			started = c.StartedAt
		case begun.Before(started):
			started = begun
		}
	}
	return max(0, now.Sub(started))
}

// sinceBoot returns the kernel's clock that runs from the boot on, 0 where there is none.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Restarts returns how often the restart policy started each container after it exited; one that is gone has no key.
func (c *Client) Restarts(ctx context.Context, ids []string) (map[string]int, error) {
	counts := map[string]int{}
	for _, id := range ids {
		d, err := c.Inspect(ctx, id)
		switch {
		case errors.Is(err, apply.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		counts[id] = int(d.Restarts) //nolint:gosec // a small number
	}
	return counts, nil
}
