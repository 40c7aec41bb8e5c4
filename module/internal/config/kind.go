package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// derive works out what the entry is and what follows from its options.
func (d *decoding) derive(o Options) {
	switch {
	case d.isExec:
		d.Kind = Exec
	case d.isStopped:
		d.Kind = StoppedOnly
	case d.isDetached != nil && !*d.isDetached:
		d.Kind = OneShot
	case d.Restart != "":
		d.Kind = Service
	default:
		d.Kind = FireAndExit
	}
	d.deriveHealth(o)
	if t := d.opts["stop-timeout"]; t != nil {
		if n, err := strconv.ParseUint(t.Values[0], 10, 32); err == nil {
			s := uint(n)
			d.StopTimeout = &s
		}
	}
	if d.isExec {
		d.deriveExec(o.ExecUser)
	}
}

// deriveHealth settles whether there is a check, and drops what a switched-off one would leave.
func (d *decoding) deriveHealth(o Options) {
	d.noCheck = d.noCheck || d.isSwitchedOff()
	if d.noCheck && !d.isExec {
		d.opts["no-healthcheck"] = &Option{Flag: "no-healthcheck", Key: "healthcheck", Values: []string{"true"}}
	}
	if d.noCheck || o.HealthcheckDisabled {
		for flag := range d.opts {
			if strings.HasPrefix(flag, "health-") {
				delete(d.opts, flag)
			}
		}
	}
	d.HasHealthcheck = d.opts["health-cmd"] != nil
	if i := d.opts["health-interval"]; i != nil && i.Values[0] != "disable" {
		d.HealthInterval, _ = time.ParseDuration(i.Values[0])
	}
	if o.HealthcheckDisabled {
		d.Wait = ""
	}
}

func (d *decoding) isSwitchedOff() bool {
	if no := d.opts["no-healthcheck"]; no != nil && no.Values[0] == "true" {
		return true
	}
	cmd := d.opts["health-cmd"]
	return cmd != nil && (strings.EqualFold(cmd.Values[0], "none") || strings.EqualFold(cmd.Values[0], `["NONE"]`))
}

// deriveExec takes the options that an exec can honour over into its own fields; user is the step's default.
func (d *decoding) deriveExec(user string) {
	d.ExecUser = user
	if len(d.Command) > 0 {
		d.ExecTarget, d.Command = d.Command[0], d.Command[1:]
	}
	for _, flag := range sortedKeys(d.opts) {
		opt := d.opts[flag]
		switch flag {
		case "user":
			d.ExecUser = opt.Values[0]
		case "privileged":
			d.ExecPrivileged = opt.Values[0] == "true"
		case "workdir":
			d.ExecWorkdir = opt.Values[0]
		case "env":
			d.ExecEnv = opt.Values
		default:
			d.problemf(opt.Key, "an exec cannot honour it: only user, privileged, environment and workdir")
		}
	}
}

// contradictions looks for keys that cannot all be meant.
func (d *decoding) contradictions() {
	d.checkImage()
	switch d.Kind {
	case Exec:
		d.checkExec()
	case OneShot:
		d.checkOneShot()
	case StoppedOnly:
		d.checkStopped()
	case Service, FireAndExit:
	}
	if d.Remove && d.Restart != "" {
		d.problemf("remove", "contradicts restart: what restarts is never finished")
	}
	if d.Remove && d.Kind == FireAndExit {
		d.warnf(`key "remove" has no effect on what is not waited for (detach: false): its end would be forgotten`)
		d.Remove = false
	}
	if d.Timeout != 0 && d.Kind != OneShot && d.Kind != Exec {
		d.problemf("timeout", "limits one-shots (detach: false) and execs: this is neither")
	}
	d.settleRetries()
	d.settleValidation()
	d.settleDrain()
	if d.Wait != "" && d.noCheck {
		d.problemf("wait", "waits for a healthcheck that is switched off")
	}
	if d.opts["health-interval"] != nil && d.Wait == "" && d.HealthTimeout != 0 {
		d.warnf(`key "health_timeout" limits how long the step waits; the check's own limit is healthcheck.timeout`)
	}
}

// defaultRetrySleep is edpm_container_manage's.
const defaultRetrySleep = 30 * time.Second

func (d *decoding) settleRetries() {
	if d.Retries > 0 && d.Kind != OneShot && d.Kind != Exec {
		d.warnf(`key "retries" has no effect here: it is about one-shots (detach: false) and execs; images are pulled again by the step (pull_retries)`)
		d.Retries = 0
	}
	switch {
	case d.Retries == 0:
		d.RetrySleep = 0
	case !d.present["retry_sleep"]:
		d.RetrySleep = defaultRetrySleep
	}
}

func (d *decoding) checkImage() {
	if d.Image == "" && d.Kind != Exec && !d.has("image") {
		d.problemf("image", "is missing")
	}
}

// has reports whether a problem with the key is already known.
func (d *decoding) has(key string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Key == key })
}

func (d *decoding) checkExec() {
	switch {
	case d.has("command"):
	case d.ExecTarget == "":
		d.problemf("command", "is missing: an exec needs its target and what to run there")
	case len(d.Command) == 0:
		d.problemf("command", "names its target only, and nothing to run there")
	case d.ExecTarget == d.Name:
		d.problemf("command", "the target of an exec cannot be the entry itself")
	case checkName(d.ExecTarget) != nil:
		d.problemf("command", "the target of an exec must be the name of a container")
	}
	// Not quoted: where an equals sign was forgotten, the name is the value too.
	if slices.ContainsFunc(d.ExecEnv, func(v string) bool { return !strings.Contains(v, "=") }) {
		d.problemf("environment", "a variable has no value (NAME=value): an exec inherits none")
	}
	if d.isDetached != nil && *d.isDetached {
		d.problemf("detach", "an exec is always waited for")
	}
	for key, set := range map[string]bool{
		"restart": d.Restart != "", "state": d.isStopped, "remove": d.Remove,
		"wait": d.Wait != "", "health_timeout": d.HealthTimeout != 0, "healthcheck": d.noCheck,
	} {
		if set {
			d.problemf(key, "has no meaning for an exec")
		}
	}
	for _, key := range []string{"depends_on", "systemd_exec_flags", "kill_mode", "pre_stop_exec", "pre_stop_command", "reload_signal", "part_of", "no_reload", "pull", "restart_stopped", "renew_anon_volumes"} {
		if d.present[key] {
			d.warnf("key %q has no effect on an exec", key)
		}
	}
}

func (d *decoding) checkOneShot() {
	if d.Restart != "" {
		d.problemf("restart", "contradicts detach: false: a one-shot runs to completion")
	}
	if d.Wait != "" {
		d.problemf("wait", "contradicts detach: false: a one-shot is waited for until it ends")
	}
}

func (d *decoding) checkStopped() {
	if d.isDetached != nil && !*d.isDetached {
		d.problemf("detach", "contradicts state: stopped")
	}
	if d.Wait != "" {
		d.problemf("wait", "contradicts state: stopped")
	}
	if d.Remove {
		d.problemf("remove", "contradicts state: stopped")
	}
}
