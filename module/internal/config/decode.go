package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// DecodeEntry turns the keys of one container into an entry. The error lists every problem (see
// Problems); warnings are sentences without the container's name.
func DecodeEntry(name, file string, raw map[string]any, o Options) (Entry, []string, error) {
	e, warnings, problems := decodeEntry(name, file, raw, o, keyTable())
	return e, warnings, Join(problems)
}

func keyTable() map[string]Key {
	table := map[string]Key{}
	for _, k := range Keys() {
		table[k.Name] = k
	}
	return table
}

// decoding is one entry being decoded.
type decoding struct {
	draft
	table    map[string]Key
	allCPUs  bool            // asks for all, where nothing would be the step's default
	present  map[string]bool // keys that have a value
	dir      string          // of the config file; "" for an inline config
	problems []Problem
}

func decodeEntry(name, file string, raw map[string]any, o Options, table map[string]Key) (Entry, []string, []Problem) {
	d := &decoding{table: table, present: map[string]bool{}, dir: dirOf(file)}
	d.strict = o.Strict
	d.Entry = Entry{Name: name, File: file}
	d.opts = map[string]*Option{}
	d.extra = map[string]Option{}
	if err := checkName(name); err != nil {
		d.problem("", err)
	}
	for _, k := range sortedKeys(raw) {
		d.key(k, raw[k])
		d.allCPUs = d.allCPUs || d.table[k].Flag == "cpuset-cpus" && raw[k] == "all"
	}
	if err := d.joinMerged(); err != nil {
		d.problem("volumes", err)
	}
	d.absolutePaths()
	d.derive(o)
	d.contradictions()
	d.finish(o)
	sortProblems(d.problems)
	return d.Entry, d.warnings, d.problems
}

func (d *decoding) problem(key string, err error) {
	d.problems = append(d.problems, Problem{Container: d.Name, Key: key, File: d.File, Text: err.Error()})
}

func (d *decoding) problemf(key, format string, args ...any) {
	d.problem(key, fmt.Errorf(format, args...))
}

func (d *decoding) warnf(format string, args ...any) {
	d.warnings = append(d.warnings, fmt.Sprintf(format, args...))
}

// longestName leaves room within the 255 characters that the name of a unit or file may have, for the longest
// prefix of units, ".service", and the suffix of a name that is taken.
const longestName = 255 - len("_.service") - 64 - len("-12345678")

// checkName holds names to podman's rule.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("a container needs a name")
	case len(name) > longestName:
		return fmt.Errorf("a name must not be longer than %d characters, since units and files are named after it", longestName)
	}
	for i, r := range name {
		alnum := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !alnum && (i == 0 || !strings.ContainsRune("_.-", r)) {
			return errors.New("a name must match [a-zA-Z0-9][a-zA-Z0-9_.-]*")
		}
	}
	return nil
}

// key decodes one key. Null, and an empty string where a word steers the step, are what templates
// leave of an unset value: the key is absent.
func (d *decoding) key(name string, v any) {
	k, known := d.table[name]
	v = normal(v)
	switch {
	case !known:
		d.unknown(name)
	case v == nil, v == "" && k.control != nil:
	case k.Refused != "":
		d.problemf(name, "cannot be set: %s", k.Refused)
	case k.silent:
	case k.Ignored != "":
		d.warnf("key %q has no effect: %s", name, k.Ignored)
	default:
		d.present[name] = true
		if err := d.value(k, v); err != nil {
			d.problem(name, err)
		}
	}
}

func (d *decoding) value(k Key, v any) error {
	if err := checkTexts(v, k.text); err != nil {
		return err
	}
	if k.control != nil {
		return k.control(&d.draft, v)
	}
	values, err := k.form(v)
	if err != nil {
		return err
	}
	if k.merge {
		return d.merge(k.Flag, k.Name, values)
	}
	return d.add(k.Flag, k.Name, values)
}

func (d *decoding) unknown(name string) {
	if err := checkText(name, false); err != nil {
		d.problem("", fmt.Errorf("the name of a key %w", err))
		return
	}
	hint := didYouMean(name, sortedKeys(d.table))
	if d.strict {
		d.problemf(name, "unknown key%s", hint)
		return
	}
	d.warnf("unknown key %q%s", name, hint)
}

