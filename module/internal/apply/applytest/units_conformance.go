package applytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// UnitsSubject is a systemd under test.
type UnitsSubject struct {
	Units apply.Units
	// Observe returns the units that are there, at least those named by Name.
	Observe func() (map[string]observed.Unit, error)
	// Name returns the name of a service that does not exist.
	Name func() string
}

// UnitsConformance is what an executor relies on. newSubject returns a systemd in which the subject may
// make and remove units of its names; what is left at the end of a test is the caller's to remove.
func UnitsConformance(t *testing.T, newSubject func(t *testing.T) UnitsSubject) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, unitSuite)
	}{
		{"what was written is there, and nothing runs or is enabled", unitWritten},
		{"what was written again has the new text", unitRewritten},
		{"to enable twice is no error", unitEnabledTwice},
		{"many units are enabled and read at once, and start at once", unitsAtOnce},
		{"what does not exist cannot be enabled", unitEnableMissing},
		{"what does not exist cannot be started", unitStartMissing},
		{"to start what is active and to stop what is not are no errors", unitStartStopTwice},
		{"what was stopped can be started again", unitStartAgain},
		{"to stop what systemd does not know is no error", unitStopUnknown},
		{"the start of one that fails fails, and a stop has that forgotten", unitStartFails},
		{"one that keeps failing can be stopped", unitKeepsFailing},
		{"what failed can be fixed", unitFixed},
		{"what was changed is stale until it is read", unitStale},
		{"what was removed is gone after it was read, and can be made again", unitRemoved},
		{"what is removed while it runs can still be stopped", unitRemovedRunning},
		{"removing what is gone, or partly gone, is no error", unitRemovedTwice},
		{"nothing is done for no units", noUnits},
		{"an ended context is told", unitContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, unitSuite{t, newSubject(t)})
		})
	}
}

// Texts of units that need nothing of the host.
const (
	unitHolds = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n" + unitInstall
	unitFails = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false\n" + unitInstall
	unitTries = "[Service]\nType=oneshot\nRestart=on-failure\nRestartSec=1h\nExecStart=/bin/false\n" + unitInstall

	unitInstall = "[Install]\nWantedBy=multi-user.target\n"
)

// unitSuite is one test's subject with the calls that must not fail.
type unitSuite struct {
	t *testing.T
	UnitsSubject
}

func (s unitSuite) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s unitSuite) mustFail(err error, what string) {
	s.t.Helper()
	if err == nil {
		s.t.Fatalf("%s did not fail", what)
	}
}

// have writes a unit and has it read.
func (s unitSuite) have(text string) (name string) {
	s.t.Helper()
	name = s.Name()
	s.rewrite(name, text)
	return name
}

func (s unitSuite) rewrite(name, text string) {
	s.t.Helper()
	s.must(s.Units.Write(s.t.Context(), name, text))
	s.must(s.Units.Reload(s.t.Context()))
}

func (s unitSuite) start(name string) { s.t.Helper(); s.must(s.Units.Start(s.t.Context(), name)) }
func (s unitSuite) stop(name string)  { s.t.Helper(); s.must(s.Units.Stop(s.t.Context(), name)) }

func (s unitSuite) remove(names ...string) {
	s.t.Helper()
	s.must(s.Units.Remove(s.t.Context(), names))
	s.must(s.Units.Reload(s.t.Context()))
}

// unit is what is observed of a unit, the zero value when it does not exist.
func (s unitSuite) unit(name string) observed.Unit {
	s.t.Helper()
	all, err := s.Observe()
	s.must(err)
	return all[name]
}

// is checks what systemd holds a unit for; one that does not run may also be unknown.
func (s unitSuite) is(name, active string) {
	s.t.Helper()
	switch found := s.unit(name).Active; {
	case found == active, found == "" && active == "inactive":
	default:
		s.t.Fatalf("the unit is %q, want %q", found, active)
	}
}

func unitWritten(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	found := s.unit(name)
	if found.Name != name || found.Text != unitHolds || found.Enabled || found.Masked || found.Stale {
		t.Fatalf("found %+v", found)
	}
	s.is(name, "inactive")
}

func unitRewritten(t *testing.T, s unitSuite) {
	name := s.have(unitFails)
	s.must(s.Units.Write(t.Context(), name, unitHolds))
	if text := s.unit(name).Text; text != unitHolds {
		t.Fatalf("its text is %q", text)
	}
}

func unitEnabledTwice(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	for range 2 {
		s.must(s.Units.Enable(t.Context(), []string{name}))
		s.must(s.Units.Reload(t.Context()))
		if !s.unit(name).Enabled {
			t.Fatal("it is not enabled")
		}
	}
	s.is(name, "inactive")
}

