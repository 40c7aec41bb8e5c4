package paunch

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/export"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/record"
)

// ExportedFile is one file of an export. It holds the secrets that the config does.
type ExportedFile struct{ Name, Text string }

// Exported is a step config in the words of another tool.
type Exported struct {
	Files []ExportedFile
	// Lost says what the other tool does not do.
	Lost []string
}

// Export writes a step config in the words of another tool: "quadlet" for units of Quadlet, "podman" for a shell
// script. No Podman is asked and nothing is changed.
func Export(req Request, format string) (*Exported, error) {
	r, err := loadOnly(req)
	if err != nil {
		return nil, r.told(err)
	}
	out := &Exported{}
	if format == "podman" {
		text, lost := export.Podman(r.step)
		out.Files, out.Lost = []ExportedFile{{Name: "step.sh", Text: text}}, lost
		return out, nil
	}
	files, lost := export.Quadlet(r.step)
	for _, f := range files {
		out.Files = append(out.Files, ExportedFile(f))
	}
	out.Lost = lost
	return out, nil
}

// Import reads a config in any form that Apply takes, units of Quadlet among them, and returns its containers with the
// keys of a step config, and what was found on the way. The keys hold the secrets that the config does.
func Import(req Request) (containers map[string]map[string]any, warnings []string, err error) {
	r, err := loadOnly(req)
	if err != nil {
		return nil, nil, r.told(err)
	}
	containers = map[string]map[string]any{}
	for _, e := range r.step.Entries {
		keys, err := config.Written(r.configOptions(), e.Name)
		if err != nil {
			return nil, nil, r.told(r.invalid(err))
		}
		containers[e.Name] = keys
	}
	return containers, r.step.Warnings, nil
}

// loadOnly reads a config that is not applied.
func loadOnly(req Request) (*run, error) {
	if req.ConfigID == "" {
		req.ConfigID = record.ConfigIDDebug
	}
	r := newRun(req)
	if err := r.req.normalise(); err != nil {
		return r, many.Kind(ErrInvalidRequest, many.Within("the request is not valid", err))
	}
	return r, r.load()
}
