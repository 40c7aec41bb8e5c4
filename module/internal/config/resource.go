package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// ResourceKind is what a resource of a step is.
type ResourceKind string

// The kinds of resource, in Podman's words.
const (
	Volume  ResourceKind = "volume"
	Network ResourceKind = "network"
	Secret  ResourceKind = "secret"
)

// Resource is a volume, network or secret that a step needs: declared beside its containers, or a named volume
// that an entry mounts.
type Resource struct {
	Kind ResourceKind
	Name string
	File string // where it was declared; "" for an inline config
	// Declared is false for a volume that is only mounted by name: it is created with podman's defaults.
	Declared bool
	// External means that the step does not make it: it must be there, and is never created, compared or removed.
	External bool

	Driver  string
	Options map[string]string
	Labels  map[string]string

	// Of networks.
	Subnets    []Subnet
	Internal   bool
	IPv6       bool
	DisableDNS bool

	// Of secrets: one of the two. Content is nil until SourceFile was read.
	SourceFile string
	Content    []byte

	// Users are the entries that use it, in the order of the step.
	Users []string
}

// Subnet is one range of addresses of a network, in CIDR notation.
type Subnet struct {
	Subnet, Gateway, Range string
}

// sections are the top-level keys of a config that hold resources instead of a container.
var sections = map[string]ResourceKind{"volumes": Volume, "networks": Network, "secrets": Secret}

// writtenSection is one of them as it was written.
type writtenSection struct {
	kind ResourceKind
	file string
	raw  *object
}

// isSection reports whether a top-level key holds resources: a mapping of names to mappings or nothing. A container
// of that name has at least one key with another value, such as its image.
func isSection(name string, v any) bool {
	if _, known := sections[name]; !known && name != "pods" {
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case *object:
		return !slices.ContainsFunc(v.keys, func(k string) bool { return !isMapping(v.vals[k]) })
	case map[string]any:
		for _, e := range v {
			if !isMapping(e) {
				return false
			}
		}
		return true
	}
	return false
}

func isMapping(v any) bool {
	switch v.(type) {
	case nil, *object, map[string]any:
		return true
	}
	return false
}

// onlySections reports whether a file holds nothing but resources.
func onlySections(o *object) bool {
	return len(o.keys) > 0 && !slices.ContainsFunc(o.keys, func(k string) bool { return !isSection(k, o.vals[k]) })
}

// section notes the resources below one key.
func (r *reading) section(name, file string, v any, line int) {
	if name == "pods" {
		r.fail(file, &syntaxError{Line: line, Text: "pods are not made by a step: create the pod and let containers join it with the key pod"})
		return
	}
	o, ok := v.(*object)
	if !ok {
		m, _ := v.(map[string]any)
		o = ordered(m)
	}
	r.sections = append(r.sections, writtenSection{sections[name], file, o})
}

// resources decodes what the sections declare, and adds the volumes that entries mount by name.
func (r *reading) resources(step *Step, strict, selected bool) {
	found := map[ResourceKind]map[string]*Resource{Volume: {}, Network: {}, Secret: {}}
	step.Sections = map[ResourceKind]bool{}
	for _, s := range r.sections {
		step.Sections[s.kind] = true
		for _, name := range s.raw.keys {
			if found[s.kind][name] != nil {
				r.resourceProblem(s, name, s.raw.lines[name], "is declared twice")
				continue
			}
			found[s.kind][name] = r.resource(s, name, strict, step)
		}
	}
	addUsers(found, step.Entries)
	for _, kind := range []ResourceKind{Network, Secret, Volume} {
		for _, name := range slices.Sorted(maps.Keys(found[kind])) {
			if res := found[kind][name]; !selected || len(res.Users) > 0 {
				step.Resources = append(step.Resources, *res)
			}
		}
	}
}

// addUsers notes which entries use what.
func addUsers(found map[ResourceKind]map[string]*Resource, entries []Entry) {
	for _, e := range entries {
		for _, use := range e.Uses() {
			res := found[use.Kind][use.Name]
			if res == nil && use.Kind == Volume {
				res = &Resource{Kind: Volume, Name: use.Name}
				found[Volume][use.Name] = res
			}
			if res != nil && !slices.Contains(res.Users, e.Name) {
				res.Users = append(res.Users, e.Name)
			}
		}
	}
}

