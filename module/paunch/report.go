package paunch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/spec"
)

func newResult(req Request) *Result {
	result := &Result{
		ConfigID: req.ConfigID, RestartedBy: restartedByPodman,
		Containers: []Container{}, ChangedContainers: []string{}, FailedContainers: []string{},
		Restarted: []string{}, Commands: []string{},
	}
	if req.Step >= 0 {
		result.Step = &req.Step
	}
	return result
}

// predicted fills the result from a plan that is not executed.
func (r *run) predicted(p plan.Plan) {
	r.compared(p)
	for _, pull := range p.Pulls {
		if pull.Policy == plan.PullMissing {
			r.commands([][]string{{"podman", "pull", pull.Image}})
		}
	}
	r.commands(apply.Commands(p, r.predictionOptions()))
	r.predictedResources(p)
	r.result.Changed = p.Changes()
}

// compared fills the result with what a plan says of images and containers.
func (r *run) compared(p plan.Plan) {
	for _, pull := range p.Pulls {
		missing := pull.Policy == plan.PullMissing
		r.result.Images = append(r.result.Images, Image{Image: pull.Image, Changed: missing})
		if !missing {
			r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("pull: %s asks the registry for %s; whether it has a newer image is only known after the pull", pull.Policy, pull.Image))
		}
	}
	for _, op := range append(p.Ops(), p.AllRemovals()...) {
		r.add(r.withValidation(planned(op), op))
	}
}

// planned is what a plan says of one container.
func planned(op plan.Op) Container {
	c := Container{
		Name: op.Name, Action: string(op.Action), Procedure: string(op.Procedure), Reason: op.Reason, ChangedKeys: op.Changed,
		Wanted: wanted(op.Entry), changed: op.Action.Changes(),
	}
	for _, v := range op.Carried {
		c.CarriedVolumes = append(c.CarriedVolumes, v.String())
	}
	if op.Unit != nil {
		c.Unit = op.Unit.Unit
	}
	if op.Current != nil {
		c.State, c.Restarts, c.started = string(op.Current.Status), op.Uptime.Restarts, op.Current.StartedAt
		c.RealName, c.ID, c.Image, c.Health = op.Current.Name, op.Current.ID, op.Current.Image, op.Current.Health
		c.StartedAt, c.ExitCode = rfc3339(op.Current.StartedAt), exitCodeOf(op.Current)
		if op.Current.Labels[record.LabelDone] != "" {
			c.State, c.ExitCode = "", nil
		}
	}
	if op.Entry != nil {
		c.Image = op.Entry.Image
	}
	return c
}

// exitCodeOf returns the exit code of a container that ended; nil where there is none.
func exitCodeOf(c *observed.Container) *int {
	if !c.Ended() || c.EndUnknown {
		return nil
	}
	code := c.ExitCode
	return &code
}

// wanted returns the state that an entry asks for; "" without an entry.
func wanted(e *config.Entry) string {
	if e == nil {
		return ""
	}
	switch e.Kind {
	case config.Service:
		return "running"
	case config.OneShot, config.FireAndExit, config.Exec:
		return statusDone
	case config.StoppedOnly:
	}
	return "stopped"
}

// entry returns the entry of this name; nil where the config has none.
func (r *run) entry(name string) *config.Entry {
	for i := range r.step.Entries {
		if r.step.Entries[i].Name == name {
			return &r.step.Entries[i]
		}
	}
	return nil
}

// pulled notes the images that came.
func (r *run) pulled(images []apply.Pulled) {
	for _, i := range images {
		r.result.Images = append(r.result.Images, Image{Image: i.Image, ID: i.ID, Changed: i.Moved, DurationMS: i.Duration.Milliseconds()})
		r.result.Changed = r.result.Changed || i.Moved
		if i.Moved {
			r.result.Commands = append(r.result.Commands, spec.Quote([]string{"podman", "pull", i.Image}))
		}
	}
}

// notReached fills the result of a run that ended with its pulls.
func (r *run) notReached(p plan.Plan, pulled []apply.Pulled, err error) {
	came := map[string]bool{}
	for _, i := range pulled {
		came[i.Image] = i.Moved
	}
	asked := map[string]bool{}
	for _, pull := range p.Pulls {
		asked[pull.Image] = true
	}
	for _, op := range p.Ops() {
		c := Container{Name: op.Name, Image: op.Entry.Image, Action: string(plan.NotReached), Reason: "not every image could be pulled"}
		if op.Current != nil {
			c.RealName, c.ID = op.Current.Name, op.Current.ID
		}
		moved, here := came[op.Entry.Image]
		switch {
		case asked[op.Entry.Image] && !here:
			c.Action, c.Error, c.Cause = string(plan.Failed), pullError(err, op.Entry.Image), "its image could not be pulled"
		case here && moved:
			c.Action, c.Reason, c.changed = "pulled", "its image is new on this host", true
		case op.Action == plan.Unchanged:
			c.Action, c.Reason = string(plan.Unchanged), ""
		}
		r.add(c)
	}
}

