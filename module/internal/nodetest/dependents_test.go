//go:build realnode

package nodetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// pid is the shell's word for the main process of a running container.
func pid(container string) string {
	return fmt.Sprintf("$(podman inspect -f '{{.State.Pid}}' %s)", container)
}

// together waits until containers are in one network namespace.
func together(t *testing.T, a, b string) {
	t.Helper()
	eventually(t, fmt.Sprintf("[ $(readlink /proc/%s/ns/net) = $(readlink /proc/%s/ns/net) ] && echo together", pid(a), pid(b)), "together")
}

func TestSystemdRestartsDependentsWithTheOwnerOfTheirNamespace(t *testing.T) {
	step1, step2 := newStep(t, "deps1"), newStep(t, "deps2")
	first := config{"deps-z": service(), "deps-a": service("net", "container:deps-z"), "deps-req": service("requires", "deps-z")}
	second := config{"deps-other": service("net", "container:deps-z")}
	step1.must(first)
	step2.must(second)
	step1.unchanged(first)
	step2.unchanged(second)
	required, crashed := sh(t, "echo "+pid("deps-req")), sh(t, "echo "+pid("deps-z"))
	sh(t, "kill -KILL "+crashed)
	eventually(t, fmt.Sprintf("[ %s -gt 0 ] && [ %s != %s ] && echo again", pid("deps-z"), pid("deps-z"), crashed), "again")
	together(t, "deps-z", "deps-a")
	together(t, "deps-z", "deps-other")
	diff(t, "process of what shares nothing", required, sh(t, "echo "+pid("deps-req")))
	step1.unchanged(first)
	step2.unchanged(second)
}

func TestDependentsUnderUnitsFollowTheirTarget(t *testing.T) {
	step1, step2 := newStep(t, "deps3"), newStep(t, "deps4")
	first := config{"deps-z": service(), "deps-a": service("net", "container:deps-z")}
	second := config{"deps-other": service("net", "container:deps-z")}
	step1.must(first)
	step2.must(second)

	t.Run("over a roll-back", func(t *testing.T) {
		_, err := step1.apply(config{"deps-z": service("command", []any{"sh", "-c", "exit 3"}), "deps-a": first["deps-a"]})
		if err == nil {
			t.Fatal("no failure")
		}
		together(t, "deps-z", "deps-a")
		together(t, "deps-z", "deps-other")
		step1.unchanged(first)
		step2.unchanged(second)
	})
	t.Run("over a restart", func(t *testing.T) {
		sh(t, "systemctl stop tripleo_deps-z")
		r := step1.must(first)
		for _, name := range []string{"deps-z", "deps-a"} {
			if action := of(t, r, name).Action; action != "started" {
				t.Errorf("%s was %s", name, action)
			}
		}
		together(t, "deps-z", "deps-a")
		step2.must(second)
		together(t, "deps-z", "deps-other")
		step1.unchanged(first)
		step2.unchanged(second)
	})
	t.Run("over a replacement", func(t *testing.T) {
		first["deps-z"] = service("user", "root")
		for range 2 {
			warned := slices.ContainsFunc(step1.must(first).Warnings, func(w string) bool { return strings.Contains(w, "apply config_id deps4") })
			diff(t, "warned", true, warned)
		}
		together(t, "deps-z", "deps-a")
		step2.must(second)
		together(t, "deps-z", "deps-other")
		step1.unchanged(first)
		step2.unchanged(second)
		diff(t, "containers", []string{"deps-a", "deps-other", "deps-z"}, lines(sh(t, "podman ps -a --format '{{.Names}}' | grep deps- | sort")))
	})
	for _, name := range []string{"deps-z", "deps-a", "deps-other"} {
		runs(t, "tripleo_"+name+".service", name)
	}
}
