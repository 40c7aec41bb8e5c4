package paunch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/audit"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Selection says which managed containers to look at. The zero value selects those of every manager.
type Selection struct {
	ManagedBy  string   // "" = every manager's
	ConfigIDs  []string // empty = all
	Containers []string // entry names or real names; empty = all
	PodmanURL  string
	// SensitiveKeys are further names of secrets.
	SensitiveKeys []string
}

// ContainerMounts is which directory of the host is where in one container.
type ContainerMounts struct {
	ConfigID string  `json:"config" yaml:"config"`
	Name     string  `json:"name" yaml:"name"`
	RealName string  `json:"container" yaml:"container"`
	Mounts   []Mount `json:"mounts" yaml:"mounts"`
}

// Mount is one directory, file or volume of a container.
type Mount struct {
	observed.MountPoint `yaml:",inline"`
	// Use is what it is for, as far as its paths tell: config, logs, data or "".
	Use string `json:"use,omitempty" yaml:"use,omitempty"`
}

// Audited is the findings of one container.
type Audited struct {
	ConfigID string          `json:"config" yaml:"config"`
	Name     string          `json:"name" yaml:"name"`
	RealName string          `json:"container" yaml:"container"`
	Findings []audit.Finding `json:"findings" yaml:"findings"`
}

// ChangedFiles is what was changed inside one container since it was created. It is lost when the container is
// re-created.
type ChangedFiles struct {
	ConfigID string                `json:"config" yaml:"config"`
	Name     string                `json:"name" yaml:"name"`
	RealName string                `json:"container" yaml:"container"`
	Files    []observed.FileChange `json:"files" yaml:"files"`
}

// Mounts returns where the directories of the host are in the selected containers. It changes nothing.
func Mounts(ctx context.Context, s Selection) ([]ContainerMounts, error) {
	return look(ctx, s, func(ctx context.Context, client *podman.Client, c observed.Container) (ContainerMounts, error) {
		f, err := client.Facts(ctx, c)
		return mountsOf(c, f), err
	})
}

// Audit returns the findings of the selected containers; one without any is not among them. It changes nothing.
func Audit(ctx context.Context, s Selection) ([]Audited, error) {
	rules := redact.NewRules(s.SensitiveKeys)
	all, err := look(ctx, s, func(ctx context.Context, client *podman.Client, c observed.Container) (Audited, error) {
		f, err := client.Facts(ctx, c)
		return audited(c, f, rules), err
	})
	return slices.DeleteFunc(all, sound), err
}

// FileChanges returns what was changed inside the selected containers; one without changes is not among them.
// What every running container changes, such as its mount points and run-time files, is left out.
func FileChanges(ctx context.Context, s Selection) ([]ChangedFiles, error) {
	all, err := look(ctx, s, func(ctx context.Context, client *podman.Client, c observed.Container) (ChangedFiles, error) {
		f, err := client.Facts(ctx, c)
		if err != nil {
			return ChangedFiles{}, err
		}
		changes, err := client.FileChanges(ctx, c.ID)
		return changedFilesOf(c, f, changes), err
	})
	return slices.DeleteFunc(all, unchangedInside), err
}

// lookers is how many containers are inspected at the same time.
const lookers = 8

// look calls f for each selected container, some at a time, and returns what it returned in the listing's order.
func look[T any](ctx context.Context, s Selection, f func(context.Context, *podman.Client, observed.Container) (T, error)) ([]T, error) {
	rules := redact.NewRules(s.SensitiveKeys)
	all := redact.NewMasker(rules, redact.Known{})
	client, err := podman.Connect(ctx, podman.Options{URL: s.PodmanURL})
	if err != nil {
		return nil, leaveError(all, many.Kind(ErrUnreachable, err))
	}
	defer func() { _ = client.Close() }() // nothing was written
	containers, err := client.Containers(ctx)
	if err != nil {
		return nil, leaveError(all, err)
	}
	containers = slices.DeleteFunc(containers, func(c observed.Container) bool { return !s.selects(c) })
	slices.SortFunc(containers, func(a, b observed.Container) int {
		return strings.Compare(a.Labels[record.LabelConfigID]+"\x00"+a.Name, b.Labels[record.LabelConfigID]+"\x00"+b.Name)
	})
	found := make([]T, len(containers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookers)
	for i, c := range containers {
		group.Go(func() (err error) {
			if found[i], err = f(ctx, client, c); err != nil {
				return fmt.Errorf("container %q: %w", c.Name, err)
			}
			_, masker := recordedSecrets(rules, c.Labels, nil)
			leave(masker, &found[i])
			return nil
		})
	}
	return found, leaveError(all, group.Wait())
}

// selects reports whether a container is managed and selected; a placeholder has nothing to look at.
func (s Selection) selects(c observed.Container) bool {
	listed := ListRequest{ManagedBy: s.ManagedBy, ConfigIDs: s.ConfigIDs}
	if !listed.wants(c.Labels) || c.Labels[record.LabelDone] != "" {
		return false
	}
	name := c.Labels[record.LabelContainerName]
	return len(s.Containers) == 0 || slices.Contains(s.Containers, name) || slices.Contains(s.Containers, c.Name)
}

// useOf reads what a mount is for off its paths, as deployments name them.
func useOf(m observed.MountPoint) string {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool {
			return strings.Contains(m.Source+"/", p) || strings.Contains(m.Destination+"/", p)
		})
	}
	switch {
	case has("/log/", "/logs/"):
		return "logs"
	case has("/config-data/", "/kolla/config_files/") || strings.HasPrefix(m.Destination, "/etc/"):
		return "config"
	case m.Kind == "volume" || m.Writable && strings.HasPrefix(m.Destination, "/var/lib/"):
		return "data"
	}
	return ""
}

// noise are paths that every container changes as it runs.
var noise = []string{"/run", "/var/run", "/tmp", "/var/tmp", "/proc", "/sys", "/dev", "/var/cache", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"}

// withoutNoise leaves out what no person changed: run-time files, mount points, and the directories that only hold
// a change.
func withoutNoise(changes []observed.FileChange, mounts []observed.MountPoint) []observed.FileChange {
	ignored := slices.Clone(noise)
	for _, m := range mounts {
		ignored = append(ignored, m.Destination)
	}
	kept := []observed.FileChange{}
	for i, c := range changes {
		holds := i+1 < len(changes) && strings.HasPrefix(changes[i+1].Path, c.Path+"/")
		below := func(dir string) bool { return c.Path == dir || strings.HasPrefix(c.Path, dir+"/") }
		above := func(path string) bool { return strings.HasPrefix(path, c.Path+"/") }
		if slices.ContainsFunc(ignored, below) || c.Kind != "deleted" && (holds || slices.ContainsFunc(ignored, above)) {
			continue
		}
		kept = append(kept, c)
	}
	return kept
}
