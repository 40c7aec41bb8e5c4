package paunch

import (
	"context"
	"slices"

	"github.com/overcloud/paunch/module/internal/audit"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Details is what an inspection of the managed containers of a host tells beyond a listing: where the directories of the
// host are, what was changed by hand and will be lost, and what is insecure.
type Details struct {
	Mounts       []ContainerMounts `json:"mounts"`
	ChangedFiles []ChangedFiles    `json:"changed_files"`
	Findings     []Audited         `json:"findings"`
}

// Inspect returns the details of the selected containers. It changes nothing, and makes two requests for each container.
func Inspect(ctx context.Context, s Selection) (Details, error) {
	rules := redact.NewRules(s.SensitiveKeys)
	all, err := look(ctx, s, func(ctx context.Context, client *podman.Client, c observed.Container) (d containerDetails, err error) {
		f, err := client.Facts(ctx, c)
		if err != nil {
			return d, err
		}
		changes, err := client.FileChanges(ctx, c.ID)
		return containerDetails{mountsOf(c, f), changedFilesOf(c, f, changes), audited(c, f, rules)}, err
	})
	d := Details{Mounts: []ContainerMounts{}, ChangedFiles: []ChangedFiles{}, Findings: []Audited{}}
	for _, c := range all {
		d.Mounts = append(d.Mounts, c.Mounts)
		d.ChangedFiles = append(d.ChangedFiles, c.Changed)
		d.Findings = append(d.Findings, c.Audited)
	}
	d.ChangedFiles = slices.DeleteFunc(d.ChangedFiles, unchangedInside)
	d.Findings = slices.DeleteFunc(d.Findings, sound)
	return d, err
}

// containerDetails is what the details have of one container.
type containerDetails struct {
	Mounts  ContainerMounts
	Changed ChangedFiles
	Audited Audited
}

func mountsOf(c observed.Container, f observed.Facts) ContainerMounts {
	out := ContainerMounts{ConfigID: c.Labels[record.LabelConfigID], Name: c.Labels[record.LabelContainerName], RealName: c.Name, Mounts: []Mount{}}
	for _, m := range f.Mounts {
		out.Mounts = append(out.Mounts, Mount{MountPoint: m, Use: useOf(m)})
	}
	if f.LogPath != "" {
		log := observed.MountPoint{Kind: f.LogDriver, Source: f.LogPath, Destination: "stdout, stderr", Writable: true}
		out.Mounts = append(out.Mounts, Mount{MountPoint: log, Use: "logs"})
	}
	return out
}

func changedFilesOf(c observed.Container, f observed.Facts, changes []observed.FileChange) ChangedFiles {
	return ChangedFiles{
		ConfigID: c.Labels[record.LabelConfigID], Name: c.Labels[record.LabelContainerName], RealName: c.Name,
		Files: withoutNoise(changes, f.Mounts),
	}
}

func unchangedInside(c ChangedFiles) bool { return len(c.Files) == 0 }

func audited(c observed.Container, f observed.Facts, rules redact.Rules) Audited {
	return Audited{
		ConfigID: c.Labels[record.LabelConfigID], Name: c.Labels[record.LabelContainerName], RealName: c.Name,
		Findings: audit.Check(f, rules),
	}
}

func sound(a Audited) bool { return len(a.Findings) == 0 }
