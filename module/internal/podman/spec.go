package podman

import (
	"cmp"
	"context"
	"time"

	"github.com/containers/podman/v5/pkg/specgen"
	"go.podman.io/image/v5/manifest"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/spec"
)

// specFor turns a request into what the create call takes.
func (c *Client) specFor(ctx context.Context, r apply.CreateRequest) (*specgen.SpecGenerator, error) {
	s, err := c.baseSpec(ctx, r)
	if err != nil {
		return nil, err
	}
	s.Labels, err = c.override(ctx, r.Entry.Image, s.Labels)
	return s, err
}

func (c *Client) baseSpec(ctx context.Context, r apply.CreateRequest) (*specgen.SpecGenerator, error) {
	if r.Placeholder {
		return placeholderSpec(r), nil
	}
	s, err := spec.Generate(spec.Request{
		Entry: r.Entry, Name: r.Name, Labels: r.Labels, NoRestartPolicy: r.NoRestartPolicy, ConmonPIDFile: r.ConmonPIDFile, Version: c.Version(),
	})
	if err != nil {
		return nil, err
	}
	return s, c.settleHealth(ctx, s)
}

// placeholderSpec is a container that carries labels and is never started: nothing of the image but
// its name, no network, no log, no volume.
func placeholderSpec(r apply.CreateRequest) *specgen.SpecGenerator {
	s := specgen.NewSpecGenerator(r.Entry.Image, false)
	s.Name = r.Name
	s.Labels = r.Labels
	s.Command = []string{"true"}
	s.Entrypoint = []string{}
	s.ImageVolumeMode = "ignore"
	s.NetNS = specgen.Namespace{NSMode: specgen.NoNetwork}
	s.LogConfiguration = &specgen.LogConfig{Driver: "none"}
	return s
}

// settleHealth does here what only the newest services do: a healthcheck without a command means that
// of the image, with the timing that it says. Older ones take it for a healthcheck that is there and
// has no command, and forget that of the image.
func (c *Client) settleHealth(ctx context.Context, s *specgen.SpecGenerator) error {
	timing := s.HealthConfig
	if timing == nil || len(timing.Test) > 0 {
		return nil
	}
	s.HealthConfig = nil
	if timing.Interval == 0 && timing.Timeout == 0 && timing.StartPeriod == 0 && timing.Retries == 0 {
		return nil
	}
	image, err := c.image(ctx, "look for the image's healthcheck", s.Image)
	if err != nil {
		return err
	}
	if image.HealthCheck != nil {
		s.HealthConfig = mergeHealth(*image.HealthCheck, *timing)
	}
	return nil
}

// mergeHealth is an image's check with the timing of an entry, where it has one, and podman's defaults.
// A negative interval means that nothing runs it by itself, for which the API says 0.
func mergeHealth(image, timing manifest.Schema2HealthConfig) *manifest.Schema2HealthConfig {
	image.Interval = max(0, cmp.Or(timing.Interval, image.Interval, 30*time.Second))
	image.Timeout = cmp.Or(timing.Timeout, image.Timeout, 30*time.Second)
	image.StartPeriod = cmp.Or(timing.StartPeriod, image.StartPeriod)
	image.Retries = cmp.Or(timing.Retries, image.Retries, 3)
	return &image
}
