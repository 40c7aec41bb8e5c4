//go:build realpodman

package paunch_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/paunch"
)

// owner is a service whose namespaces and volumes others can use.
func owner(more ...any) config {
	return service(append([]any{"net", "none", "ipc", "shareable", "cgroupns", "private", "uidmap", "0:100000:65536", "volumes", []any{"/data"}}, more...)...)
}

// dependents are services that refer to a container in each possible way, by the namespace that they share.
func dependents(target string) config {
	c := config{
		"d-req": service("requires", []any{target}),
		"d-vol": service("volumes_from", target),
	}
	for name, key := range map[string]string{"net": "net", "ipc": "ipc", "pid": "pid", "uts": "uts", "user": "userns", "cgroup": "cgroupns"} {
		c["d-"+name] = service("net", "none", key, "container:"+target)
	}
	return c
}

// strays are the kinds of namespace in which a dependent is not with its target.
func strays(t *testing.T, target string) []string {
	t.Helper()
	namespace := func(container, kind string) string {
		pid := bed.Output(t, "inspect", "--format", "{{.State.Pid}}", container)
		id, err := os.Readlink(fmt.Sprintf("/proc/%s/ns/%s", pid, kind))
		if err != nil {
			return err.Error()
		}
		return id
	}
	var astray []string
	for _, kind := range []string{"net", "ipc", "pid", "uts", "user", "cgroup"} {
		if namespace(target, kind) != namespace("d-"+kind, kind) {
			astray = append(astray, kind)
		}
	}
	return astray
}

func TestDependentsFollowTheirTarget(t *testing.T) {
	bed.Clean(t)
	c := with(dependents("z"), "z", owner())
	req := request(t, c)
	must(t, req) // in one wave
	diff(t, "second apply", []string{}, must(t, req).ChangedContainers)
	c["z"] = owner("user", "root")
	must(t, req)
	diff(t, "in another namespace after a replacement", []string(nil), strays(t, "z"))
	diff(t, "containers", []string{"d-cgroup running", "d-ipc running", "d-net running", "d-pid running", "d-req running", "d-user running", "d-uts running", "d-vol running", "z running"}, listed(t))
	volume := func(name string) string {
		return bed.Output(t, "inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", name)
	}
	diff(t, "volume", volume("z"), volume("d-vol"))
	diff(t, "apply after the replacement", []string{}, must(t, req).ChangedContainers)
}

func TestDependentsOfARestartedTargetAreRestarted(t *testing.T) {
	for name, restart := range map[string]func(t *testing.T){
		"by a person":    func(t *testing.T) { bed.Output(t, "restart", "z") },
		"by its policy":  crash,
		"and one failed": func(t *testing.T) { bed.Output(t, "restart", "z"); bed.Output(t, "stop", "d-net") },
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			req := request(t, with(dependents("z"), "z", owner()))
			must(t, req)
			restart(t)
			diff(t, "astray before", true, len(strays(t, "z")) > 3)
			must(t, req)
			diff(t, "astray after", []string(nil), strays(t, "z"))
			diff(t, "next apply", []string{}, must(t, req).ChangedContainers)
		})
	}
}

