package podman

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/containers/podman/v5/pkg/bindings/images"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"go.podman.io/image/v5/docker/reference"
)

// localImages maps those of the references that are present to their image's id.
func (c *Client) localImages(ctx context.Context, refs []string) (map[string]string, error) {
	found := make(map[string]string, len(refs))
	if len(refs) == 0 {
		return found, nil
	}
	known, err := c.listImages(ctx)
	broken := isBrokenImage(err)
	if err != nil && !broken {
		return nil, err
	}
	asked := make(map[string]bool, len(refs))
	for _, ref := range refs {
		if asked[ref] {
			continue
		}
		asked[ref] = true
		id, sure := known.lookup(ref)
		if !sure || broken {
			if id, err = c.imageID(ctx, ref); err != nil {
				return nil, err
			}
		}
		if id != "" {
			found[ref] = id
		}
	}
	return found, nil
}

// isBrokenImage reports whether an image in the storage is not whole: what a pull onto a full disk, or one that
// was killed, can leave. One of them is enough for Podman to refuse to list any.
func isBrokenImage(err error) bool {
	var e *callError
	return errors.As(err, &e) && containsAny(e.message,
		"consider removing the image to resolve the issue", "you may need to remove the image to resolve the error")
}

// imageIndex maps full references (name:tag and name@digest) to ids.
type imageIndex map[string]string

func (c *Client) listImages(ctx context.Context) (index imageIndex, err error) {
	err = c.ask(ctx, isListingRace, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "list images")
		defer cancel()
		listed, err := images.List(ctx, nil)
		index = indexImages(listed)
		c.noteImages(newImageLabels(listed, index))
		return explain(err)
	})
	return index, err
}

// ImageDigests returns the digests of the manifests of the local images, by id: those of the last listing if there was
// one.
func (c *Client) ImageDigests(ctx context.Context) (map[string]string, error) {
	c.mu.Lock()
	known := c.images
	c.mu.Unlock()
	if known != nil {
		return known.digests, nil
	}
	if _, err := c.listImages(ctx); err != nil && !isBrokenImage(err) {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.images == nil {
		return nil, nil
	}
	return c.images.digests, nil
}

func indexImages(listed []*types.ImageSummary) imageIndex {
	index := imageIndex{}
	for _, image := range listed {
		for _, names := range [][]string{image.RepoTags, image.RepoDigests, image.Names} {
			for _, name := range names {
				index[name] = bareID(image.ID)
			}
		}
	}
	return index
}

// lookup finds the id of a fully qualified reference. It is not sure of a short name or an id, which
// Podman resolves by its own rules, nor that an unknown digest (that of a manifest list) is absent.
func (index imageIndex) lookup(ref string) (id string, sure bool) {
	full, digested, ok := qualify(ref)
	if !ok {
		return "", false
	}
	id = index[full]
	return id, id != "" || !digested
}

// qualify brings a fully qualified reference into the form of the listing: the tag "latest" filled in,
// and a tag beside a digest left out, as Podman does.
func qualify(ref string) (full string, digested, ok bool) {
	host, _, found := strings.Cut(ref, "/")
	if !found || (host != "localhost" && !strings.ContainsAny(host, ".:")) {
		return "", false, false
	}
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", false, false
	}
	if d, isDigested := named.(reference.Digested); isDigested {
		return named.Name() + "@" + d.Digest().String(), true, true
	}
	return reference.TagNameOnly(named).String(), false, true
}

// imageID asks Podman which local image a reference means; "" when there is none.
func (c *Client) imageID(ctx context.Context, ref string) (string, error) {
	report, err := c.image(ctx, "look for image "+ref, ref)
	var e *callError
	switch {
	case errors.As(err, &e) && e.status == http.StatusNotFound, isBrokenImage(err):
		return "", nil // a pull brings a broken one into order
	case err != nil:
		return "", err
	}
	return bareID(report.ID), nil
}

// image inspects one image.
func (c *Client) image(ctx context.Context, doing, ref string) (report *types.ImageInspectReport, err error) {
	err = c.ask(ctx, isFault, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, doing)
		defer cancel()
		report, err = images.GetImage(ctx, ref, nil)
		return explain(err)
	})
	return report, err
}
