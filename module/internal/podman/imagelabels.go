package podman

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/containers/podman/v5/pkg/domain/entities/types"

	"github.com/overcloud/paunch/module/internal/config"
)

// A container inherits the labels of its image: one that was committed from a container of ours, say, would make its
// containers ours too, done, or a unit's. So a new container has a value for each reserved label of its image: its
// own, or an empty one, which counts as none.

// imageLabels is what the last listing of images said of their reserved labels.
type imageLabels struct {
	index    imageIndex
	reserved map[string][]string // by image id
	digests  map[string]string   // of the manifest, by image id
}

func newImageLabels(listed []*types.ImageSummary, index imageIndex) *imageLabels {
	l := &imageLabels{index: index, reserved: map[string][]string{}, digests: map[string]string{}}
	for _, image := range listed {
		l.digests[bareID(image.ID)] = image.Digest
		if names := reservedLabels(image.Labels); len(names) > 0 {
			l.reserved[bareID(image.ID)] = names
		}
	}
	return l
}

func reservedLabels(labels map[string]string) []string {
	var names []string
	for name := range labels {
		if config.ReservedLabel(name) {
			names = append(names, name)
		}
	}
	return names
}

// override gives the labels of a new container an empty value for each that it would inherit from its image.
func (c *Client) override(ctx context.Context, image string, labels map[string]string) (map[string]string, error) {
	inherited, err := c.inherited(ctx, image)
	if err != nil || len(inherited) == 0 {
		return labels, err
	}
	all := map[string]string{}
	for _, name := range inherited {
		all[name] = ""
	}
	maps.Copy(all, labels)
	return all, nil
}

// inherited returns the reserved labels of an image, by a call only where no listing knows it.
func (c *Client) inherited(ctx context.Context, image string) ([]string, error) {
	c.mu.Lock()
	known := c.images
	c.mu.Unlock()
	if known != nil {
		if id, sure := known.index.lookup(image); sure && id != "" {
			return known.reserved[id], nil
		}
	}
	report, err := c.image(ctx, "look for the image's labels", image)
	var e *callError
	switch {
	case errors.As(err, &e) && e.status == http.StatusNotFound:
		return nil, nil // the create fails by itself, with a better message
	case err != nil:
		return nil, err
	}
	return reservedLabels(report.Labels), nil
}

// noteImages keeps a listing for the creates that follow; nil forgets it, when an image may have moved.
func (c *Client) noteImages(l *imageLabels) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.images = l
}

// withoutOverridden returns a container's labels without the reserved ones that are empty.
func withoutOverridden(labels map[string]string) map[string]string {
	for name, value := range labels {
		if value == "" && config.ReservedLabel(name) {
			delete(labels, name)
		}
	}
	return labels
}
