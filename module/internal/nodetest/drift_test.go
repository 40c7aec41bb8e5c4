//go:build realnode

package nodetest

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// TestEveryDriftIsSeenAndRepairedInOneApply breaks many services, each in its own way, and demands of one
// apply that it says and repairs each.
func TestEveryDriftIsSeenAndRepairedInOneApply(t *testing.T) {
	s := newStep(t, "dr")
	sh(t, "podman tag "+image+" localhost/node:moving")
	t.Cleanup(func() { ask("podman untag localhost/node:moving localhost/node:moving") })
	for name, c := range map[string]struct {
		entry          config
		how            string // what an operator did; $n is the container, $u its unit
		action, reason string
		same           bool // it must be the same container after the repair
	}{
		"unitstop": {service(), "systemctl stop $u", "started", "found exited", true},
		"rm":       {service(), "podman rm -f -t 0 $n", "created", "new", false},
		"rename":   {service(), "podman rename $n $n-a1b2c3d4", "renamed", "its own name is free", true},
		"file":     {service(), "rm /etc/systemd/system/$u", "repaired", "is missing", true},
		"reloaded": {service(), "rm /etc/systemd/system/$u; systemctl daemon-reload", "repaired", "is missing", true},
		"edit":     {service(), "sed -i s/Restart=.*/Restart=no/ /etc/systemd/system/$u", "repaired", "not as its entry asks for", true},
		"disable":  {service(), "systemctl disable $u", "repaired", "is disabled", true},
		"pause":    {service(), "podman pause $n", "started", "paused", true},
		"moved":    {service("image", "localhost/node:moving"), "podman tag " + image2 + " localhost/node:moving", "recreated", "is now", false},
		"created":  {service(), "", "recreated", "created and never started", false},
		"outside":  {service(), "systemctl stop $u; podman start $n", "repaired", "runs, and its unit", true},
		"crash": {
			service(), `podman kill -s KILL $n; until [ "$(systemctl show -p NRestarts --value $u)" = 1 ] && [ "$(podman inspect -f {{.State.Status}} $n)" = running ]; do sleep 0.1; done`,
			"unchanged", "restarted once after it exited", true,
		},
		"fine": {service(), "true", "unchanged", "", true},
	} {
		n := "dr-" + name
		whole := config{n: c.entry}
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.req.CleanOrphans = false
			s.must(whole)
			before := id(t, n)
			if c.how == "" {
				asCreated(t, n)
			} else {
				sh(t, strings.NewReplacer("$n", n, "$u", "tripleo_"+n+".service").Replace(c.how))
			}
			s.req.Check = true
			predicted := of(t, s.must(whole), n)
			s.req.Check = false
			result := s.must(whole)
			got := of(t, result, n)
			diff(t, "action", c.action, got.Action)
			diff(t, "as predicted", [2]string{predicted.Action, predicted.Reason}, [2]string{got.Action, got.Reason})
			if !strings.Contains(got.Reason, c.reason) {
				t.Errorf("the reason is %q", got.Reason)
			}
			diff(t, "changed", c.action != "unchanged", result.Changed)
			runs(t, "tripleo_"+n+".service", n)
			diff(t, "the same container", c.same, id(t, n) == before)
			if out := ask("systemd-analyze verify /etc/systemd/system/tripleo_" + n + ".service"); out != "" {
				t.Errorf("systemd-analyze: %s", out)
			}
			s.unchanged(whole)
		})
	}
	s.t = t
}

// TestAServiceThatEndedWithZeroIsDoneWhereItRestartsOnFailure holds what Podman and systemd hold.
func TestAServiceThatEndedWithZeroIsDoneWhereItRestartsOnFailure(t *testing.T) {
	s := newStep(t, "do")
	c := config{"do-web": service("restart", "on-failure")}
	for name, how := range map[string]string{
		"it exits":        "podman exec do-web kill -INT 1",
		"podman stops it": "podman stop -t 5 do-web",
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			c["do-web"] = service("restart", "on-failure", "environment", config{"CASE": name})
			s.must(c)
			sh(t, how+`; until [ "$(podman inspect -f {{.State.Status}} do-web)" = exited ]; do sleep 0.1; done`)
			diff(t, "exit code", "0", strings.TrimSpace(sh(t, "podman inspect -f {{.State.ExitCode}} do-web")))
			s.unchanged(c)
			diff(t, "state", "exited", strings.TrimSpace(sh(t, "podman inspect -f {{.State.Status}} do-web")))
		})
	}
	s.t = t
}

