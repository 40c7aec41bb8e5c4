package podman

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"

	networks "github.com/containers/podman/v5/pkg/bindings/network"
	"github.com/containers/podman/v5/pkg/bindings/secrets"
	"github.com/containers/podman/v5/pkg/bindings/volumes"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	nettypes "go.podman.io/common/libnetwork/types"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	labels "github.com/overcloud/paunch/module/internal/record"
)

// resources looks at the resources of the host: one listing for each kind that is asked for.
func (c *Client) resources(ctx context.Context, kinds map[config.ResourceKind]bool) (map[string][]observed.Resource, error) {
	lists := map[config.ResourceKind]func(context.Context) ([]observed.Resource, error){
		config.Volume: c.listVolumes, config.Network: c.listNetworks, config.Secret: c.listSecrets,
	}
	found := map[string][]observed.Resource{}
	for kind, list := range lists {
		if !kinds[kind] {
			continue
		}
		err := c.ask(ctx, isListingRace, func() error {
			ctx, explain, cancel := c.call(ctx, c.quick, fmt.Sprintf("list %ss", kind))
			defer cancel()
			all, err := list(ctx)
			found[string(kind)] = all
			return explain(err)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *Client) listVolumes(ctx context.Context) ([]observed.Resource, error) {
	listed, err := volumes.List(ctx, nil)
	all := make([]observed.Resource, len(listed))
	for i, v := range listed {
		all[i] = observed.Resource{Name: v.Name, Labels: v.Labels, Driver: v.Driver, Options: v.Options, Anonymous: v.Anonymous, CreatedAt: v.CreatedAt}
	}
	return all, err
}

func (c *Client) listNetworks(ctx context.Context) ([]observed.Resource, error) {
	listed, err := networks.List(ctx, nil)
	all := make([]observed.Resource, len(listed))
	for i, n := range listed {
		all[i] = observed.Resource{Name: n.Name, Labels: n.Labels, Driver: n.Driver, Options: n.Options, Internal: n.Internal, CreatedAt: n.Created}
		for _, s := range n.Subnets {
			all[i].Subnets = append(all[i].Subnets, s.Subnet.String())
		}
	}
	return all, err
}

// listSecrets lists the secrets. Their labels are among the options of their driver where Podman has none for them.
func (c *Client) listSecrets(ctx context.Context) ([]observed.Resource, error) {
	listed, err := secrets.List(ctx, nil)
	all := make([]observed.Resource, len(listed))
	for i, s := range listed {
		own := maps.Clone(s.Spec.Labels)
		if own == nil {
			own = map[string]string{}
		}
		for k, v := range s.Spec.Driver.Options {
			if config.ReservedLabel(k) && own[k] == "" {
				own[k] = v
			}
		}
		all[i] = observed.Resource{Name: s.Spec.Name, Labels: own, Driver: s.Spec.Driver.Name, CreatedAt: s.CreatedAt}
	}
	return all, err
}

// CreateResource makes a volume, network or secret.
func (c *Client) CreateResource(ctx context.Context, r apply.ResourceRequest) error {
	create := map[config.ResourceKind]func(context.Context, apply.ResourceRequest) error{
		config.Volume: makeVolume, config.Network: makeNetwork, config.Secret: c.createSecret,
	}[r.Resource.Kind]
	err := c.persist(ctx, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "")
		defer cancel()
		return explain(create(ctx, r))
	}, nil)
	if err == nil || !answered(err) {
		return err
	}
	if made, lookErr := c.hasResource(ctx, r); lookErr == nil && made {
		return nil
	}
	return err
}

// hasResource reports whether a resource is there as it was to be made: a call whose answer was lost has made it.
func (c *Client) hasResource(ctx context.Context, r apply.ResourceRequest) (bool, error) {
	found, err := c.resources(ctx, map[config.ResourceKind]bool{r.Resource.Kind: true})
	for _, have := range found[string(r.Resource.Kind)] {
		if have.Name == r.Name {
			return len(r.Labels) > 0 && have.Labels[labels.LabelResource] == r.Labels[labels.LabelResource] &&
				have.Labels[labels.LabelConfig] == r.Labels[labels.LabelConfig] && have.Labels[labels.LabelSalt] == r.Labels[labels.LabelSalt], err
		}
	}
	return false, err
}

// labelsOf are the labels of a new resource: its own, and ours over them.
func labelsOf(r apply.ResourceRequest) map[string]string {
	all := map[string]string{}
	maps.Copy(all, r.Resource.Labels)
	maps.Copy(all, r.Labels)
	return all
}

func makeVolume(ctx context.Context, r apply.ResourceRequest) error {
	_, err := volumes.Create(ctx, types.VolumeCreateOptions{
		Name: r.Name, Driver: r.Resource.Driver, Options: r.Resource.Options, Labels: labelsOf(r),
	}, nil)
	return err
}

func makeNetwork(ctx context.Context, r apply.ResourceRequest) error {
	res := r.Resource
	n := nettypes.Network{
		Name: r.Name, Driver: res.Driver, Options: res.Options, Labels: labelsOf(r),
		Internal: res.Internal, IPv6Enabled: res.IPv6, DNSEnabled: !res.DisableDNS,
	}
	if n.Driver == "" {
		n.Driver = nettypes.DefaultNetworkDriver
	}
	for _, s := range res.Subnets {
		subnet, err := subnetOf(s)
		if err != nil {
			return err
		}
		n.Subnets = append(n.Subnets, subnet)
	}
	_, err := networks.Create(ctx, &n)
	return err
}

func subnetOf(s config.Subnet) (nettypes.Subnet, error) {
	parsed, err := nettypes.ParseCIDR(s.Subnet)
	if err != nil {
		return nettypes.Subnet{}, fmt.Errorf("subnet %s: %w", s.Subnet, err)
	}
	out := nettypes.Subnet{Subnet: parsed, Gateway: net.ParseIP(s.Gateway)}
	if s.Range == "" {
		return out, nil
	}
	_, part, err := net.ParseCIDR(s.Range)
	if err != nil {
		return out, fmt.Errorf("ip_range %s: %w", s.Range, err)
	}
	last := make(net.IP, len(part.IP))
	for i := range part.IP {
		last[i] = part.IP[i] | ^part.Mask[i]
	}
	out.LeaseRange = &nettypes.LeaseRange{StartIP: part.IP, EndIP: last}
	return out, nil
}

// createSecret makes a secret. A Podman before 4.6 has no labels of secrets, and ignores those that it is sent:
// there they stand among the options of the driver, which keeps those that it does not know.
func (c *Client) createSecret(ctx context.Context, r apply.ResourceRequest) error {
	options := new(secrets.CreateOptions).WithName(r.Name)
	if v := c.link().version; v.Major > 4 || v.Major == 4 && v.Minor >= 6 {
		options = options.WithLabels(labelsOf(r))
	} else {
		options = options.WithDriver("file").WithDriverOpts(labelsOf(r))
	}
	_, err := secrets.Create(ctx, bytes.NewReader(r.Resource.Content), options)
	return err
}

// RemoveResource removes a volume, network or secret that nothing uses.
func (c *Client) RemoveResource(ctx context.Context, kind config.ResourceKind, name string) error {
	remove := map[config.ResourceKind]func(context.Context) error{
		config.Volume: func(ctx context.Context) error { return volumes.Remove(ctx, name, nil) },
		config.Network: func(ctx context.Context) error {
			reports, err := networks.Remove(ctx, name, nil)
			for _, report := range reports {
				err = errors.Join(err, report.Err)
			}
			return err
		},
		config.Secret: func(ctx context.Context) error { return secrets.Remove(ctx, name) },
	}[kind]
	err := c.persist(ctx, func() error {
		ctx, explain, cancel := c.call(ctx, c.quick, "")
		defer cancel()
		return explain(remove(ctx))
	}, nil)
	var e *callError
	switch {
	case !errors.As(err, &e):
		return err
	case e.status == http.StatusNotFound:
		return nil
	case e.status == http.StatusConflict || strings.Contains(e.message, "being used") || strings.Contains(e.message, "in use"):
		return fmt.Errorf("%w: %w", apply.ErrInUse, err)
	}
	return err
}
