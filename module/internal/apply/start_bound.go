package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
)

// Podman starts what a container is bound to with it. Where that is a container that another one of its entry has
// replaced, two of them would run.

// startsSecond returns an error where the start of the op's previous container would start a container beside the one
// that replaced it.
func (r *opRun) startsSecond() error {
	if len(r.op.Bound) == 0 {
		return nil
	}
	var all []observed.Container
	err := r.call(r.x.callLimit(), "list", func(ctx context.Context) (err error) {
		all, err = r.x.rt.Containers(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, bound := range all {
		if bound.Alive() || !slices.Contains(r.op.Bound, bound.ID) {
			continue
		}
		for _, c := range all {
			if c.ID != bound.ID && c.Alive() && sameEntry(c.Labels, bound.Labels) {
				return fmt.Errorf("it depends on %s, which %s has replaced: it is not started, as that would start both", bound.Name, c.Name)
			}
		}
	}
	return nil
}
