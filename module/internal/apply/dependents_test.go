package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// applyStep plans and executes a config under a config id of its own; a nil config removes it.
func (h *host) applyStep(configID string, raw entries) (plan.Plan, apply.Report) {
	h.t.Helper()
	digests := record.NewDigester()
	o := plan.Options{ManagedBy: "paunch", ConfigID: configID, CleanOrphans: true, RestartStopped: true, Digests: digests, Units: h.units != nil}
	var p plan.Plan
	if raw == nil {
		p = plan.ComputeAbsent(h.state(), o, nil)
	} else {
		step, err := config.Load(config.Options{Inline: raw})
		if err == nil {
			p, err = plan.Compute(step, h.state(), o)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	x := h.options
	x.Labels = func(e config.Entry) map[string]string { return digests.Labels(e, "paunch", configID, "salt", nil) }
	x.Suffix = func(string) string { return fmt.Sprintf("%08d", h.suffixes.Add(1)) }
	var units apply.Units
	if h.units != nil {
		units = h.units
	}
	return p, apply.New(h.Fake, units, x).Run(context.Background(), p)
}

// mustStep applies a config that has to succeed, and returns what it warned of.
func (h *host) mustStep(configID string, raw entries) []string {
	h.t.Helper()
	p, report := h.applyStep(configID, raw)
	warnings := p.Warnings
	for _, o := range report.Outcomes {
		if o.Err != nil {
			h.t.Fatalf("%s: %v", o.Name, o.Err)
		}
		warnings = append(warnings, o.Warnings...)
	}
	return warnings
}

// settled applies configs once more, which must change nothing and look at no container.
func (h *host) settled(configs map[string]entries) {
	h.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(configs)) {
		h.Forget()
		h.mustStep(id, configs[id])
		diff(h.t, "changes of one more apply of "+id, []string(nil), h.Changes())
	}
}

// sharing reports by name whether two containers run in the same namespace.
func (h *host) sharing(flag, a, b string) bool {
	seen := map[string]string{}
	for _, c := range h.State().Containers {
		seen[c.Name] = c.Namespaces[flag]
	}
	return seen[a] != "" && seen[a] == seen[b]
}

// references are an entry's keys for each way of referring to another container.
func references(name string) map[string]entries {
	return map[string]entries{
		"network":      {"net": "container:" + name},
		"ipc":          {"ipc": "container:" + name},
		"pid":          {"pid": "container:" + name},
		"uts":          {"uts": "container:" + name},
		"userns":       {"userns": "container:" + name},
		"cgroupns":     {"cgroupns": "container:" + name},
		"requires":     {"requires": []any{name}},
		"volumes-from": {"volumes_from": name + ":ro"},
	}
}

func withKeys(e, more entries) entries {
	e = maps.Clone(e)
	maps.Copy(e, more)
	return e
}

// hosts are without systemd and with it.
func hosts() map[string]func(*testing.T) *host {
	return map[string]func(*testing.T) *host{"podman": newHost, "systemd": newHostWithUnits}
}

// onHosts runs a test for each way of referring to another container, without systemd and with it.
func onHosts(t *testing.T, test func(t *testing.T, h *host, flag string, keys entries)) {
	t.Helper()
	for by, makeHost := range hosts() {
		for flag, keys := range references("z") {
			t.Run(flag+", "+by, func(t *testing.T) { test(t, makeHost(t), flag, keys) })
		}
	}
}

func TestAContainerFollowsTheOneThatItRefersTo(t *testing.T) {
	for flag, keys := range references("z") {
		for _, order := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, wave %d", flag, order), func(t *testing.T) {
				h := newHost(t)
				config := func(z entries) map[string]entries {
					return map[string]entries{"step1": {"a": withKeys(service("start_order", order), keys), "z": z}}
				}
				first := config(service())
				h.mustStep("step1", first["step1"]) // z before a, though it comes later by name
				h.settled(first)
				changed := config(service("user", "root"))
				h.mustStep("step1", changed["step1"])
				diff(t, "containers", []string{"a running", "z running"}, h.summary())
				if flag != "requires" && flag != "volumes-from" && !h.sharing(flag, "a", "z") {
					t.Error("the namespace is another one")
				}
				h.settled(changed)
			})
		}
	}
}

