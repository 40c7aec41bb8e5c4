package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// VolumesRequired is the volume_policy that refuses a config whose named volumes do not exist.
const VolumesRequired = "require"

// ResourceOp is what is to be done about one volume, network or secret.
type ResourceOp struct {
	Kind   config.ResourceKind
	Name   string // in the config
	Real   string // on the host
	Action Action // Unchanged, Created, Recreated or Removed
	Reason string
	// Changed are the keys that differ from the record, when that is the reason.
	Changed []string
	// Resource is what is wanted; nil for a removal.
	Resource *config.Resource
	// Salt is of the digests in the record of what is created.
	Salt string
}

// resources plans the volumes, networks and secrets of one step.
type resources struct {
	o        Options
	state    observed.State
	wanted   []config.Resource
	ops      []ResourceOp
	removals []ResourceOp
	warnings []string
	problems []error
	// names are the secrets' real names, by their names in the config.
	names map[string]string
}

func planResources(step config.Step, state observed.State, o Options) *resources {
	p := &resources{o: o, state: state, wanted: step.Resources, names: map[string]string{}}
	for i := range p.wanted {
		res := &p.wanted[i]
		if p.observed(res.Kind) {
			p.plan(res)
		}
	}
	if o.CleanOrphans && !o.Selected && !step.Unmatched {
		p.removeOrphans(func(managedBy, configID string) bool {
			return managedBy == o.ManagedBy && configID == o.ConfigID
		}, reasonNotInConfig)
	}
	return p
}

func (p *resources) observed(kind config.ResourceKind) bool {
	_, asked := p.state.Resources[string(kind)]
	return asked
}

func (p *resources) problem(res *config.Resource, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf(problemOfResource, res.Kind, res.Name, fmt.Sprintf(format, args...)))
}

// find returns the resource of the host that has a real name.
func (p *resources) find(kind config.ResourceKind, name string) *observed.Resource {
	for i, r := range p.state.Resources[string(kind)] {
		if r.Name == name {
			return &p.state.Resources[string(kind)][i]
		}
	}
	return nil
}

// owned reports whether a resource was made for this step.
func (p *resources) owned(r observed.Resource) bool {
	return r.Labels[record.LabelManagedBy] == p.o.ManagedBy && r.Labels[record.LabelConfigID] == p.o.ConfigID && r.Labels[record.LabelResource] != ""
}

func (p *resources) add(op ResourceOp) { p.ops = append(p.ops, op) }

func (p *resources) plan(res *config.Resource) {
	if res.Kind == config.Secret && !res.External {
		p.secret(res)
		return
	}
	there := p.find(res.Kind, res.Name)
	switch {
	case there == nil && res.External:
		p.problem(res, problemExternal, res.Kind, res.Name)
	case there == nil && res.Kind == config.Volume && !res.Declared && p.o.VolumePolicy == VolumesRequired: // config.CheckHost refuses it
	case there == nil:
		p.add(ResourceOp{Kind: res.Kind, Name: res.Name, Real: res.Name, Action: Created, Reason: usedBy(res), Resource: res, Salt: p.o.Salt})
	case res.External || !res.Declared:
		p.add(ResourceOp{Kind: res.Kind, Name: res.Name, Real: res.Name, Action: Unchanged, Resource: res})
	default:
		p.compare(res, there)
	}
}

func usedBy(res *config.Resource) string {
	if len(res.Users) == 0 {
		return resourceNew
	}
	return fmt.Sprintf(resourceNewUsed, strings.Join(res.Users, ", "))
}

// compare decides about a declared volume or network that is there.
func (p *resources) compare(res *config.Resource, there *observed.Resource) {
	op := ResourceOp{Kind: res.Kind, Name: res.Name, Real: res.Name, Action: Unchanged, Resource: res}
	changed, known := p.o.Digests.ResourceChanges(*res, there.Labels)
	if !known {
		changed = differsFrom(res, there)
	}
	if len(changed) == 0 {
		p.add(op)
		return
	}
	keys := strings.Join(changed, ", ")
	switch users := p.usersOf(res); {
	case !known:
		p.problem(res, problemNotOurs, keys)
	case res.Kind == config.Volume:
		p.problem(res, problemVolumeChanged, keys)
	case len(users) > 0:
		p.problem(res, problemNetworkUsed, keys, strings.Join(users, ", "))
	default:
		op.Action, op.Reason, op.Changed, op.Salt = Recreated, fmt.Sprintf(resourceConfig, keys), changed, p.o.Salt
		p.add(op)
	}
}

// usersOf returns the containers that are attached to a network.
func (p *resources) usersOf(res *config.Resource) []string {
	var users []string
	for _, c := range p.state.Containers {
		if res.Kind == config.Network && slices.Contains(c.Networks, res.Name) {
			users = append(users, c.Name)
		}
	}
	sort.Strings(users)
	return users
}

// differsFrom compares what a config says with a resource that the step did not make.
func differsFrom(res *config.Resource, there *observed.Resource) []string {
	var keys []string
	if res.Driver != "" && res.Driver != there.Driver {
		keys = append(keys, "driver")
	}
	for k, v := range res.Options {
		if there.Options[k] != v && !slices.Contains(keys, "options") {
			keys = append(keys, "options")
		}
	}
	for _, s := range res.Subnets {
		if !slices.ContainsFunc(there.Subnets, func(have string) bool { return sameSubnet(have, s.Subnet) }) {
			keys = append(keys, "subnet")
			break
		}
	}
	if res.Internal && !there.Internal {
		keys = append(keys, "internal")
	}
	sort.Strings(keys)
	return keys
}

