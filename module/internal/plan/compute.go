package plan

import (
	"fmt"
	"sort"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/unitfile"
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
	// Decode tells how an older tool's recorded config is read.
	Decode config.Options
	// Digests compares secrets; one for a run, because it remembers what is slow.
	Digests *record.Digester
}

// Compute plans one step. Its errors are contradictions between the config and the host that no run
// could solve, all of them, each with its container; nothing has been touched then.
func Compute(step config.Step, state observed.State, o Options) (Plan, error) {
	res := planResources(step, state, o)
	step = res.resolve(step)
	p := newPlanner(step, state, o)
	out := Plan{Warnings: p.foreignWarnings(), Resources: res.ops, ResourceRemovals: res.removals}
	out.Pulls = p.pulls()
	for _, e := range step.Entries {
		p.ops[e.Name] = p.op(e)
	}
	p.followTargets()
	for _, e := range step.Entries {
		if e.Kind == config.Exec {
			p.ops[e.Name] = p.execOp(e)
		} else {
			p.ops[e.Name] = p.withUnit(e, p.ops[e.Name])
		}
	}
	p.followTargets() // a unit that moves restarts its container
	p.settleDependents()
	for _, e := range step.Entries {
		p.ops[e.Name] = p.procedure(e, p.ops[e.Name])
	}
	p.giveWay()
	p.orderRemovals()
	out.Removals = p.removals()
	out.OrderFiles = p.orderFiles()
	out.Warnings = append(append(out.Warnings, p.warnings...), res.warnings...)
	p.problems = append(p.problems, res.problems...)
	for i := range step.Entries {
		e := step.Entries[i]
		op := p.watched(e, p.withRecord(p.ops[e.Name]))
		op.Entry = &e
		out.Waves = appendToWave(out.Waves, e.StartOrder, p.withSteps(op))
	}
	p.addOutside(out.Waves)
	return out, many.Join(p.problems...)
}

func appendToWave(waves []Wave, order int, op Op) []Wave {
	if n := len(waves); n > 0 && waves[n-1].Order == order {
		waves[n-1].Ops = append(waves[n-1].Ops, op)
		return waves
	}
	return append(waves, Wave{Order: order, Ops: []Op{op}})
}

// planner holds what the parts of one computation share.
type planner struct {
	step     config.Step
	state    observed.State
	o        Options
	entries  map[string]config.Entry
	currents map[string]*observed.Container  // by entry: the current container
	previous map[string][]observed.Container // by entry: the containers that the current one replaced, if it is not known to be ready
	stopped  map[string]bool                 // by id: it ran until an interrupted run stopped it
	taken    map[string]bool                 // by id: it gives way to another container
	after    map[string][]string             // by entry: entries that come before it, as they give something up that it needs
	warnings []string
	surplus  []Op                            // what is removed first
	notes    map[string][]observed.Container // by the id of the container that they are about, newest first
	holders  map[string]string               // name -> id of the container that goes on holding it
	ops      map[string]Op
	problems []error
	// dependents are, by the id of a container, those that refer to it.
	dependents map[string][]dependent
	// outside are the restarts of containers that are no entries of this step, by start order.
	outside map[int][]Op
}

func newPlanner(step config.Step, state observed.State, o Options) *planner {
	p := &planner{
		step: step, state: state, o: o,
		entries: map[string]config.Entry{}, currents: map[string]*observed.Container{},
		previous: map[string][]observed.Container{}, stopped: map[string]bool{}, taken: map[string]bool{}, after: map[string][]string{},
		holders: map[string]string{}, ops: map[string]Op{}, outside: map[int][]Op{},
	}
	for _, e := range step.Entries {
		p.entries[e.Name] = e
	}
	p.takeNotes(p.ownNote)
	p.findDependents()
	p.findStopped()
	for _, e := range step.Entries {
		p.chooseContainers(e)
	}
	p.clearLeftovers()
	p.findOrphans()
	p.findHolders()
	return p
}

func (p *planner) problem(name, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf(problemOf, name, fmt.Sprintf(format, args...)))
}

// warning is a problem that is none yet.
func (p *planner) warning(name, format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(warnUnless, name, fmt.Sprintf(format, args...)))
}

// owned reports whether a container is ours: by manager and config_id, never by name.
func (p *planner) owned(c observed.Container) bool {
	return c.Labels[record.LabelConfigID] == p.o.ConfigID && p.ownManager(c.Labels[record.LabelManagedBy])
}

