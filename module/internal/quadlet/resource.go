package quadlet

import (
	"strings"
)

// Resource is what one .volume or .network file defines: the section of a step config that it belongs to, its name for
// Podman, and its keys there.
type Resource struct {
	Section string // volumes or networks
	Name    string
	File    string
	Keys    map[string]any
}

// resourceOf reads the words of podman volume create or podman network create. It is nil where an option has no key in
// a step config. A volume without options is none: a step makes what its containers mount.
func resourceOf(u *unit, kind string, words []string) *Resource {
	res := &Resource{Section: kind + "s", Name: u.info.ResourceName, File: u.Path, Keys: map[string]any{}}
	pairs := map[string]map[string]any{"options": {}, "labels": {}}
	var subnets []any
	for _, o := range createOptions(words) {
		switch o.Flag {
		case "ignore":
		case "driver":
			res.Keys["driver"] = o.Value
		case "opt", "label":
			name, value, _ := strings.Cut(o.Value, "=")
			pairs[map[string]string{"opt": "options", "label": "labels"}[o.Flag]][name] = value
		case "internal", "ipv6", "disable-dns":
			res.Keys[strings.ReplaceAll(o.Flag, "-", "_")] = o.Value
		case "subnet":
			subnets = append(subnets, map[string]any{"subnet": o.Value})
		case "gateway", "ip-range":
			if !addToSubnet(subnets, strings.ReplaceAll(o.Flag, "-", "_"), o.Value) {
				return nil
			}
		default:
			return nil
		}
	}
	for key, m := range pairs {
		if len(m) > 0 {
			res.Keys[key] = m
		}
	}
	if len(subnets) > 0 {
		res.Keys["subnets"] = subnets
	}
	if kind == "volume" && len(res.Keys) == 0 {
		return nil
	}
	return res
}

// addToSubnet gives the last subnet a gateway or a range, as Quadlet writes them: each after its subnet.
func addToSubnet(subnets []any, key, value string) bool {
	if len(subnets) == 0 {
		return false
	}
	last, _ := subnets[len(subnets)-1].(map[string]any)
	if _, given := last[key]; given {
		return false
	}
	last[key] = value
	return true
}

// createOptions takes the words apart that Podman's converter gives: podman KIND create OPTION... NAME.
func createOptions(words []string) []Option {
	var all []Option
	words = words[min(3, len(words)) : len(words)-1]
	for len(words) > 0 {
		flag, value, hasValue := named(words[0])
		words = words[1:]
		switch {
		case hasValue:
		case flag == "ignore" || flag == "internal" || flag == "ipv6" || flag == "disable-dns":
			value = "true"
		case len(words) > 0:
			value, words = words[0], words[1:]
		}
		all = append(all, Option{Flag: flag, Value: value})
	}
	return all
}