func unitsAtOnce(t *testing.T, s unitSuite) {
	var names []string
	for range 12 {
		names = append(names, s.Name())
		s.must(s.Units.Write(t.Context(), names[len(names)-1], unitHolds))
	}
	s.must(s.Units.Enable(t.Context(), names))
	s.must(s.Units.Reload(t.Context()))
	errs := make([]error, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() { errs[i] = s.Units.Start(t.Context(), name) })
	}
	group.Wait()
	s.must(errors.Join(errs...))
	all, err := s.Observe()
	s.must(err)
	for _, name := range names {
		if u := all[name]; !u.Enabled || !u.Running() {
			t.Errorf("found %+v", u)
		}
	}
}

func unitEnableMissing(t *testing.T, s unitSuite) {
	s.mustFail(s.Units.Enable(t.Context(), []string{s.Name()}), "the enabling")
}

func unitStartMissing(t *testing.T, s unitSuite) {
	s.mustFail(s.Units.Start(t.Context(), s.Name()), "the start")
}

func unitStartStopTwice(_ *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	for range 2 {
		s.start(name)
		s.is(name, "active")
	}
	for range 2 {
		s.stop(name)
		s.is(name, "inactive")
	}
}

func unitStartAgain(_ *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	for range 8 { // more than systemd's limit for starts in ten seconds
		s.start(name)
		s.is(name, "active")
		s.stop(name)
	}
}

func unitStopUnknown(_ *testing.T, s unitSuite) {
	s.stop(s.Name())
}

func unitStartFails(t *testing.T, s unitSuite) {
	name := s.have(unitFails)
	for range 8 {
		s.mustFail(s.Units.Start(t.Context(), name), "the start")
		s.is(name, "failed")
	}
	s.stop(name)
	s.is(name, "inactive")
}

func unitKeepsFailing(t *testing.T, s unitSuite) {
	name := s.have(unitTries)
	s.mustFail(s.Units.Start(t.Context(), name), "the start")
	s.stop(name)
	s.is(name, "inactive")
}

func unitFixed(t *testing.T, s unitSuite) {
	name := s.have(unitFails)
	s.mustFail(s.Units.Start(t.Context(), name), "the start")
	s.rewrite(name, unitHolds)
	s.start(name)
	s.is(name, "active")
}

func unitStale(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	s.start(name)
	if s.unit(name).Stale {
		t.Fatal("it is stale though it was read")
	}
	s.must(s.Units.Write(t.Context(), name, unitFails))
	if !s.unit(name).Stale {
		t.Fatal("it is not stale though it was changed")
	}
	s.must(s.Units.Reload(t.Context()))
	if s.unit(name).Stale {
		t.Fatal("it is stale though it was read again")
	}
	s.is(name, "active")
}

func unitRemoved(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	s.must(s.Units.Enable(t.Context(), []string{name}))
	s.start(name)
	s.stop(name)
	s.remove(name)
	if u := s.unit(name); u != (observed.Unit{}) {
		t.Fatalf("found %+v", u)
	}
	s.mustFail(s.Units.Start(t.Context(), name), "the start of what was removed")
	s.rewrite(name, unitHolds)
	if s.unit(name).Enabled {
		t.Fatal("a new unit is enabled because the old one was")
	}
	s.start(name)
}

func unitRemovedRunning(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	s.start(name)
	s.remove(name)
	if u := s.unit(name); u.Text != "" || !u.Running() {
		t.Fatalf("found %+v", u)
	}
	s.stop(name)
	if u := s.unit(name); u != (observed.Unit{}) {
		t.Fatalf("found %+v", u)
	}
}

func unitRemovedTwice(t *testing.T, s unitSuite) {
	gone, here := s.Name(), s.have(unitHolds)
	s.must(s.Units.Enable(t.Context(), []string{here}))
	names := []string{gone, here}
	for range 2 {
		s.remove(names...)
		slices.Reverse(names)
	}
	if u := s.unit(here); u != (observed.Unit{}) {
		t.Fatalf("found %+v", u)
	}
}

func noUnits(t *testing.T, s unitSuite) {
	s.must(s.Units.Enable(t.Context(), nil))
	s.must(s.Units.Remove(t.Context(), nil))
}

func unitContext(t *testing.T, s unitSuite) {
	name := s.have(unitHolds)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, call := range map[string]func(context.Context, string) error{
		"start": s.Units.Start, "stop": s.Units.Stop,
		"reload": func(ctx context.Context, _ string) error { return s.Units.Reload(ctx) },
		"enable": func(ctx context.Context, name string) error { return s.Units.Enable(ctx, []string{name}) },
	} {
		if err := call(ctx, name); !errors.Is(err, context.Canceled) {
			t.Error(fmt.Errorf("%s: %w", what, err))
		}
	}
	s.is(name, "inactive")
}