// crash kills the target's process and waits until its policy has started it again.
func crash(t *testing.T) {
	t.Helper()
	pid := func() string { return bed.Output(t, "inspect", "--format", "{{.State.Pid}} {{.State.Status}}", "z") }
	before := pid()
	n, err := strconv.Atoi(strings.Fields(before)[0])
	if err == nil {
		err = syscall.Kill(n, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if now := pid(); now != before && strings.HasSuffix(now, " running") {
			return
		}
	}
	t.Fatal("its policy does not start it again")
}

func TestARolledBackTargetLeavesNoDependentBehind(t *testing.T) {
	bed.Clean(t)
	req := request(t, with(dependents("z"), "z", owner()))
	must(t, req)
	req.Config["z"] = owner("command", []any{"sh", "-c", "exit 3"})
	mustFail(t, req, `container "z"`)
	diff(t, "astray", []string(nil), strays(t, "z"))
	req.Config["z"] = owner()
	diff(t, "next good apply", []string{}, must(t, req).ChangedContainers)
}

func TestATargetIsReplacedThoughOtherStepsDependOnIt(t *testing.T) {
	bed.Clean(t)
	step1 := request(t, config{"z": owner()})
	step2 := request(t, dependents("z"))
	step2.ConfigID = "step2"
	must(t, step1)
	must(t, step2)
	step1.Config["z"] = owner("user", "root")
	for range 2 {
		r := must(t, step1)
		for _, name := range []string{"d-net", "d-ipc", "d-pid", "d-uts", "d-user", "d-cgroup", "d-req", "d-vol"} {
			if !slices.ContainsFunc(r.Warnings, func(w string) bool {
				return strings.Contains(w, fmt.Sprintf("%q refers to the previous container of \"z\"", name)) && strings.Contains(w, "apply config_id step2")
			}) && name != "d-vol" {
				t.Errorf("no warning names %s: %q", name, r.Warnings)
			}
		}
	}
	diff(t, "third apply", []string{}, must(t, step1).ChangedContainers)
	must(t, step2)
	diff(t, "astray", []string(nil), strays(t, "z"))
	diff(t, "containers", 9, len(ps(t)))
	diff(t, "next apply of step 1", []string{}, must(t, step1).ChangedContainers)
	diff(t, "next apply of step 2", []string{}, must(t, step2).ChangedContainers)
}

func TestARestartedTargetTakesDependentsOfOtherStepsAlong(t *testing.T) {
	bed.Clean(t)
	step1 := request(t, config{"z": owner()})
	step2 := request(t, config{"d-net": service("net", "container:z")})
	step2.ConfigID = "step2"
	must(t, step1)
	must(t, step2)
	bed.Output(t, "restart", "z")
	diff(t, "restarted", []string{"d-net"}, must(t, step1).Restarted)
	bed.Output(t, "stop", "z")
	diff(t, "started and restarted", []string{"z", "d-net"}, must(t, step1).Restarted)
	diff(t, "step 2", []string{}, must(t, step2).ChangedContainers)
}

func TestATargetAndTheReferenceToItLeaveTheConfigTogether(t *testing.T) {
	bed.Clean(t)
	req := request(t, with(dependents("z"), "z", owner()))
	must(t, req)
	req.Config = config{"d-net": service("net", "none")}
	must(t, req)
	diff(t, "containers", []string{"d-net running"}, listed(t))
}

func TestARemovalThatOthersDependOnIsOneSentence(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"z": owner()})
	must(t, req)
	bed.Output(t, "run", "--detach", "--name", "debug", "--net", "container:z", service()["image"].(string), "sh", "-c", runs)
	req.State = paunch.StateAbsent
	mustFail(t, req, `container "z": remove: other containers depend on it: debug; remove those first`)
	diff(t, "containers", []string{"debug running", "z running"}, listed(t))
	req.State, req.Config["z"] = paunch.StatePresent, owner("user", "root")
	for range 2 {
		r := must(t, req)
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "depend on it: debug; re-create or remove those") {
			t.Errorf("warnings: %q", r.Warnings)
		}
	}
	bed.Output(t, "rm", "--force", "--time", "0", "debug")
	must(t, req)
	diff(t, "containers", []string{"z running"}, listed(t))
}

func TestATargetReturnsWithADependentThatFails(t *testing.T) {
	bed.Clean(t)
	good := with(dependents("z"), "z", owner())
	req := request(t, good)
	must(t, req)
	before := map[string]string{}
	for name := range good {
		before[name] = id(t, name)
	}
	req.Config = with(dependents("z"), "z", owner("user", "root"), "d-net", service("net", "container:z", "command", []any{"sh", "-c", "exit 3"}))
	r := mustFail(t, req, `container "z": rolled back with "d-net"`)
	for name, was := range before {
		diff(t, "container of "+name, was, id(t, name))
	}
	for _, c := range r.Containers {
		if !c.RolledBack {
			t.Errorf("%s: %s (%s)", c.Name, c.Action, c.Error)
		}
	}
	diff(t, "astray", []string(nil), strays(t, "z"))
	req.Config = good
	diff(t, "next good apply", []string{}, must(t, req).ChangedContainers)
	diff(t, "containers", len(good), len(ps(t)))
}