// asCreated puts a container in the service's place that was never started: what a run leaves that is
// killed at the wrong moment.
func asCreated(t *testing.T, name string) {
	t.Helper()
	var labels map[string]string
	if err := json.Unmarshal([]byte(sh(t, "podman inspect -f '{{json .Config.Labels}}' "+name)), &labels); err != nil {
		t.Fatal(err)
	}
	sh(t, "systemctl stop tripleo_"+name+" && podman rm "+name)
	args := []string{"create", "--name", name, "--net", "none"}
	for k, v := range labels {
		args = append(args, "--label", k+"="+v)
	}
	if out, err := exec.Command("podman", append(args, image, "true")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestWhatSystemdRepairsByItselfIsLeftToIt(t *testing.T) {
	s := newStep(t, "ds")
	c := config{"ds-web": service()}
	s.must(c)
	for name, test := range map[string]struct {
		how    string
		conmon bool // whether it is without its conmon then
	}{
		"its conmon is killed": {"kill -9 $(podman inspect -f '{{.State.ConmonPid}}' ds-web)", true},
		"both are killed":      {"kill -9 $(podman inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' ds-web)", true},
		"podman stops it":      {"podman stop -t 5 ds-web", false},
		"podman kills it":      {"podman kill ds-web", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := sh(t, "podman inspect -f '{{.State.StartedAt}}' ds-web")
			sh(t, test.how)
			if test.conmon && strings.HasPrefix(sh(t, "podman version -f '{{.Client.Version}}'"), "4.") {
				// Podman 4 starts no container whose conmon was killed, however often systemd asks: the next apply does.
				eventually(t, "podman inspect -f '{{.State.Status}}' ds-web", "stopping")
				diff(t, "action", "recreated", of(t, s.must(c), "ds-web").Action)
			}
			eventually(t, "a=$(podman inspect -f '{{.State.StartedAt}}' ds-web); [ \"$a\" != '"+before+"' ] && podman inspect -f '{{.State.Status}}' ds-web", "running")
			eventually(t, "systemctl is-active tripleo_ds-web", "active")
			runs(t, "tripleo_ds-web.service", "ds-web")
			s.unchanged(c)
		})
	}
}

func TestAKilledConmonIsSeenWhereNoUnitFollowsIt(t *testing.T) {
	s := newStep(t, "dk")
	s.req.Systemd = paunch.SystemdNever
	c := config{"dk-alone": service(), "dk-both": service(), "dk-well": service()}
	s.must(c)
	well := id(t, "dk-well")
	sh(t, "kill -9 $(podman inspect -f '{{.State.ConmonPid}}' dk-alone) $(podman inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' dk-both)")
	eventually(t, "podman ps -q --filter name=dk- | wc -l", "3") // Podman sees nothing
	result := s.must(c)
	for name, reason := range map[string]string{"dk-alone": "its conmon was killed", "dk-both": "killed together with its conmon"} {
		if got := of(t, result, name); got.Action != "recreated" || !strings.Contains(got.Reason, reason) {
			t.Errorf("%s: %s: %s", name, got.Action, got.Reason)
		}
		conmon := sh(t, "podman inspect -f '{{.State.ConmonPid}}' "+name)
		diff(t, name+"'s conmon", "conmon", sh(t, "cat /proc/"+conmon+"/comm"))
	}
	diff(t, "the same container", well, id(t, "dk-well"))
	s.unchanged(c)
}

func TestAMaskedUnitIsWarnedAboutAndLeft(t *testing.T) {
	s := newStep(t, "dm")
	s.must(config{"dm-web": service()})
	before := id(t, "dm-web")
	sh(t, "systemctl stop tripleo_dm-web && mv /etc/systemd/system/tripleo_dm-web.service /run/dm.saved && systemctl mask tripleo_dm-web")
	result := s.must(config{"dm-web": service("user", "nobody")})
	diff(t, "changed", false, result.Changed)
	if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "masked") {
		t.Errorf("warnings: %v", result.Warnings)
	}
	diff(t, "container", []string{before, "exited"}, strings.Fields(sh(t, "podman inspect -f '{{.Id}} {{.State.Status}}' dm-web")))
	sh(t, "systemctl unmask tripleo_dm-web")
	s.must(config{"dm-web": service("user", "nobody")})
	runs(t, "tripleo_dm-web.service", "dm-web")
}

func TestContainersOfAClusterManagerAreLeftStopped(t *testing.T) {
	for _, name := range []string{"the module says so", "the entry says so"} {
		t.Run(name, func(t *testing.T) {
			s := newStep(t, "dc")
			c := config{"dc-db": service()}
			if strings.HasPrefix(name, "the entry") {
				c["dc-db"] = service("restart_stopped", false)
			} else {
				s.req.RestartStopped = false
			}
			s.must(c)
			sh(t, "systemctl disable --now tripleo_dc-db")
			s.unchanged(c)
			diff(t, "container", "exited", sh(t, "podman inspect -f '{{.State.Status}}' dc-db"))
			diff(t, "unit", "disabled", ask("systemctl is-enabled tripleo_dc-db"))
		})
	}
}
