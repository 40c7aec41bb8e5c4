package podman

import (
	"time"

	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/observed"
)

// leftoverAge is the age from which on nobody can be creating a storage-only container any more: Podman adds
// it to its own database right after it came to the storage.
const leftoverAge = time.Hour

// leftover is a storage-only container. The storage tells nothing of it but its name, image and time.
func (c *Client) leftover(l *types.ListContainer) observed.Leftover {
	abandoned := time.Since(l.Created) > leftoverAge || c.local && l.Created.Before(bootTime())
	return observed.Leftover{ID: l.ID, Name: firstName(l), CreatedAt: l.Created, Abandoned: abandoned}
}

// bootTime is when this host was booted; zero where that cannot be told.
func bootTime() time.Time {
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(up.Nano()))
}
