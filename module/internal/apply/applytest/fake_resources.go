package applytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// AddResource puts a volume, network or secret there, as another tool would have.
func (f *Fake) AddResource(kind config.ResourceKind, r observed.Resource) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addResource(kind, r)
}

func (f *Fake) addResource(kind config.ResourceKind, r observed.Resource) {
	if f.resources == nil {
		f.resources = map[config.ResourceKind]map[string]observed.Resource{}
	}
	if f.resources[kind] == nil {
		f.resources[kind] = map[string]observed.Resource{}
	}
	f.resources[kind][r.Name] = r
}

// ManageResources lets looks at the host find its volumes, networks and secrets.
func (f *Fake) ManageResources() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resources == nil {
		f.resources = map[config.ResourceKind]map[string]observed.Resource{}
	}
}

// Resources returns the resources of the host as a look at them finds them, by kind.
func (f *Fake) Resources() map[string][]observed.Resource {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seenResources()
}

func (f *Fake) seenResources() map[string][]observed.Resource {
	if f.resources == nil {
		return nil
	}
	all := map[string][]observed.Resource{}
	for _, kind := range []config.ResourceKind{config.Volume, config.Network, config.Secret} {
		all[string(kind)] = []observed.Resource{}
		for _, name := range slices.Sorted(maps.Keys(f.resources[kind])) {
			all[string(kind)] = append(all[string(kind)], f.resources[kind][name])
		}
	}
	return all
}

// CreateResource implements apply.Resources.
func (f *Fake) CreateResource(ctx context.Context, r apply.ResourceRequest) error {
	return f.do(ctx, "create-"+string(r.Resource.Kind), r.Name, "", func() error {
		if have, there := f.resources[r.Resource.Kind][r.Name]; there {
			if maps.Equal(have.Labels, r.Labels) {
				return nil
			}
			return fmt.Errorf("%s %s already exists", r.Resource.Kind, r.Name)
		}
		made := observed.Resource{Name: r.Name, CreatedAt: f.now(), Labels: maps.Clone(r.Labels), Driver: r.Resource.Driver, Options: r.Resource.Options, Internal: r.Resource.Internal}
		for _, s := range r.Resource.Subnets {
			made.Subnets = append(made.Subnets, s.Subnet)
		}
		f.addResource(r.Resource.Kind, made)
		return nil
	})
}

// RemoveResource implements apply.Resources.
func (f *Fake) RemoveResource(ctx context.Context, kind config.ResourceKind, name string) error {
	return f.do(ctx, "remove-"+string(kind), name, "", func() error {
		for _, c := range f.containers {
			if kind != config.Secret && f.uses(c, kind, name) {
				return fmt.Errorf("%s %s %w", kind, name, apply.ErrInUse)
			}
		}
		delete(f.resources[kind], name)
		return nil
	})
}

func (f *Fake) uses(c *container, kind config.ResourceKind, name string) bool {
	return slices.Contains(c.entry.Uses(), config.Use{Kind: kind, Name: name})
}

// missingResource refuses a container whose network or secret does not exist; f.mu is held. Engines in whose tests no resource
// was ever made have what is asked for.
func (f *Fake) missingResource(e config.Entry) error {
	if f.resources == nil {
		return nil
	}
	for _, use := range e.Uses() {
		if _, there := f.resources[use.Kind][use.Name]; !there && !strings.Contains(use.Name, "host") {
			return fmt.Errorf("%s %s does not exist", use.Kind, use.Name)
		}
	}
	return nil
}

// networksOf are the networks of a new container that were made; f.mu is held.
func (f *Fake) networksOf(e config.Entry) []string {
	var names []string
	for _, use := range e.Uses() {
		if _, there := f.resources[config.Network][use.Name]; there && use.Kind == config.Network {
			names = append(names, use.Name)
		}
	}
	return names
}
