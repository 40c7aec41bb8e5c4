package observed

// Facts are what an inspection of one container returns beyond the listing, for those who ask how it is made.
type Facts struct {
	Container
	User       string // of its process; "" is the image's, mostly root
	Privileged bool
	// HostNamespaces are those that it shares with the host: network, pid, ipc, uts, user, cgroup.
	HostNamespaces []string
	Capabilities   []string // added to the default ones, as CAP_…
	ReadOnly       bool     // its root file system
	SecurityOpts   []string
	Env            []string // NAME=value, of the image and of its own
	Mounts         []MountPoint
	LogDriver      string
	LogPath        string // of its file, "" where the driver writes none
}

// MountPoint is one directory, file or volume in a container.
type MountPoint struct {
	Kind        string `json:"kind" yaml:"kind"`                         // bind, volume, tmpfs …
	Source      string `json:"source,omitempty" yaml:"source,omitempty"` // on the host
	Volume      string `json:"volume,omitempty" yaml:"volume,omitempty"` // its name
	Destination string `json:"destination" yaml:"destination"`           // in the container
	Writable    bool   `json:"writable" yaml:"writable"`
}

// FileChange is one path of a container's own file system that is not as in its image.
type FileChange struct {
	Kind string `json:"kind" yaml:"kind"` // changed, added, deleted
	Path string `json:"path" yaml:"path"`
}
