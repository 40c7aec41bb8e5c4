//go:build realpodman

package paunch_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// verbRequest is one about the containers of a step as they are, without their config.
func verbRequest(t *testing.T, state string, named ...string) paunch.Request {
	t.Helper()
	req := request(t, nil)
	req.Config, req.State, req.Containers = nil, state, named
	return req
}

// verbStep is a step of two waves with a dependent, a job that counts its runs, and a daemon that is not waited for.
func verbStep(runs string) config {
	return config{
		"db":   service("healthcheck", config{"test": "true"}, "wait", "healthy"),
		"web":  service("start_order", 1, "net", "none"),
		"side": service("start_order", 1, "net", "container:web"),
		"sync": job("echo ran >> /runs/log", "start_order", 2, "volumes", []any{runs + ":/runs"}),
	}
}

// pids are the processes of the running containers by name.
func pids(t *testing.T) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, c := range ps(t) {
		if c.State == "running" {
			all[strings.Join(c.Names, ",")] = c.Pid
		}
	}
	return all
}

func TestAStepIsStoppedStartedAndRestartedAsItIs(t *testing.T) {
	bed.Clean(t)
	runs := t.TempDir()
	step := request(t, verbStep(runs))
	must(t, step)
	ids := map[string]string{}
	for _, c := range ps(t) {
		ids[c.Names[0]] = c.ID
	}
	asPlanned := func(state string, named ...string) *paunch.Result {
		t.Helper()
		check := verbRequest(t, state, named...)
		check.Check = true
		before := snapshot(t)
		predicted := must(t, check)
		diff(t, "the host after check mode", before, snapshot(t))
		done := must(t, verbRequest(t, state, named...))
		diff(t, "commands", predicted.Commands, done.Commands)
		diff(t, "actions", actions(predicted), actions(done))
		diff(t, "changed", predicted.Changed, done.Changed)
		for _, c := range ps(t) {
			diff(t, "the id of "+c.Names[0], ids[c.Names[0]], c.ID)
		}
		return done
	}

	stopped := asPlanned(paunch.StateStopped)
	diff(t, "actions of the stop", map[string]string{"db": "stopped", "web": "stopped", "side": "stopped", "sync": "unchanged"}, actions(stopped))
	diff(t, "containers", []string{"db exited", "side exited", "sync exited", "web exited"}, listed(t))
	ended := map[string]int64{}
	for _, c := range ps(t) {
		ended[c.Names[0]] = c.ExitedAt
	}
	if ended["side"] > ended["web"] || ended["web"] > ended["db"] {
		t.Errorf("not in the reverse order: %v", ended)
	}
	if again := asPlanned(paunch.StateStopped); again.Changed {
		t.Errorf("the second stop changes %v", again.ChangedContainers)
	}
	started := asPlanned(paunch.StateStarted)
	diff(t, "actions of the start", map[string]string{"db": "started", "web": "started", "side": "started", "sync": "unchanged"}, actions(started))
	if again := asPlanned(paunch.StateStarted); again.Changed {
		t.Errorf("the second start changes %v", again.ChangedContainers)
	}
	before := pids(t)
	if r := asPlanned(paunch.StateRestarted); !r.Changed {
		t.Error("a restart changed nothing")
	}
	for name, pid := range pids(t) {
		if before[name] == pid {
			t.Errorf("%s was not restarted", name)
		}
	}
	before = pids(t)
	asPlanned(paunch.StateRestarted, "web")
	after := pids(t)
	if after["db"] != before["db"] || after["web"] == before["web"] || after["side"] == before["side"] {
		t.Errorf("restarted: %v, before %v", after, before)
	}
	log, err := os.ReadFile(runs + "/log")
	if err != nil || string(log) != "ran\n" {
		t.Errorf("the job ran: %q (%v)", log, err)
	}
	if r := must(t, step); r.Changed {
		t.Errorf("the apply after it changes %v", r.ChangedContainers)
	}
	must(t, verbRequest(t, paunch.StateStopped))
	diff(t, "actions of the apply after a stop", map[string]string{"db": "started", "web": "started", "side": "started", "sync": "unchanged"}, actions(must(t, step)))
}

