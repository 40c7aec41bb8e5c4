package config

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sort"

	"github.com/overcloud/paunch/module/internal/quadlet"
)

// NoStep is the step of a config that is about no step; 0 is a step.
const NoStep = math.MinInt

// Options say how a step config is loaded. Every field may be left zero except Step.
type Options struct {
	Step     int            // picked out of a merged file (step_1:, step_2:); NoStep = none
	Inline   map[string]any // the config itself; excludes Path
	Path     string         // a file or a directory; excludes Inline
	Files    []File         // what is at and below Path, where that is not on this host; nil = it is
	Patterns []string       // of file names in a directory; default *.json *.yml *.yaml *.container
	// AllowMissingStep accepts a config that has nothing about the step: a warning, and an empty Step that is
	// Unmatched. Without it that is an error.
	AllowMissingStep bool
	// Overrides are merged shallowly into each entry of that name; null takes a key away. A name that no step of the
	// config has is a warning: one set of overrides often serves many hosts.
	Overrides map[string]map[string]any
	// OverridePatterns takes the names of overrides for regular expressions that match the beginning of a name.
	OverridePatterns bool
	Containers       []string // only these entries; empty = all
	// Dialect is the tool in whose words the config is written, one of Dialects; "" = paunch.
	Dialect string
	Strict  bool // unknown keys, and names that match nothing, are errors, not warnings
	// HealthcheckDisabled drops every healthcheck (as paunch's --healthcheck-disabled).
	HealthcheckDisabled bool
	// LogPath is a directory: each container logs to <LogPath>/<name>.log by the k8s-file driver.
	LogPath   string
	LogDriver string
	// ExecUser is who execs run as that name no user; "" = the user of the container.
	ExecUser string
	// ExitCodes are accepted where an entry has no exit_codes of its own; empty = [0].
	ExitCodes []int
	Labels    map[string]string // added to every container
	// DefaultCPUs are the CPUs of containers that say nothing about theirs; "" = all.
	DefaultCPUs string
	// Check looks at each entry that is well formed, for what this package cannot know: whether Podman
	// takes the values of its options. Its problems are reported with all others.
	Check func(Entry) error
}

// Load reads, merges, decodes and sorts a step config. The error lists every problem of every entry;
// Problems takes it apart. Nothing but the config's own files is looked at: see CheckHost.
func Load(o Options) (Step, error) {
	r := read(o)
	step := Step{Warnings: r.dialectWarnings}
	selected := r.selection(o.Containers, &step)
	if step.Unmatched = r.missing != ""; step.Unmatched {
		step.Warnings = append(step.Warnings, r.missing+": nothing is applied or removed; to remove a step's containers use state: absent, or an empty config ({})")
	}
	r.reportUnmatched(o.Strict, &step)
	for _, w := range r.warnings {
		step.Warnings = append(step.Warnings, w.Error())
	}
	r.decode(selected, o, &step)
	r.resources(&step, o.Strict, len(o.Containers) > 0)
	r.targets(step)
	r.references(step)
	if err := Join(r.problems); err != nil {
		return Step{}, err
	}
	sort.SliceStable(step.Entries, func(i, j int) bool {
		return step.Entries[i].StartOrder < step.Entries[j].StartOrder
	})
	return step, nil
}

// read reads the config and puts the overrides in.
func read(o Options) *reading {
	r := &reading{step: o.Step, table: keyTable(), tree: hostTree{}, problems: o.problems()}
	if o.Files != nil {
		r.tree = newSentTree(o.Files)
	}
	switch {
	case o.Inline != nil && o.Path != "":
		r.fail("", errors.New("give the config inline or by its path, not both"))
	case o.Inline != nil:
		r.inline(o.Inline)
	case checkPatterns(o.Patterns) != nil: // reported already; which files are meant is not known
	case o.Path != "":
		r.path(o.Path, o.patterns())
	default:
		r.fail("", errors.New("no config is given, neither inline nor by its path"))
	}
	if r.missing != "" && !o.AllowMissingStep {
		r.fail("", errors.New(r.missing+": write {} for a step without containers, or set allow_missing_step (--allow-missing-step)"))
	}
	r.names(o.Dialect)
	r.override(o.Overrides, o.OverridePatterns)
	r.translate(o.Dialect)
	return r
}

func (o Options) patterns() []string {
	if len(o.Patterns) == 0 {
		return []string{"*.json", "*.yml", "*.yaml", "*" + quadlet.Extension}
	}
	return o.Patterns
}

// problems checks the options themselves.
func (o Options) problems() []Problem {
	var ps []Problem
	add := func(key string, err error) {
		if err != nil {
			ps = append(ps, Problem{Key: key, Text: err.Error()})
		}
	}
	if o.LogPath != "" && !filepath.IsAbs(o.LogPath) {
		add("log_path", errors.New("must be an absolute path"))
	}
	add("log_path", checkText(o.LogPath, false))
	if o.LogPath != "" && o.LogDriver != "" && !writesFile(o.LogDriver) {
		add("log_path", fmt.Errorf("contradicts log_driver %q, which writes no files", o.LogDriver))
	}
	for _, c := range o.ExitCodes {
		if c < 0 || c > 255 {
			add("valid_exit_codes", errors.New("an exit code must be between 0 and 255"))
		}
	}
	for _, k := range sortedKeys(o.Labels) {
		add("labels", errors.Join(labelName(k), checkText(k, false), checkText(o.Labels[k], false)))
	}
	add("dialect", checkDialect(o.Dialect))
	add("config_patterns", checkPatterns(o.Patterns))
	return ps
}

func (r *reading) decode(selected []written, o Options, step *Step) {
	for _, w := range selected {
		if w.keys == nil {
			continue // known to be broken
		}
		e, warnings, problems := decodeEntry(w.name, w.file, w.keys, o, r.table)
		for _, p := range problems {
			p.Line = w.line
			if line, ok := w.lines[p.Key]; ok {
				p.Line = line
			}
			r.problems = append(r.problems, p)
		}
		for _, text := range warnings {
			step.Warnings = append(step.Warnings, Problem{Container: w.name, File: w.file, Text: text}.Error())
		}
		if o.Check != nil && len(problems) == 0 {
			r.problems = append(r.problems, Problems(o.Check(e))...)
		}
		step.Entries = append(step.Entries, e)
	}
}

// targets checks execs against the entries of their own step. A target that does not exist belongs to
// an earlier step.
func (r *reading) targets(step Step) {
	byName := map[string]Entry{}
	for _, e := range step.Entries {
		byName[e.Name] = e
	}
	for _, e := range step.Entries {
		t, ok := byName[e.ExecTarget]
		if e.Kind != Exec || !ok || t.Name == e.Name {
			continue
		}
		text := ""
		switch {
		case t.Kind == Exec || t.Kind == OneShot || t.Kind == StoppedOnly:
			text = fmt.Sprintf("the target %q is no running service but of kind %s", t.Name, t.Kind)
		case t.StartOrder > e.StartOrder:
			text = fmt.Sprintf("the target %q starts later (start_order %d) than this exec (%d)", t.Name, t.StartOrder, e.StartOrder)
		default:
			continue
		}
		r.problems = append(r.problems, Problem{Container: e.Name, Key: "command", File: e.File, Text: text})
	}
}
