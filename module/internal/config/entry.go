package config

import (
	"strings"
	"time"
)

// Kind is what an entry is expected to do.
type Kind string

// The kinds of entry, as the step config distinguishes them.
const (
	Service     Kind = "service"       // detach true with a restart policy: runs on
	OneShot     Kind = "one-shot"      // detach false: runs to completion
	FireAndExit Kind = "fire-and-exit" // detach true without a restart policy: started, judged at the end of the step
	Exec        Kind = "exec"          // action exec: runs inside another entry's container
	StoppedOnly Kind = "stopped"       // state stopped: created, never started by us
)

// Option is one create option under podman's own flag name (without dashes in front), with its values
// in the order in which they would stand on podman's command line. A bool is "true" or "false".
type Option struct {
	Flag   string   // podman's long flag, e.g. "volume", "stop-timeout"
	Key    string   // the config key it came from, e.g. "volumes", "stop_grace_period"
	Values []string // never empty
	// Default marks what the step added (log driver, labels), not the entry: what an older tool wrote
	// into its label is compared without these.
	Default bool
}

// Entry is one container of a step, decoded, normalised and free of contradictions.
type Entry struct {
	Name string
	File string // where it was read; "" for an inline config
	Kind Kind

	Image string
	// Command is what runs, without the target where the entry is an exec.
	Command []string
	// Options are sorted by flag, one element per flag (two where the step adds to what the entry
	// says: the entry's own first, then the one marked Default).
	Options []Option

	StartOrder int
	ExitCodes  []int  // accepted; never empty
	Restart    string // "" when there is no policy
	// Remove asks that a finished one-shot leaves no container of its own behind ("remove: true").
	Remove bool

	// Wait is "healthy" when later waves wait for this container's healthcheck, else "".
	Wait          string
	HealthTimeout time.Duration // 0 = the step's
	// HasHealthcheck means that the entry defines its own healthcheck (and it is not disabled).
	HasHealthcheck bool
	HealthInterval time.Duration // of that check; 0 = podman's default (30 s)

	Pull           string        // "" = the step's
	ExecPolicy     string        // "" = the step's
	RestartStopped *bool         // nil = the step's
	Timeout        time.Duration // of a one-shot or exec; 0 = the step's
	// Retries are how often a one-shot or exec runs again, after RetrySleep, while its exit code is not accepted.
	Retries    int
	RetrySleep time.Duration
	// RenewAnonVolumes has a re-created container begin with new anonymous volumes instead of those of the
	// container before.
	RenewAnonVolumes bool

	// Validate are the commands that say whether the configuration is one that the image takes, each of which runs in a
	// throw-away container for ValidateTimeout at most; ValidateNetwork gives those the entry's network.
	Validate        [][]string
	ValidateTimeout time.Duration
	ValidateNetwork bool

	// Drain is how a service is taken out of its load balancer while it is replaced or restarted; nil = it is not.
	Drain *Drain

	// HashExcludes are files that do not count in ConfigHashes: paths below what is mounted, with a slash in front.
	HashExcludes []string
	// ConfigHashes are of the files that configure the container, by path, where they are watched.
	ConfigHashes map[string]string

	// Inherited are the values of variables that have none of their own, by name, where the environment has
	// them: the container gets those.
	Inherited map[string]string

	// Of exec entries.
	ExecTarget     string // container_name of the target
	ExecUser       string
	ExecPrivileged bool
	ExecEnv        []string // K=V
	ExecWorkdir    string

	// What systemd units are made of.
	DependsOn        []string
	SystemdExecFlags map[string]string
	KillMode         string
	PreStopExec      string
	PreStopCommand   string // runs in the container
	ReloadSignal     string
	PartOf           []string
	NoReload         bool
	StopTimeout      *uint // seconds; nil = podman's default
}

// Step is a validated step config: entries sorted by start order, then by their order in the input.
type Step struct {
	Entries []Entry
	// Resources are the networks, secrets and volumes that the entries need or the config declares, in that order.
	Resources []Resource
	// Sections are the kinds of resource that the config has a section for, be it an empty one.
	Sections map[ResourceKind]bool
	// Excluded names entries of the config that a container selection left out: they are neither
	// applied nor orphans.
	Excluded []string
	// Unmatched means that the config is empty because no file of its directory matched, or its file has
	// nothing for this step (Options.AllowMissingStep): no container is an orphan then.
	Unmatched bool
	// Warnings are findings that do not stop an apply, such as unknown keys.
	Warnings []string
}

// Names returns the names of all entries, selected or not, for telling orphans apart.
func (s Step) Names() map[string]bool {
	names := make(map[string]bool, len(s.Entries)+len(s.Excluded))
	for _, e := range s.Entries {
		names[e.Name] = true
	}
	for _, n := range s.Excluded {
		names[n] = true
	}
	return names
}

// Images returns the images of a step, each once, in the order of its entries.
func Images(s Step) []string {
	var all []string
	seen := map[string]bool{}
	for _, e := range s.Entries {
		if e.Image != "" && !seen[e.Image] {
			seen[e.Image], all = true, append(all, e.Image)
		}
	}
	return all
}

// LogFiles returns the files that the container logs into.
func (e Entry) LogFiles() []string {
	var files []string
	for _, v := range e.Option("log-opt") {
		if path, ok := strings.CutPrefix(v, "path="); ok && path != "" {
			files = append(files, path)
		}
	}
	return files
}

// Option returns the values of one flag, nil when the entry does not set it.
func (e Entry) Option(flag string) []string {
	for _, o := range e.Options {
		if o.Flag == flag {
			return o.Values
		}
	}
	return nil
}