func TestAChainOfReferencesFollowsInOrder(t *testing.T) {
	h := newHost(t)
	steps := func(root entries) map[string]entries {
		return map[string]entries{"step1": {
			"root": root, "b": service("requires", "root"), "a": service("pid", "container:b"), "c": service("volumes_from", []any{"a", "root"}),
		}}
	}
	h.mustStep("step1", steps(service())["step1"])
	diff(t, "calls", []string{"create root", "start root", "create b", "start b", "create a", "start a", "create c", "start c"}, h.Changes())
	changed := steps(service("user", "root"))
	h.mustStep("step1", changed["step1"])
	diff(t, "containers", []string{"a running", "b running", "c running", "root running"}, h.summary())
	h.settled(changed)
}

func TestWhatSharesANamespaceIsRestartedWhereItsTargetWas(t *testing.T) {
	onHosts(t, func(t *testing.T, h *host, flag string, keys entries) {
		if flag == "requires" || flag == "volumes-from" {
			return
		}
		steps := map[string]entries{"step1": {"a": withKeys(service(), keys), "z": service()}, "step2": {"other": withKeys(service(), keys)}}
		h.mustStep("step1", steps["step1"])
		h.mustStep("step2", steps["step2"])
		if err := h.Restart("z"); err != nil {
			t.Fatal(err)
		}
		diff(t, "shares it still", false, h.sharing(flag, "a", "z") || h.sharing(flag, "other", "z"))
		h.mustStep("step1", steps["step1"])
		diff(t, "shares it again", true, h.sharing(flag, "a", "z"))
		if flag != "pid" { // which ended with its namespace, and is started by its own step
			diff(t, "one of another step shares it again", true, h.sharing(flag, "other", "z"))
		}
		h.mustStep("step2", steps["step2"])
		diff(t, "one of another step shares it in the end", true, h.sharing(flag, "other", "z"))
		h.settled(steps)
	})
}

func TestATargetThatIsStartedTakesItsDependentsAlong(t *testing.T) {
	h := newHost(t)
	steps := map[string]entries{"step1": {"z": service(), "a": service("net", "container:z")}, "step2": {"other": service("net", "container:a")}}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	h.End("z", 1)
	p, _ := h.applyStep("step1", steps["step1"])
	diff(t, "plan", "wave 0\n  restarted a: shared network: z is restarted\n    restart: stop a, start a\n    roll back: start a\n"+
		"  started z: it was found exited (exit code 1)\n    start: start z\n"+
		"  restarted other: shared network: a is restarted\n    restart: stop other, start other\n    roll back: start other\n", p.String())
	diff(t, "shared", true, h.sharing("network", "a", "z") && h.sharing("network", "other", "z"))
	h.settled(steps)
}

func TestARollBackRestartsWhatSharesANamespace(t *testing.T) {
	for _, make := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := make(t)
		good := map[string]entries{
			"step1": {"z": service(), "a": service("net", "container:z"), "b": service("ipc", "container:a", "start_order", 1), "free": service("requires", "z")},
			"step2": {"other": service("net", "container:z")},
		}
		h.mustStep("step1", good["step1"])
		h.mustStep("step2", good["step2"])
		h.Behave("web:2", applytest.Behaviour{ExitCode: 3})
		_, report := h.applyStep("step1", withKeys(good["step1"], entries{"z": service("image", "web:2")}))
		diff(t, "rolled back", true, outcome(t, report, "z").RolledBack)
		for _, pair := range [][3]string{{"network", "a", "z"}, {"ipc", "b", "a"}, {"network", "other", "z"}} {
			diff(t, fmt.Sprint("shared: ", pair), true, h.sharing(pair[0], pair[1], pair[2]))
		}
		diff(t, "containers", []string{"a running", "b running", "free running", "other running", "z running"}, h.summary())
		h.settled(good)
	}
}

func TestAReplacedContainerIsKeptForThoseOfAnotherStep(t *testing.T) {
	onHosts(t, func(t *testing.T, h *host, flag string, keys entries) {
		steps := map[string]entries{"step1": {"z": service()}, "step2": {"other": withKeys(service(), keys)}}
		h.mustStep("step1", steps["step1"])
		h.mustStep("step2", steps["step2"])
		steps["step1"] = entries{"z": service("user", "root")}
		for n := range 3 {
			warnings := h.mustStep("step1", steps["step1"])
			if n > 0 && flag == "volumes-from" {
				diff(t, "warnings without a previous container", []string(nil), warnings)
				continue
			}
			if len(warnings) != 1 || !strings.Contains(warnings[0], `container "other" refers to the previous container of "z"`) || !strings.Contains(warnings[0], "apply config_id step2") {
				t.Errorf("warnings: %q", warnings)
			}
		}
		h.Forget()
		h.mustStep("step1", steps["step1"])
		diff(t, "changes while it is kept", []string(nil), h.Changes())
		h.mustStep("step2", steps["step2"])
		diff(t, "containers", []string{"other running", "z running"}, h.summary())
		h.settled(steps)
	})
}

