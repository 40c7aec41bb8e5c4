package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dialects are the tools in whose words a config can be written.
const (
	DialectPaunch          = "paunch"           // ours, which are those of paunch and its successors
	DialectKolla           = "kolla"            // a kolla role's mapping of services, for kolla_container
	DialectPodmanContainer = "podman_container" // arguments of containers.podman.podman_container
	DialectTripleo         = "tripleo"          // tripleo_container_manage and edpm_container_manage
)

// Dialects returns the words for Options.Dialect.
func Dialects() []string {
	return []string{DialectPaunch, DialectKolla, DialectPodmanContainer, DialectTripleo}
}

// wording translates one entry, in place, from another tool's words. Nearly all keys of those tools are in the table of
// keys as further spellings; what is here has another meaning in paunch, or none.
type wording struct {
	keys     map[string]any
	warnings []string
	problems []Problem
}

func (w *wording) refuse(key, text string) {
	w.problems = append(w.problems, Problem{Key: key, Text: text})
}

// drop leaves keys out that say nothing about a container.
func (w *wording) drop(names ...string) {
	for _, name := range names {
		delete(w.keys, name)
	}
}

// ignore leaves keys out that cannot be honoured, with a warning for each that has a value.
func (w *wording) ignore(why string, names ...string) {
	for _, name := range names {
		if v, given := w.keys[name]; given && !isUnset(v) {
			w.warnings = append(w.warnings, fmt.Sprintf("key %q has no effect: %s", name, why))
		}
		delete(w.keys, name)
	}
}

// rename gives a value the key that means the same here; both with different values contradict each other.
func (w *wording) rename(from, to string) {
	v, given := w.keys[from]
	if !given {
		return
	}
	delete(w.keys, from)
	if other, both := w.keys[to]; both && !isUnset(other) && fmt.Sprint(other) != fmt.Sprint(v) {
		w.refuse(from, fmt.Sprintf("contradicts %q, which means the same", to))
		return
	}
	w.keys[to] = v
}

// preset is what the other tool does where a key is not given.
func (w *wording) preset(v any, names ...string) {
	if !slices.ContainsFunc(names, func(n string) bool { return !isUnset(w.keys[n]) }) {
		w.keys[names[0]] = v
	}
}

// isUnset reports whether a value is what templates leave of an unset variable.
func isUnset(v any) bool { return v == nil || v == "" }

// word is a key's value as text, "" where it is none.
func (w *wording) word(key string) string {
	if isUnset(w.keys[key]) {
		return ""
	}
	s, err := text(w.keys[key])
	if err != nil {
		return ""
	}
	return s
}

// names gives the entries the names that the dialect has for them, and leaves out those that are switched off.
func (r *reading) names(dialect string) {
	if dialect != DialectKolla && dialect != DialectPodmanContainer {
		return
	}
	var kept []written
	for _, e := range r.entries {
		if e.keys == nil {
			kept = append(kept, e)
			continue
		}
		if on, err := truth(e.keys["enabled"]); dialect == DialectKolla && err == nil && !on {
			continue // as kolla, which starts only what is enabled
		}
		for _, key := range []string{"container_name", "name"} {
			name, isText := e.keys[key].(string)
			if isText && name != "" && (key == "name" || dialect == DialectKolla) {
				e.name = name
			}
		}
		kept = append(kept, e)
	}
	r.entries = kept
}

// translate puts the entries into paunch's words.
func (r *reading) translate(dialect string) {
	var words func(*wording)
	switch dialect {
	case DialectKolla:
		words = kollaWords
	case DialectPodmanContainer:
		words = podmanContainerWords
	case DialectTripleo:
		words = tripleoWords
	default:
		return
	}
	for i := range r.entries {
		e := &r.entries[i]
		if e.keys == nil {
			continue
		}
		w := &wording{keys: make(map[string]any, len(e.keys))}
		for k, v := range e.keys {
			w.keys[k] = v
		}
		words(w)
		e.keys = w.keys
		for _, text := range w.warnings {
			r.dialectWarnings = append(r.dialectWarnings, Problem{Container: e.name, File: e.file, Text: text}.Error())
		}
		for _, p := range w.problems {
			p.Container, p.File, p.Line = e.name, e.file, e.lines[p.Key]
			r.problems = append(r.problems, p)
		}
	}
}

