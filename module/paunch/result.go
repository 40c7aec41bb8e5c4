package paunch

import "time"

// Result is what came of a request: the module's JSON and the command line's report.
type Result struct {
	// Changed means that the host was changed, or in check mode would be; also when the run failed.
	Changed bool   `json:"changed"`
	Failed  bool   `json:"failed"`
	Msg     string `json:"msg"`

	Step     *int   `json:"step,omitempty"` // nil where the request was about no step
	ConfigID string `json:"config_id,omitempty"`

	Containers        []Container `json:"containers"`
	ChangedContainers []string    `json:"changed_containers"`
	FailedContainers  []string    `json:"failed_containers"`
	// Restarted names the services that were re-created, restarted or found stopped; no jobs.
	Restarted []string `json:"restarted"`
	// Resources are the volumes, networks and secrets of the step.
	Resources []Resource `json:"resources,omitempty"`
	// Images are those that were fetched.
	Images []Image `json:"images,omitempty"`
	// Commands is what was done, as podman and systemctl commands that a person can paste; secrets are masked. In check
	// mode it is what would be done, with words in angle brackets for the random parts of names.
	Commands []string `json:"commands"`
	Diff     *Diff    `json:"diff,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// Remembered are the options that were taken from the last apply of the step, each with its value.
	Remembered []string `json:"remembered,omitempty"`
	Podman     *Podman  `json:"podman,omitempty"`
	// RestartedBy tells who restarts a service that ends: "systemd" (its unit) or "podman" (its restart
	// policy).
	RestartedBy string `json:"restarted_by,omitempty"`
	// Host is the name of the host that the run was on, as the host itself knows it.
	Host string `json:"host,omitempty"`
	// StartedAt is when the run began, in UTC (RFC 3339, milliseconds).
	StartedAt  string `json:"started_at,omitempty"`
	DurationMS int64  `json:"duration_ms"`
	// Phases are the parts of the run's time that are not one container's.
	Phases []Phase `json:"phases,omitempty"`
}

// Phase is one part of the time of a run or of a container: a call to Podman or systemd, or a wait.
type Phase struct {
	Name       string `json:"name"`     // e.g. lock, observe, pull, wave_1, settle; create, start, health
	BeginMS    int64  `json:"begin_ms"` // milliseconds from the start of the run
	DurationMS int64  `json:"duration_ms"`
}

// Container is what came of one entry, or of one container that was removed.
type Container struct {
	Name     string `json:"name"`
	RealName string `json:"real_name,omitempty"`
	ID       string `json:"id,omitempty"`
	Image    string `json:"image,omitempty"`
	Action   string `json:"action"`
	Reason   string `json:"reason,omitempty"`
	// Procedure is how the change is made: create, replace, remove first, verify, restart …; none where nothing is done.
	Procedure   string   `json:"procedure,omitempty"`
	ChangedKeys []string `json:"changed_keys,omitempty"`
	Unit        string   `json:"unit,omitempty"`  // of systemd, that runs it
	State       string   `json:"state,omitempty"` // podman's word; none when only a record is left
	// Wanted is the state that the config asks for: running, done (a job or an exec that completes) or stopped; none of
	// a container that the config does not have.
	Wanted   string `json:"wanted,omitempty"`
	ExitCode *int   `json:"exit_code,omitempty"`
	Health   string `json:"health,omitempty"`
	// HealthOutput is what the last check of an unhealthy container said.
	HealthOutput string `json:"health_output,omitempty"`
	StartedAt    string `json:"started_at,omitempty"`
	// Restarts is how often a running service was restarted after it exited, where the last time is not long ago.
	Restarts int `json:"restarts,omitempty"`
	// CarriedVolumes are the anonymous volumes, as NAME:PATH, that a re-created container took over from the one
	// before.
	CarriedVolumes []string `json:"carried_volumes,omitempty"`
	StartOrder     int      `json:"start_order,omitempty"`
	// BeginMS is when the work on it began, in milliseconds from the start of the run; Phases are what
	// its time went to. Neither is there for a container that needed no work.
	BeginMS    int64   `json:"begin_ms,omitempty"`
	DurationMS int64   `json:"duration_ms"`
	Phases     []Phase `json:"phases,omitempty"`
	Stdout     string  `json:"stdout,omitempty"`
	Stderr     string  `json:"stderr,omitempty"`
	Error      string  `json:"error,omitempty"`
	// Cause is why it failed, in words that quote neither its config nor its output, as Error may.
	Cause      string `json:"cause,omitempty"`
	RolledBack bool   `json:"rolled_back,omitempty"`
	// Validation is what came of the entry's validate commands: passed or failed; none where they did not run.
	Validation string `json:"validation,omitempty"`

	changed bool
	started time.Time // as far as the listing has it
}

// Image is one image that was fetched.
type Image struct {
	Image      string `json:"image"`
	ID         string `json:"id,omitempty"`
	Changed    bool   `json:"changed"`
	DurationMS int64  `json:"duration_ms,omitempty"`
}

// Diff is what check and diff mode show, secrets masked.
type Diff struct {
	Before       string `json:"before"`
	After        string `json:"after"`
	BeforeHeader string `json:"before_header,omitempty"`
	AfterHeader  string `json:"after_header,omitempty"`
	// Containers is the same, container by container.
	Containers []ContainerDiff `json:"-"`
}

// ContainerDiff is what changes about one container.
type ContainerDiff struct {
	Name   string
	Before string // its state, "" where there is none yet
	After  string // what is done and why, "" where it is removed
	Keys   []KeyDiff
}

// KeyDiff is the values of one key that only one side has.
type KeyDiff struct {
	Key           string
	Before, After []string
}

// Podman is the engine that was used.
type Podman struct {
	Version string `json:"version"`
	URL     string `json:"url"`
}
