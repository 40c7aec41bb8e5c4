package config

import (
	"path"
	"slices"
	"strings"
)

// AnonymousVolume is a volume without a name of its own choice that is mounted by its id.
type AnonymousVolume struct {
	Name string // Podman's: 64 hexadecimal digits
	Path string // in the container
}

// String is the volume as --volume takes it.
func (v AnonymousVolume) String() string { return v.Name + ":" + v.Path }

// mountPoint is what one value of --volume, --mount or --tmpfs puts into a container.
type mountPoint struct {
	path      string // clean
	anonymous bool   // a volume without a name
}

// mountPoints returns what an entry mounts by its own keys.
func (e Entry) mountPoints() []mountPoint {
	var all []mountPoint
	for _, o := range e.Options {
		for _, v := range o.Values {
			switch o.Flag {
			case "volume":
				all = append(all, mountPoint{destination(v), !strings.Contains(v, ":")})
			case "mount":
				all = append(all, mountPointOf(v))
			case "tmpfs":
				dest, _, _ := strings.Cut(v, ":")
				all = append(all, mountPoint{path.Clean(dest), false})
			}
		}
	}
	return all
}

func mountPointOf(mount string) mountPoint {
	m := mountPoint{anonymous: true}
	for _, field := range strings.Split(mount, ",") {
		name, value, _ := strings.Cut(field, "=")
		switch {
		case slices.Contains([]string{"target", "dst", "destination"}, name):
			m.path = path.Clean(value)
		case name == "type" && value != "volume", (name == "src" || name == "source") && value != "":
			m.anonymous = false
		}
	}
	return m
}

// MountsAt reports whether the entry mounts something at a path by its own keys, and whether that is an
// anonymous volume.
func (e Entry) MountsAt(dest string) (mounts, anonymous bool) {
	for _, m := range e.mountPoints() {
		if m.path == path.Clean(dest) {
			return true, m.anonymous
		}
	}
	return false, false
}

// HasImageVolumes reports whether the VOLUMEs of the image are anonymous volumes, which the entry may ask to
// ignore or to keep in memory.
func (e Entry) HasImageVolumes() bool {
	modes := e.Option("image-volume")
	return len(modes) == 0 || modes[0] == "" || modes[0] == "anonymous" || modes[0] == "bind"
}

// WithVolumes returns the entry with existing volumes at the places of its anonymous ones, and at those of
// VOLUMEs of its image.
func (e Entry) WithVolumes(volumes []AnonymousVolume) Entry {
	if len(volumes) == 0 {
		return e
	}
	rest := slices.Clone(volumes)
	e.Options = slices.Clone(e.Options)
	for i, o := range e.Options {
		if o.Flag == "volume" || o.Flag == "mount" {
			e.Options[i].Values, rest = named(o.Flag, o.Values, rest)
		}
	}
	for _, v := range rest {
		e.Options = withValue(e.Options, "volume", v.String())
	}
	return e
}

// withValue adds a value to a flag, which is in its place by the order of flags.
func withValue(options []Option, flag, value string) []Option {
	at, here := slices.BinarySearchFunc(options, flag, func(o Option, f string) int { return strings.Compare(o.Flag, f) })
	if !here {
		return slices.Insert(options, at, Option{Flag: flag, Key: "volumes", Values: []string{value}})
	}
	options[at].Values = append(slices.Clip(options[at].Values), value)
	return options
}

// named returns the values of a flag with the names of volumes in the anonymous ones, and the volumes that have
// no place there.
func named(flag string, values []string, volumes []AnonymousVolume) ([]string, []AnonymousVolume) {
	values = slices.Clone(values)
	for i, v := range values {
		m := mountPoint{destination(v), !strings.Contains(v, ":")}
		if flag == "mount" {
			m = mountPointOf(v)
		}
		at := slices.IndexFunc(volumes, func(a AnonymousVolume) bool { return m.anonymous && path.Clean(a.Path) == m.path })
		if at < 0 {
			continue
		}
		if flag == "mount" {
			fields := slices.DeleteFunc(strings.Split(v, ","), func(f string) bool { return f == "src=" || f == "source=" || f == "src" || f == "source" })
			values[i] = strings.Join(append(fields, "src="+volumes[at].Name), ",")
		} else {
			values[i] = volumes[at].Name + ":" + v
		}
		volumes = slices.Delete(slices.Clone(volumes), at, at+1)
	}
	return values, volumes
}