// kollaWords are those of a service in a kolla role and of the module kolla_container.
func kollaWords(w *wording) {
	w.drop("enabled", "group", "host_in_groups", "container_name", "name", "haproxy", "proxysql", "iterate", "iterate_var",
		"common_options", "hosts", "loadbalancer", "mode", "bootstrap_environment", "api_version", "client_timeout", "ignore_missing", "wait", "defaults")
	w.ignore("images are pulled by the step: see its own arguments", "auth_email", "auth_password", "auth_registry", "auth_username",
		"tls_verify", "tls_cert", "tls_key", "tls_cacert")
	if action := w.word("action"); action != "" && !slices.Contains([]string{"start_container", "recreate_or_restart_container", "ensure"}, action) {
		w.refuse("action", fmt.Sprintf("kolla's %q is no state of a container; a step starts what is in its config", action))
	}
	w.drop("action")
	kollaRestart(w)
	kollaState(w)
	w.preset("host", "network_mode", "net", "network", "networks")
	if privileged, err := truth(w.keys["privileged"]); err != nil || !privileged {
		w.keys["cap_add"] = withWord(w.keys["cap_add"], "AUDIT_WRITE")
	}
	if m, isMap := w.keys["healthcheck"].(map[string]any); isMap && len(m) == 0 {
		delete(w.keys, "healthcheck")
	}
	kollaLimits(w)
	kollaVolumes(w)
}

// kollaLimits leaves out the limits of kolla's defaults for Podman, which kolla_container does not pass on either.
func kollaLimits(w *wording) {
	dimensions, _ := normal(w.keys["dimensions"]).(map[string]any)
	limits, _ := dimensions["ulimits"].(map[string]any)
	if limits == nil {
		return
	}
	limits, dimensions = maps.Clone(limits), maps.Clone(dimensions)
	delete(limits, "RLIMIT_NOFILE")
	delete(limits, "RLIMIT_NPROC")
	dimensions["ulimits"] = limits
	w.keys["dimensions"] = dimensions
}

// kollaVolumes: a volume called devpts is a mount of that type.
func kollaVolumes(w *wording) {
	volumes, err := names(w.keys["volumes"])
	if isUnset(w.keys["volumes"]) || err != nil {
		return
	}
	kept := []any{}
	for _, v := range volumes {
		target, isDevpts := strings.CutPrefix(v, "devpts:")
		if !isDevpts {
			kept = append(kept, v)
			continue
		}
		mounts, err := names(w.keys["mounts"])
		if isUnset(w.keys["mounts"]) || err != nil {
			mounts = nil
		}
		w.keys["mounts"] = append(anyList(mounts), "type=devpts,destination="+target)
	}
	w.keys["volumes"] = kept
}

// kollaRestart: kolla restarts what has no policy, and takes oneshot for a policy: it runs once.
func kollaRestart(w *wording) {
	if _, given := w.keys["restart"]; given {
		w.refuse("restart", "is no key of kolla_container: write restart_policy, or dialect: paunch for the whole step")
		delete(w.keys, "restart")
	}
	detached, err := truth(w.keys["detach"])
	attached := err == nil && !detached
	policy, tries := w.word("restart_policy"), w.word("restart_retries")
	switch {
	case policy == "oneshot":
		w.keys["restart_policy"], w.keys["detach"] = "no", false
	case policy == "on-failure" && tries != "":
		w.keys["restart_policy"] = "on-failure:" + tries
	case policy == "" && !attached:
		w.keys["restart_policy"] = "unless-stopped"
	}
	if attached {
		w.preset(true, "remove_on_exit", "remove", "rm", "auto_remove")
	}
	w.drop("restart_retries")
}