// Use is a resource that an entry refers to by name.
type Use struct {
	Kind ResourceKind
	Name string
}

// Uses returns the named volumes, networks and secrets that an entry refers to, whether the step declares them or not.
func (e Entry) Uses() []Use {
	var uses []Use
	for _, o := range e.Options {
		for _, v := range o.Values {
			switch o.Flag {
			case "volume", "mount":
				if s := sourceOf(o.Flag, v); s.volume != "" {
					uses = append(uses, Use{Volume, s.volume})
				}
			case "network":
				name, _, _ := strings.Cut(v, ":")
				uses = append(uses, Use{Network, name})
			case "secret":
				name, _, _ := strings.Cut(v, ",")
				uses = append(uses, Use{Secret, name})
			}
		}
	}
	return uses
}

func (r *reading) resourceProblem(s writtenSection, name string, line int, text string) {
	r.problems = append(r.problems, Problem{File: s.file, Line: line, Text: fmt.Sprintf("%s %q: %s", s.kind, shortened(name), text)})
}

// resource decodes one resource.
func (r *reading) resource(s writtenSection, name string, strict bool, step *Step) *Resource {
	res := &Resource{Kind: s.kind, Name: name, File: s.file, Declared: true}
	line := s.raw.lines[name]
	if checkName(name) != nil {
		r.resourceProblem(s, name, line, "invalid name: must match [a-zA-Z0-9][a-zA-Z0-9_.-]*")
	}
	raw, _ := normal(s.raw.vals[name]).(map[string]any)
	table := resourceTable(s.kind)
	for _, key := range sortedKeys(withoutNulls(raw)) {
		set, known := table[key]
		if !known {
			text := fmt.Sprintf("unknown key %q%s", shortened(key), didYouMean(key, sortedKeys(table)))
			if strict {
				r.resourceProblem(s, name, line, text)
			} else {
				step.Warnings = append(step.Warnings, fmt.Sprintf("%s %q: %s", s.kind, name, text))
			}
			continue
		}
		if err := set(res, raw[key]); err != nil {
			r.resourceProblem(s, name, line, fmt.Sprintf("key %q: %v", key, err))
		}
	}
	if err := res.absolute(); err != nil {
		r.resourceProblem(s, name, line, err.Error())
	}
	for _, text := range res.contradictions() {
		r.resourceProblem(s, name, line, text)
	}
	return res
}

// absolute completes the path of a secret's file, which counts from the directory of the config.
func (r *Resource) absolute() error {
	switch {
	case r.SourceFile == "" || filepath.IsAbs(r.SourceFile):
	case r.File == "":
		return errors.New("key \"file\": must be an absolute path in an inline config")
	default:
		r.SourceFile = filepath.Join(dirOf(r.File), r.SourceFile)
	}
	return nil
}

// setter reads the value of one key.
type setter func(*Resource, any) error

func textOf(field func(*Resource) *string) setter {
	return func(r *Resource, v any) (err error) {
		*field(r), err = text(v)
		return err
	}
}

func truthOf(field func(*Resource) *bool) setter {
	return func(r *Resource, v any) (err error) {
		*field(r), err = truth(v)
		return err
	}
}

func pairsOf(field func(*Resource) *map[string]string) setter {
	return func(r *Resource, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("expected a mapping, not %s", kindOf(v))
		}
		*field(r) = map[string]string{}
		for _, k := range sortedKeys(m) {
			s, err := text(m[k])
			if err != nil {
				return fmt.Errorf("%q %w", k, err)
			}
			(*field(r))[k] = s
		}
		return nil
	}
}

// resourceTable holds the keys of a kind of resource.
func resourceTable(kind ResourceKind) map[string]setter {
	options := pairsOf(func(r *Resource) *map[string]string { return &r.Options })
	common := map[string]setter{"external": truthOf(func(r *Resource) *bool { return &r.External })}
	switch kind {
	case Secret:
		common["file"] = textOf(func(r *Resource) *string { return &r.SourceFile })
		common["content"] = func(r *Resource, v any) error {
			s, err := text(v)
			r.Content = []byte(s)
			return err
		}
		return common
	case Network:
		maps.Copy(common, networkTable())
	case Volume:
	}
	common["driver"] = textOf(func(r *Resource) *string { return &r.Driver })
	common["options"], common["driver_opts"] = options, options
	common["labels"] = pairsOf(func(r *Resource) *map[string]string { return &r.Labels })
	return common
}

