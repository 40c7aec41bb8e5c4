package paunch

import (
	"context"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// ListRequest says which containers to list.
type ListRequest struct {
	ManagedBy string   // "" = every manager's
	ConfigIDs []string // empty = all
	PodmanURL string
}

// Listed is one container that is managed.
type Listed struct {
	ConfigID  string `json:"config" yaml:"config"`
	Name      string `json:"name" yaml:"name"`           // the entry's
	RealName  string `json:"container" yaml:"container"` // podman's
	ManagedBy string `json:"managed_by" yaml:"managed_by"`
	Image     string `json:"image" yaml:"image"`
	Command   string `json:"command" yaml:"command"`
	Status    string `json:"status" yaml:"status"`
}

// List returns the managed containers, sorted by config_id and name. Secrets in commands are masked.
// Records of execs and of one-shots that were removed have the status "done".
func List(ctx context.Context, req ListRequest) ([]Listed, error) {
	client, err := podman.Connect(ctx, podman.Options{URL: req.PodmanURL})
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }() // nothing was written
	containers, err := client.Containers(ctx)
	if err != nil {
		return nil, err
	}
	masker := redact.NewMasker(redact.NewRules(nil), redact.Known{})
	wanted := map[string]bool{}
	for _, id := range req.ConfigIDs {
		wanted[id] = true
	}
	listed := []Listed{}
	for _, c := range containers {
		if c.Labels[record.LabelAbout] != "" {
			continue // a note about one that is listed
		}
		managedBy, configID := c.Labels[record.LabelManagedBy], c.Labels[record.LabelConfigID]
		if managedBy == "" || configID == "" || req.ManagedBy != "" && managedBy != req.ManagedBy || len(wanted) > 0 && !wanted[configID] {
			continue
		}
		l := Listed{
			ConfigID: configID, Name: c.Labels[record.LabelContainerName], RealName: c.Name, ManagedBy: managedBy,
			Image: c.Image, Command: strings.Join(masker.Words(c.Command), " "), Status: string(c.Status),
		}
		if c.Labels[record.LabelDone] != "" {
			l.Status, l.Command = "done", ""
		}
		listed = append(listed, l)
	}
	sort.Slice(listed, func(i, j int) bool {
		if listed[i].ConfigID != listed[j].ConfigID {
			return listed[i].ConfigID < listed[j].ConfigID
		}
		return listed[i].RealName < listed[j].RealName
	})
	return listed, nil
}