func (p *planner) ownManager(managedBy string) bool {
	if managedBy == "" {
		return false
	}
	if managedBy == p.o.ManagedBy {
		return true
	}
	for _, a := range p.o.Adopt {
		if a == managedBy {
			return true
		}
	}
	return false
}

// succeeded reports whether a container was made by one of the tools that this one replaces, and carries
// the config that shows it. Only the default manager succeeds them without being told to.
func (p *planner) succeeded(c observed.Container) bool {
	if p.o.ManagedBy != record.ManagedByPaunch || c.Labels[record.LabelConfigID] != p.o.ConfigID {
		return false
	}
	switch c.Labels[record.LabelManagedBy] {
	case record.ManagedByTripleo, record.ManagedByEdpm:
		return c.Labels[record.LabelLegacyConfig] != ""
	}
	return false
}

// foreignWarnings tells about containers that look like entries of this step but belong to a manager
// that we were not told to adopt.
func (p *planner) foreignWarnings() []string {
	var out []string
	for _, c := range p.state.Containers {
		name, managedBy := c.Labels[record.LabelContainerName], c.Labels[record.LabelManagedBy]
		if _, wanted := p.entries[name]; !wanted || managedBy == "" || c.Labels[record.LabelConfigID] != p.o.ConfigID {
			continue
		}
		if !p.owned(c) && !p.succeeded(c) {
			out = append(out, fmt.Sprintf(warnForeign, name, c.Name, p.o.ConfigID, managedBy))
		}
	}
	sort.Strings(out)
	return out
}

func (p *planner) remove(name string, c observed.Container, reason string) {
	p.surplus = append(p.surplus, Op{Name: name, Action: Removed, Reason: reason, Current: &c, Notes: p.notes[c.ID]})
}

// findOrphans plans the removal of what the config no longer has, when all else has succeeded.
func (p *planner) findOrphans() {
	if !p.o.CleanOrphans || p.o.Selected || p.step.Unmatched {
		return
	}
	wanted, first := p.step.Names(), len(p.surplus)
	for _, c := range p.state.Containers {
		if p.owned(c) && !wanted[c.Labels[record.LabelContainerName]] && !replacement.IsPrevious(c) {
			p.removeWithUnits(nameOf(c), c, reasonNotInConfig)
		}
	}
	p.findOrphanUnits(reasonNotInConfig, func(o unitfile.Owner) bool {
		return o.ConfigID == p.o.ConfigID && !wanted[o.Entry]
	})
	for i := range p.surplus[first:] {
		p.surplus[first+i].Orphan, p.surplus[first+i].Last = true, true
	}
}

// findHolders notes who goes on holding which name when the surplus is gone.
func (p *planner) findHolders() {
	gone := map[string]bool{}
	for _, op := range p.surplus {
		if op.Current != nil {
			gone[op.Current.ID] = true
		}
	}
	for _, c := range p.state.Containers {
		if !gone[c.ID] {
			p.holders[c.Name] = c.ID
		}
	}
	for _, l := range p.state.Leftovers {
		if !gone[l.ID] {
			p.holders[l.Name] = l.ID
		}
	}
}

// nameFree reports whether the entry can have its own name: nobody holds it, or its own container does.
func (p *planner) nameFree(e config.Entry) bool {
	holder, held := p.holders[e.Name]
	current := p.currents[e.Name]
	return !held || current != nil && current.ID == holder
}

func (p *planner) removals() []Op {
	sort.SliceStable(p.surplus, func(i, j int) bool { return p.surplus[i].realName() < p.surplus[j].realName() })
	for i, op := range p.surplus {
		p.surplus[i] = p.withSteps(op)
	}
	return p.surplus
}

// nameOf returns the entry name that a container records, else its real name.
func nameOf(c observed.Container) string {
	if n := c.Labels[record.LabelContainerName]; n != "" {
		return n
	}
	return c.Name
}

// pulls collects the images to fetch, one element per image, the stronger policy winning.
func (p *planner) pulls() []Pull {
	policies := map[string]string{}
	for _, e := range p.step.Entries {
		if e.Image == "" {
			continue
		}
		policy := first(e.Pull, p.o.Pull, PullMissing)
		_, here := p.state.Images[e.Image]
		switch {
		case policy == PullNever && !here:
			p.problem(e.Name, problemPullNever, e.Image, e.Image)
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
	return out
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
