package plan

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// claims are what a running container has of its host alone: published ports and fixed addresses.
type claims struct {
	ports     []observed.Port
	mentioned map[uint16]bool // numbers in the command or the environment of a container in the host's network
	listens   []uint16        // the ports on which one in the host's network listens
	addresses []string        // with the network that they are of: "10.0.0.5 on net"
}

// claimsOf returns what an entry's container needs. Ports that Podman chooses cannot be known. Those of a container in
// the host's network are known only where a number in its command or environment is a port that another one listens on.
func claimsOf(e config.Entry) claims {
	options := record.Record{}
	for _, o := range e.Options {
		options[o.Flag] = append(options[o.Flag], o.Values...)
	}
	c := claims{addresses: addressesOf(options)}
	for _, v := range options["publish"] {
		c.ports = append(c.ports, PublishedPorts(v)...)
	}
	if onHostNetwork(options) {
		c.mentioned = numbersIn(e.Command, options["entrypoint"], options["env"])
	}
	return c
}

func onHostNetwork(options record.Record) bool {
	return slices.Equal(options["network"], []string{"host"})
}

var number = regexp.MustCompile(`[0-9]+`)

// numbersIn returns the numbers in words that can be ports.
func numbersIn(words ...[]string) map[uint16]bool {
	found := map[uint16]bool{}
	for _, word := range slices.Concat(words...) {
		for _, digits := range number.FindAllString(word, -1) {
			if n, err := strconv.ParseUint(digits, 10, 16); err == nil && n > 0 {
				found[uint16(n)] = true
			}
		}
	}
	return found
}

// PortQueries returns the running containers in the host's network that the plan removes or replaces, if it starts any
// there that may need their ports: nothing but a look at their processes tells these.
func (p Plan) PortQueries() []observed.Container {
	var holders []observed.Container
	starting := false
	for _, op := range append(p.Ops(), p.AllRemovals()...) {
		starting = starting || op.Entry != nil && op.startsProcess() && len(claimsOf(*op.Entry).mentioned) > 0
		if c := op.Current; c != nil && c.Alive() && (op.IsNew() || op.Action == Removed) && recordedOnHost(*c) {
			holders = append(holders, *c)
		}
	}
	if !starting {
		return nil
	}
	return holders
}

// startsProcess reports whether the op starts a process.
func (op Op) startsProcess() bool {
	return op.IsNew() && op.StartsNew() || op.Action == Started || op.Action == Restarted
}

// recordedOnHost reports whether a container's record names the host's network, or cannot be read.
func recordedOnHost(c observed.Container) bool {
	recorded, err := record.Parse(c.Labels[record.LabelConfig])
	return err != nil || onHostNetwork(recorded)
}

// heldBy returns what a container has, while it runs.
func heldBy(c observed.Container) claims {
	held := claims{ports: c.Ports, listens: c.Listens}
	if recorded, err := record.Parse(c.Labels[record.LabelConfig]); err == nil {
		held.addresses = addressesOf(recorded)
	}
	return held
}

// common returns, in words, what two containers cannot both have.
func (c claims) common(other claims) []string {
	found := map[string]bool{}
	for _, a := range c.ports {
		for _, b := range other.ports {
			if a.Clashes(b) {
				found[fmt.Sprintf(wordPort, a.Number, a.Protocol)] = true
			}
		}
	}
	for _, n := range other.listens {
		if c.mentioned[n] {
			found[fmt.Sprintf(wordPort, n, "tcp")] = true
		}
	}
	for _, a := range c.addresses {
		if slices.Contains(other.addresses, a) {
			found[fmt.Sprintf(wordAddress, a)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// addressesOf returns the fixed addresses among options: --ip, --ip6 and --mac-address, and those of --network.
func addressesOf(options record.Record) []string {
	var all []string
	add := func(network, address string) {
		if ip, err := netip.ParseAddr(address); err == nil {
			address = ip.String()
		}
		all = append(all, fmt.Sprintf(wordOnNetwork, strings.ToLower(address), network))
	}
	networks := options["network"]
	first := wordDefaultNetwork
	if len(networks) > 0 {
		first, _, _ = strings.Cut(networks[0], ":")
	}
	for _, flag := range []string{"ip", "ip6", "mac-address"} {
		for _, v := range options[flag] {
			add(first, v)
		}
	}
	for _, network := range networks {
		name, fields, _ := strings.Cut(network, ":")
		for field := range strings.SplitSeq(fields, ",") {
			key, value, _ := strings.Cut(field, "=")
			if slices.Contains([]string{"ip", "ip6", "mac"}, key) && value != "" {
				add(name, value)
			}
		}
	}
	return all
}

// maxPorts bounds a range of ports.
const maxPorts = 1 << 16

// PublishedPorts returns the host's ports of one value of --publish: [[IP:][HOST]:]CONTAINER[/PROTOCOL], where both
// sides may be ranges, or several of them, separated by commas.
func PublishedPorts(values string) []observed.Port {
	var all []observed.Port
	for value := range strings.SplitSeq(values, ",") {
		all = append(all, publishedPorts(value)...)
	}
	return all
}

func publishedPorts(value string) []observed.Port {
	value, protocol, ok := strings.Cut(value, "/")
	if !ok {
		protocol = "tcp"
	}
	at := strings.LastIndexByte(value, ':')
	if at < 0 {
		return nil // a port that Podman chooses
	}
	host, ip := value[:at], ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host, ip = host[i+1:], strings.Trim(host[:i], "[]")
	}
	from, to, isRange := strings.Cut(host, "-")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || first < 1 || last >= maxPorts {
		return nil
	}
	var ports []observed.Port
	for n := first; n <= last; n++ {
		ports = append(ports, observed.Port{IP: ip, Number: uint16(n), Protocol: strings.ToLower(protocol)}) //nolint:gosec // below 65536
	}
	return ports
}
