//go:build realnode

package nodetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServicesRunByTheirUnits(t *testing.T) {
	s := newStep(t, "u1")
	c := config{
		"u1-db":  service(),
		"u1-web": service("start_order", 1, "depends_on", []any{"tripleo_u1-db"}, "stop_grace_period", 3),
		"u1-job": config{"image": image, "detach": false, "net": "none", "command": "true"},
	}
	result := s.must(c)
	diff(t, "who restarts", "systemd", result.RestartedBy)
	diff(t, "unit in the result", "tripleo_u1-db.service", of(t, result, "u1-db").Unit)
	for _, name := range []string{"u1-db", "u1-web"} {
		runs(t, "tripleo_"+name+".service", name)
		diff(t, "podman's policy", "no", strings.ToLower(sh(t, "podman inspect -f '{{or .HostConfig.RestartPolicy.Name \"no\"}}' "+name)))
		if out := ask("systemd-analyze verify /etc/systemd/system/tripleo_" + name + ".service"); out != "" {
			t.Errorf("systemd-analyze: %s", out)
		}
	}
	gone(t, "tripleo_u1-job.service")
	s.unchanged(c)

	t.Run("systemd restarts what dies", func(t *testing.T) {
		before := sh(t, "podman inspect -f '{{.State.Pid}}' u1-db")
		sh(t, "kill -9 "+before)
		eventually(t, "p=$(podman inspect -f '{{.State.Status}} {{.State.Pid}}' u1-db); [ \"$p\" != 'running "+before+"' ] && echo ${p%% *}", "running")
		runs(t, "tripleo_u1-db.service", "u1-db")
		s.unchanged(c)
	})
	t.Run("systemctl stops and starts it", func(t *testing.T) {
		sh(t, "systemctl stop tripleo_u1-db")
		diff(t, "container", "exited", sh(t, "podman inspect -f '{{.State.Status}}' u1-db"))
		diff(t, "failed units", "", ask("systemctl --failed --plain --no-legend | grep u1-"))
		sh(t, "systemctl start tripleo_u1-db")
		runs(t, "tripleo_u1-db.service", "u1-db")
	})
}

func TestFortyServicesCostOneReloadAWave(t *testing.T) {
	s := newStep(t, "u40")
	c := config{}
	for i := range 40 {
		c[fmt.Sprintf("u40-%02d", i)] = service("start_order", i%2)
	}
	before := reloads(t)
	s.must(c)
	diff(t, "reloads of two waves", 2, reloads(t)-before)
	runs(t, "tripleo_u40-39.service", "u40-39")
	before = reloads(t)
	s.unchanged(c)
	diff(t, "reloads of a run that changes nothing", 0, reloads(t)-before)
	sh(t, "systemd-analyze verify /etc/systemd/system/tripleo_u40-*.service")
}

// reloads counts how often systemd has read its units, in its own words: those of 255 and later, or of 252.
func reloads(t *testing.T) int {
	t.Helper()
	sh(t, "journalctl --sync")
	return len(lines(ask("journalctl -b -o cat _PID=1 | grep -E 'Reload(ing)? requested|^Reloading[.]$'")))
}

func TestAReplacementLosesNothingUnderAUnit(t *testing.T) {
	s := newStep(t, "u2")
	s.must(config{"u2-web": service()})
	first := id(t, "u2-web")

	result := s.must(config{"u2-web": service("image", image2, "stop_grace_period", 5)})
	diff(t, "action", "recreated", of(t, result, "u2-web").Action)
	runs(t, "tripleo_u2-web.service", "u2-web")
	second := id(t, "u2-web")
	if first == second {
		t.Error("it is the same container")
	}

	for name, bad := range map[string]config{
		"its program is missing": service("command", "/no/such/program"),
		"it ends at once":        service("command", []any{"sh", "-c", "echo broken config; exit 3"}),
	} {
		t.Run(name, func(t *testing.T) {
			result, err := s.apply(config{"u2-web": bad})
			if err == nil {
				t.Fatal("no error")
			}
			diff(t, "the old container", second, id(t, "u2-web"))
			runs(t, "tripleo_u2-web.service", "u2-web")
			if strings.Contains(name, "ends") && (!of(t, result, "u2-web").RolledBack || !strings.Contains(result.Msg, "broken config")) {
				t.Errorf("rolled back %v: %s", of(t, result, "u2-web").RolledBack, result.Msg)
			}
		})
	}
	s.unchanged(config{"u2-web": service("image", image2, "stop_grace_period", 5)})
	diff(t, "containers", []string{"u2-web"}, lines(sh(t, "podman ps -a --format '{{.Names}}' | grep u2-")))
}

