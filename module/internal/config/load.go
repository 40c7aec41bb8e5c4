package config

// Options say how a step config is loaded. Every field may be left zero except Step.
type Options struct {
	Step     int            // picked out of a merged file (step_1:, step_2:)
	Inline   map[string]any // the config itself; excludes Path
	Path     string         // a file or a directory; excludes Inline
	Patterns []string       // of file names in a directory; default *.json *.yml *.yaml
	// Overrides are merged shallowly into each entry of that name; an entry that does not exist is an error.
	Overrides  map[string]map[string]any
	Containers []string // only these entries; empty = all
	Strict     bool     // unknown keys are errors, not warnings
	// HealthcheckDisabled drops every healthcheck (as paunch's --healthcheck-disabled).
	HealthcheckDisabled bool
	// LogPath is a directory: each container logs to <LogPath>/<name>.log by the k8s-file driver.
	LogPath   string
	LogDriver string
	// ExitCodes are accepted where an entry has no exit_codes of its own; empty = [0].
	ExitCodes []int
	Labels    map[string]string // added to every container
}
