package spec

import (
	"errors"
	"fmt"
	"net"

	"github.com/containers/podman/v5/cmd/podman/parse"
	"github.com/containers/podman/v5/pkg/domain/entities"
	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/containers/podman/v5/pkg/specgenutil"
	"go.podman.io/common/libnetwork/types"
)

// netOptions is what podman's CLI makes of its network flags. Without --network nothing is chosen
// here: the service knows its own default.
func (p *parsed) netOptions() (*entities.NetOptions, error) {
	n := p.network
	o := &entities.NetOptions{HostsFile: n.hostsFile, DNSOptions: n.dnsOption, NoHostname: n.noHostname, NoHosts: n.noHosts}
	for _, step := range []func(*entities.NetOptions) error{
		n.setHosts, n.setDNS, n.setSearch, n.setPorts, n.setNetworks, n.setAddresses, n.setMAC, n.setAliases,
	} {
		if err := step(o); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (n networkFlags) setHosts(o *entities.NetOptions) error {
	for _, h := range n.addHost {
		if _, err := parse.ValidateExtraHost(h); err != nil {
			return err
		}
	}
	o.AddHosts = n.addHost
	return nil
}

func (n networkFlags) setDNS(o *entities.NetOptions) error {
	for _, server := range n.dns {
		if server == "none" {
			if len(n.dns) > 1 {
				return errors.New(`"none" excludes other servers`)
			}
			o.UseImageResolvConf = true
			return nil
		}
		ip := net.ParseIP(server)
		if ip == nil {
			return fmt.Errorf("%q is not an IP address", server)
		}
		o.DNSServers = append(o.DNSServers, ip)
	}
	return nil
}

func (n networkFlags) setSearch(o *entities.NetOptions) error {
	for _, domain := range n.dnsSearch {
		if domain == "." && len(n.dnsSearch) > 1 {
			return errors.New(`"." excludes other search domains`)
		}
		if domain != "." {
			if _, err := parse.ValidateDomain(domain); err != nil {
				return err
			}
		}
	}
	o.DNSSearch = n.dnsSearch
	return nil
}

func (n networkFlags) setPorts(o *entities.NetOptions) (err error) {
	if len(n.publish) > 0 {
		o.PublishPorts, err = specgenutil.CreatePortBindings(n.publish)
	}
	return err
}

func (n networkFlags) setNetworks(o *entities.NetOptions) error {
	if len(n.networks) == 0 {
		return nil
	}
	mode, networks, options, err := specgen.ParseNetworkFlag(n.networks)
	if err != nil {
		return err
	}
	o.Network, o.Networks, o.NetworkOptions = mode, networks, options
	return nil
}

// single returns the one network that an address can be for, making the default one explicit.
func single(o *entities.NetOptions, what string) (string, error) {
	if err := bridged(o, what); err != nil {
		return "", err
	}
	if len(o.Networks) != 1 {
		return "", fmt.Errorf("%s needs a single network, not %d", what, len(o.Networks))
	}
	for name := range o.Networks {
		return name, nil
	}
	return "", nil
}

func bridged(o *entities.NetOptions, what string) error {
	if len(o.Networks) == 0 {
		o.Networks = map[string]types.PerNetworkOptions{"default": {}}
	}
	if !o.Network.IsBridge() && !o.Network.IsDefault() {
		return fmt.Errorf("%s needs a bridge network", what)
	}
	return nil
}

func (n networkFlags) setAddresses(o *entities.NetOptions) error {
	for _, address := range []string{n.ip, n.ip6} {
		if address == "" {
			continue
		}
		ip := net.ParseIP(address)
		if ip == nil {
			return fmt.Errorf("%q is not an IP address", address)
		}
		name, err := single(o, "an address")
		if err != nil {
			return err
		}
		opts := o.Networks[name]
		opts.StaticIPs = append(opts.StaticIPs, ip)
		o.Networks[name] = opts
	}
	return nil
}

func (n networkFlags) setMAC(o *entities.NetOptions) error {
	if n.mac == "" {
		return nil
	}
	mac, err := net.ParseMAC(n.mac)
	if err != nil {
		return err
	}
	name, err := single(o, "a MAC address")
	if err != nil {
		return err
	}
	opts := o.Networks[name]
	opts.StaticMAC = types.HardwareAddr(mac)
	o.Networks[name] = opts
	return nil
}

func (n networkFlags) setAliases(o *entities.NetOptions) error {
	if len(n.aliases) == 0 {
		return nil
	}
	if err := bridged(o, "an alias"); err != nil {
		return err
	}
	for name, opts := range o.Networks {
		opts.Aliases = n.aliases
		o.Networks[name] = opts
	}
	return nil
}