func TestAStopLeavesForeignContainersAndOtherSteps(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service("net", "none")}))
	other := request(t, config{"later": service("net", "container:web"), "own": service()})
	other.ConfigID = "step2"
	must(t, other)
	bed.Output(t, "run", "--detach", "--name", "theirs", "--net", "container:web", testbed.Image, "sleep", "1000")
	r := must(t, verbRequest(t, paunch.StateStopped))
	diff(t, "actions", map[string]string{"web": "stopped", "later": "stopped"}, actions(r))
	diff(t, "containers", []string{"later exited", "own running", "theirs running", "web exited"}, listed(t))
}

func TestAVerbThatFindsNothingSaysSo(t *testing.T) {
	bed.Clean(t)
	if r := must(t, verbRequest(t, paunch.StateStopped)); r.Changed || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "has no containers on this host") {
		t.Errorf("%v %q", r.Changed, r.Warnings)
	}
	mustFail(t, verbRequest(t, paunch.StateRestarted), "config_id step1 of managed_by", "has no containers on this host: apply it first")
	must(t, request(t, config{"web": service()}))
	mustFail(t, verbRequest(t, paunch.StateStarted, "wbe"), `"wbe" is no container of config_id step1`)
	diff(t, "containers", []string{"web running"}, listed(t))
}

func TestAVerbsFailureQuotesNoSecretOfTheContainer(t *testing.T) {
	bed.Clean(t)
	const secret = "Tr0ub4dor-and-3"
	flag := t.TempDir()
	script := "if test -e /flag/fails; then echo \"cannot use $DB_PASSWORD\" >&2; exit 9; fi; exec sleep 1000"
	must(t, request(t, config{"web": service("environment", config{"DB_PASSWORD": secret}, "volumes", []any{flag + ":/flag"}, "command", []any{"sh", "-c", script})}))
	if err := os.WriteFile(flag+"/fails", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := mustFail(t, verbRequest(t, paunch.StateRestarted), `container "web"`, "exit code 9", "cannot use ***")
	if text := r.Msg + r.Containers[0].Stderr + strings.Join(r.Commands, " "); strings.Contains(text, secret) {
		t.Errorf("the secret is in the result: %s", text)
	}
}

func TestAPullBringsTheImagesAndTouchesNoContainer(t *testing.T) {
	bed.Clean(t)
	registry := testbed.NewRegistry(t, testbed.RegistryOptions{})
	here := registry.Push(t, bed, "o/pulled:1")
	c := config{"web": service("image", here), "job": job("true")}
	req := request(t, c)
	req.State = paunch.StatePulled
	req.TLSVerify = new(bool)
	check := req
	check.Check = true
	predicted := must(t, check)
	done := must(t, req)
	diff(t, "changed", []bool{true, true}, []bool{predicted.Changed, done.Changed})
	diff(t, "commands", predicted.Commands, done.Commands)
	diff(t, "containers", []string(nil), listed(t))
	if !slices.ContainsFunc(done.Images, func(i paunch.Image) bool { return i.Image == here && i.Changed && i.ID != "" }) {
		t.Errorf("images: %+v", done.Images)
	}
	bed.Output(t, "image", "exists", here)
	if again := must(t, req); again.Changed || len(again.Images) != 2 {
		t.Errorf("the second pull: %v %+v", again.Changed, again.Images)
	}
	req.Config = config{"web": service("image", registry.Addr+"/o/absent:1")}
	if r, err := paunch.Apply(context.Background(), req); err == nil || !strings.Contains(r.Msg, "absent:1") {
		t.Errorf("a missing image: %v", err)
	}
}
