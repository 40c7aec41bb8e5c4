package paunch

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/confighash"
	"github.com/overcloud/paunch/module/internal/hostlock"
	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/journal"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/release"
	"github.com/overcloud/paunch/module/internal/spec"
	"github.com/overcloud/paunch/module/internal/systemd"
)

// Apply reconciles the host with what the request asks for, in this order: host lock, config, observation,
// plan; check mode ends here; then pulls, removals, waves. It always returns a result; where that
// failed, the error is a *RunError.
//
// When ctx ends, Apply stops waiting, completes or rolls back what it is replacing, and reports. The end
// of the context given to WithAbort ends that as well: Apply returns at once and the result says what is
// left.
func Apply(ctx context.Context, req Request) (*Result, error) {
	r := newRun(req)
	defer r.maskPanic()
	err := r.perform(ctx)
	if err != nil {
		err = r.unlessInterrupted(ctx, err)
		r.failed(err)
	}
	r.result.DurationMS = time.Since(r.started).Milliseconds()
	r.finish()
	r.record(journal.Host())
	if r.result.Failed {
		return r.result, r.runError(ctx, err)
	}
	return r.result, nil
}

// unlessInterrupted is an error of a run, or that it was interrupted before it did anything: what failed for that
// reason says nothing.
func (r *run) unlessInterrupted(ctx context.Context, err error) error {
	if r.began || ctx.Err() == nil {
		return err
	}
	return many.Kind(ErrInterrupted, fmt.Errorf("the run was %w before it had a plan; nothing was changed", interrupt.Cause(ctx)))
}

// WithAbort returns a copy of ctx for the functions of this package that the end of abort aborts: they
// then wait for nothing, not even for what they are completing or rolling back. The next run repairs what
// is left. It is meant for a second signal, after the first has ended ctx.
func WithAbort(ctx, abort context.Context) context.Context { return interrupt.WithAbort(ctx, abort) }

// Plan is Apply in check mode: it changes nothing and predicts what Apply would do.
func Plan(ctx context.Context, req Request) (*Result, error) {
	req.Check = true
	return Apply(ctx, req)
}

// Delete removes all containers of a config_id, as paunch's delete does.
func Delete(ctx context.Context, req Request) (*Result, error) {
	req.State = StateAbsent
	return Apply(ctx, req)
}

// Cleanup removes all containers of this manager whose config_id is not among KeepConfigIDs, as
// paunch's cleanup does.
func Cleanup(ctx context.Context, req Request) (*Result, error) {
	req.State = StatePruned
	return Apply(ctx, req)
}

// run is one request on its way.
type run struct {
	req     Request
	rules   redact.Rules
	digests *record.Digester
	masker  *redact.Masker
	salt    string
	step    config.Step
	client  Engine
	units   *systemd.Units // nil where systemd does not run the containers
	general string         // a failure that is not one container's
	result  *Result
	started time.Time
	began   bool           // the plan is being carried out
	lock    *hostlock.Lock // nil in check mode
	// factsOnly means that containers are compared, and not what the step made beside them.
	factsOnly bool
	// learned are the contents of secrets that the step does not make.
	learned []string
	// interrupted are the creates of earlier runs that did not end, by name: when they began.
	interrupted map[string]time.Time
	// lastOptions are the options that the step was last applied with; remembers reports whether they are known.
	lastOptions map[string]json.RawMessage
	remembers   bool
	// validated are the validations of check mode.
	validated apply.Validations
	// present are the images, by id, that a pull finds on the host already and leaves so; nil where nothing but a pull is
	// asked for.
	present map[string]string
}

func newRun(req Request) *run {
	r := &run{req: req, rules: redact.NewRules(req.SensitiveKeys), digests: record.NewDigester(), result: newResult(req), started: time.Now()}
	r.masker = redact.NewMasker(r.rules, redact.Known{Told: req.SensitiveValues})
	r.result.StartedAt = r.started.UTC().Format("2006-01-02T15:04:05.000Z")
	r.result.Host, _ = os.Hostname() // without a name the result is as good
	return r
}

