package quadlet

import (
	"maps"
	"slices"
	"strings"

	"github.com/containers/podman/v5/pkg/systemd/quadlet"
)

// dependencies reads what a unit starts after, needs and is part of. Those on containers of the directory become
// waves and names of their units; others name units of systemd.
func (r *reading) dependencies(u *unit, hasUnit bool, c *Container) {
	var dependsOn, partOf []string
	for _, key := range []string{"After", "Wants", "Requires", "BindsTo", "PartOf", "Before"} {
		for _, dep := range u.LookupAllStrv(quadlet.UnitGroup, key) {
			name, isContainer, problem := r.dependency(dep, u.info.ServiceName)
			switch {
			case problem != "":
				r.problem(u, u.line(quadlet.UnitGroup, key), "%s=%s: %s", key, dep, problem)
			case name == "" || name == u.name+Extension:
			case key == "Before":
				r.before(u, dep, name, isContainer)
			case key == "PartOf":
				partOf = append(partOf, name)
			case key == "BindsTo" && isContainer:
				partOf = append(partOf, name)
				dependsOn = append(dependsOn, name)
			default:
				dependsOn = append(dependsOn, name)
			}
		}
	}
	r.needs(u)
	if hasUnit {
		set(c, "depends_on", dependsOn)
		set(c, "part_of", partOf)
		return
	}
	for _, name := range append(dependsOn, partOf...) {
		if !strings.HasSuffix(name, Extension) {
			r.warn(u, 0, "the dependency on %s has no effect: the container has no unit", name)
		}
	}
}

// dependency returns the name of a unit as depends_on takes it: NAME.container for a container of the step, ""
// for what a step sees to anyway.
func (r *reading) dependency(dep, service string) (name string, isContainer bool, problem string) {
	dep, problem = resolve(dep, service)
	if container, ok := r.names[dep]; ok {
		return container + Extension, true, problem
	}
	switch {
	case strings.HasSuffix(dep, Extension) || Companion(dep):
		if r.infos[dep] == nil {
			return "", false, "no such file belongs to the config"
		}
		return "", false, problem // a volume, network or image
	case dep == "network-online.target", r.makes(dep):
		return "", false, problem
	}
	return dep, false, problem
}

// makes reports whether a service is that of a volume, network or image of the directory.
func (r *reading) makes(service string) bool {
	for _, info := range r.infos {
		if info.ServiceFileName() == service {
			return true
		}
	}
	return false
}

func (r *reading) before(u *unit, dep, name string, isContainer bool) {
	if isContainer {
		r.edge(strings.TrimSuffix(name, Extension), u.name)
		return
	}
	r.warn(u, u.line(quadlet.UnitGroup, "Before"), "Before=%s has no effect: it is not a container of the step", dep)
}

func set(c *Container, key string, names []string) {
	if names = slices.Compact(slices.Sorted(slices.Values(names))); len(names) > 0 {
		all := make([]any, len(names))
		for i, n := range names {
			all[i] = n
		}
		c.Keys[key] = all
	}
}

// edge notes that one container starts after another.
func (r *reading) edge(name, after string) {
	if r.order[name] == nil {
		r.order[name] = map[string]bool{}
	}
	r.order[name][after] = true
}

// needs notes the containers of the directory that a container starts after. A requirement without an order is one,
// too, unless the other one starts after this one.
func (r *reading) needs(u *unit) {
	for _, key := range []string{"After", "Requires", "BindsTo"} {
		for _, dep := range u.LookupAllStrv(quadlet.UnitGroup, key) {
			name, isContainer := r.names[dep]
			if isContainer && name != u.name && (key == "After" || !r.startsAfter(name, u)) {
				r.edge(u.name, name)
			}
		}
	}
	for _, network := range u.LookupAll(quadlet.ContainerGroup, quadlet.KeyNetwork) {
		if name, isContainer := r.names[network]; isContainer {
			r.edge(u.name, name)
		}
	}
}

// startsAfter reports whether a container says that it starts after another one, or that one that it starts before.
func (r *reading) startsAfter(name string, u *unit) bool {
	for _, other := range r.units {
		if other.name != name {
			continue
		}
		for _, dep := range other.LookupAllStrv(quadlet.UnitGroup, "After") {
			if r.names[dep] == u.name {
				return true
			}
		}
	}
	for _, dep := range u.LookupAllStrv(quadlet.UnitGroup, "Before") {
		if r.names[dep] == name {
			return true
		}
	}
	return false
}

// startOrders puts containers into waves: each after all that it starts after.
func (r *reading) startOrders(containers []Container) {
	waves := map[string]int{}
	for i := range containers {
		c := &containers[i]
		wave, cycle := r.wave(c.Name, waves, nil)
		if cycle != nil && slices.Min(cycle) == c.Name { // once for each cycle
			r.problems = append(r.problems, Problem{
				Container: c.Name, File: c.File,
				Text: "depends on itself: " + strings.Join(append(cycle, cycle[0]), " after "),
			})
		}
		if _, given := c.Keys["start_order"]; wave > 0 && !given {
			c.Keys["start_order"] = wave
		}
	}
}

// wave returns the number of containers in the longest chain that a container starts after, or the names of a cycle.
func (r *reading) wave(name string, known map[string]int, chain []string) (wave int, cycle []string) {
	if at := slices.Index(chain, name); at >= 0 {
		return 0, chain[at:]
	}
	if wave, ok := known[name]; ok {
		return wave, nil
	}
	chain = append(slices.Clip(chain), name)
	for _, after := range slices.Sorted(maps.Keys(r.order[name])) {
		w, c := r.wave(after, known, chain)
		if c != nil {
			return 0, c
		}
		wave = max(wave, w+1)
	}
	known[name] = wave
	return wave, nil
}