// pullError picks the error of one image out of those of all.
func pullError(cause error, image string) string {
	for _, e := range imageErrors(cause) {
		if e.Image == image {
			return e.Error()
		}
	}
	return cause.Error()
}

// report fills the result from what was done. Containers stand in the config's order, removals last.
func (r *run) report(report apply.Report) {
	var removed []Container
	r.commands(report.Commands)
	r.result.Phases = append(r.result.Phases, r.phases(report.Phases)...)
	r.result.Changed = r.result.Changed || len(report.Commands) > 0
	if report.Err != nil {
		r.result.Failed = true
		r.general = many.Text(report.Err)
	}
	last := r.resources(report.Resources)
	for _, o := range report.Outcomes {
		c := r.container(o)
		r.commands(o.Commands)
		r.result.Warnings = append(r.result.Warnings, o.Warnings...)
		r.result.Changed = r.result.Changed || o.Changed
		r.result.Failed = r.result.Failed || o.Err != nil
		if o.Action == plan.Removed || o.Procedure == replacement.SetAside {
			removed = append(removed, c)
			continue
		}
		r.add(c)
	}
	r.commands(last)
	for _, c := range removed {
		r.add(c)
	}
}

// phases returns phases with their times counted from the start of the run.
func (r *run) phases(all []apply.Phase) []Phase {
	var out []Phase
	for _, p := range all {
		out = append(out, Phase{Name: p.Name, BeginMS: p.Began.Sub(r.started).Milliseconds(), DurationMS: p.Duration.Milliseconds()})
	}
	return out
}

// phase notes what the run's time went to until the returned function is called.
func (r *run) phase(name string) (end func()) {
	began := time.Now()
	return func() {
		r.result.Phases = append(r.result.Phases, r.phases([]apply.Phase{{Name: name, Began: began, Duration: time.Since(began)}})...)
	}
}

func (r *run) commands(all [][]string) {
	for _, words := range all {
		r.result.Commands = append(r.result.Commands, spec.Quote(r.masker.Words(words)))
	}
}

func (r *run) container(o apply.Outcome) Container {
	c := Container{
		Name: o.Name, RealName: o.RealName, ID: o.ID, Image: o.Image, Action: string(o.Action), Procedure: string(o.Procedure),
		Reason: o.Reason, ChangedKeys: o.ChangedKeys, ExitCode: o.ExitCode, Health: o.Health,
		State: string(o.State), Unit: o.Unit, DurationMS: o.Duration.Milliseconds(), Stdout: o.Stdout, Stderr: o.Stderr,
		RolledBack: o.RolledBack, Validation: o.Validation, Restarts: o.Restarts, started: o.StartedAt, changed: o.Changed, StartOrder: o.Wave, Phases: r.phases(o.Phases),
	}
	if !o.Began.IsZero() {
		c.BeginMS = o.Began.Sub(r.started).Milliseconds()
	}
	c.StartedAt, c.Wanted = rfc3339(o.StartedAt), wanted(r.entry(o.Name))
	if o.Err != nil {
		c.Error = o.Err.Error()
		c.Cause = cause(c)
	} else {
		c.CarriedVolumes = o.Carried
	}
	return c
}

func (r *run) add(c Container) {
	r.result.Containers = append(r.result.Containers, c)
	if c.changed {
		r.result.ChangedContainers = append(r.result.ChangedContainers, c.Name)
	}
	if c.Action == string(plan.Failed) {
		r.result.FailedContainers = append(r.result.FailedContainers, c.Name)
	}
	if r.isService(c.Name) && startsAgain(plan.Action(c.Action)) {
		r.result.Restarted = append(r.result.Restarted, c.Name)
	}
}

// isService reports whether a container of this name is a service: of containers of other steps only services are
// ever started again.
func (r *run) isService(name string) bool {
	return !slices.ContainsFunc(r.step.Entries, func(e config.Entry) bool { return e.Name == name && e.Kind != config.Service })
}

// startsAgain reports whether an action starts a container that was there before.
func startsAgain(a plan.Action) bool {
	switch a {
	case plan.Recreated, plan.Restarted, plan.Started:
		return true
	case plan.Unchanged, plan.Created, plan.Repaired, plan.Updated, plan.Renamed, plan.Removed, plan.Stopped, plan.Executed, plan.Failed, plan.NotReached:
	}
	return false
}

// healthOutput asks what the last checks of unhealthy containers said.
func (r *run) healthOutput(ctx context.Context) {
	for i := range r.result.Containers {
		c := &r.result.Containers[i]
		if c.Health != "unhealthy" || c.ID == "" {
			continue
		}
		if d, err := r.client.Inspect(ctx, c.ID); err == nil { // that it is unhealthy is known in any case
			c.HealthOutput = d.HealthLog
		}
	}
}

// predictionOptions are those of commands that are only shown: without the labels that take a digest of each secret.
func (r *run) predictionOptions() apply.Options {
	o := r.applyOptions()
	o.Labels = func(e config.Entry) map[string]string {
		return map[string]string{
			record.LabelManagedBy: r.req.ManagedBy, record.LabelConfigID: r.req.ConfigID, record.LabelContainerName: e.Name,
		}
	}
	return o
}
