package paunch

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// States that a request can ask for.
const (
	StatePresent = "present" // the config's containers are as it says
	StateAbsent  = "absent"  // the containers of the config_id are gone
	StatePruned  = "pruned"  // the containers of config_ids that are not kept are gone

	// These leave the containers of the config_id what they are.
	StateStopped   = "stopped"   // nothing of them runs
	StateStarted   = "started"   // its services run
	StateRestarted = "restarted" // its services run, and have begun in this run
	// StatePulled has the images of the config on the host, and touches no container.
	StatePulled = "pulled"
)

// Systemd modes.
const (
	SystemdAuto   = "auto"
	SystemdAlways = "always"
	SystemdNever  = "never"
)

// Volume policies.
const (
	VolumesCreated  = "create"
	VolumesRequired = plan.VolumesRequired
)

// Exec policies.
const (
	ExecOnChange = "on_change"
	ExecAlways   = plan.ExecAlways
)

// NoStep is the Step of a Request that is about no step.
const NoStep = config.NoStep

// Request says what to do. Start from Defaults: the zero value of some fields is not their default.
type Request struct {
	// Step is 0 to 5 in an overcloud, NoStep where none is meant; it names the default config_id, and the key in a
	// merged file.
	Step int

	Config     map[string]any // the config itself; excludes ConfigPath
	ConfigPath string         // a file or directory
	// ConfigFiles are the files at and below ConfigPath where those are not on this host; nil = they are.
	ConfigFiles     []ConfigFile
	ConfigPatterns  []string // of file names in a directory
	ConfigOverrides map[string]map[string]any
	// OverridePatterns takes the names in ConfigOverrides for regular expressions that match the beginning of a
	// container's name, as edpm_container_manage does.
	OverridePatterns bool
	// Dialect is the tool in whose words the config and its overrides are written: paunch, kolla, podman_container.
	Dialect    string
	Containers []string // only these; no orphan is removed then
	// AllowMissingStep accepts a config that has nothing about the step, such as a directory without files: a warning,
	// and nothing is applied or removed. Without it that is an error.
	AllowMissingStep bool

	ConfigID      string // default tripleo_step<Step>
	ManagedBy     string
	State         string
	KeepConfigIDs []string // of StatePruned
	PruneAll      bool     // StatePruned may keep nothing
	CleanOrphans  bool
	Adopt         []string // further managers whose containers are taken over

	// VolumePolicy says what becomes of named volumes that do not exist: VolumesCreated or VolumesRequired.
	VolumePolicy string
	// PruneVolumes removes volumes that were made for the step and are no longer in its config, with their data.
	PruneVolumes bool

	Concurrency int // 0 = twice the CPUs, at least 4, at most 16

	Pull             string // missing, always, newer, never
	PullRetries      int
	PullTimeout      time.Duration // of one image, all attempts included; 0 = none
	RegistryAuthFile string
	TLSVerify        *bool // nil = as the host's registries.conf says

	// CheckConfigHash replaces containers whose mounted config below ConfigVolumePrefix, or whose env
	// file, has other contents than when they were made.
	CheckConfigHash    bool
	ConfigVolumePrefix string

	LogPath   string // directory of per-container files
	LogDriver string

	ValidExitCodes []int         // where an entry has none of its own
	Timeout        time.Duration // of a one-shot or exec

	WaitHealthy         bool
	HealthTimeout       time.Duration
	HealthcheckDisabled bool
	// Settle is how long a service must run to be taken to live: at the end of a step that started some,
	// and for a replaced one without a health gate before the old container
	// is removed.
	Settle time.Duration

	ExecPolicy     string
	ExecUser       string // of execs that name none; "" = the user of the container
	RestartStopped bool
	// Systemd reports whether services are run by systemd units: SystemdAuto where that is possible.
	Systemd string
	// UnitPrefix begins the units' names; "" keeps what containers have, else it is "tripleo".
	UnitPrefix string
	// StopTimeout is how many seconds units give services to stop that do not say so themselves.
	StopTimeout int
	// SystemdOrder has services stop in order at a shutdown, before what containers stand on goes.
	SystemdOrder bool

	SensitiveKeys   []string // words that make the names of variables, options and labels those of secrets
	SensitiveValues []string // secrets that no name gives away; masked and digested wherever they appear
	Strict          bool
	Labels          map[string]string

	PodmanURL string
	// PodmanTimeout is how long Podman may take for a call that depends on nothing but Podman, so that
	// one that hangs is an error; 0 = DefaultPodmanTimeout.
	PodmanTimeout time.Duration
	LockTimeout   time.Duration
	// Engine is used in place of Podman; nil = Podman. Package paunchtest has one for tests.
	Engine Engine

	// Recall takes options that shape containers from the last apply of the step, as they stand on the host, where
	// Given does not name them: for a person who does not give again what a role gave. See docs/adr/0029.
	Recall bool
	Given  []string // names of options, as the module has them

	// Caller is the entry point that makes the request, for the history: ansible or cli.
	Caller string
	// Task is the task of Ansible that makes the request, for the history.
	Task AnsibleTask

	Check bool // plan only: nothing on the host is changed
	// CheckValidate runs the validate commands of a plan also in check mode: in containers that are gone afterwards.
	CheckValidate bool
	// Debug gives Trace the plan that counts, with the steps of each change, line by line and masked.
	Debug bool
	// Trace gets the lines that Debug asks for; nil = nobody reads them.
	Trace func(line string)
	// Terse keeps out of the message and the warnings what a config and the output of containers say: they name
	// containers, causes and exit codes. Ansible prints both in spite of no_log.
	Terse bool
	// Progress hears of each operation as it begins and ends, and what it waits for; nil = nobody listens. Calls come
	// one at a time, from several goroutines.
	Progress func(Event)
}

