package apply_test

import (
	"context"
	"slices"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/release"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// scene is a change of a step that a run is killed in, at every step of its plan.
type scene struct {
	from, to entries
	before   func(*host) // before from is applied
	prepare  func(*host) // between from and to
	only     string      // one kind of host
	two      bool        // two containers of an entry run already
}

// scenes have a plan for each procedure and each call; a test demands that.
func scenes() map[string]scene {
	web := func(more ...any) entries { return entries{"web": service(more...)} }
	side := func(image string) entries {
		return entries{"web": service("image", image), "side": service("net", "container:web")}
	}
	setup := entries{"action": "exec", "command": []any{"web", "setup"}}
	ends := func(name string, code int) func(*host) { return func(h *host) { h.endWithUnit(name, code) } }
	set := func(name string, change func(*observed.Container)) func(*host) {
		return func(h *host) { h.Change(name, change) }
	}
	foreign := func(h *host) { h.Add(observed.Container{ID: "theirs", Name: "web", Status: observed.Running}) }
	runsFor := func(d time.Duration) func(*host) {
		return func(h *host) { h.Behave("web", applytest.Behaviour{RunsFor: d}) }
	}
	works := runsFor(time.Second)
	healthy := entries{"image": "web:1", "restart": "always", "healthcheck": entries{"test": "true"}}
	return map[string]scene{
		"a service is created":                   {to: web()},
		"a service is replaced":                  {from: web(), to: web("image", "web:2")},
		"a service is tried out":                 {from: web("net", "host"), to: web("net", "host", "image", "web:2")},
		"a stopped service is replaced":          {from: web(), prepare: ends("web", 1), to: web("image", "web:2")},
		"a stopped service is started":           {from: web(), prepare: ends("web", 1), to: web()},
		"a paused service is continued":          {from: web(), prepare: set("web", func(c *observed.Container) { c.Status = observed.Paused }), to: web()},
		"an unhealthy service restarts":          {from: entries{"web": healthy}, prepare: set("web", func(c *observed.Container) { c.Health = "unhealthy" }), to: entries{"web": healthy}},
		"a service awaits its health":            {from: entries{"web": healthy}, before: gated, to: entries{"web": healthy}, prepare: set("web", func(c *observed.Container) { c.Health = "starting" })},
		"a service awaits what its image checks": {before: gated, to: web("wait", "healthy")},
		"a service that is left stopped":         {from: web("restart_stopped", false), prepare: ends("web", 0), to: web("restart_stopped", false, "image", "web:2")},
		"a service by a job":                     {from: web(), to: entries{"web": job()}},
		"a service by a brief job":               {from: web(), to: entries{"web": job("remove", true)}},
		"a service by what is created":           {from: web(), to: entries{"web": entries{"image": "web:1", "state": "stopped"}}},
		"a service by an exec":                   {from: entries{"web": service(), "init": service()}, to: entries{"web": service(), "init": setup}},
		"a job":                                  {from: entries{"web": job()}, to: entries{"web": job("image", "web:2")}},
		"a job by a service":                     {from: entries{"web": job()}, to: web()},
		"a job that is not to stay":              {from: entries{"web": job()}, to: entries{"web": job("remove", true)}},
		"a job at work":                          {before: works, from: entries{"web": job()}, prepare: atWork, to: entries{"web": job("image", "web:2")}},
		"a job at work, awaited":                 {before: works, from: entries{"web": job()}, prepare: atWork, to: entries{"web": job()}},
		"a job at work, forgotten":               {before: works, from: entries{"web": job("remove", true)}, prepare: atWork, to: entries{"web": job("remove", true)}},
		"a job that timed out":                   {before: runsFor(time.Minute), from: entries{"web": job("timeout", 30)}, to: entries{"web": job("timeout", 90)}},
		"what shares its network":                {from: side("web:1"), to: side("web:2")},
		"what shares it, in two waves":           {from: chain("web:1"), to: chain("web:2")},
		"what shares it, after a stop":           {from: side("web:1"), prepare: ends("web", 1), to: side("web:1")},
		"what shares it, of other steps":         {from: web(), prepare: sharedByAnotherStep, to: web("image", "web:2")},
		"a previous one runs again":              {from: web(), prepare: previousRuns, to: web("image", "web:2"), two: true},
		"an exec":                                {from: entries{"web": service(), "init": setup}, to: entries{"web": service("image", "web:2"), "init": setup}},
		"an orphan":                              {from: entries{"web": service(), "old": service(), "past": job()}, to: web()},
		"an orphan gives its port up":            {from: entries{"old": at(8080)}, to: entries{"web": at(8080, "image", "web:2")}},
		"an orphan gives its port up to one that is started": {
			from: entries{"web": at(8080)}, prepare: portTaken, to: entries{"web": at(8080)},
		},
		"ports change places":          {from: entries{"web": at(8080), "api": at(8081)}, to: entries{"web": at(8081, "image", "web:2"), "api": at(8080, "image", "web:2")}},
		"a port goes to another entry": {from: entries{"web": at(8080), "api": service("start_order", 1)}, to: entries{"web": service("image", "web:2"), "api": at(8080, "start_order", 1, "image", "web:2")}},
		"a port comes from a later wave": {
			from: entries{"web": service(), "api": at(8080, "start_order", 1)}, to: entries{"web": at(8080, "image", "web:2"), "api": service("start_order", 1, "image", "web:2")},
		},
		"a foreign name":                     {before: foreign, to: web()},
		"a service beside a foreign name":    {before: foreign, from: web(), to: web("image", "web:2")},
		"a job beside a foreign name":        {before: foreign, from: entries{"web": job()}, to: entries{"web": job("image", "web:2", "remove", true)}},
		"a foreign name that is free":        {before: foreign, from: web(), prepare: func(h *host) { h.drop("theirs") }, to: web()},
		"what shares a foreign name":         {before: foreign, from: side("web:1"), to: side("web:2")},
		"a replacement that was interrupted": {from: web(), prepare: interruptedAt("remove"), to: web("image", "web:2")},
		"one that was interrupted before":    {from: web(), prepare: interruptedAt("rename"), to: web("image", "web:2")},
		"an unit that was edited":            {from: web(), prepare: func(h *host) { h.units.Edit("tripleo_web.service", "[Service]\n") }, to: web(), only: "systemd"},
		"a unit that was disabled":           {from: web(), prepare: func(h *host) { h.units.Disable("tripleo_web.service") }, to: web(), only: "systemd"},
		"a unit that does not run":           {from: web(), prepare: func(h *host) { h.units.Set("tripleo_web.service", "inactive") }, to: web(), only: "systemd"},
		"a limit":                            {before: newPodman, from: web("memory", "100m"), to: web("memory", "200m")},
		"a limit, after another one": {
			before: newPodman, from: web("memory", "100m"), prepare: func(h *host) { h.must(web("memory", "200m")) }, to: web("memory", "300m"),
		},
		"config files are watched":            {from: web(), prepare: func(h *host) { h.hashes = watched }, to: web()},
		"a secret":                            {before: (*host).ManageResources, from: withResources("horse", "10.89.5.0/24"), to: withResources("staple", "10.89.5.0/24")},
		"volumes, networks and secrets, gone": {before: (*host).ManageResources, from: withResources("horse", "10.89.5.0/24"), to: web()},
		"a drained service is replaced":       {before: withBalancer, from: drainedBy("image", "web:1"), to: drainedBy("image", "web:2")},
		"a drained service was left out":      {before: withBalancer, from: drainedBy(), prepare: leftOut, to: drainedBy()},
		"storage that was left":               {from: web(), prepare: func(h *host) { h.AddLeftover("web-" + plan.Suffix("abcd", "paunch", "step1", "web")) }, to: web("image", "web:2")},
	}
}

// drainedBy is a service behind a load balancer that commands in a foreign container speak to.
func drainedBy(more ...any) entries {
	commands := entries{"container": "lb", "out": "lb out web", "until": "lb drained", "back": "lb back web"}
	return entries{"web": service(append(more, "drain", entries{"command": commands})...)}
}

func withBalancer(h *host) {
	h.Add(observed.Container{ID: "balancer", Name: "lb", Status: observed.Running})
}

// leftOut has a killed run have taken web out of its load balancer.
func leftOut(h *host) {
	serving := slices.IndexFunc(h.State().Containers, func(c observed.Container) bool { return c.Name == "web" })
	h.Add(observed.Container{ID: "note", Name: "web-00000000", Status: observed.Created, Labels: map[string]string{
		record.LabelManagedBy: "paunch", record.LabelConfigID: "step1", record.LabelContainerName: "web", record.LabelCreatedAs: "web-00000000",
		record.LabelDone: record.DoneNote, record.LabelAbout: h.State().Containers[serving].ID, record.LabelDrained: "command in lb",
	}})
}

// watched are hashes of config files.
var watched = map[string]map[string]string{"web": {"/etc/web": "1"}}

func chain(image string) entries {
	return entries{"web": service("image", image), "side": service("net", "container:web"), "end": service("ipc", "container:side", "start_order", 1)}
}

// newPodman changes limits in place.
func newPodman(h *host) { h.podman = release.New(5, 4) }

func gated(h *host) {
	h.options.WaitHealthy = true
	h.Behave("web", applytest.Behaviour{RunsOn: true, Health: applytest.Passes})
}

// endWithUnit ends a container and its unit.
func (h *host) endWithUnit(name string, code int) {
	if h.units != nil {
		_ = h.units.Stop(context.Background(), "tripleo_"+name+".service")
	}
	h.End(name, code)
}

func (h *host) drop(id string) { _ = h.Remove(context.Background(), id) }

// atWork starts the job again, as a run that was killed in its wait would have left it.
func atWork(h *host) {
	if all := h.State().Containers; len(all) == 1 && all[0].Labels[record.LabelDone] == "" {
		_ = h.Start(context.Background(), all[0].ID)
		return
	}
	h.drop(h.State().Containers[0].ID) // it was forgotten
	h.KillAfter(1)
	h.apply(context.Background(), entries{"web": job("remove", true)})
	h.Resume()
}

// sharedByAnotherStep has a container of another step share the network of web.
func sharedByAnotherStep(h *host) {
	h.mustStep("step2", entries{"other": service("net", "container:web")})
}

// previousRuns has podman start a previous container again, for what depends on it.
func previousRuns(h *host) {
	sharedByAnotherStep(h)
	h.must(entries{"web": service("image", "web:2")})
	for _, c := range h.State().Containers {
		if replacement.IsPrevious(c) {
			_ = h.Start(context.Background(), c.ID)
		}
	}
}

// portTaken has an orphan run on the port of web, which was stopped.
func portTaken(h *host) {
	h.endWithUnit("web", 1)
	h.Add(observed.Container{
		ID: "orphan", Name: "old", Status: observed.Running, Ports: plan.PublishedPorts("8080:80"),
		Labels: map[string]string{record.LabelManagedBy: "paunch", record.LabelConfigID: "step1", record.LabelContainerName: "old"},
	})
}

// interruptedAt kills a replacement of web before its last call of a kind.
func interruptedAt(op string) func(*host) {
	return func(h *host) {
		to := entries{"web": service("image", "web:2")}
		p, _ := h.plan(to)
		made := words(p.Ops()[0].Steps)
		slices.Reverse(made)
		h.KillBefore(len(made) - 1 - slices.Index(made, op))
		h.apply(context.Background(), to)
		if !h.Resume() {
			h.t.Fatalf("no %s among %v", op, made)
		}
	}
}
