package observed

import "time"

// Status is the life-cycle state of a container, in Podman's own words.
type Status string

// The states that Podman's listing reports. Created covers a container whose process was never
// started, also where Podman calls it "initialized".
const (
	Created  Status = "created"
	Running  Status = "running"
	Paused   Status = "paused"
	Stopped  Status = "stopped" // ended, not cleaned up yet
	Exited   Status = "exited"
	Stopping Status = "stopping"
	Removing Status = "removing"
	Unknown  Status = "unknown" // Podman cannot tell: the container is broken
	Storage  Status = "storage" // no container at all: what a killed Podman left in its storage
)

// Container is one container of the host, ours or not.
type Container struct {
	ID      string
	Name    string // the real name
	Image   string // the reference it was created from
	Command []string
	ImageID string
	Labels  map[string]string
	Status  Status
	// ExitCode is meaningful when Status is Exited or Stopped.
	ExitCode int
	// Health is Podman's word (healthy, unhealthy, starting), empty without a healthcheck or where
	// the listing does not carry it.
	Health    string
	CreatedAt time.Time
	StartedAt time.Time // zero when it was never started
	Restarts  uint      // by Podman's restart policy
}

// Ended tells that the container ran and is no longer running.
func (c Container) Ended() bool { return c.Status == Exited || c.Status == Stopped }

// NeverRan tells that the container's process was never started.
func (c Container) NeverRan() bool { return c.Status == Created }

// Leftover is a storage-only container: what a killed Podman left behind. It holds a name that no
// container can take until it is removed.
type Leftover struct {
	ID   string
	Name string
}

// State is everything an apply needs to know of a host, from one look.
type State struct {
	Containers []Container
	Leftovers  []Leftover
	// Images maps each image reference that was asked for to the id of the local image; a reference
	// that is not present locally has no key.
	Images map[string]string
	// Volumes holds the names of the named volumes; nil when they were not asked for.
	Volumes map[string]bool
}