func TestAPreviousContainerThatWasStartedWithItsDependentIsStopped(t *testing.T) {
	h := newHost(t)
	steps := map[string]entries{"step1": {"z": service()}, "step2": {"other": service("requires", "z")}}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	steps["step1"] = entries{"z": service("user", "root")}
	h.mustStep("step1", steps["step1"])
	h.End("other", 1)
	if err := h.Start(context.Background(), "other"); err != nil {
		t.Fatal(err)
	}
	running := func() int {
		return len(slices.DeleteFunc(h.State().Containers, func(c observed.Container) bool {
			return c.Labels[record.LabelContainerName] != "z" || c.Status != observed.Running
		}))
	}
	diff(t, "running", 2, running())
	h.mustStep("step1", steps["step1"])
	diff(t, "running after an apply", 1, running())
	h.mustStep("step2", steps["step2"])
	diff(t, "containers", []string{"other running", "z running"}, h.summary())
	h.settled(steps)
}

func TestAReplacedContainerIsKeptForForeignOnes(t *testing.T) {
	h := newHost(t)
	steps := map[string]entries{"step1": {"z": service()}}
	h.mustStep("step1", steps["step1"])
	foreign := config.Entry{Name: "debug", Image: "web:1", Restart: "always", Options: []config.Option{{Flag: "network", Values: []string{"container:z"}}}}
	id, err := h.Create(context.Background(), apply.CreateRequest{Entry: foreign, Name: "debug"})
	if err == nil {
		err = h.Start(context.Background(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	steps["step1"] = entries{"z": service("user", "root")}
	for range 3 {
		warnings := h.mustStep("step1", steps["step1"])
		if len(warnings) != 1 || !strings.Contains(warnings[0], "other containers depend on it: debug") {
			t.Errorf("warnings: %q", warnings)
		}
	}
	if err := h.Remove(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	h.mustStep("step1", steps["step1"])
	diff(t, "containers", []string{"z running"}, h.summary())
	h.settled(steps)
}

func TestATargetLeavesTheConfigWithTheReferenceToIt(t *testing.T) {
	onHosts(t, func(t *testing.T, h *host, _ string, keys entries) {
		h.mustStep("step1", entries{"z": service(), "a": withKeys(service(), keys)})
		after := map[string]entries{"step1": {"a": service()}}
		h.mustStep("step1", after["step1"])
		diff(t, "containers", []string{"a running"}, h.summary())
		h.settled(after)
	})
}

func TestATargetStaysWhereItsDependentCouldNotBeReplaced(t *testing.T) {
	h := newHost(t)
	h.mustStep("step1", entries{"z": service(), "a": service("net", "container:z")})
	h.Behave("web:2", applytest.Behaviour{ExitCode: 3})
	_, report := h.applyStep("step1", entries{"a": service("image", "web:2")})
	diff(t, "rolled back", true, outcome(t, report, "a").RolledBack)
	diff(t, "shared", true, h.sharing("network", "a", "z"))
	h.mustStep("step1", entries{"a": service()})
	diff(t, "containers", []string{"a running"}, h.summary())
}

func TestContainersThatDependOnEachOtherAreRemovedInOrder(t *testing.T) {
	for name, remove := range map[string]entries{"no longer in the config": {}, "wanted absent": nil} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.mustStep("step1", entries{"c": service(), "b": service("net", "container:c"), "a": service("pid", "container:b"), "d": service("requires", "a")})
			h.Forget()
			h.mustStep("step1", remove)
			diff(t, "calls", []string{"remove d", "remove a", "remove b", "remove c"}, h.Changes())
		})
	}
}

func TestATargetThatAnotherStepNeedsIsNotRemoved(t *testing.T) {
	h := newHost(t)
	h.mustStep("step1", entries{"z": service()})
	h.mustStep("step2", entries{"other": service("net", "container:z")})
	for range 2 {
		warnings := h.mustStep("step1", entries{})
		if len(warnings) != 1 || !strings.Contains(warnings[0], `"other" (config_id step2, shared network)`) {
			t.Errorf("warnings: %q", warnings)
		}
	}
	diff(t, "shared", true, h.sharing("network", "other", "z"))
	_, report := h.applyStep("step1", nil)
	if err := report.Outcomes[0].Err; err == nil || !strings.Contains(err.Error(), "other containers depend on it: other; remove those first") {
		t.Errorf("absent: %v", err)
	}
	h.mustStep("step2", nil)
	h.mustStep("step1", nil)
	diff(t, "containers", []string(nil), h.summary())
}

func TestAPreviousContainerGoesWithItsLastDependent(t *testing.T) {
	for name, remove := range map[string]entries{"no longer in the config": {}, "wanted absent": nil} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.mustStep("step1", entries{"z": service()})
			h.mustStep("step2", entries{"other": service("net", "container:z")})
			h.mustStep("step1", entries{"z": service("user", "root")})
			diff(t, "containers", 3, len(h.State().Containers))
			h.mustStep("step2", remove)
			diff(t, "containers", []string{"z running"}, h.summary())
			h.settled(map[string]entries{"step1": {"z": service("user", "root")}})
		})
	}
}

