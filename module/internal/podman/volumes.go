package podman

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	"github.com/containers/podman/v5/pkg/bindings/volumes"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Volumes looks at what containers mount and what images declare: one request for each of them, and one for the
// list of volumes, if there is any container to look at.
func (c *Client) Volumes(ctx context.Context, ids, refs []string) (observed.Volumes, error) {
	seen := observed.Volumes{Mounts: map[string][]observed.Mount{}, ImageVolumes: map[string][]string{}, Unknown: map[string]string{}}
	if len(ids) == 0 {
		return seen, nil
	}
	anonymous, err := c.volumes(ctx)
	if err != nil {
		return seen, err
	}
	for _, id := range ids {
		mounts, err := c.mounts(ctx, id)
		switch {
		case errors.Is(err, apply.ErrNotFound):
		case answered(err): // Podman cannot look at a container that is broken
			seen.Unknown[id] = err.Error()
		case err != nil:
			return seen, err
		}
		for _, m := range mounts {
			isAnonymous, here := anonymous[m.Name]
			seen.Mounts[id] = append(seen.Mounts[id], observed.Mount{Volume: m.Name, Path: m.Destination, Anonymous: isAnonymous || !here && isID(m.Name), Gone: !here})
		}
	}
	for _, ref := range refs {
		declared, here, err := c.declaredVolumes(ctx, ref)
		if err != nil {
			return seen, err
		}
		if here {
			seen.ImageVolumes[ref] = declared
		}
	}
	return seen, nil
}

// isID reports whether a volume's name is one that Podman makes.
func isID(name string) bool {
	return len(name) == 64 && !slices.ContainsFunc([]byte(name), func(b byte) bool { return (b < '0' || b > '9') && (b < 'a' || b > 'f') })
}

// mounts returns the volumes that a container mounts.
func (c *Client) mounts(ctx context.Context, id string) ([]define.InspectMount, error) {
	var mounts []define.InspectMount
	err := c.ask(ctx, isFault, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "")
		defer cancel()
		data, err := containers.Inspect(ctx, id, nil)
		if err == nil {
			mounts = slices.DeleteFunc(data.Mounts, func(m define.InspectMount) bool { return m.Type != "volume" })
		}
		return explain(err)
	})
	return mounts, err
}

// declaredVolumes returns the VOLUMEs of an image, and whether the image is present.
func (c *Client) declaredVolumes(ctx context.Context, ref string) (paths []string, here bool, err error) {
	report, err := c.image(ctx, "look for the volumes of image "+ref, ref)
	var e *callError
	switch {
	case errors.As(err, &e) && e.status == http.StatusNotFound, isBrokenImage(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case report.Config != nil:
		paths = slices.Sorted(maps.Keys(report.Config.Volumes))
	}
	return paths, true, nil
}

// volumes maps the name of each volume to whether it is anonymous.
func (c *Client) volumes(ctx context.Context) (map[string]bool, error) {
	anonymous := map[string]bool{}
	err := c.ask(ctx, isListingRace, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "list volumes")
		defer cancel()
		listed, err := volumes.List(ctx, nil)
		for _, v := range listed {
			anonymous[v.Name] = v.Anonymous
		}
		return explain(err)
	})
	return anonymous, err
}
