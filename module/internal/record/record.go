package record

import (
	"encoding/json"
	"fmt"
	"sort"

	"github.com/overcloud/paunch/module/internal/config"
)

// Record is what decides whether a container still is what its entry asks for: podman's flag names,
// and a few names of our own, with their values. In the record that a label holds, secrets are tokens.
type Record map[string][]string

// Names in a Record that are no flags.
const (
	keyImage   = "image"
	keyRestart = "restart"
	keyAction  = "action"
	keyTarget  = "exec_target"
	keyState   = "state"
	keyHashes  = "config_hash"
)

// KeyCommand holds the words of the command.
const KeyCommand = "command"

// KeyInherited holds the values that variables without one of their own take from the environment. They are
// always recorded as digests: nobody knows which of them are secrets.
const KeyInherited = "env_inherited"

// keyCPUs is left out where the step set it: it follows the process that happens to apply.
const keyCPUs = "cpuset-cpus"

// formatNow is the format of the records that are written: see LabelFormat.
const formatNow = "2"

// Of returns the record of an entry, secrets in the clear: it must not leave the process.
// withDefaults adds what the step, not the entry, asked for.
func Of(e config.Entry, withDefaults bool) Record {
	r := Record{}
	if e.Kind == config.Exec {
		return ofExec(e)
	}
	r[keyImage] = []string{e.Image}
	if len(e.Command) > 0 {
		r[KeyCommand] = append([]string(nil), e.Command...)
	}
	if e.Restart != "" {
		r[keyRestart] = []string{e.Restart}
	}
	if e.Kind == config.StoppedOnly {
		r[keyState] = []string{"stopped"}
	}
	for _, o := range e.Options {
		if o.Default && !withDefaults || o.Flag == keyRestart || o.Default && o.Flag == keyCPUs {
			continue
		}
		r[o.Flag] = append(r[o.Flag], o.Values...)
	}
	for path, sum := range e.ConfigHashes {
		r[keyHashes] = append(r[keyHashes], path+"="+sum)
	}
	for name, value := range e.Inherited {
		r[KeyInherited] = append(r[KeyInherited], name+"="+value)
	}
	r.sortSets()
	return r
}

// ofExec returns the record of an exec entry: what is run, where and as whom.
func ofExec(e config.Entry) Record {
	r := Record{keyAction: {"exec"}, keyTarget: {e.ExecTarget}, KeyCommand: append([]string(nil), e.Command...)}
	set := func(key string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			r[key] = values
		}
	}
	set("user", e.ExecUser)
	set("workdir", e.ExecWorkdir)
	set("env", append([]string(nil), e.ExecEnv...)...)
	if e.ExecPrivileged {
		set("privileged", "true")
	}
	r.sortSets()
	return r
}

// Keys returns the record's keys, sorted.
func (r Record) Keys() []string {
	keys := make([]string, 0, len(r))
	for k := range r {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// String is the label's text: compact JSON with sorted keys.
func (r Record) String() string {
	text, err := json.Marshal(r)
	if err != nil { // strings and slices of strings always marshal
		return fmt.Sprintf("%q", err.Error())
	}
	return string(text)
}

// Parse reads what String wrote.
func Parse(label string) (Record, error) {
	var r Record
	if err := json.Unmarshal([]byte(label), &r); err != nil {
		return nil, fmt.Errorf("the recorded config cannot be read: %w", err)
	}
	if len(r) == 0 {
		return nil, fmt.Errorf("the recorded config is empty")
	}
	return r, nil
}
