//go:build realnode

package nodetest

import (
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/release"
)

// TestALimitOfAServiceIsChangedUnderItsUnit changes a limit, and with it the restart policy, which is the unit's: the unit
// follows the same process, and what it starts next has the new limit too.
func TestALimitOfAServiceIsChangedUnderItsUnit(t *testing.T) {
	s := newStep(t, "u7")
	s.must(config{"u7-web": service("memory", "100m")})
	process := func() string {
		return sh(t, "podman inspect -f '{{.Id}} {{.State.Pid}}' u7-web; systemctl show -P MainPID tripleo_u7-web.service")
	}
	limits := func() string {
		return sh(t, "podman inspect -f '{{.HostConfig.Memory}}' u7-web") + " " + memoryLimit(t, "u7-web")
	}
	before := process()
	c := config{"u7-web": service("memory", "200m", "restart", "on-failure")}
	result := s.must(c)
	web := of(t, result, "u7-web")
	if release.Of(result.Podman.Version).Before(release.New(5, 1)) {
		diff(t, "action", "recreated", web.Action)
	} else {
		diff(t, "action and reason", "updated config changed: memory", web.Action+" "+web.Reason)
		diff(t, "its process", before, process())
	}
	runs(t, "tripleo_u7-web.service", "u7-web")
	diff(t, "its policy", "on-failure", sh(t, "systemctl show -P Restart tripleo_u7-web.service"))
	diff(t, "limits", "209715200 209715200", limits())
	s.unchanged(c)
	sh(t, "systemctl restart tripleo_u7-web.service")
	diff(t, "limits of the next start", "209715200 209715200", limits())
	s.unchanged(c)
}

// memoryLimit is the kernel's, in cgroup v1 or v2.
func memoryLimit(t *testing.T, container string) string {
	t.Helper()
	pid := sh(t, "podman inspect -f '{{.State.Pid}}' "+container)
	return strings.TrimSpace(sh(t, `p=$(sed -n 's/^[0-9]*:memory://p' /proc/`+pid+`/cgroup); `+
		`if [ "$p" ]; then cat /sys/fs/cgroup/memory$p/memory.limit_in_bytes; else cat /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/`+pid+`/cgroup)/memory.max; fi`))
}