func TestAFinishedJobIsNotRunAgainForItsTarget(t *testing.T) {
	h := newHost(t)
	steps := map[string]entries{"step1": {"z": service()}, "step2": {"job": job("net", "container:z"), "data": job("volumes_from", "z")}}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	steps["step1"] = entries{"z": service("user", "root")}
	h.mustStep("step1", steps["step1"])
	h.Forget()
	h.mustStep("step2", steps["step2"])
	diff(t, "starts", 0, len(slices.DeleteFunc(h.Calls(), func(c applytest.Call) bool { return c.Op != "start" })))
	diff(t, "containers", []string{"data exited", "job created one-shot", "z running"}, h.summary())
	h.settled(steps)
}

func TestAReferenceMeansTheEntryWhateverItsContainerIsCalled(t *testing.T) {
	h := newHost(t)
	h.Add(observed.Container{ID: "f00d", Name: "z", Image: "web:1", Status: observed.Running, Namespaces: map[string]string{"network": "foreign"}})
	steps := map[string]entries{"step1": {"z": service(), "a": service("net", "container:z")}}
	h.mustStep("step1", steps["step1"])
	diff(t, "shares the entry's", true, h.sharing("network", "a", "z-00000001"))
	h.settled(steps)
}

func TestAClockThatWasSetBackReplacesNothing(t *testing.T) {
	for name, forget := range map[string]bool{"with the target on record": false, "made by an earlier version": true} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			steps := map[string]entries{"step1": {"z": service(), "a": service("net", "container:z")}}
			h.mustStep("step1", steps["step1"])
			h.Change("z", func(c *observed.Container) { c.CreatedAt = c.CreatedAt.Add(24 * time.Hour) })
			if forget {
				h.Change("a", func(c *observed.Container) { delete(c.Labels, record.LabelReferences) })
			}
			h.settled(steps)
		})
	}
}

func TestAKillAtAnyCallOfAReplacementWithDependentsIsRepaired(t *testing.T) {
	for by, makeHost := range hosts() {
		t.Run(by, func(t *testing.T) {
			for n := 0; killedAt(t, makeHost(t), n); n++ {
			}
		})
	}
}

// killedAt kills a run after its n-th call and expects the next runs to repair everything. It reports whether there was
// such a call.
func killedAt(t *testing.T, h *host, n int) bool {
	t.Helper()
	steps := map[string]entries{
		"step1": {"z": service(), "a": service("net", "container:z"), "b": service("requires", "a")},
		"step2": {"other": service("net", "container:z")},
	}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	steps["step1"] = entries{"z": service("user", "root"), "a": service("net", "container:z"), "b": service("requires", "a")}
	h.KillAfter(n)
	h.applyStep("step1", steps["step1"])
	if !h.Resume() {
		return false
	}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	diff(t, fmt.Sprintf("containers after a kill at call %d", n), []string{"a running", "b running", "other running", "z running"}, h.summary())
	diff(t, "shared", true, h.sharing("network", "a", "z") && h.sharing("network", "other", "z"))
	h.settled(steps)
	return true
}

