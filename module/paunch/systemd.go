package paunch

import (
	"context"
	"fmt"
	"os"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/systemd"
)

// Who restarts a service that ends.
const (
	restartedByPodman  = "podman"
	restartedBySystemd = "systemd"
)

// connectUnits reaches systemd where it can run this host's services. Also where it is not to (systemd:
// never) it is asked for the units that earlier runs or other tools left.
func (r *run) connectUnits(ctx context.Context) error {
	why := r.noUnits()
	switch {
	case why != "" && r.req.Systemd == SystemdAlways:
		return fmt.Errorf("systemd: always, but %s; with systemd: auto Podman's restart policy is used instead", why)
	case why != "":
		return nil
	}
	units, err := systemd.Connect(ctx)
	if err != nil {
		return err
	}
	r.units = units
	r.restartedBy()
	return nil
}

// restartedBy notes in the result who restarts services.
func (r *run) restartedBy() {
	r.result.RestartedBy = restartedByPodman
	if r.byUnits() {
		r.result.RestartedBy = restartedBySystemd
	}
}

// noUnits tells why systemd cannot run the services, "" when it can. What the unit's podman would not
// find, it cannot start: the containers of another storage, user or host.
func (r *run) noUnits() string {
	_, podmanErr := os.Stat(systemd.PodmanPath)
	_, otherStorage := os.LookupEnv("CONTAINERS_STORAGE_CONF")
	switch {
	case !systemd.Runs():
		return "systemd is not this host's init"
	case os.Geteuid() != 0:
		return "only root's containers are run by units"
	case !r.client.Local():
		return "Podman is reached over the network"
	case podmanErr != nil:
		return "there is no " + systemd.PodmanPath + " for units to call"
	case r.req.Systemd == SystemdAlways:
		return ""
	case !r.client.System() || otherStorage:
		return "Podman was named, and may be another one than the host's own"
	}
	return ""
}

// byUnits reports whether systemd runs the services.
func (r *run) byUnits() bool { return r.units != nil && r.req.Systemd != SystemdNever }

// observe takes one look at the host: Podman's, and systemd's where it is of interest.
func (r *run) observe(ctx context.Context) (observed.State, error) {
	defer r.phase("observe")()
	state, err := r.client.Observe(ctx, r.want())
	r.markAbandoned(state.Leftovers)
	if err != nil || r.units == nil {
		return state, err
	}
	prefixes := []string{plan.PrefixTripleo, plan.PrefixEdpm}
	if r.req.UnitPrefix != "" {
		prefixes = append(prefixes, r.req.UnitPrefix)
	}
	if state.Units, err = r.units.Observe(ctx, prefixes); err != nil {
		return state, err
	}
	if r.req.SystemdOrder {
		state.OrderFiles, err = r.units.OrderFiles()
	}
	return state, err
}

// stopTimeout returns how many seconds units give services to stop that do not say so themselves.
func (r *run) stopTimeout() *uint {
	seconds := uint(max(0, r.req.StopTimeout)) //nolint:gosec // not negative
	return &seconds
}
