package config

import (
	"fmt"
	"slices"
	"strings"
)

// Reference is another container that an entry needs to be created: one whose namespace it shares, one that
// podman starts before it, or one whose volumes it mounts.
type Reference struct {
	Flag string // podman's: one of SharedNamespaces, "requires" or "volumes-from"
	Key  string // the key of the entry that says so
	Name string // an entry's name, or a container's real name or id
}

// Flags of references that share no namespace.
const (
	flagRequires    = "requires"
	flagVolumesFrom = "volumes-from"
)

// SharedNamespaces returns the flags by which a container shares a namespace of another one.
func SharedNamespaces() []string {
	return []string{"network", "ipc", "pid", "uts", "userns", "cgroupns"}
}

// SharesNamespace reports whether the reference is to a namespace.
func (r Reference) SharesNamespace() bool { return slices.Contains(SharedNamespaces(), r.Flag) }

// Binds reports whether podman ties the two containers by id: the other one cannot be removed first, and is
// started with the one that refers to it. A mount of its volumes does not.
func (r Reference) Binds() bool { return r.Flag != flagVolumesFrom }

// What says what the reference is about, for reasons and messages: "shared network", "requires".
func (r Reference) What() string {
	if r.SharesNamespace() {
		return "shared " + r.Flag
	}
	return strings.ReplaceAll(r.Flag, "-", "_")
}

// References returns the containers that an entry refers to, each reference once, in the order of its options.
func (e Entry) References() []Reference {
	var all []Reference
	for _, o := range e.Options {
		for _, v := range o.Values {
			for _, name := range referredTo(o.Flag, v) {
				if r := (Reference{Flag: o.Flag, Key: o.Key, Name: name}); !slices.Contains(all, r) {
					all = append(all, r)
				}
			}
		}
	}
	return all
}

const fromContainer = "container:"

// referredTo returns the containers that one value of a flag names.
func referredTo(flag, value string) []string {
	switch {
	case flag == flagRequires: // podman splits it at commas
		return slices.DeleteFunc(strings.Split(value, ","), func(name string) bool { return name == "" })
	case flag == flagVolumesFrom:
		name, _, _ := strings.Cut(value, ":")
		return []string{name}
	case slices.Contains(SharedNamespaces(), flag) && strings.HasPrefix(value, fromContainer):
		return []string{strings.TrimPrefix(value, fromContainer)}
	}
	return nil
}

// Redirected returns the entry with each reference to a name of the map made one to what it maps to.
func (e Entry) Redirected(names map[string]string) Entry {
	options := slices.Clone(e.Options)
	for i, o := range options {
		values := slices.Clone(o.Values)
		for n, v := range values {
			values[n] = redirect(o.Flag, v, names)
		}
		options[i].Values = values
	}
	e.Options = options
	return e
}

func redirect(flag, value string, names map[string]string) string {
	referred := referredTo(flag, value)
	if len(referred) == 0 {
		return value
	}
	prefix, suffix := "", ""
	switch {
	case flag == flagVolumesFrom:
		suffix = strings.TrimPrefix(value, referred[0])
	case flag != flagRequires:
		prefix = fromContainer
	}
	for i, name := range referred {
		if to, ok := names[name]; ok {
			referred[i] = to
		}
	}
	return prefix + strings.Join(referred, ",") + suffix
}

// references checks references within the step. A container that is not in it belongs to another step, or to
// another user.
func (r *reading) references(step Step) {
	byName := map[string]Entry{}
	for _, e := range step.Entries {
		byName[e.Name] = e
	}
	for _, e := range step.Entries {
		for _, ref := range e.References() {
			text := ""
			if ref.Name == "" {
				text = "names no container"
			} else if t, here := byName[ref.Name]; here {
				text = refusal(e, t, ref)
			}
			if text != "" {
				r.problems = append(r.problems, Problem{Container: e.Name, Key: ref.Key, File: e.File, Text: text})
			}
		}
	}
	r.cycles(step, byName)
}

// refusal says why an entry cannot refer to another one of its step, "" when it can.
func refusal(e, target Entry, ref Reference) string {
	switch {
	case target.Name == e.Name:
		return "refers to the entry itself"
	case target.Kind == Exec:
		return fmt.Sprintf("%q is an exec and has no container of its own", target.Name)
	case ref.Binds() && (target.Kind == OneShot || target.Kind == StoppedOnly):
		return fmt.Sprintf("%q is not a running service but of kind %s; order the two by start_order", target.Name, target.Kind)
	case target.Kind == OneShot && target.Remove:
		return fmt.Sprintf("%q leaves no container: remove is set", target.Name)
	case target.StartOrder > e.StartOrder:
		return fmt.Sprintf("%q starts later (start_order %d) than this (%d)", target.Name, target.StartOrder, e.StartOrder)
	}
	return ""
}

// cycles refuses containers that would each have to be there before the other.
func (r *reading) cycles(step Step, byName map[string]Entry) {
	done := map[string]bool{}
	for _, e := range step.Entries {
		if cycle := findCycle(e, byName, nil, done); len(cycle) > 2 { // a reference to itself is refused already
			r.problems = append(r.problems, Problem{
				Container: cycle[0], File: byName[cycle[0]].File,
				Text: "refers to itself through others: " + strings.Join(cycle, " -> "),
			})
		}
	}
}

// findCycle returns the names along a cycle of references, its first one also at the end; nil when none can be
// reached from the entry.
func findCycle(e Entry, byName map[string]Entry, path []string, done map[string]bool) []string {
	if at := slices.Index(path, e.Name); at >= 0 {
		return append(slices.Clone(path[at:]), e.Name)
	}
	if done[e.Name] {
		return nil
	}
	path = append(path, e.Name)
	for _, ref := range e.References() {
		if target, here := byName[ref.Name]; here {
			if cycle := findCycle(target, byName, path, done); cycle != nil {
				done[e.Name] = true
				return cycle
			}
		}
	}
	done[e.Name] = true
	return nil
}