// add sets an option; two keys of one flag must say the same.
func (d *draft) add(flag, key string, values []string) error {
	if len(values) == 0 {
		return nil
	}
	if old := d.opts[flag]; old != nil {
		if !slices.Equal(old.Values, values) {
			return fmt.Errorf("contradicts the key %q", old.Key)
		}
		return nil
	}
	d.opts[flag] = &Option{Flag: flag, Key: key, Values: values}
	return nil
}

// merge keeps values for joinMerged, which adds them when all other keys are read.
func (d *draft) merge(flag, key string, values []string) error {
	if len(values) > 0 {
		d.extra[flag] = Option{Flag: flag, Key: key, Values: values}
	}
	return nil
}

func (d *draft) joinMerged() error {
	for _, flag := range sortedKeys(d.extra) {
		x := d.extra[flag]
		old := d.opts[flag]
		if old == nil {
			d.opts[flag] = &x
			continue
		}
		for _, v := range x.Values {
			if !slices.Contains(old.Values, v) {
				old.Values = append(old.Values, v)
			}
		}
	}
	if vols := d.opts["volume"]; vols != nil {
		all := make([]any, 0, len(vols.Values))
		for _, v := range vols.Values {
			all = append(all, v)
		}
		_, err := volumes(all)
		return err
	}
	return nil
}

// finish fills in what the step says and puts the options in order.
func (d *decoding) finish(o Options) {
	if len(d.ExitCodes) == 0 {
		d.ExitCodes = slices.Clone(o.ExitCodes)
	}
	if len(d.ExitCodes) == 0 {
		d.ExitCodes = []int{0}
	}
	if d.Kind == Exec {
		return
	}
	for _, flag := range sortedKeys(d.opts) {
		d.Options = append(d.Options, *d.opts[flag])
	}
	d.Options = append(d.Options, d.defaults(o)...)
	sort.SliceStable(d.Options, func(i, j int) bool { return d.Options[i].Flag < d.Options[j].Flag })
}

// defaults are the options that the step adds to the entry's own.
func (d *decoding) defaults(o Options) []Option {
	var added []Option
	driver := o.LogDriver
	if driver == "" && o.LogPath != "" {
		driver = "k8s-file"
	}
	if driver != "" && d.opts["log-driver"] == nil {
		added = append(added, Option{Flag: "log-driver", Key: "log_driver", Values: []string{driver}, Default: true})
		if o.LogPath != "" && writesFile(driver) && !d.ownLogPath() {
			file := filepath.Join(o.LogPath, d.Name+".log")
			added = append(added, Option{Flag: "log-opt", Key: "log_path", Values: []string{"path=" + file}, Default: true})
		}
	}
	if o.HealthcheckDisabled && d.opts["no-healthcheck"] == nil {
		added = append(added, Option{Flag: "no-healthcheck", Key: "healthcheck_disabled", Values: []string{"true"}, Default: true})
	}
	if o.DefaultCPUs != "" && d.opts["cpuset-cpus"] == nil && !d.allCPUs {
		added = append(added, Option{Flag: "cpuset-cpus", Key: "cpuset_cpus", Values: []string{o.DefaultCPUs}, Default: true})
	}
	if l := d.stepLabels(o.Labels); len(l) > 0 {
		added = append(added, Option{Flag: "label", Key: "labels", Values: l, Default: true})
	}
	return added
}

func writesFile(driver string) bool { return driver == "k8s-file" || driver == "json-file" }

func (d *decoding) ownLogPath() bool {
	own := d.opts["log-opt"]
	return own != nil && slices.ContainsFunc(own.Values, func(v string) bool { return strings.HasPrefix(v, "path=") })
}

// stepLabels leaves out what the entry sets itself: the entry is the more specific.
func (d *decoding) stepLabels(step map[string]string) []string {
	own := map[string]bool{}
	if l := d.opts["label"]; l != nil {
		for _, v := range l.Values {
			name, _, _ := strings.Cut(v, "=")
			own[name] = true
		}
	}
	var all []string
	for _, k := range sortedKeys(step) {
		if !own[k] {
			all = append(all, k+"="+step[k])
		}
	}
	return all
}
