package podman

import (
	"github.com/containers/podman/v5/pkg/specgen"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/spec"
)

// specFor turns a request into what the create call takes.
func specFor(r apply.CreateRequest) (*specgen.SpecGenerator, error) {
	if r.Placeholder {
		return placeholderSpec(r), nil
	}
	return spec.Generate(spec.Request{
		Entry: r.Entry, Name: r.Name, Labels: r.Labels, NoRestartPolicy: r.NoRestartPolicy,
	})
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
