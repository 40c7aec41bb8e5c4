package applytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// target is a container that another one refers to, by the id that it had when the other one was created.
type target struct {
	ref config.Reference
	id  string
}

// targetsOf resolves what a new container refers to; f.mu is held.
func (f *Fake) targetsOf(r apply.CreateRequest) ([]target, error) {
	if r.Placeholder {
		return nil, nil
	}
	var all []target
	for _, ref := range r.Entry.References() {
		to, err := f.find(ref.Name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref.What(), err)
		}
		all = append(all, target{ref, to.ID})
	}
	return all, nil
}

// startTargets starts what a container is bound to, as Podman does; f.mu is held.
func (f *Fake) startTargets(c *container) error {
	for _, t := range c.targets {
		if to := f.containers[t.id]; to != nil && t.ref.Binds() {
			if err := f.start(to); err != nil {
				return fmt.Errorf("start dependency %s: %w", to.Name, err)
			}
		}
	}
	return nil
}

// enterNamespaces gives a process that is started namespaces of its own, the host's, or those that another
// container is in at this moment; f.mu is held.
func (f *Fake) enterNamespaces(c *container) {
	c.Begun = uint64(f.made) //nolint:gosec // counts up from 0
	c.Namespaces = map[string]string{}
	for _, flag := range config.SharedNamespaces() {
		c.Namespaces[flag] = fmt.Sprintf("%s-%d", flag, f.made)
		if slices.Contains(c.entry.Option(flag), "host") {
			c.Namespaces[flag] = "host"
		}
	}
	for _, t := range c.targets {
		if to := f.containers[t.id]; to != nil && t.ref.SharesNamespace() {
			c.Namespaces[t.ref.Flag] = to.Namespaces[t.ref.Flag]
		}
	}
}

// leaveNamespaces ends a process. The kernel ends those in its pid namespace with it; f.mu is held.
func (f *Fake) leaveNamespaces(c *container) {
	pid := c.Namespaces["pid"]
	c.Namespaces, c.Begun = nil, 0
	for _, d := range f.containers {
		for _, t := range d.targets {
			if t.id == c.ID && t.ref.Flag == "pid" && pid != "" && d.Namespaces["pid"] == pid {
				f.end(d, 137)
			}
		}
	}
}

// dependentsOf is the error of removing what others are bound to; f.mu is held.
func (f *Fake) dependentsOf(c *container) error {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(f.containers)) {
		if slices.ContainsFunc(f.containers[id].targets, func(t target) bool { return t.id == c.ID && t.ref.Binds() }) {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		return nil
	}
	return fmt.Errorf("%s has %w: %s", c.Name, apply.ErrHasDependents, strings.Join(ids, ","))
}

// Restart restarts a running container beside the run, as a person or its restart policy would.
func (f *Fake) Restart(nameOrID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.find(nameOrID)
	if err != nil {
		return err
	}
	f.end(c, 0)
	return f.start(c)
}

// Change edits what is known of a container, as a clock that was set back would.
func (f *Fake) Change(nameOrID string, change func(*observed.Container)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, err := f.find(nameOrID); err == nil {
		change(&c.Container)
	}
}
