package podman

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/containers"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	nettypes "go.podman.io/common/libnetwork/types"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Want says what of the host is of interest besides its containers.
type Want struct {
	Images []string // references as they stand in the config
	// Resources returns the kinds of resource to list, by what containers there are; nil = none.
	Resources func([]observed.Container) map[config.ResourceKind]bool
}

// Observe takes one look at the host: a listing of the containers, one of the images if any is asked
// for, and one of each kind of resource that is. A container without its conmon costs one more, and a short name or an id
// among the images, as only Podman knows what it means.
func (c *Client) Observe(ctx context.Context, want Want) (observed.State, error) {
	var state observed.State
	listed, err := c.list(ctx, true)
	if err != nil {
		return state, err
	}
	for i := range listed {
		switch l := &listed[i]; {
		case isStorageOnly(l):
			state.Leftovers = append(state.Leftovers, c.leftover(l))
		case !isExternal(l):
			state.Containers = append(state.Containers, c.container(ctx, l))
		}
	}
	if state.Images, err = c.localImages(ctx, want.Images); err != nil {
		return state, err
	}
	if want.Resources == nil {
		return state, nil
	}
	state.Resources, err = c.resources(ctx, want.Resources(state.Containers))
	if listed, asked := state.Resources[string(config.Volume)]; asked {
		state.Volumes = map[string]bool{}
		for _, v := range listed {
			state.Volumes[v.Name] = true
		}
	}
	return state, err
}

// Containers lists all containers of the host.
func (c *Client) Containers(ctx context.Context) ([]observed.Container, error) {
	listed, err := c.list(ctx, false)
	if err != nil {
		return nil, err
	}
	all := make([]observed.Container, len(listed))
	for i := range listed {
		all[i] = c.container(ctx, &listed[i])
	}
	return all, nil
}

// list lists the containers; external adds what only the storage knows.
func (c *Client) list(ctx context.Context, external bool) (listed []types.ListContainer, err error) {
	err = c.ask(ctx, isListingRace, func() error {
		listed, err = c.listOnce(ctx, external)
		return err
	})
	return listed, err
}

// listOnce is one listing.
func (c *Client) listOnce(ctx context.Context, external bool) ([]types.ListContainer, error) {
	ctx, explain, cancel := c.call(ctx, c.quick, "list containers")
	defer cancel()
	listed, err := containers.List(ctx, new(containers.ListOptions).WithAll(true).WithExternal(external).WithNamespace(true))
	return listed, explain(err)
}

// ask makes a call that changes nothing: again where the connection is lost, and where its error is of a
// kind that passes.
func (c *Client) ask(ctx context.Context, passes func(error) bool, question func() error) error {
	return repeat(ctx, passes, func() error { return c.persist(ctx, question, nil) })
}

// isExternal reports whether the container is known to the storage only: buildah's, or a leftover.
func isExternal(l *types.ListContainer) bool { return l.State == "storage" }

// isStorageOnly reports whether an external container is what a killed Podman left behind; the state is the
// same for a working container of buildah, which an operator is building in.
func isStorageOnly(l *types.ListContainer) bool {
	return isExternal(l) && len(l.Command) == 1 && l.Command[0] == "storage"
}

// container is what the listing and the container's processes say.
func (c *Client) container(ctx context.Context, l *types.ListContainer) observed.Container {
	k := c.withExit(ctx, l, c.withProcess(ctx, l, fromListing(l)))
	if k.Status == observed.Running {
		k.RunningFor = runningFor(k, time.Now(), sinceBoot())
	}
	return k
}

func fromListing(l *types.ListContainer) observed.Container {
	state, endUnknown := lastState(l)
	return observed.Container{
		ID:        l.ID,
		Name:      firstName(l),
		Image:     l.Image,
		Command:   l.Command,
		ImageID:   bareID(l.ImageID),
		Labels:    withoutOverridden(l.Labels),
		Status:    state,
		ExitCode:  int(l.ExitCode),
		Health:    health(l.Status),
		CreatedAt: l.Created,
		StartedAt: unixTime(l.StartedAt),
		ExitedAt:  unixTime(l.ExitedAt),
		Restarts:  l.Restarts,
		PID:       l.Pid,

		EndUnknown: endUnknown,
		Ports:      ports(l.Ports),
		Networks:   l.Networks,
		Namespaces: namespaces(l.Namespaces),
	}
}

// ports returns the ports of the host that are published for a container.
func ports(mappings []nettypes.PortMapping) []observed.Port {
	var all []observed.Port
	for _, m := range mappings {
		for i := range max(int(m.Range), 1) {
			for protocol := range strings.SplitSeq(m.Protocol, ",") {
				all = append(all, observed.Port{IP: m.HostIP, Number: m.HostPort + uint16(i), Protocol: protocol}) //nolint:gosec // a port
			}
		}
	}
	return all
}

// lastState returns the state of a container, and whether Podman does not have the exit code of its last run, and says
// 0. What ran when the host went down is "created" again for Podman 4.3 after the boot, and "exited" for later versions.
// What is between two runs is "initialized". All keep the time of the start.
func lastState(l *types.ListContainer) (s observed.Status, unknown bool) {
	s = afterRun(status(l.State), l.StartedAt > 0)
	return s, l.StartedAt > 0 && !l.Exited && (s == observed.Exited || s == observed.Stopped)
}

// afterRun is the state of a container that ran: one that is created again has ended.
func afterRun(s observed.Status, ran bool) observed.Status {
	if ran && s == observed.Created {
		return observed.Exited
	}
	return s
}

// namespaces returns, by podman's flags, what the service could see of a container's namespaces. They are in the
// listing, so they cost no request, and a Podman that is reached over a network sees them too.
func namespaces(l types.ListContainerNamespaces) map[string]string {
	seen := map[string]string{"network": l.NET, "ipc": l.IPC, "pid": l.PIDNS, "uts": l.UTS, "userns": l.User, "cgroupns": l.Cgroup}
	maps.DeleteFunc(seen, func(_, id string) bool { return id == "" })
	return seen
}

func firstName(l *types.ListContainer) string {
	if len(l.Names) == 0 {
		return ""
	}
	return l.Names[0]
}

// stateInitialized is a container whose process is prepared and has not been let run: new, or between two runs.
const stateInitialized = "initialized"

// status maps Podman's word for a state.
func status(word string) observed.Status {
	switch s := observed.Status(word); s {
	case observed.Created, observed.Running, observed.Paused, observed.Stopped, observed.Exited,
		observed.Stopping, observed.Removing:
		return s
	case stateInitialized, "configured":
		return observed.Created
	default:
		return observed.Unknown
	}
}

// health takes the word only where it is one of health: Podman 4.3 leaves the field empty, and some
// versions put a duration there.
func health(word string) string {
	switch word {
	case "healthy", "unhealthy", "starting":
		return word
	}
	return ""
}

// unixTime is zero for a container that was never started, whose time Podman sends as year 1.
func unixTime(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func bareID(id string) string { return strings.TrimPrefix(id, "sha256:") }
