package plan_test

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
)

// orphanVolumes adds what a look at orphans finds to the state, and reports whether it found any.
func (f fixture) orphanVolumes(state observed.State, orphans []string) bool {
	found := false
	for i, h := range f.Host.Containers {
		c := &state.Containers[i]
		if !slices.Contains(orphans, c.ID) {
			continue
		}
		for _, m := range h.Volumes {
			if !m.Named && !m.Gone {
				c.Anonymous, found = append(c.Anonymous, observed.Mount{Volume: m.Volume, Path: m.Path, Anonymous: true}), true
			}
		}
	}
	return found
}
