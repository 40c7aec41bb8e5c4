//go:build realnode

package nodetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// legacy runs the Python paunch, whose packages are in $PAUNCH_LEGACY.
func legacy(t *testing.T, args ...string) string {
	t.Helper()
	packages := os.Getenv("PAUNCH_LEGACY")
	if packages == "" {
		t.Fatal("PAUNCH_LEGACY is not set: the directory with the Python paunch")
	}
	cmd := exec.Command("python3", append([]string{"-W", "ignore", "-c", "import sys, _distutils_hack; _distutils_hack.add_shim(); from paunch.__main__ import main; sys.exit(main())"}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+packages, "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("paunch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// hashed writes a config as paunch reads it: a file for each container.
func hashed(t *testing.T, c config) string {
	t.Helper()
	dir := t.TempDir()
	for name, entry := range c {
		text, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "hashed-"+name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAHostThatPaunchDeployedIsTakenOverAsItIs(t *testing.T) {
	s := newStep(t, "ad")
	c := config{
		"ad-db":  service("healthcheck", config{"test": "true"}, "environment", []any{"A=1", "PASSWORD=very secret"}),
		"ad-api": service("start_order", 1, "depends_on", []any{"tripleo_ad-db.service"}, "restart", "unless-stopped", "stop_grace_period", 5),
		"ad-job": config{"image": image, "detach": false, "net": "none", "command": "true"},
	}
	dir := hashed(t, c)
	legacy(t, "apply", "--file", dir, "--config-id", "ad")
	ids := map[string]string{}
	for name := range c {
		ids[name] = id(t, name)
	}
	for _, unit := range []string{"tripleo_ad-db.service", "tripleo_ad-db_healthcheck.timer", "tripleo_ad-api.service"} {
		diff(t, unit+" by paunch", "active", ask("systemctl is-active "+unit))
	}

	result := s.must(c)
	for name := range c {
		diff(t, name, ids[name], id(t, name))
	}
	diff(t, "actions", []string{"repaired", "repaired", "unchanged"}, []string{of(t, result, "ad-db").Action, of(t, result, "ad-api").Action, of(t, result, "ad-job").Action})
	for _, name := range []string{"ad-db", "ad-api"} {
		runs(t, "tripleo_"+name+".service", name)
		if strings.Contains(sh(t, "systemctl cat tripleo_"+name), "KillMode=none") {
			t.Errorf("the unit of %s is still paunch's", name)
		}
	}
	diff(t, "healthcheck units", "", ask("ls /etc/systemd/system /etc/systemd/system/*.wants /etc/systemd/system/*.requires 2>/dev/null | grep ad-.*healthcheck"))
	diff(t, "timers", "", ask("systemctl list-units --all --plain --no-legend 'tripleo_ad*healthcheck*'"))
	s.unchanged(c)

	t.Run("a changed entry is replaced under the same unit", func(t *testing.T) {
		c["ad-db"] = service("environment", []any{"A=2", "PASSWORD=very secret"}, "healthcheck", config{"test": "true", "interval": "1s"})
		result := s.must(c)
		diff(t, "action", "recreated", of(t, result, "ad-db").Action)
		diff(t, "the other", ids["ad-api"], id(t, "ad-api"))
		runs(t, "tripleo_ad-db.service", "ad-db")
		eventually(t, "podman inspect -f '{{.State.Health.Status}}' ad-db", "healthy")
		s.unchanged(c)
	})
	t.Run("and an entry that is gone goes with its unit", func(t *testing.T) {
		delete(c, "ad-api")
		s.must(c)
		gone(t, "tripleo_ad-api.service")
	})
	t.Run("and paunch can have it back", func(t *testing.T) {
		delete(c["ad-db"].(config), "healthcheck")
		legacy(t, "apply", "--file", hashed(t, c), "--config-id", "ad")
		diff(t, "unit", "active", ask("systemctl is-active tripleo_ad-db"))
		s.must(c)
		runs(t, "tripleo_ad-db.service", "ad-db")
		s.unchanged(c)
	})
}

func TestAContainerWithoutAPIDFileIsFollowedAllTheSame(t *testing.T) {
	s := newStep(t, "np")
	literal := `{'command': ['sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 0.1; done"], 'image': '` + image + `', 'net': 'none', 'restart': 'always'}`
	labels := " --label config_id=np --label container_name=np-web --label managed_by=tripleo_ansible"
	cmd := exec.Command("bash", "-c", "podman run -d --name np-web --net none"+labels+" --label \"config_data=$L\" "+image+" sh -c \"$S\"")
	cmd.Env = append(os.Environ(), "L="+literal, "S="+serve[2].(string))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := sh(t, "podman inspect -f '{{.Id}} {{.State.StartedAt}}' np-web")
	c := config{"np-web": service()}
	diff(t, "action", "repaired", of(t, s.must(c), "np-web").Action)
	runs(t, "tripleo_np-web.service", "np-web")
	diff(t, "container", before, sh(t, "podman inspect -f '{{.Id}} {{.State.StartedAt}}' np-web"))
	s.unchanged(c)
	sh(t, "systemctl restart tripleo_np-web")
	runs(t, "tripleo_np-web.service", "np-web")
	s.unchanged(c)

	t.Run("also where the PID file is lost", func(t *testing.T) {
		sh(t, "systemctl stop tripleo_np-web; podman start np-web; rm $(podman inspect -f '{{.ConmonPidFile}}' np-web)")
		s.must(c)
		runs(t, "tripleo_np-web.service", "np-web")
		s.unchanged(c)
	})
}

// made creates a container as tripleo_container_manage and edpm_container_manage did: their labels, a
// Python literal for the config, no restart policy, and a unit.
func made(t *testing.T, managedBy, prefix, id, name, literal string) {
	t.Helper()
	args := append([]string{
		"create", "--name", name, "--net", "none", "--conmon-pidfile", "/run/" + name + ".pid",
		"--label", "config_id=" + id, "--label", "container_name=" + name, "--label", "managed_by=" + managedBy, "--label", "config_data=" + literal, image,
	}, "sh", "-c", serve[2].(string))
	if out, err := exec.Command("podman", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	unit := prefix + "_" + name + ".service"
	text := "[Unit]\nDescription=" + name + " container\nAfter=tripleo-container-shutdown.service\n[Service]\nRestart=always\nExecStart=/usr/bin/podman start " + name +
		"\nExecStop=/usr/bin/podman stop -t 10 " + name + "\nKillMode=none\nType=forking\nPIDFile=/run/" + name + ".pid\n[Install]\nWantedBy=multi-user.target\n"
	if err := os.WriteFile("/etc/systemd/system/"+unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	sh(t, "systemctl daemon-reload && systemctl enable --now "+unit)
}

func TestHostsOfPaunchsSuccessorsAreTakenOverAsTheyAre(t *testing.T) {
	for manager, prefix := range map[string]string{"tripleo_ansible": "tripleo", "edpm_ansible": "edpm"} {
		t.Run(manager, func(t *testing.T) {
			name := "as-" + prefix
			s := newStep(t, "as")
			literal := `{'command': ['sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 0.1; done"], 'image': '` + image + `', 'net': 'none', 'restart': 'always'}`
			made(t, manager, prefix, "as", name, literal)
			unit := prefix + "_" + name + ".service"
			before := id(t, name)
			c := config{name: service()}
			diff(t, "action", "repaired", of(t, s.must(c), name).Action)
			diff(t, "container", before, id(t, name))
			runs(t, unit, name)
			if strings.Contains(sh(t, "systemctl cat "+unit), "KillMode=none") {
				t.Error("the unit is still the older tool's")
			}
			s.unchanged(c)
			c[name] = service("user", "nobody")
			diff(t, "action", "recreated", of(t, s.must(c), name).Action)
			runs(t, unit, name) // by the name that it had
			s.unchanged(c)
			s.must(config{})
			gone(t, unit)
		})
	}
}