func TestAProcessThatLeftANamespaceByItselfIsLeftAlone(t *testing.T) {
	h := newHost(t)
	steps := map[string]entries{"step1": {"z": service(), "a": service("net", "container:z")}}
	h.mustStep("step1", steps["step1"])
	h.Change("a", func(c *observed.Container) { c.Namespaces["network"] = "of its own" })
	h.settled(steps)
}

func TestADependentThatCannotBeRestartedIsSaid(t *testing.T) {
	h := newHost(t)
	h.mustStep("step1", entries{"z": service(), "a": service("net", "container:z")})
	h.Behave("web:2", applytest.Behaviour{ExitCode: 3})
	h.Behave("a", applytest.Behaviour{RunsOn: true, StartErr: errors.New("no")})
	_, report := h.applyStep("step1", entries{"z": service("image", "web:2"), "a": service("net", "container:z")})
	if err := outcome(t, report, "z").Err; err == nil || !strings.Contains(err.Error(), "restart a, which shares a namespace of it: ") {
		t.Errorf("error: %v", err)
	}
}

func TestAUnitFollowsTheUnitsOfWhatItsContainerRefersTo(t *testing.T) {
	h := newHostWithUnits(t)
	steps := map[string]entries{
		"step1": {
			"z": service(), "sharing": service("net", "container:z"), "requiring": service("requires", "z"), "mounting": service("volumes_from", "z"),
			"of_a_cluster": service("pid", "container:z", "restart_stopped", false),
			"at_host":      service("net", "host"), "beside": service("net", "container:at_host"),
		},
		"step2": {"other": service("ipc", "container:z", "part_of", "mine"), "other_beside": service("net", "container:at_host")},
	}
	h.mustStep("step1", steps["step1"])
	h.mustStep("step2", steps["step2"])
	for name, want := range map[string]string{
		"sharing": "after z, part of z", "requiring": "after z", "mounting": "", "of_a_cluster": "after z", "beside": "after at_host",
		"other": "after z, part of mine z", "other_beside": "after at_host",
	} {
		diff(t, name, want, follows(h.units.State()["tripleo_"+name+".service"].Text))
	}
	for name := range steps["step1"] { // as earlier versions wrote them
		h.units.Edit("tripleo_"+name+".service", without(h.units.State()["tripleo_"+name+".service"].Text, "PartOf=tripleo_z.service\n"))
	}
	for _, name := range []string{"requiring", "other", "other_beside"} {
		text := without(h.units.State()["tripleo_"+name+".service"].Text, " tripleo_z.service")
		h.units.Edit("tripleo_"+name+".service", without(text, " tripleo_at_host.service"))
	}
	h.settled(steps)
}

func without(text, part string) string { return strings.ReplaceAll(text, part, "") }

// follows says which units of a test a unit's text is ordered after and part of.
func follows(text string) string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(strings.NewReplacer("tripleo_", "", ".service", "", "network-online.target", "").Replace(value))
		switch {
		case value == "":
		case key == "After":
			all = append(all, "after "+value)
		case key == "PartOf":
			all = append(all, "part of "+value)
		}
	}
	return strings.Join(all, ", ")
}

func TestThePreviousContainerGoesWithTheOrphanThatDependedOnIt(t *testing.T) {
	h := newHost(t)
	h.unforeseen = true // the plan keeps it, and the run can remove it
	h.must(entries{"web": service(), "side": service("net", "container:web")})
	h.must(entries{"web": service("image", "web:2")})
	diff(t, "containers", []string{"web running"}, h.summary())
	h.Forget()
	h.must(entries{"web": service("image", "web:2")})
	diff(t, "calls of the run after it", []string(nil), h.Changes())
}

func TestADependentFollowsItsReplacedTargetAlthoughAnotherEntryFails(t *testing.T) {
	for name, newHost := range map[string]func(*testing.T) *host{"podman": newHost, "systemd": newHostWithUnits} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.must(entries{"web": service(), "side": service("net", "container:web")})
			h.Behave("bad", applytest.Behaviour{CreateErr: errors.New("bad option")})
			_, report := h.apply(context.Background(), entries{
				"web": service("image", "web:2"), "side": service("net", "container:web"), "bad": job(),
			})
			diff(t, "the failure", plan.Failed, outcome(t, report, "bad").Action)
			diff(t, "the dependent", plan.Recreated, outcome(t, report, "side").Action)
			diff(t, "containers", []string{"side running", "web running"}, h.summary())
		})
	}
}
