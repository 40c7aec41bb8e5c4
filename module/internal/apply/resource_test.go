package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// newHostWithResources is a host whose volumes, networks and secrets are looked at.
func newHostWithResources(t *testing.T) *host {
	t.Helper()
	h := newHost(t)
	h.ManageResources()
	h.options.Concurrency = 1
	return h
}

// resourceNames are the resources of the host as "kind name".
func (h *host) resourceNames() []string {
	var names []string
	for kind, all := range h.Resources() {
		for _, r := range all {
			names = append(names, kind+" "+r.Name)
		}
	}
	slices.Sort(names)
	return names
}

// withResources is a service that uses one resource of each kind.
func withResources(content, subnet string) entries {
	return entries{
		"volumes":  entries{"data": entries{}},
		"networks": entries{"back": entries{"subnet": subnet}},
		"secrets":  entries{"pw": entries{"content": content}},
		"web":      service("volumes", []any{"data:/data"}, "networks", []any{"back"}, "secrets", []any{"pw"}),
	}
}

func TestResourcesAreCreatedBeforeTheirUsersAndTheNextRunChangesNothing(t *testing.T) {
	h := newHostWithResources(t)
	h.must(withResources("horse", "10.89.5.0/24"))
	secret := h.Resources()["secret"][0].Name
	diff(t, "calls", []string{"create-network back", "create-secret " + secret, "create-volume data", "create web", "start web"}, h.Changes())
	h.Forget()
	p, report := h.apply(context.Background(), withResources("horse", "10.89.5.0/24"))
	if p.Changes() || report.Failed() || len(h.Changes()) > 0 {
		t.Errorf("the second run changes something: %v\n%s", h.Changes(), p)
	}
}

func TestAChangedSecretRestartsItsUserAndTheOldOneGoesLast(t *testing.T) {
	h := newHostWithResources(t)
	h.must(withResources("horse", "10.89.5.0/24"))
	before := h.Resources()["secret"][0].Name
	h.Forget()
	report := h.must(withResources("staple", "10.89.5.0/24"))
	diff(t, "action", plan.Recreated, outcome(t, report, "web").Action)
	calls := h.Changes()
	diff(t, "last call", "remove-secret "+before, calls[len(calls)-1])
}

func TestAChangedSecretIsRolledBackWithItsUser(t *testing.T) {
	h := newHostWithResources(t)
	h.must(withResources("horse", "10.89.5.0/24"))
	before := h.resourceNames()
	h.Behave("web:2", applytest.Behaviour{StartErr: errors.New("no")})
	changed := withResources("staple", "10.89.5.0/24")
	changed["web"] = service("image", "web:2", "volumes", []any{"data:/data"}, "networks", []any{"back"}, "secrets", []any{"pw"})
	_, report := h.apply(context.Background(), changed)
	if o := outcome(t, report, "web"); o.Err == nil || !o.RolledBack {
		t.Errorf("rolled back %v: %v", o.RolledBack, o.Err)
	}
	diff(t, "resources", before, h.resourceNames())
	diff(t, "containers", []string{"web running"}, h.summary())
}

func TestAFailedApplyRemovesTheResourcesThatItCreatedAndOnlyThose(t *testing.T) {
	h := newHostWithResources(t)
	h.AddResource(config.Volume, observed.Resource{Name: "theirs"})
	h.Behave("web:1", applytest.Behaviour{CreateErr: errors.New("no")})
	raw := withResources("horse", "10.89.5.0/24")
	raw["web"] = service("volumes", []any{"data:/data", "theirs:/theirs"}, "networks", []any{"back"}, "secrets", []any{"pw"})
	_, report := h.apply(context.Background(), raw)
	if !report.Failed() {
		t.Fatal("the run did not fail")
	}
	diff(t, "resources", []string{"volume theirs"}, h.resourceNames())
}

func TestAResourceOfAFailedWaveIsKeptWhereAnEarlierEntryUsesIt(t *testing.T) {
	h := newHostWithResources(t)
	h.Behave("web:2", applytest.Behaviour{CreateErr: errors.New("no")})
	_, report := h.apply(context.Background(), entries{
		"web":   service("volumes", []any{"data:/data"}),
		"later": service("image", "web:2", "start_order", 1, "volumes", []any{"data:/data", "own:/own"}),
	})
	if !report.Failed() {
		t.Fatal("the run did not fail")
	}
	diff(t, "resources", []string{"volume data"}, h.resourceNames())
}

func TestAResourceThatCannotBeCreatedStopsTheRunBeforeAnyContainer(t *testing.T) {
	h := newHostWithResources(t)
	h.must(entries{"web": service()})
	before := h.summary()
	h.Before = failures(map[string]int{"create-network": 1}, errors.New("subnet 10.89.5.0/24 is already used"))
	raw := withResources("staple", "10.89.5.0/24")
	_, report := h.apply(context.Background(), raw)
	if !report.Failed() || report.Resources[0].Err == nil {
		t.Fatal("the run did not fail with the network")
	}
	diff(t, "web", plan.NotReached, outcome(t, report, "web").Action)
	diff(t, "containers", before, h.summary())
	h.Before = nil
	h.must(raw)
}

func TestResourcesThatContainersStillUseAreKeptWithAWarning(t *testing.T) {
	h := newHostWithResources(t)
	h.must(withResources("horse", "10.89.5.0/24"))
	h.Before = failures(map[string]int{"remove-network": 1}, fmt.Errorf("network back %w", apply.ErrInUse))
	_, report := h.apply(context.Background(), entries{"web": service("volumes", []any{"data:/data"})})
	if report.Failed() {
		t.Fatalf("failed: %+v", report.Resources)
	}
	var warnings []string
	for _, r := range report.Resources {
		warnings = append(warnings, r.Warnings...)
	}
	diff(t, "warnings", []string{`network "back": no longer in the config; it is kept, because containers use it`}, warnings)
}

func TestARunWithResourcesThatIsKilledAnywhereIsCompletedByTheNext(t *testing.T) {
	changed := func() entries { return withResources("staple", "10.89.6.0/24") }
	plain := func() entries { return entries{"web": service()} }
	want := func() []string {
		h := newHostWithResources(t)
		h.must(withResources("staple", "10.89.6.0/24"))
		return h.resourceNames()
	}()
	for _, after := range []bool{false, true} {
		for n := 0; ; n++ {
			h := newHostWithResources(t)
			h.options.Settle = time.Millisecond
			h.must(withResources("horse", "10.89.5.0/24"))
			h.must(plain()) // so that the network is free to change
			if kill := h.KillBefore; !after {
				kill(n)
			} else {
				h.KillAfter(n)
			}
			h.apply(context.Background(), changed())
			reached := h.Resume()
			h.must(changed())
			diff(t, fmt.Sprintf("resources after a kill at call %d", n), want, h.resourceNames())
			diff(t, "containers", []string{"web running"}, h.summary())
			if p, _ := h.apply(context.Background(), changed()); p.Changes() {
				t.Fatalf("after a kill at call %d a third run changes something:\n%s", n, p)
			}
			if !reached {
				break
			}
		}
	}
}
