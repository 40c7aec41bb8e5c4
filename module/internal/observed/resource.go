package observed

import "time"

// Resource is one volume, network or secret of the host.
type Resource struct {
	Name   string
	Labels map[string]string // of a secret of an older Podman: its driver's options, which stand for labels
	Driver string
	// Options are the driver's.
	Options   map[string]string
	CreatedAt time.Time
	// Of networks.
	Subnets  []string // in CIDR notation
	Internal bool
	// Anonymous reports whether Podman made the name of a volume.
	Anonymous bool
}