func (r *run) perform(ctx context.Context) error {
	if ctx.Err() != nil {
		return interrupt.Cause(ctx)
	}
	if err := r.req.normalise(); err != nil {
		return many.Kind(ErrInvalidRequest, many.Within("the arguments are not valid", err))
	}
	r.result.ConfigID = r.req.ConfigID
	if !r.req.Check {
		end := r.phase("lock")
		lock, err := r.acquire(ctx)
		end()
		if err != nil {
			return err
		}
		defer func() { _ = lock.Release() }() // the lock ends with the process in any case
		r.lock, r.interrupted = lock, lock.Interrupted()
	} else {
		r.interrupted = hostlock.Interrupted(r.req.ManagedBy)
	}
	return r.withHost(ctx, func(state observed.State) error { return r.reconcile(ctx, state) })
}

// acquire takes the host lock, and tells who holds it where that takes time.
func (r *run) acquire(ctx context.Context) (*hostlock.Lock, error) {
	waited := false
	lock, err := hostlock.AcquireTelling(ctx, r.req.ManagedBy, r.req.LockTimeout, func(holder string) {
		waited = true
		r.tell(Event{Action: EventLock, Waiting: fmt.Sprintf("the host lock, held by another apply of %s%s, at most %s", r.req.ManagedBy, holder, r.req.LockTimeout)})
	})
	if waited {
		r.tell(Event{Action: EventLock})
	}
	return lock, err
}

