package applytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// FakeUnits is a systemd in memory, beside the engine whose containers its units run: a unit that is
// active starts its container again when that is stopped by other means. Its calls stand in the engine's
// record and count for its kills.
type FakeUnits struct {
	f       *Fake
	files   map[string]string
	loaded  map[string]string // what the last reload read
	enabled map[string]bool
	active  map[string]string
	masked  map[string]bool
	// restarts counts, by unit, the starts after an exit.
	restarts map[string]int
	lost     bool // no PID file names a process that lives
}

// Units gives the engine a systemd; without it there is none.
func (f *Fake) Units() *FakeUnits {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.units == nil {
		f.units = &FakeUnits{
			f: f, files: map[string]string{}, loaded: map[string]string{},
			enabled: map[string]bool{}, active: map[string]string{}, masked: map[string]bool{}, restarts: map[string]int{},
		}
	}
	return f.units
}

var _ apply.Units = (*FakeUnits)(nil)

// Mask masks a unit, as an operator would.
func (u *FakeUnits) Mask(name string) { u.edit(func() { u.masked[name] = true }) }

// Edit changes a unit's file by hand and has it read; an empty text removes the file.
func (u *FakeUnits) Edit(name, text string) {
	u.edit(func() {
		u.files[name] = text
		if text == "" {
			delete(u.files, name)
		}
		u.loaded = maps.Clone(u.files)
	})
}

// LosePIDFiles removes every PID file.
func (u *FakeUnits) LosePIDFiles() { u.edit(func() { u.lost = true }) }

// Follows implements apply.Units.
func (u *FakeUnits) Follows(string) bool {
	u.f.mu.Lock()
	defer u.f.mu.Unlock()
	return !u.lost
}

// Disable disables a unit by hand.
func (u *FakeUnits) Disable(name string) { u.edit(func() { delete(u.enabled, name) }) }

// Set makes systemd hold a unit for active, failed, …, whatever its container does.
func (u *FakeUnits) Set(name, active string) { u.edit(func() { u.active[name] = active }) }

func (u *FakeUnits) edit(change func()) {
	u.f.mu.Lock()
	defer u.f.mu.Unlock()
	change()
}

// State is what an observation would see.
func (u *FakeUnits) State() map[string]observed.Unit {
	u.f.mu.Lock()
	defer u.f.mu.Unlock()
	all := map[string]observed.Unit{}
	for name, text := range u.files {
		all[name] = observed.Unit{
			Name: name, Text: text, Enabled: u.enabled[name], Active: u.active[name], Stale: u.loaded[name] != text,
		}
	}
	for name, active := range u.active {
		if _, here := all[name]; !here && active == "active" {
			all[name] = observed.Unit{Name: name, Active: active}
		}
	}
	for name := range u.masked {
		all[name] = observed.Unit{Name: name, Masked: true}
	}
	return all
}

// Write implements apply.Units.
func (u *FakeUnits) Write(ctx context.Context, name, text string) error {
	return u.f.do(ctx, "unit-write", name, "", func() error {
		u.files[name] = text
		return nil
	})
}

// Enable implements apply.Units.
func (u *FakeUnits) Enable(ctx context.Context, names []string) error {
	return u.f.do(ctx, "unit-enable", strings.Join(names, " "), "", func() error {
		for _, name := range names {
			if _, here := u.files[name]; !here {
				return fmt.Errorf("unit %s does not exist", name)
			}
			u.enabled[name] = true
		}
		return nil
	})
}

// Remove implements apply.Units.
func (u *FakeUnits) Remove(ctx context.Context, names []string) error {
	return u.f.do(ctx, "unit-remove", strings.Join(names, " "), "", func() error {
		for _, name := range names {
			delete(u.files, name)
			delete(u.enabled, name)
		}
		return nil
	})
}

// Reload implements apply.Units.
func (u *FakeUnits) Reload(ctx context.Context) error {
	return u.f.do(ctx, "unit-reload", "", "", func() error {
		u.loaded = maps.Clone(u.files)
		return nil
	})
}

// Start implements apply.Units.
func (u *FakeUnits) Start(ctx context.Context, name string) error {
	return u.f.do(ctx, "unit-start", name, "", func() error {
		text, here := u.loaded[name]
		switch {
		case u.masked[name]:
			return fmt.Errorf("unit %s is masked", name)
		case !here:
			return fmt.Errorf("unit %s is not loaded", name)
		case u.active[name] == "active":
			return nil
		case strings.Contains(text, "/bin/false"):
			u.active[name] = "failed"
			return errors.New("its process exited with 1")
		}
		u.active[name] = "active"
		container := startedBy(text)
		if container == "" {
			return nil
		}
		c, err := u.f.find(container)
		if err == nil {
			err = u.f.start(c)
		}
		if err != nil {
			u.active[name] = "failed"
		}
		return err
	})
}

// Stop implements apply.Units.
func (u *FakeUnits) Stop(ctx context.Context, name string) error {
	return u.f.do(ctx, "unit-stop", name, "", func() error {
		return u.stop(name)
	})
}

// stop stops a unit, and before it those that are part of it; u.f.mu is held.
func (u *FakeUnits) stop(name string) error {
	was := u.active[name]
	delete(u.active, name)
	if was != "active" {
		return nil
	}
	for _, other := range slices.Sorted(maps.Keys(u.active)) {
		if slices.Contains(strings.Fields(setting(u.loaded[other], "PartOf=")), name) {
			if err := u.stop(other); err != nil {
				return err
			}
		}
	}
	c, err := u.f.find(startedBy(u.loaded[name]))
	if err != nil {
		return nil //nolint:nilerr // its container is gone
	}
	b := u.f.behaviour(c)
	if b.StopErr != nil {
		return b.StopErr
	}
	u.f.end(c, b.StopCode)
	return nil
}

// restart starts a container again that was stopped beside its active unit; f.mu is held.
func (u *FakeUnits) restart(c *container) {
	if u == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(u.active)) {
		if u.active[name] == "active" && startedBy(u.loaded[name]) == c.Name {
			if err := u.f.start(c); err != nil {
				u.active[name] = "failed"
			}
		}
	}
}

// startedBy returns the container that a unit's text starts.
func startedBy(text string) string { return setting(text, "ExecStart=/usr/bin/podman start ") }

// setting returns what follows the first line of a text that begins so.
func setting(text, begins string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if value, ok := strings.CutPrefix(line, begins); ok {
			return value
		}
	}
	return ""
}