// kollaState: the module's state is what a container should be in, the config's what it should come to.
func kollaState(w *wording) {
	switch state := w.word("state"); state {
	case "exited":
		if w.word("restart_policy") != "no" {
			w.refuse("state", "exited is the state of what ran once: write restart_policy: oneshot, or stopped in dialect: paunch")
		}
		delete(w.keys, "state")
	case "paused":
		w.refuse("state", "a step pauses no containers: podman pause NAME does")
		delete(w.keys, "state")
	}
}

// podmanContainerWords are those of containers.podman.podman_container.
func podmanContainerWords(w *wording) {
	w.drop("name", "executable", "debug", "image_strict", "delete_depend", "delete_time", "delete_volumes", "stop_time", "log_level")
	w.ignore("units are made by paunch where a restart policy is set", "quadlet_dir", "quadlet_filename", "quadlet_options", "quadlet_file_mode", "restart_time")
	if v, given := w.keys["cmd_args"]; given && !isUnset(v) {
		w.refuse("cmd_args", "options of podman without a name are not accepted: write each under its own name")
	}
	w.drop("cmd_args")
	podmanContainerRestart(w)
	podmanContainerState(w)
	w.rename("health_timeout", "healthcheck_timeout")
	if isUnset(w.keys["timeout"]) {
		return
	}
	if detached, err := truth(w.keys["detach"]); err != nil || detached {
		w.refuse("timeout", "in podman_container it ends the container after that time, which paunch does for what it waits for (detach: false) only; the time to stop is stop_timeout")
		delete(w.keys, "timeout")
	}
}

// podmanContainerRestart: restart is an action there, and the policy here.
func podmanContainerRestart(w *wording) {
	v, given := w.keys["restart"]
	if !given {
		return
	}
	delete(w.keys, "restart")
	switch asked, err := truth(v); {
	case isUnset(v), err == nil && !asked:
	case err == nil:
		w.refuse("restart", "in podman_container it restarts the container at each run, which a step does not: the policy is restart_policy")
	default:
		w.refuse("restart", "is a bool in podman_container and a policy in paunch: write restart_policy")
	}
}

func podmanContainerState(w *wording) {
	const written = "in podman_container "
	switch state := w.word("state"); state {
	case "present":
		w.refuse("state", written+"present leaves open whether the container runs: write started or created")
	case "quadlet":
		w.refuse("state", written+"quadlet writes a file and starts nothing: write started")
	case "absent":
		w.refuse("state", "to remove a container, leave it out of the config")
	default:
		return
	}
	delete(w.keys, "state")
}

// tripleoWords are those of tripleo_container_manage and edpm_container_manage, which run pre_stop_exec in the container.
func tripleoWords(w *wording) {
	if isUnset(w.keys["pre_stop_exec"]) {
		w.drop("pre_stop_exec")
	}
	w.rename("pre_stop_exec", "pre_stop_command")
}

// withWord adds a word to a list of names, unless it is there.
func withWord(v any, word string) any {
	all, err := names(v)
	if isUnset(v) {
		all, err = nil, nil
	}
	if err != nil || slices.ContainsFunc(all, func(s string) bool {
		return strings.EqualFold(s, word) || strings.EqualFold(s, "CAP_"+word) || strings.EqualFold(s, "ALL")
	}) {
		return v
	}
	out := make([]any, 0, len(all)+1)
	for _, s := range all {
		out = append(out, s)
	}
	return append(out, word)
}

// checkDialect is the error about a dialect that is none.
func checkDialect(dialect string) error {
	if dialect == "" || slices.Contains(Dialects(), dialect) {
		return nil
	}
	return errors.New("must be one of " + strings.Join(Dialects(), ", "))
}
