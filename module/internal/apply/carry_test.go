package apply_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
)

// mounts are the volumes of the host's containers, by container and path.
func (h *host) mounts() map[string]string {
	out := map[string]string{}
	for _, c := range h.State().Containers {
		for _, m := range h.Volumes([]string{c.ID}, nil).Mounts[c.ID] {
			out[c.Name+" "+m.Path] = m.Volume
		}
	}
	return out
}

func TestAnonymousVolumesAreCarriedOverToWhatIsReCreated(t *testing.T) {
	h := newHost(t)
	h.AddVolumes("web:1", "/var/lib/db")
	h.AddVolumes("web:2", "/var/lib/db")
	first := entries{"db": service("volumes", []any{"/data"}), "sync": job(), "fire": entries{"image": "web:1"}, "held": entries{"image": "web:1", "state": "stopped"}}
	h.must(first)
	before := h.mounts()
	diff(t, "volumes", 5, len(before))
	second := entries{"db": service("volumes", []any{"/data"}, "image", "web:2"), "sync": job("user", "root"), "fire": entries{"image": "web:2"}, "held": entries{"image": "web:2", "state": "stopped"}}
	report := h.must(second)
	diff(t, "volumes after the replacement", before, h.mounts())
	diff(t, "the outcome names them", []string{before["db /data"] + ":/data", before["db /var/lib/db"] + ":/var/lib/db"}, outcome(t, report, "db").Carried)
	h.Forget()
	p, _ := h.apply(context.Background(), second)
	diff(t, "the second run changes", false, p.Changes())

	h.must(entries{"db": service("volumes", []any{"/data"}), "sync": service(), "fire": job(), "held": service()})
	diff(t, "volumes when each is of another kind", before, h.mounts())
}

func TestAFailedReplacementLeavesTheOldContainerItsVolumes(t *testing.T) {
	h := newHost(t)
	h.must(entries{"db": service("volumes", []any{"/data"})})
	before := h.mounts()
	h.Behave("web:2", applytest.Behaviour{ExitCode: 1})
	_, report := h.apply(context.Background(), entries{"db": service("volumes", []any{"/data"}, "image", "web:2")})
	diff(t, "rolled back", true, outcome(t, report, "db").RolledBack)
	diff(t, "volumes", before, h.mounts())
}

func TestRenewAnonVolumesBeginsWithNewOnes(t *testing.T) {
	h := newHost(t)
	h.AddVolumes("web:1", "/var/lib/db")
	h.must(entries{"db": service("volumes", []any{"/data"})})
	before := h.mounts()
	renewed := entries{"db": service("volumes", []any{"/data"}, "user", "root", "renew_anon_volumes", true)}
	h.must(renewed)
	for path, volume := range h.mounts() {
		if volume == before[path] {
			t.Errorf("%s is the volume of the container before", path)
		}
	}
	after := h.mounts()
	diff(t, "the second run", plan.Unchanged, outcome(t, h.must(renewed), "db").Action)
	diff(t, "the key is no part of the record", plan.Unchanged, outcome(t, h.must(entries{"db": service("volumes", []any{"/data"}, "user", "root")}), "db").Action)
	diff(t, "volumes", after, h.mounts())
}

// TestAKillAtAnyCallLosesNoVolume kills a replacement before and after each call: the next run ends with the
// same volumes, whichever container it goes on with.
func TestAKillAtAnyCallLosesNoVolume(t *testing.T) {
	raw := func(image string) entries {
		return entries{"db": service("volumes", []any{"/data"}, "image", image), "sync": job("volumes", []any{"/data"}, "image", image)}
	}
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		for _, after := range []bool{false, true} {
			for n := 0; ; n++ {
				h := make(t)
				h.options.Concurrency = 1
				h.AddVolumes("web:1", "/var/lib/db")
				h.AddVolumes("web:2", "/var/lib/db")
				h.must(raw("web:1"))
				before := h.mounts()
				if after {
					h.KillAfter(n)
				} else {
					h.KillBefore(n)
				}
				h.apply(context.Background(), raw("web:2"))
				if !h.Resume() {
					if n < 8 {
						t.Fatalf("only %d calls were made", n)
					}
					break
				}
				h.must(raw("web:2"))
				diff(t, fmt.Sprintf("volumes after a kill at call %d", n), before, h.mounts())
				if !slices.ContainsFunc(h.State().Containers, func(c observed.Container) bool { return c.Name == "db" && c.Image == "web:2" }) {
					t.Errorf("a kill at call %d: %v", n, h.summary())
				}
			}
		}
	}
}
