//go:build realpodman

package paunch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/release"
	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// process is what an inspection says of a container that another start would change.
func process(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(bed.Output(t, "inspect", name, "--format", "{{.Id}} {{.State.Pid}} {{.State.StartedAt}}"))
}

// limitFile reads the limit that the kernel has for a running container: a file of cgroup v1's controller, or of v2.
func limitFile(t *testing.T, name, controller, v1, v2 string) string {
	t.Helper()
	pid := strings.TrimSpace(bed.Output(t, "inspect", name, "--format", "{{.State.Pid}}"))
	groups, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		path := filepath.Join("/sys/fs/cgroup", fields[2], v2)
		if fields[1] == controller {
			path = filepath.Join("/sys/fs/cgroup", controller, fields[2], v1)
		} else if fields[1] != "" || v2 == "" {
			continue
		}
		if text, err := os.ReadFile(path); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	t.Fatalf("no limit of %s in %s", controller, groups)
	return ""
}

func memoryLimit(t *testing.T, name string) string {
	t.Helper()
	return limitFile(t, name, "memory", "memory.limit_in_bytes", "memory.max")
}

// changesInPlace reports whether the Podman of these tests makes a change in place that a release can make.
func changesInPlace(r *paunch.Result, since release.Release) bool {
	return !release.Of(r.Podman.Version).Before(since)
}

// diffUpdate demands that a change was made in place where this Podman can make it, and by a replacement that says why
// elsewhere.
func diffUpdate(t *testing.T, req paunch.Request, name string, since release.Release, keys ...string) {
	t.Helper()
	before := process(t, name)
	predicted, err := paunch.Plan(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the container after check mode", before, process(t, name))
	result := must(t, req)
	c := result.Containers[0]
	diff(t, "keys", keys, c.ChangedKeys)
	diff(t, "predicted actions", actions(predicted), actions(result))
	if !changesInPlace(result, since) {
		want := fmt.Sprintf("config changed: %s (Podman %s cannot change that in place; %s can)", strings.Join(keys, ", "), release.Of(result.Podman.Version), since)
		diff(t, "action and reason", []string{"recreated", want}, []string{c.Action, c.Reason})
		return
	}
	diff(t, "action and reason", []string{"updated", "config changed: " + strings.Join(keys, ", ")}, []string{c.Action, c.Reason})
	diff(t, "its process", before, process(t, name))
	diff(t, "predicted commands", withoutRandom(predicted.Commands), withoutRandom(result.Commands))
}

// withoutRandom are commands without the random parts of names.
func withoutRandom(commands []string) []string {
	var all []string
	for _, line := range commands {
		words := strings.Fields(line)
		for i, w := range words {
			if strings.Contains(w, "--name=") || i == len(words)-1 && strings.HasPrefix(line, "podman rm ") {
				words[i] = "NAME"
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestLimitsAreChangedInPlaceAndLast(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service("memory", "100m", "cpu_shares", 512, "pids_limit", 50)}))
	req := request(t, config{"web": service("memory", "200m", "cpu_shares", 256, "pids_limit", 70, "cpus", "0.5", "memory_reservation", "150m")})
	diffUpdate(t, req, "web", release.New(5, 1), "cpu-shares", "cpus", "memory", "memory-reservation", "pids-limit")

	look := func(when string) {
		t.Helper()
		diff(t, "memory "+when, "209715200", memoryLimit(t, "web"))
		diff(t, "pids "+when, "70", limitFile(t, "web", "pids", "pids.max", "pids.max"))
		want := "209715200 419430400 157286400 256 50000 70"
		got := bed.Output(t, "inspect", "web", "--format", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.CpuShares}} {{.HostConfig.CpuQuota}} {{.HostConfig.PidsLimit}}")
		diff(t, "inspection "+when, want, strings.TrimSpace(got))
	}
	look("after the apply")
	bed.Output(t, "stop", "web")
	bed.Output(t, "start", "web")
	look("after another start")
	if again := must(t, req); again.Changed {
		t.Errorf("the next apply changes %v: %s", again.ChangedContainers, again.Containers[0].Reason)
	}
}

// TestTheExampleOfChangesInPlaceIsTrue applies the two steps of docs/updates.md.
func TestTheExampleOfChangesInPlaceIsTrue(t *testing.T) {
	bed.Clean(t)
	text, err := os.ReadFile("../../docs/updates.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")
	if len(blocks) != 3 {
		t.Fatalf("docs/updates.md has %d examples", len(blocks)-1)
	}
	steps := make([]config, 2)
	for i, block := range blocks[1:] {
		example, _, _ := strings.Cut(block, "```")
		if err := yaml.Unmarshal([]byte(strings.Replace(example, "localhost/busybox:latest", testbed.Image, 1)), &steps[i]); err != nil {
			t.Fatal(err)
		}
		steps[i]["web"].(config)["stop_signal"] = "KILL" // sleep has no time for another one
	}
	must(t, request(t, steps[0]))
	diffUpdate(t, request(t, steps[1]), "web", release.New(5, 1), "cpus", "memory", "pids-limit")
}

func TestAHealthcheckIsChangedInPlace(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service("healthcheck", config{"test": "true", "interval": "30s"})}))
	req := request(t, config{"web": service("healthcheck", config{"test": "test -d /tmp", "interval": "45s", "retries": 5})})
	diffUpdate(t, req, "web", release.New(5, 4), "health-cmd", "health-interval", "health-retries")
	got := bed.Output(t, "inspect", "web", "--format", "{{.Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Retries}}")
	diff(t, "its check", "[CMD-SHELL test -d /tmp] 45s 5", strings.TrimSpace(got))
	if again := must(t, req); again.Changed {
		t.Errorf("the next apply changes %v: %s", again.ChangedContainers, again.Containers[0].Reason)
	}
}

