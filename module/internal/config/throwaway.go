package config

import (
	"slices"
	"strings"
)

// notValidated are the flags that say how a container is offered to others, kept running and logged: a throw-away one
// that validates a configuration does without.
func notValidated() []string {
	return []string{
		"network", "network-alias", "publish", "publish-all", "expose", "ip", "ip6", "mac-address", "pod", "requires",
		"restart", "log-driver", "log-opt", "label", "label-file", "tty", "interactive", "sdnotify", "stop-timeout", "stop-signal",
		"entrypoint", "no-healthcheck",
	}
}

// Validation returns the entry of a throw-away container that runs one of the entry's validate commands: with its image,
// user, variables, secrets and limits, with all that is mounted from the host read-only, without its place in the network.
// fresh tells named volumes that do not exist yet: what the image has in their places is seen instead.
func (e Entry) Validation(command []string, fresh func(volume string) bool) Entry {
	v := Entry{Name: e.Name, File: e.File, Kind: OneShot, Image: e.Image, Command: command, Inherited: e.Inherited, ExitCodes: []int{0}, Timeout: e.ValidateTimeout}
	relabelled := false
	for _, o := range e.Options {
		if slices.Contains(notValidated(), o.Flag) || strings.HasPrefix(o.Flag, "health-") || !e.ValidateNetwork && strings.HasPrefix(o.Flag, "dns") {
			continue
		}
		var kept []string
		for _, value := range o.Values {
			if readOnly, relabel, keep := readOnlyValue(o.Flag, value, fresh); keep {
				kept, relabelled = append(kept, readOnly), relabelled || relabel
			}
		}
		if len(kept) > 0 {
			v.Options = append(v.Options, Option{Flag: o.Flag, Key: o.Key, Values: kept})
		}
	}
	v.Options = append(v.Options, e.throwAwayOptions()...)
	slices.SortStableFunc(v.Options, func(a, b Option) int { return strings.Compare(a.Flag, b.Flag) })
	if relabelled { // instead of new labels on the files of the running container
		v.Options = withValue(v.Options, "security-opt", "label=disable")
	}
	return v
}

// throwAwayOptions are those that every validating container has. It logs where Podman can read it back, and is killed
// where it does not end.
func (e Entry) throwAwayOptions() []Option {
	all := []Option{
		{Flag: "entrypoint", Key: "validate", Values: []string{""}},
		{Flag: "log-driver", Key: "validate", Values: []string{"k8s-file"}},
		{Flag: "no-healthcheck", Key: "validate", Values: []string{"true"}},
		{Flag: "stop-timeout", Key: "validate", Values: []string{"0"}},
	}
	networks := []string{"none"}
	if e.ValidateNetwork {
		networks = nil
		for _, n := range e.Option("network") {
			if !strings.HasPrefix(n, fromContainer) {
				networks = append(networks, plainNetwork(n))
			}
		}
	}
	if len(networks) > 0 {
		all = append(all, Option{Flag: "network", Key: "validate", Values: networks})
	}
	return all
}

// plainNetwork is a network without the address and names that a container has in it.
func plainNetwork(value string) string {
	name, _, _ := strings.Cut(value, ":")
	if slices.Contains([]string{"ns", "pasta", "slirp4netns"}, name) {
		return value
	}
	return name
}

// readOnlyValue returns the value of an option by which nothing on the host can be changed; relabel means that it asked
// for other labels of files. What refers to a namespace of another container is left out.
func readOnlyValue(flag, value string, fresh func(string) bool) (readOnly string, relabel, keep bool) {
	if s := sourceOf(flag, value); s.volume != "" && fresh(s.volume) {
		return "", false, false
	}
	switch flag {
	case "volume":
		readOnly, relabel = readOnlyVolume(value)
		return readOnly, relabel, true
	case "mount":
		readOnly, relabel = readOnlyMount(value)
		return readOnly, relabel, true
	case flagVolumesFrom:
		name, _, _ := strings.Cut(value, ":")
		return name + ":ro", false, true
	}
	return value, false, !slices.Contains(SharedNamespaces(), flag) || !strings.HasPrefix(value, fromContainer)
}

// readOnlyVolume makes a value of --volume read-only. An overlay keeps its changes to itself, unless it has a directory
// for them; an anonymous volume is the throw-away container's own. The mount does not go deeper than one file system: what
// is mounted below would stay writable.
func readOnlyVolume(value string) (string, bool) {
	parts := strings.SplitN(value, ":", 3)
	if len(parts) < 2 || parts[0] == "" {
		return value, false
	}
	var options []string
	if len(parts) == 3 {
		options = strings.Split(parts[2], ",")
	}
	relabel := slices.Contains(options, "z") || slices.Contains(options, "Z")
	if slices.Contains(options, "O") {
		return strings.Join([]string{parts[0], parts[1], "O"}, ":"), relabel
	}
	kept := slices.DeleteFunc(options, func(o string) bool { return !harmless(o) })
	if sourceOf("volume", value).volume != "" {
		kept = append(kept, "nocopy")
	} else {
		kept = append(kept, "bind")
	}
	return strings.Join([]string{parts[0], parts[1], strings.Join(append(kept, "ro"), ",")}, ":"), relabel
}

// harmless reports whether an option of a mount neither writes, nor changes owners or labels, nor reaches other mounts.
func harmless(option string) bool {
	name, _, _ := strings.Cut(option, "=")
	return slices.Contains([]string{"exec", "noexec", "dev", "nodev", "suid", "nosuid", "idmap", "subpath"}, name)
}

// readOnlyMount makes a value of --mount read-only, where it is of files of the host or of a volume.
func readOnlyMount(value string) (string, bool) {
	kind, relabel := "volume", false
	var kept []string
	for _, field := range strings.Split(value, ",") {
		name, text, _ := strings.Cut(field, "=")
		switch name {
		case "type":
			kind = text
		case "z", "Z", "relabel":
			relabel = true
			continue
		case "ro", "readonly", "rw", "readwrite", "U", "chown", "bind-propagation", "bind-nonrecursive",
			"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable":
			continue
		}
		kept = append(kept, field)
	}
	switch kind {
	case "bind":
		kept = append(kept, "bind-nonrecursive=true", "ro=true")
	case "glob":
		kept = append(kept, "ro=true")
	case "volume":
		if sourceOf("mount", value).volume == "" {
			return value, false // an anonymous one
		}
		kept = append(kept, "ro=true")
	case "image":
	default:
		return value, false
	}
	return strings.Join(kept, ","), relabel
}