func TestUnitsGoAndFollow(t *testing.T) {
	s := newStep(t, "u3")
	s.must(config{"u3-web": service(), "u3-old": service()})
	web := id(t, "u3-web")

	t.Run("an entry that is removed takes its unit along", func(t *testing.T) {
		s.must(config{"u3-web": service()})
		gone(t, "tripleo_u3-old.service")
		diff(t, "container", "", ask("podman ps -a --format '{{.Names}}' | grep u3-old"))
	})
	t.Run("another prefix moves it", func(t *testing.T) {
		s.req.UnitPrefix = "cloud"
		diff(t, "action", "restarted", of(t, s.must(config{"u3-web": service()}), "u3-web").Action)
		gone(t, "tripleo_u3-web.service")
		runs(t, "cloud_u3-web.service", "u3-web")
		diff(t, "container", web, id(t, "u3-web"))
		s.unchanged(config{"u3-web": service()})
		s.req.UnitPrefix = ""
		s.unchanged(config{"u3-web": service()})
	})
	t.Run("a renamed container takes it along", func(t *testing.T) {
		sh(t, "podman rename u3-web u3-web-abcd1234")
		diff(t, "action", "renamed", of(t, s.must(config{"u3-web": service()}), "u3-web").Action)
		runs(t, "cloud_u3-web.service", "u3-web")
		diff(t, "container", web, id(t, "u3-web"))
		s.unchanged(config{"u3-web": service()})
	})
	t.Run("a unit without its container goes with its entry", func(t *testing.T) {
		sh(t, "systemctl stop cloud_u3-web && podman rm u3-web")
		s.must(config{})
		gone(t, "cloud_u3-web.service")
	})
}

func TestANameThatIsTakenGivesAUnitOfItsOwn(t *testing.T) {
	s := newStep(t, "u4")
	sh(t, "podman run -d --net none --name u4-web "+image+" sleep 1000")
	t.Cleanup(func() { ask("podman rm -f -t 0 u4-web") })
	foreign := id(t, "u4-web")
	c := config{"u4-web": service()}
	real := of(t, s.must(c), "u4-web").RealName
	runs(t, "tripleo_"+real+".service", real)
	gone(t, "tripleo_u4-web.service")
	diff(t, "the foreign container", foreign, id(t, "u4-web"))
	s.unchanged(c)
	sh(t, "podman rm -f -t 0 u4-web")
	diff(t, "action", "renamed", of(t, s.must(c), "u4-web").Action)
	runs(t, "tripleo_u4-web.service", "u4-web")
	gone(t, "tripleo_"+real+".service")
	s.unchanged(c)
}

func TestWithAndWithoutSystemd(t *testing.T) {
	s := newStep(t, "u5")
	c := config{"u5-web": service()}
	s.req.Systemd = "never"
	diff(t, "who restarts", "podman", s.must(c).RestartedBy)
	gone(t, "tripleo_u5-web.service")
	s.unchanged(c)
	before := id(t, "u5-web")

	s.req.Systemd = "auto"
	result := s.must(c)
	diff(t, "action", "repaired", of(t, result, "u5-web").Action)
	diff(t, "container", before, id(t, "u5-web"))
	runs(t, "tripleo_u5-web.service", "u5-web")
	s.unchanged(c)

	s.req.Systemd = "never"
	diff(t, "action", "recreated", of(t, s.must(c), "u5-web").Action) // it may have a policy of its own, but nobody can tell
	gone(t, "tripleo_u5-web.service")
	diff(t, "container", "running", sh(t, "podman inspect -f '{{.State.Status}}' u5-web"))
	s.unchanged(c)
}