func TestARestartPolicyIsChangedInPlace(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service()}))
	req := request(t, config{"web": service("restart", "on-failure:3")})
	diffUpdate(t, req, "web", release.New(5, 1), "restart")
	diff(t, "its policy", "on-failure 3", strings.TrimSpace(bed.Output(t, "inspect", "web", "--format", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}")))
}

func TestWhatCannotBeChangedInPlaceIsReplacedAsAWhole(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service("memory", "100m")}))
	result := must(t, request(t, config{"web": service("memory", "200m", "user", "root")}))
	diff(t, "both", []string{"recreated", "config changed: memory, user"}, []string{result.Containers[0].Action, result.Containers[0].Reason})
	result = must(t, request(t, config{"web": service("user", "root")}))
	diff(t, "a limit that goes", []string{"recreated", "config changed: memory"}, []string{result.Containers[0].Action, result.Containers[0].Reason})
	diff(t, "its limit", "0", strings.TrimSpace(bed.Output(t, "inspect", "web", "--format", "{{.HostConfig.Memory}}")))
}

// TestALimitThatTheKernelRefusesChangesNothing asks for less memory than the container uses.
func TestALimitThatTheKernelRefusesChangesNothing(t *testing.T) {
	bed.Clean(t)
	args := func(memory string) string {
		return encode(t, config{"config_id": "step1", "managed_by": "refused", "settle": 0.2, "systemd": "never", "config": config{"web": service("memory", memory, "pids_limit", 50)}})
	}
	code, out := program(t, "paunch_step", args("100m"), "-")
	diff(t, "the exit status of the first apply", 0, code)
	inPlace := !release.Of(oneResult(t, out).Podman.Version).Before(release.New(5, 1))
	before := process(t, "web")

	code, out = program(t, "paunch_step", args("4k"), "-")
	diff(t, "the exit status", 1, code)
	result := oneResult(t, out)
	if inPlace {
		for _, says := range []string{`container "web"`, "update: unable to set memory limit to 4096 (current usage:", "it runs on as it was"} {
			if !strings.Contains(result.Msg, says) {
				t.Errorf("the message does not say %q:\n%s", says, result.Msg)
			}
		}
		diff(t, "its process", before, process(t, "web"))
	}
	diff(t, "limits", "104857600 50", strings.TrimSpace(bed.Output(t, "inspect", "web", "--format", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}")))
	diff(t, "the kernel's limit", "104857600", memoryLimit(t, "web"))
	bed.Output(t, "stop", "web")
	bed.Output(t, "start", "web")
	diff(t, "the kernel's limit after another start", "104857600", memoryLimit(t, "web"))
	code, out = program(t, "paunch_step", args("100m"), "-")
	diff(t, "the config as it was", 0, code)
	if result := oneResult(t, out); result.Changed {
		t.Errorf("it changes %v: %s", result.ChangedContainers, result.Containers[0].Reason)
	}
	diff(t, "containers", []string{"web running"}, listed(t))
}

// oneResult reads what the module printed.
func oneResult(t *testing.T, text string) *paunch.Result {
	t.Helper()
	result := oneObject(t, text)
	return &result
}

// TestAChangeInPlaceThatWasInterruptedIsMadeAgain leaves what a run leaves that was killed after the change and before its
// record: by its note, the old config is known not to be what the container has.
func TestAChangeInPlaceThatWasInterruptedIsMadeAgain(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": service("memory", "100m")})
	first := must(t, req)
	if !changesInPlace(first, release.New(5, 1)) {
		return // nothing is changed in place, so nothing is half changed
	}
	before := process(t, "web")
	bed.Output(t, "create", "--name", "web-mark", "--label", "paunch_about="+first.Containers[0].ID, "--label", "paunch_done=note",
		"--label", "paunch_updating=memory", "--label", "managed_by="+req.ManagedBy, "--label", "config_id=step1", "--label", "container_name=web", testbed.Image, "true")
	bed.Output(t, "update", "--memory=300m", "--memory-swap=600m", "web")
	result := must(t, req)
	diff(t, "action and reason", []string{"updated", "config changed: memory; an interrupted run was changing memory"}, []string{result.Containers[0].Action, result.Containers[0].Reason})
	diff(t, "the kernel's limit", "104857600", memoryLimit(t, "web"))
	diff(t, "its process", before, process(t, "web"))
	if again := must(t, req); again.Changed {
		t.Errorf("the next apply changes %v: %s", again.ChangedContainers, again.Containers[0].Reason)
	}
}