// ConfigFile is one file or directory of a config that is elsewhere, as on an Ansible controller.
type ConfigFile struct {
	Path string `json:"path"`
	// Type is "file", "directory", "missing" (a link that leads nowhere) or "other" (a pipe, a device).
	Type string `json:"type"`
	// Text is the contents of a regular file; nil = the file is none that the patterns ask for.
	Text *string `json:"text"`
}

// Event is one sign of progress: something begins, something is waited for, or it has ended (Done). Between the first
// and the last there is one for each change of what is waited for.
type Event struct {
	// Name is of the container, or the image of a pull. It is empty for what concerns the whole step: Action is then
	// EventLock, EventWave or EventSettle, and Done is never set. One of these with neither Reason nor Waiting ends the one
	// before it.
	Name   string
	Action string
	Reason string
	Done   bool
	Err    error
	// Waiting is what is waited for now, as a noun phrase; "" = an answer of Podman or systemd.
	Waiting string
	// Output is the last line that what is waited for has printed: a job, a command, a health check, a pull.
	Output string
	// Bytes is how much of an image has come; 0 where Podman does not say, as before 5.0.
	Bytes int64
}

// Actions of the events that concern the whole step.
const (
	EventLock   = "lock"                   // the host lock is held by another apply
	EventWave   = string(apply.SignWave)   // the entries of one start_order, which Reason names
	EventSettle = string(apply.SignSettle) // the end of the settle time
)

// DefaultPodmanTimeout is a Request's PodmanTimeout where it asks for none of its own.
const DefaultPodmanTimeout = 2 * time.Minute

// Defaults returns a request with every default filled in.
func Defaults() Request {
	return Request{
		Step: NoStep, Dialect: config.DialectPaunch, ManagedBy: "paunch", State: StatePresent, CleanOrphans: true, VolumePolicy: VolumesCreated,
		Pull: plan.PullMissing, PullRetries: 3, PullTimeout: 30 * time.Minute,
		Timeout: time.Hour, HealthTimeout: 5 * time.Minute, Settle: 3 * time.Second,
		ExecPolicy: ExecOnChange, RestartStopped: true, Systemd: SystemdAuto, StopTimeout: 10,
		PodmanTimeout: DefaultPodmanTimeout, LockTimeout: 10 * time.Minute, ConfigVolumePrefix: "/var/lib/config-data",
	}
}