func TestHealthIsPodmansOwn(t *testing.T) {
	s := newStep(t, "u6")
	dir := t.TempDir()
	flag := filepath.Join(dir, "ok")
	touch(t, flag)
	check := config{"test": "test -e /flags/ok || { echo not there; exit 1; }", "interval": "1s", "retries": 1, "timeout": "5s"}
	c := config{"u6-web": service("volumes", []any{dir + ":/flags"}, "healthcheck", check, "wait", "healthy")}
	diff(t, "health", "healthy", of(t, s.must(c), "u6-web").Health)
	s.unchanged(c)
	if err := os.Remove(flag); err != nil {
		t.Fatal(err)
	}
	eventually(t, "podman inspect -f '{{.State.Health.Status}}' u6-web", "unhealthy")
	s.req.Check = true
	result := s.must(c)
	s.req.Check = false
	web := of(t, result, "u6-web")
	diff(t, "status", []string{"restarted", "unhealthy", "not there"}, []string{web.Action, web.Health, web.HealthOutput})
	touch(t, flag)
	diff(t, "health after the repair", "healthy", of(t, s.must(c), "u6-web").Health)
	runs(t, "tripleo_u6-web.service", "u6-web")

	s.req.HealthcheckDisabled = true
	diff(t, "action", "recreated", of(t, s.must(c), "u6-web").Action)
	diff(t, "check", "", ask("podman inspect -f '{{if .Config.Healthcheck}}{{.Config.Healthcheck.Test}}{{end}}' u6-web | grep flags"))
	s.unchanged(c)
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestADBusThatIsDownTouchesNothing(t *testing.T) {
	s := newStep(t, "u7")
	s.must(config{"u7-web": service()})
	before := id(t, "u7-web")
	sh(t, "systemctl disable tripleo_u7-web; systemctl stop dbus.service dbus.socket")
	t.Cleanup(func() { ask("umount /run/systemd/private; systemctl start dbus.socket") })
	// Without a bus, systemd's own socket will do. (Podman may need the bus to start a container.)
	diff(t, "action", "repaired", of(t, s.must(config{"u7-web": service()}), "u7-web").Action)
	runs(t, "tripleo_u7-web.service", "u7-web")
	sh(t, "mount --bind /dev/null /run/systemd/private")
	_, err := s.apply(config{"u7-web": service("user", "nobody"), "u7-new": service()})
	sh(t, "umount /run/systemd/private; systemctl start dbus.socket")
	if err == nil || !strings.Contains(err.Error(), "systemd") {
		t.Errorf("error: %v", err)
	}
	diff(t, "container", before, id(t, "u7-web"))
	diff(t, "new container", "", ask("podman ps -a --format '{{.Names}}' | grep u7-new"))
	s.must(config{"u7-web": service("user", "nobody"), "u7-new": service()})
	runs(t, "tripleo_u7-new.service", "u7-new")
}

func TestBadNamesAreRefusedBeforeAnythingIsTouched(t *testing.T) {
	s := newStep(t, "u8")
	for name, c := range map[string]config{
		"a space":             {"u8 web": service()},
		"a slash":             {"u8/web": service()},
		"an at":               {"u8@web": service()},
		"unicode":             {"u8-wéb": service()},
		"a newline in a flag": {"u8-web": service("systemd_exec_flags", config{"RestartSec": "1\nExecStart=/bin/sh"})},
		"a section in a flag": {"u8-web": service("systemd_exec_flags", config{"[Unit]": "x"})},
		"a flag of ours":      {"u8-web": service("systemd_exec_flags", config{"ExecStart": "/bin/sh"})},
		"a path to depend on": {"u8-web": service("depends_on", []any{"../../etc/passwd"})},
		"a relative pre-stop": {"u8-web": service("pre_stop_exec", "rm -rf x")},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := s.apply(c); err == nil {
				t.Error("no error")
			}
		})
	}
	s.req.UnitPrefix = "a/../b"
	if _, err := s.apply(config{"u8-web": service()}); err == nil || !strings.Contains(err.Error(), "unit_prefix") {
		t.Errorf("error: %v", err)
	}
	s.req.UnitPrefix = ""
	diff(t, "containers", "", ask("podman ps -a --format '{{.Names}}' | grep ^u8"))
	diff(t, "units", "", ask("ls /etc/systemd/system | grep u8"))
	c := config{"u8.web_x-1": service("systemd_exec_flags", config{"Environment": "A=50%% B=\"x y\""}, "pre_stop_exec", "/bin/sh -c 'X=1; echo $X 100% >/run/u8'", "reload_signal", "USR1")}
	s.must(c)
	runs(t, "tripleo_u8.web_x-1.service", "u8.web_x-1")
	sh(t, "systemctl restart tripleo_u8.web_x-1")
	eventually(t, "cat /run/u8", "1 100%")
	s.unchanged(c)
}

func TestAFullDiskLeavesTheContainerAlone(t *testing.T) {
	s := newStep(t, "u9")
	s.must(config{"u9-web": service()})
	before := id(t, "u9-web")
	// The units' directory itself, full: its content in a file system that has no room left.
	sh(t, `cp -a /etc/systemd/system /run/u9-units && mount -t tmpfs -o size=1m tmpfs /etc/systemd/system && cp -a /run/u9-units/. /etc/systemd/system/ && { dd if=/dev/zero of=/etc/systemd/system/fill bs=4k 2>/dev/null || true; }`)
	result, err := s.apply(config{"u9-web": service("stop_grace_period", 7), "u9-new": service()})
	sh(t, "umount /etc/systemd/system; rm -rf /run/u9-units; systemctl daemon-reload")
	if err == nil || !strings.Contains(result.Msg, "no space left") {
		t.Errorf("error: %v", err)
	}
	diff(t, "container", before, id(t, "u9-web"))
	runs(t, "tripleo_u9-web.service", "u9-web")
	diff(t, "new container", "", ask("podman ps -a --format '{{.Names}}' | grep u9-new"))
	s.must(config{"u9-web": service("stop_grace_period", 7), "u9-new": service()})
	s.unchanged(config{"u9-web": service("stop_grace_period", 7), "u9-new": service()})
}