// withHost reads the config and looks at the host, and calls do while the connections to it are open.
func (r *run) withHost(ctx context.Context, do func(observed.State) error) error {
	if err := r.load(); err != nil {
		return err
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	defer r.disconnect(ctx)
	if err := r.connectUnits(ctx); err != nil {
		return err
	}
	if r.units != nil {
		defer r.units.Close()
	}
	state, err := r.observe(ctx)
	if err != nil {
		return err
	}
	return do(state)
}

// reconcile makes a host that was looked at match the config; in check mode it only says how.
func (r *run) reconcile(ctx context.Context, state observed.State) error {
	if err := r.recall(state); err != nil {
		return err
	}
	if err := r.hashConfigs(ctx); err != nil {
		return err
	}
	p, err := r.decide(ctx, state)
	if err != nil {
		return err
	}
	defer r.presentImages()
	if r.req.Check {
		p = r.checkValidations(ctx, p)
		r.planned(p)
		r.predicted(p)
		r.healthOutput(ctx)
		r.restarted(ctx)
		r.maskOutput(ctx)
		return nil
	}
	r.began = true
	err = r.execute(ctx, p)
	r.healthOutput(interrupt.Firm(ctx))
	r.restarted(interrupt.Firm(ctx))
	r.maskOutput(interrupt.Firm(ctx))
	return err
}

// load reads and validates the config, all of it, before anything else happens.
func (r *run) load() error {
	defer r.phase("load")()
	if !r.req.hasConfig() {
		return nil
	}
	step, err := config.Load(r.configOptions())
	if err != nil {
		return r.invalid(err)
	}
	config.Inherit(step.Entries, os.Environ())
	r.step = step
	r.result.Warnings = append(r.result.Warnings, step.Warnings...)
	r.masker = redact.NewMasker(r.rules, r.known())
	return nil
}

// hashConfigs notes what the files that configure the containers hold now.
func (r *run) hashConfigs(ctx context.Context) error {
	if !r.req.CheckConfigHash || !r.client.Local() || r.req.State != StatePresent {
		return nil
	}
	sums := map[string]string{}
	var all []error
	for i := range r.step.Entries {
		e := &r.step.Entries[i]
		e.ConfigHashes = map[string]string{}
		for _, path := range confighash.Paths(*e, r.req.ConfigVolumePrefix) {
			key := path + "\x00" + strings.Join(e.HashExcludes, "\x00")
			sum, known := sums[key]
			if !known {
				var err error
				if sum, err = confighash.Of(ctx, path, e.HashExcludes...); err != nil {
					all = append(all, fmt.Errorf("container %q: %w", e.Name, err))
				}
				sums[key] = sum
			}
			e.ConfigHashes[path] = sum
		}
	}
	return many.Join(all...)
}

func (r *run) connect(ctx context.Context) error {
	defer r.phase("connect")()
	client, err := dial(ctx, r.req.Engine, podman.Options{URL: r.req.PodmanURL, CallTimeout: r.req.PodmanTimeout})
	if err != nil {
		return err
	}
	r.client = client
	r.result.Podman = &Podman{Version: client.Version(), URL: client.URL()}
	return nil
}

// disconnect ends the connection, and a private service: at once where the run was aborted.
func (r *run) disconnect(ctx context.Context) {
	if interrupt.Aborted(ctx) {
		r.client.Kill()
		return
	}
	_ = r.client.Close() // nothing was written through it that could be lost
}

// want is what has to be observed for this step.
func (r *run) want() podman.Want {
	if r.req.isVerb() {
		return podman.Want{}
	}
	return podman.Want{Resources: r.wantedResources, Images: config.Images(r.step)}
}

// plan checks the config against the host and decides.
func (r *run) plan(state observed.State) (plan.Plan, error) {
	switch r.req.State {
	case StateAbsent:
		return r.absent(state), nil
	case StatePruned:
		return plan.ComputePruned(state, r.planOptions(), r.req.KeepConfigIDs), nil
	case StateStopped, StateStarted, StateRestarted:
		return r.planVerb(state)
	case StatePulled:
		return r.planPulled(state)
	}
	var all []error
	if err := spec.CheckRelease(r.step.Entries, r.client.Version()); err != nil {
		all = append(all, err)
	}
	if err := r.readSecrets(); err != nil {
		all = append(all, err)
	}
	if err := r.checkHost(state.Volumes); err != nil {
		all = append(all, err)
	}
	if r.salt == "" {
		r.salt = saltOf(state, r.req.ManagedBy)
	}
	p, err := plan.Compute(r.step, state, r.planOptions())
	if err == nil {
		err = r.checkLogs(p)
	}
	if err != nil {
		all = append(all, err)
	}
	return p, many.Kind(ErrInvalidConfig, many.Within("the config does not fit this host; nothing was touched", many.Join(all...)))
}

// absent plans the removal of the containers of the config_id, or of those that are named.
func (r *run) absent(state observed.State) plan.Plan {
	p := plan.ComputeAbsent(state, r.planOptions(), r.req.Containers)
	for _, name := range r.req.Containers {
		if !slices.ContainsFunc(p.AllRemovals(), func(op plan.Op) bool { return op.Name == name }) {
			p.Warnings = append(p.Warnings, fmt.Sprintf("containers: %q is no container of config_id %s on this host; ignored", name, r.req.ConfigID))
		}
	}
	return p
}

func (r *run) planOptions() plan.Options {
	return plan.Options{
		ManagedBy: r.req.ManagedBy, ConfigID: r.req.ConfigID, Adopt: r.req.Adopt,
		CleanOrphans: r.req.CleanOrphans, Selected: r.req.selected(),
		RestartStopped: r.req.RestartStopped, Settle: observed.SettleTime(r.req.Settle), ExecPolicy: r.req.ExecPolicy, Pull: r.req.Pull, WaitHealthy: r.req.WaitHealthy, Predict: r.req.Check,
		Units: r.byUnits(), UnitPrefix: r.req.UnitPrefix, StopTimeout: r.stopTimeout(), Ordered: r.req.SystemdOrder, Remote: r.units == nil && (!r.client.Local() || systemd.Runs()),
		VolumePolicy: r.req.VolumePolicy, PruneVolumes: r.req.PruneVolumes, Salt: r.salt,
		Podman: release.Of(r.client.Version()),
		Decode: r.configOptions(), Digests: r.digests, OptionsChanged: r.optionsOf(),
	}
}

// replan plans again with the images that the pulls brought; the containers are as they were.
func (r *run) replan(ctx context.Context) (plan.Plan, error) {
	fresh, err := r.observe(ctx)
	if err != nil {
		return plan.Plan{}, err
	}
	return r.decide(ctx, fresh)
}

// decide plans, and looks at what a listing does not have: the volumes of what is re-created, and how often units
// restarted what was started not long ago.
func (r *run) decide(ctx context.Context, state observed.State) (plan.Plan, error) {
	p, err := r.planWithMore(ctx, state)
	if err != nil {
		return p, err
	}
	containers, images := p.Inspections()
	seen, err := r.client.Volumes(ctx, containers, images)
	if err != nil {
		return p, fmt.Errorf("look at the volumes of what is replaced; nothing was touched: %w", err)
	}
	p = p.Carry(seen)
	restarts, err := r.restarts(ctx, p)
	if err != nil {
		return p, err
	}
	p = p.WithRestarts(restarts)
	r.learnSecrets(ctx, p)
	return p, nil
}

// planned fills the result with what the plan that counts says: the one that is executed, or is to be in check mode.
func (r *run) planned(p plan.Plan) {
	r.diff(p)
	r.trace(p)
	r.warnClear(p)
	for _, w := range p.Warnings {
		if !slices.Contains(r.result.Warnings, w) { // the config was read by others too
			r.result.Warnings = append(r.result.Warnings, w)
		}
	}
}

// trace tells of the decisions of a plan, unless the message must not quote a config.
func (r *run) trace(p plan.Plan) {
	if !r.req.Debug || r.req.Trace == nil || r.req.Terse {
		return
	}
	for line := range strings.Lines(p.String()) {
		r.req.Trace(r.masker.Text(strings.TrimRight(line, "\n")))
	}
}

func (r *run) applyOptions() apply.Options {
	return apply.Options{
		Concurrency: r.req.Concurrency, Timeout: r.req.Timeout, HealthTimeout: r.req.HealthTimeout,
		Settle: r.req.Settle, WaitHealthy: r.req.WaitHealthy, PodmanRunsChecks: systemd.Runs() && r.client.Local(),
		PullRetries: r.req.PullRetries, AuthFile: r.req.RegistryAuthFile, TLSVerify: r.req.TLSVerify,
		LogLines: logLines, CallTimeout: r.req.PodmanTimeout, Outage: podman.Outage,
		Labels: func(e config.Entry) map[string]string {
			labels := r.digests.Labels(e, r.req.ManagedBy, r.req.ConfigID, r.salt, r.masker.Find)
			if text := r.optionsLabel(); text != "" {
				labels[record.LabelOptions] = text
			}
			return labels
		},
		ResourceLabels: func(res config.Resource, salt string) map[string]string {
			return r.digests.ResourceLabels(res, r.req.ManagedBy, r.req.ConfigID, salt, r.masker.Find)
		},
		Renewed: func(e config.Entry, labels map[string]string, keys []string) (map[string]string, error) {
			return r.digests.Renewed(e, labels, keys, r.masker.Find)
		},
		CommandLine: createCommand,
		UpdateLine:  func(u apply.UpdateRequest) []string { return spec.UpdateLine(u.Container, u.Options, u.Restart) },
		Suffix: func(entry string) string {
			return plan.Suffix(randomSuffix(plan.RandomLength), r.req.ManagedBy, r.req.ConfigID, entry)
		},
		Clearing: func(ctx context.Context) (func(), error) { return hostlock.Clearing(ctx, clearingTimeout) },
		Journal:  r.lock,
		Progress: r.progress(),
	}
}

// createCommand is the podman command that a person would create the container with: with the labels
// that name its owner, without those that only we can write.
func createCommand(c apply.CreateRequest) []string {
	labels := map[string]string{}
	for _, l := range []string{record.LabelManagedBy, record.LabelConfigID, record.LabelContainerName, record.LabelDone, record.LabelAbout, record.LabelHashes, record.LabelTimedOut, record.LabelUpdating} {
		if v, ok := c.Labels[l]; ok {
			labels[l] = v
		}
	}
	if c.Placeholder {
		c.Entry = config.Entry{Name: c.Entry.Name, Image: c.Entry.Image, Kind: config.StoppedOnly, Command: []string{"true"}}
	}
	if c.NoRestartPolicy {
		c.Entry.Restart = ""
	}
	if c.Labels[record.LabelTryOut] == record.TryOutValidation {
		return validationCommand(c, labels)
	}
	c.Entry.Kind = config.StoppedOnly // created here, started by a command of its own
	return spec.CommandLine(c.Entry, c.Name, labels)
}

// logLines is how many of the last lines of a container's output a result carries.
const logLines = 20