func networkTable() map[string]setter {
	first := func(field func(*Subnet) *string) setter {
		return func(r *Resource, v any) (err error) {
			if len(r.Subnets) == 0 {
				r.Subnets = []Subnet{{}}
			}
			*field(&r.Subnets[0]), err = text(v)
			return err
		}
	}
	return map[string]setter{
		"subnet":      first(func(s *Subnet) *string { return &s.Subnet }),
		"gateway":     first(func(s *Subnet) *string { return &s.Gateway }),
		"ip_range":    first(func(s *Subnet) *string { return &s.Range }),
		"subnets":     subnets,
		"internal":    truthOf(func(r *Resource) *bool { return &r.Internal }),
		"ipv6":        truthOf(func(r *Resource) *bool { return &r.IPv6 }),
		"disable_dns": truthOf(func(r *Resource) *bool { return &r.DisableDNS }),
	}
}

// subnets takes a list of subnets, each a string or a mapping.
func subnets(r *Resource, v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("expected a list, not %s", kindOf(v))
	}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			s, err := text(e)
			if err != nil {
				return err
			}
			r.Subnets = append(r.Subnets, Subnet{Subnet: s})
			continue
		}
		var s Subnet
		for _, k := range sortedKeys(m) {
			field, known := map[string]*string{"subnet": &s.Subnet, "gateway": &s.Gateway, "ip_range": &s.Range}[k]
			if !known {
				return fmt.Errorf("unknown key %q: must be one of subnet, gateway, ip_range", k)
			}
			var err error
			if *field, err = text(m[k]); err != nil {
				return fmt.Errorf("%q %w", k, err)
			}
		}
		r.Subnets = append(r.Subnets, s)
	}
	return nil
}

// contradictions finds what no Podman could make.
func (r *Resource) contradictions() []string {
	var texts []string
	for k := range r.Labels {
		if ReservedLabel(k) {
			texts = append(texts, reservedError(k).Error())
		}
	}
	sort.Strings(texts)
	for _, s := range r.Subnets {
		if err := s.check(); err != nil {
			texts = append(texts, err.Error())
		}
	}
	hasContent := r.Content != nil
	switch {
	case r.Kind != Secret:
	case r.External && (hasContent || r.SourceFile != ""):
		texts = append(texts, "external contradicts file and content")
	case !r.External && hasContent == (r.SourceFile != ""):
		texts = append(texts, "exactly one of file and content is needed")
	case hasContent:
		if err := CheckSecretSize(len(r.Content)); err != nil {
			texts = append(texts, err.Error())
		}
	}
	return texts
}

// MaxSecret is the largest secret that Podman takes, in bytes.
const MaxSecret = 512000

// CheckSecretSize refuses what Podman would.
func CheckSecretSize(n int) error {
	switch {
	case n == 0:
		return errors.New("the secret is empty, which Podman does not take")
	case n >= MaxSecret:
		return fmt.Errorf("the secret has %d bytes; Podman takes less than %d", n, MaxSecret)
	}
	return nil
}

func (s Subnet) check() error {
	prefix, err := netip.ParsePrefix(s.Subnet)
	if err != nil {
		return fmt.Errorf("invalid subnet %q: must be in CIDR notation, such as 10.89.5.0/24", s.Subnet)
	}
	if s.Gateway != "" {
		if a, err := netip.ParseAddr(s.Gateway); err != nil || !prefix.Contains(a) {
			return fmt.Errorf("invalid gateway %q: must be an address of the subnet %s", s.Gateway, s.Subnet)
		}
	}
	if s.Range != "" {
		if p, err := netip.ParsePrefix(s.Range); err != nil || !prefix.Contains(p.Addr()) || p.Bits() < prefix.Bits() {
			return fmt.Errorf("invalid ip_range %q: must be a part of the subnet %s", s.Range, s.Subnet)
		}
	}
	return nil
}