// labelText is what a config_id or a manager may be called: it is a label's value and part of a lock
// file's name.
var labelText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,127}$`)

// normalise fills in what depends on other fields and reports every contradiction.
func (r *Request) normalise() error {
	if r.ConfigID == "" && r.Step >= 0 && r.State != StatePruned {
		r.ConfigID = fmt.Sprintf("tripleo_step%d", r.Step)
	}
	if r.Dialect == "" {
		r.Dialect = config.DialectPaunch
	}
	if r.Concurrency == 0 {
		r.Concurrency = min(max(4, 2*runtime.NumCPU()), 16)
	}
	if r.PodmanTimeout == 0 {
		r.PodmanTimeout = DefaultPodmanTimeout
	}
	var all []error
	for _, p := range r.problems() {
		all = append(all, p)
	}
	return many.Join(all...)
}

// Problem is an argument of a request that cannot be used.
type Problem struct {
	Argument string // as the module spells it, e.g. config_id
	Text     string
}

// Error names the argument and the problem.
func (p Problem) Error() string { return p.Argument + ": " + p.Text }

// Problems returns what Apply would refuse about the arguments themselves, before it looks at a config or a host.
func (r Request) Problems() []Problem {
	_ = r.normalise() // fills in the defaults; its error is what problems returns
	return r.problems()
}

func (r *Request) problems() []Problem {
	var all []Problem
	for _, check := range []func(problem){r.checkNames, r.checkWords, r.checkNumbers, r.checkConfig} {
		check(func(argument, format string, args ...any) {
			all = append(all, Problem{argument, fmt.Sprintf(format, args...)})
		})
	}
	return all
}

// problem notes a problem of an argument.
type problem func(argument, format string, args ...any)

func (r *Request) checkNames(problem problem) {
	if !labelText.MatchString(r.ManagedBy) {
		problem("managed_by", "%q is not a name (letters, digits and _.@:-, at most 128)", r.ManagedBy)
	}
	switch {
	case r.ConfigID == "" && (r.State == StatePruned || r.Step < 0 && r.Step != NoStep): // a negative step is a mistake of its own
	case r.ConfigID == "":
		problem("config_id", "config_id or step is needed")
	case !labelText.MatchString(r.ConfigID):
		problem("config_id", "%q is not a name (letters, digits and _.@:-, at most 128)", r.ConfigID)
	}
}

func (r *Request) checkWords(problem problem) {
	for _, word := range []struct {
		name, value string
		allowed     []string
	}{
		{"state", r.State, states()},
		{"pull", r.Pull, []string{plan.PullMissing, plan.PullAlways, plan.PullNewer, plan.PullNever}},
		{"exec_policy", r.ExecPolicy, []string{ExecOnChange, ExecAlways}},
		{"volume_policy", r.VolumePolicy, []string{VolumesCreated, VolumesRequired}},
		{"dialect", r.Dialect, config.Dialects()},
		{"systemd", r.Systemd, []string{SystemdAuto, SystemdAlways, SystemdNever}},
	} {
		if !slices.Contains(word.allowed, word.value) {
			problem(word.name, "invalid value %q: must be one of %s", word.value, strings.Join(word.allowed, ", "))
		}
	}
	if r.UnitPrefix != "" && !unitfile.Prefix.MatchString(r.UnitPrefix) {
		problem("unit_prefix", "%q is no beginning of a unit's name (letters, digits and _.-, a letter or digit first, at most 64)", r.UnitPrefix)
	}
}

func (r *Request) checkNumbers(problem problem) {
	for _, number := range []struct {
		name  string
		value int64
	}{
		{"concurrency", int64(r.Concurrency)},
		{"pull_retries", int64(r.PullRetries)},
		{"timeout", int64(r.Timeout)},
		{"health_timeout", int64(r.HealthTimeout)},
		{"settle", int64(r.Settle)},
		{"stop_timeout", int64(r.StopTimeout)},
		{"lock_timeout", int64(r.LockTimeout)},
		{"podman_timeout", int64(r.PodmanTimeout)},
		{"pull_timeout", int64(r.PullTimeout)},
	} {
		if number.value < 0 {
			problem(number.name, "must not be negative")
		}
	}
	if r.Step < 0 && r.Step != NoStep {
		problem("step", "must not be negative")
	}
	if r.Timeout == 0 {
		problem("timeout", "0 would give no job the time to end")
	}
	if r.HealthTimeout == 0 {
		problem("health_timeout", "0 would give no container the time to become healthy; leave wait_healthy off instead")
	}
}

func (r *Request) checkConfig(problem problem) {
	if r.State == StatePruned && r.selected() {
		problem("containers", "not with state: pruned, which removes whole config_ids")
	}
	if r.State == StatePruned && len(r.KeepConfigIDs) == 0 && !r.PruneAll {
		problem("keep_config_ids", "empty would remove every container of managed_by %s; name what to keep", r.ManagedBy)
	}
	switch both := r.Config != nil && r.ConfigPath != ""; {
	case r.needsConfig() && (r.Config == nil) == (r.ConfigPath == ""):
		problem("config_path", "exactly one of config and config_path is needed")
	case r.isVerb() && both:
		problem("config_path", "at most one of config and config_path")
	}
}

// selected reports whether only a part of the config is applied.
func (r *Request) selected() bool { return len(r.Containers) > 0 }
