package plan

import (
	"slices"
	"sort"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/release"
)

// Pull policies, as podman names them.
const (
	PullMissing = "missing"
	PullAlways  = "always"
	PullNewer   = "newer"
	PullNever   = "never"
)

// ExecAlways is the policy that runs every exec in every apply.
const ExecAlways = "always"

// Options are what a plan depends on beside the step and the host.
type Options struct {
	ManagedBy string
	ConfigID  string
	Adopt     []string // further managers whose containers of this config_id are ours
	// CleanOrphans removes containers of this config_id that the config no longer has. It has no
	// effect when only some containers were selected.
	CleanOrphans   bool
	Selected       bool // the step holds only a selection of the config
	RestartStopped bool
	// Settle is the time that a service must stay up to count as started.
	Settle     observed.SettleTime
	ExecPolicy string
	Pull       string
	// WaitHealthy gates every service that has a healthcheck.
	WaitHealthy bool
	// Units lets systemd run the services, where the state has units.
	Units bool
	// UnitPrefix begins the units' names; "" keeps those that containers have, else it is "tripleo".
	UnitPrefix string
	// StopTimeout is how many seconds units give services to stop that do not say so themselves; nil = Podman's 10.
	StopTimeout *uint
	// Ordered has services stop in order before what they stand on (systemd_order).
	Ordered bool
	// Predict means that the plan is not executed: what an earlier step will have made by then is only
	// warned about.
	Predict bool
	// Remote means that the host's systemd is out of reach, or that its Podman may be another one than
	// its units call.
	Remote bool
	// VolumePolicy is VolumesRequired where named volumes that do not exist are not created.
	VolumePolicy string
	// PruneVolumes removes volumes that were made for the step and are no longer in its config, with their data.
	PruneVolumes bool
	// Salt is of the digests that are recorded with new resources.
	Salt string
	// OptionsChanged names, by the keys of a record, the step's options that are others than at the last apply.
	OptionsChanged map[string][]string
	// Podman is the release of the host's; zero where it is not known, which changes nothing in place.
	Podman release.Release
	// Decode tells how an older tool's recorded config is read.
	Decode config.Options
	// Digests compares secrets; one for a run, because it remembers what is slow.
	Digests *record.Digester
}

// Compute plans one step, in stages: each takes what the one before returned, and returns a value of its own. Its errors
// are contradictions between the config and the host that no run could solve, all of them, each with its container;
// nothing has been touched then.
func Compute(step config.Step, state observed.State, o Options) (Plan, error) {
	res := planResources(step, state, o)
	h := newHost(res.resolve(step), state, o, ownNote)
	pulls, problems := h.pulls()
	x := exchange(bind(unite(join(decide(choose(h))))))
	out := Plan{Resources: res.ops, ResourceRemovals: res.removals, Pulls: pulls, OrderFiles: h.orderFiles(), Waves: waves(x)}
	out.Removals, out.LastRemovals = x.sortedRemovals()
	out.Validations = x.validations(out.Ops(), res.ops)
	out.Warnings = append(x.warnings, res.warnings...)
	return out, many.Join(slices.Concat(problems, x.problems, res.problems)...)
}

// pulls collects the images to fetch, and those that cannot be, one element per image, the stronger policy winning.
func (h *host) pulls() ([]Pull, []error) {
	var found said
	policies := map[string]string{}
	for _, e := range h.step.Entries {
		if e.Image == "" {
			continue
		}
		policy := first(e.Pull, h.o.Pull, PullMissing)
		_, here := h.state.Images[e.Image]
		switch {
		case policy == PullNever && !here:
			found.problem(e.Name, problemPullNever, e.Image, e.Image)
		case policy == PullNever || policy == PullMissing && here:
		case strength[policy] > strength[policies[e.Image]]:
			policies[e.Image] = policy
		}
	}
	var out []Pull
	for image, policy := range policies {
		out = append(out, Pull{Image: image, Policy: policy})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Image < out[j].Image })
	return out, found.problems
}

var strength = map[string]int{PullMissing: 1, PullNewer: 2, PullAlways: 3}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