func sameSubnet(a, b string) bool {
	pa, errA := netip.ParsePrefix(a)
	pb, errB := netip.ParsePrefix(b)
	return errA == nil && errB == nil && pa.Masked() == pb.Masked()
}

// secret decides about a secret: one with the same content goes on being used, under whatever name it has.
func (p *resources) secret(res *config.Resource) {
	op := ResourceOp{Kind: res.Kind, Name: res.Name, Action: Unchanged, Resource: res}
	if res.Content == nil {
		op.Action, op.Real, op.Reason = Created, res.Name, fmt.Sprintf(resourceUnknown, res.SourceFile)
		p.add(op)
		return
	}
	before := false
	for _, have := range p.state.Resources[string(config.Secret)] {
		if !p.owned(have) || have.Labels[record.LabelResource] != res.Name {
			continue
		}
		before = true
		if changed, known := p.o.Digests.ResourceChanges(*res, have.Labels); known && len(changed) == 0 {
			op.Real = have.Name
			p.names[res.Name] = op.Real
			p.add(op)
			return
		}
	}
	op.Action, op.Reason, op.Salt = Created, usedBy(res), p.o.Salt
	if before {
		op.Reason = resourceChanged
	}
	op.Real = p.o.Digests.SecretName(*res, p.o.Salt)
	p.names[res.Name] = op.Real
	if p.find(config.Secret, op.Real) != nil {
		p.problem(res, problemNameTaken, op.Real, op.Real)
	}
	p.add(op)
}

// resolve returns the step with the secrets' real names in its entries. A secret of another step of this manager is
// found by its labels.
func (p *resources) resolve(step config.Step) config.Step {
	entries := slices.Clone(step.Entries)
	for i := range entries {
		entries[i] = entries[i].WithSecretNames(p.realName)
	}
	step.Entries = entries
	return step
}

// realName returns what a secret of the config is called on the host.
func (p *resources) realName(name string) string {
	if real, ok := p.names[name]; ok {
		return real
	}
	if p.find(config.Secret, name) != nil {
		return name
	}
	latest := ""
	for _, r := range p.state.Resources[string(config.Secret)] {
		if r.Labels[record.LabelManagedBy] == p.o.ManagedBy && r.Labels[record.LabelResource] == name && !p.isSuperseded(r) {
			latest = r.Name
		}
	}
	if latest != "" {
		return latest
	}
	return name
}

// isSuperseded reports whether a later secret of the same name and step is there.
func (p *resources) isSuperseded(r observed.Resource) bool {
	return slices.ContainsFunc(p.state.Resources[string(config.Secret)], func(o observed.Resource) bool {
		return o.CreatedAt.After(r.CreatedAt) && o.Labels[record.LabelResource] == r.Labels[record.LabelResource] &&
			o.Labels[record.LabelConfigID] == r.Labels[record.LabelConfigID] && o.Labels[record.LabelManagedBy] == r.Labels[record.LabelManagedBy]
	})
}

// removeOrphans plans the removal of what no container of this step uses any more.
func (p *resources) removeOrphans(mine func(managedBy, configID string) bool, reason string) {
	ours := func(labels map[string]string) bool {
		return mine(labels[record.LabelManagedBy], labels[record.LabelConfigID])
	}
	for _, kind := range []config.ResourceKind{config.Network, config.Secret, config.Volume} {
		for _, r := range p.state.Resources[string(kind)] {
			name := r.Labels[record.LabelResource]
			if name == "" || !ours(r.Labels) || p.isWanted(kind, r) {
				continue
			}
			switch user := p.otherUser(kind, r.Name, ours); {
			case kind == config.Volume && !p.o.PruneVolumes:
				p.warnings = append(p.warnings, fmt.Sprintf(warnVolumeKept, r.Name, reason))
			case user != "" && kind == config.Network:
				p.warnings = append(p.warnings, fmt.Sprintf(warnNetworkKept, r.Name, reason, user))
			case user != "": // a superseded secret that a container of another step still needs
			default:
				p.removals = append(p.removals, ResourceOp{Kind: kind, Name: name, Real: r.Name, Action: Removed, Reason: reasonOf(p, kind, name, reason)})
			}
		}
	}
}

// reasonOf is why a resource goes: also because another one took its place.
func reasonOf(p *resources, kind config.ResourceKind, name, reason string) string {
	if kind == config.Secret && p.names[name] != "" {
		return resourceSuperseded
	}
	return reason
}

// isWanted reports whether the plan uses a resource of the host.
func (p *resources) isWanted(kind config.ResourceKind, r observed.Resource) bool {
	return slices.ContainsFunc(p.ops, func(op ResourceOp) bool { return op.Kind == kind && op.Real == r.Name }) ||
		slices.ContainsFunc(p.wanted, func(w config.Resource) bool {
			return w.Kind == kind && kind != config.Secret && w.Name == r.Name
		})
}

// otherUser returns a container that goes on using a resource: one that is not ours.
func (p *resources) otherUser(kind config.ResourceKind, real string, ours func(labels map[string]string) bool) string {
	for _, c := range p.state.Containers {
		uses := slices.Contains(c.Networks, real)
		if kind == config.Secret {
			uses = strings.Contains(c.Labels[record.LabelConfig], `"`+real)
		}
		if uses && !ours(c.Labels) {
			return c.Name
		}
	}
	return ""
}
