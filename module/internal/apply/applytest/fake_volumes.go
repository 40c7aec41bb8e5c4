package applytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// AddVolumes lets an image declare VOLUMEs.
func (f *Fake) AddVolumes(image string, paths ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.declared == nil {
		f.declared = map[string][]string{}
	}
	f.declared[image] = paths
}

// Volumes is what a look at the volumes of containers and images finds.
func (f *Fake) Volumes(ids, refs []string) observed.Volumes {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := observed.Volumes{Mounts: map[string][]observed.Mount{}, ImageVolumes: map[string][]string{}}
	for _, id := range ids {
		if c := f.containers[id]; c != nil {
			seen.Mounts[id] = slices.Clone(c.mounts)
		}
	}
	for _, ref := range refs {
		if _, here := f.images[ref]; here {
			seen.ImageVolumes[ref] = f.declared[ref]
		}
	}
	return seen
}

// mount returns the volumes of a new container, those without a name being new ones; f.mu is held. It knows
// --volume only.
func (f *Fake) mount(e config.Entry) []observed.Mount {
	var mounts []observed.Mount
	for _, v := range e.Option("volume") {
		name, dest, named := strings.Cut(v, ":")
		if !named {
			name, dest = f.newVolume(), v
		}
		mounts = append(mounts, observed.Mount{Volume: name, Path: dest, Anonymous: strings.HasPrefix(name, anonymousPrefix)})
	}
	for _, path := range f.declared[e.Image] {
		if !slices.ContainsFunc(mounts, func(m observed.Mount) bool { return m.Path == path }) {
			mounts = append(mounts, observed.Mount{Volume: f.newVolume(), Path: path, Anonymous: true})
		}
	}
	return mounts
}

const anonymousPrefix = "anonymous"

// newVolume names a new anonymous volume.
func (f *Fake) newVolume() string {
	f.made++
	return fmt.Sprintf("%s%d", anonymousPrefix, f.made)
}
