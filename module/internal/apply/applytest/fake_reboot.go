package applytest

import (
	"maps"
	"slices"
)

// Reboot ends everything that runs, without an exit code that anybody noted, and starts what starts at boot: the
// units that are enabled, and with policies also the containers that have a restart policy of Podman's.
func (f *Fake) Reboot(policies bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		if s.running() {
			close(s.ended)
		}
	}
	f.sessions = map[string]*session{}
	for _, c := range f.byName() {
		if c.ended != nil {
			f.end(c, 0)
			c.EndUnknown = true
		}
	}
	f.units.boot()
	for _, c := range f.byName() {
		if policies && c.restarts() {
			_ = f.start(c) // one that cannot be started stays as it is
		}
	}
}

// byName returns the containers by name; f.mu is held.
func (f *Fake) byName() []*container {
	all := make([]*container, 0, len(f.containers))
	for _, seen := range f.sorted() {
		all = append(all, f.containers[seen.ID])
	}
	return all
}

// restarts reports whether Podman starts the container again after it ran.
func (c *container) restarts() bool { return c.runs > 0 && c.policy }

// boot reads all units and starts those that are enabled; f.mu is held.
func (u *FakeUnits) boot() {
	if u == nil {
		return
	}
	u.loaded, u.active = maps.Clone(u.files), map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(u.enabled)) {
		c, err := u.f.find(startedBy(u.loaded[name]))
		if err != nil || u.f.start(c) != nil {
			u.active[name] = "failed"
			continue
		}
		u.active[name] = "active"
	}
}
