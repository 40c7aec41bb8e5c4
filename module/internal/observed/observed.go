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
	Dead     Status = "dead"    // its process and its conmon were killed; Podman takes it for running
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
	// ExitCode is meaningful when Status is Exited or Stopped, unless EndUnknown.
	ExitCode int
	// EndUnknown reports that its exit code is not known: it was running when the host went down, or it is between two
	// runs and the engine keeps no events.
	EndUnknown bool
	// Health is Podman's word (healthy, unhealthy, starting), empty without a healthcheck or where
	// the listing does not carry it.
	Health    string
	CreatedAt time.Time
	StartedAt time.Time // zero when it was never started
	ExitedAt  time.Time // of the last run that ended; zero when none did
	Restarts  uint      // by Podman's restart policy; 0 also where the listing does not carry it
	Ports     []Port    // published, also while it does not run
	PID       int       // of its main process, as the host numbers it; 0 when there is none
	// Listens are the TCP ports of the host's network on which its processes listen, where a second look was asked for.
	Listens []uint16
	// Anonymous are its anonymous volumes, where a second look was asked for.
	Anonymous []Mount
	// Networks are the names of the networks that it is attached to, also while it does not run.
	Networks []string
	// Namespaces identifies the namespaces of a running container's main process, by podman's flags for them:
	// network, ipc, pid, uts, userns, cgroupns. A flag is missing where that cannot be seen.
	Namespaces map[string]string
	// Begun is when that process was started, in the kernel's clock ticks since the boot; 0 where that cannot be
	// seen. Unlike StartedAt it does not follow a clock that is set.
	Begun uint64
	// RunningFor is how long it had been running at the time of the look.
	RunningFor time.Duration
	// Unattended means that it lives and its conmon was killed: nobody takes its output, notes its end, or
	// starts it again.
	Unattended bool
}

// Port is a port of the host that is published for a container.
type Port struct {
	IP       string // of the host; "" = all of them
	Number   uint16
	Protocol string // tcp, udp, sctp
}

// Clashes reports whether two containers cannot have these ports at the same time.
func (p Port) Clashes(other Port) bool {
	return p.Number == other.Number && p.Protocol == other.Protocol && (p.isAnywhere() || other.isAnywhere() || p.IP == other.IP)
}

func (p Port) isAnywhere() bool {
	return p.IP == "" || p.IP == "0.0.0.0" || p.IP == "::" || p.IP == "*"
}

// Ended reports whether the container ran and is no longer running.
func (c Container) Ended() bool { return c.Status == Exited || c.Status == Stopped }

// Alive reports whether the container has a process.
func (c Container) Alive() bool { return c.Status == Running || c.Status == Paused }

// NeverRan reports whether the container's process was never started.
func (c Container) NeverRan() bool { return c.Status == Created }

// Leftover is a storage-only container: one that a Podman is creating at this moment, or was when it was
// killed. It holds a name that no container can take until it is removed.
type Leftover struct {
	ID        string
	Name      string
	CreatedAt time.Time
	// Abandoned reports that nobody can be creating it any more.
	Abandoned bool
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
	// Resources holds, by kind (volume, network, secret), those of the host; a kind that was not asked for has no key.
	Resources map[string][]Resource
	// Units holds, by name, the unit files that are ours or could be; nil where systemd does not run the
	// containers of this host.
	Units map[string]Unit
	// OrderFiles holds the files of systemd_order that are there, by path below the directory of units.
	OrderFiles map[string]string
}

// Unit is one systemd unit of the host's own configuration directory.
type Unit struct {
	Name    string // with its ending, e.g. tripleo_keystone.service
	Text    string // of its file; "" when it is masked or has no file there
	Enabled bool
	Masked  bool
	// Active is systemd's ActiveState (active, inactive, failed, activating, …); "" when it knows of no
	// such unit.
	Active string
	// Stale means that systemd has not read the file since it was changed.
	Stale bool
}

// Running reports whether systemd holds the unit for started.
func (u Unit) Running() bool { return u.Active == "active" || u.Active == "reloading" }

// Volumes is what a second look finds, at containers that are about to be replaced.
type Volumes struct {
	// Mounts holds the volumes that each container mounts, by its id.
	Mounts map[string][]Mount
	// ImageVolumes holds the paths that each image declares as VOLUMEs, by reference; one that is not present
	// locally has no key.
	ImageVolumes map[string][]string
	// Unknown says, by id, why the mounts of a container could not be read.
	Unknown map[string]string
}

// Mount is one volume that a container mounts.
type Mount struct {
	Volume    string // its name
	Path      string // in the container
	Anonymous bool   // Podman made the name
	Gone      bool   // the volume was removed since
}
