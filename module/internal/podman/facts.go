package podman

import (
	"context"
	"slices"
	"strings"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/bindings/containers"
	"go.podman.io/storage/pkg/archive"

	"github.com/overcloud/paunch/module/internal/observed"
)

// Facts inspects one container.
func (c *Client) Facts(ctx context.Context, of observed.Container) (observed.Facts, error) {
	f := observed.Facts{Container: of}
	err := c.ask(ctx, isFault, func() error {
		data, err := c.inspectOnce(ctx, of.ID)
		if err == nil {
			f = facts(of, data)
		}
		return err
	})
	return f, err
}

func facts(of observed.Container, data *define.InspectContainerData) observed.Facts {
	f := observed.Facts{Container: of}
	if data.Config != nil {
		f.User, f.Env = data.Config.User, data.Config.Env
	}
	for _, m := range data.Mounts {
		f.Mounts = append(f.Mounts, observed.MountPoint{Kind: m.Type, Source: m.Source, Volume: m.Name, Destination: m.Destination, Writable: m.RW})
	}
	h := data.HostConfig
	if h == nil {
		return f
	}
	f.Privileged, f.ReadOnly, f.Capabilities, f.SecurityOpts = h.Privileged, h.ReadonlyRootfs, h.CapAdd, h.SecurityOpt
	if h.LogConfig != nil {
		f.LogDriver, f.LogPath = h.LogConfig.Type, h.LogConfig.Path
	}
	for _, ns := range []struct{ name, mode string }{
		{"network", h.NetworkMode}, {"pid", h.PidMode}, {"ipc", h.IpcMode}, {"uts", h.UTSMode}, {"user", h.UsernsMode}, {"cgroup", h.CgroupMode},
	} {
		if ns.mode == "host" {
			f.HostNamespaces = append(f.HostNamespaces, ns.name)
		}
	}
	return f
}

// FileChanges returns what differs in a container's own file system from its image, sorted by path. Mounts are
// no part of it. What an added directory holds is listed too.
func (c *Client) FileChanges(ctx context.Context, container string) ([]observed.FileChange, error) {
	var changes []observed.FileChange
	err := c.ask(ctx, isFault, func() error {
		return c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
			found, err := containers.Diff(ctx, id, nil)
			changes = changes[:0]
			for _, f := range found {
				changes = append(changes, observed.FileChange{Kind: changeKind(f.Kind), Path: f.Path})
			}
			return err
		})
	})
	slices.SortFunc(changes, func(a, b observed.FileChange) int { return strings.Compare(a.Path, b.Path) })
	return changes, err
}

func changeKind(k archive.ChangeType) string {
	switch k {
	case archive.ChangeAdd:
		return "added"
	case archive.ChangeDelete:
		return "deleted"
	default:
		return "changed"
	}
}
