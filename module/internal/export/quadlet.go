package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/quadlet"
)

// File is one file of an export.
type File struct{ Name, Text string }

// Quadlet writes the entries of a step as units of Quadlet. Step keys without a word there are in a section that
// Quadlet passes over, so that the units are read back as the same entries. Lost are sentences about what Quadlet
// does not do.
func Quadlet(step config.Step) (files []File, lost []string) {
	var before []string // units of earlier waves
	for at, e := range step.Entries {
		if at > 0 && e.StartOrder != step.Entries[at-1].StartOrder {
			before = earlier(step, e.StartOrder)
		}
		if e.Kind == config.Exec {
			lost = append(lost, fmt.Sprintf("container %q: an exec is no unit of Quadlet", e.Name))
			continue
		}
		if e.Kind == config.StoppedOnly {
			lost = append(lost, fmt.Sprintf("container %q: Quadlet starts it; state: stopped has no effect there", e.Name))
		}
		files = append(files, File{Name: e.Name + quadlet.Extension, Text: unitText(e, before)})
	}
	return files, lost
}

func earlier(step config.Step, order int) []string {
	var units []string
	for _, e := range step.Entries {
		if e.StartOrder < order && e.Kind != config.Exec {
			units = append(units, e.Name+quadlet.Extension)
		}
	}
	return units
}

func unitText(e config.Entry, before []string) string {
	var u quadlet.Writer
	for _, name := range before {
		u.Raw("Unit", "After", name)
	}
	for _, name := range e.DependsOn {
		if !strings.HasSuffix(name, quadlet.Extension) {
			u.Raw("Unit", "After", withEnding(name))
			u.Raw("Unit", "Wants", withEnding(name))
		}
	}
	u.Raw("Container", "ContainerName", e.Name)
	u.Raw("Container", "Image", e.Image)
	writeOptions(&u, e)
	if len(e.Command) > 0 {
		u.Words("Container", "Exec", e.Command...)
	}
	writeService(&u, e)
	if keys := stepKeys(e); len(keys) > 0 {
		text, err := json.Marshal(keys)
		if err == nil { // strings, numbers and lists always marshal
			u.Raw(quadlet.StepSection, quadlet.StepKeys, string(text))
		}
	}
	return u.String()
}

func withEnding(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return name + ".service"
}

// simple are values that mean the same in a unit as on a command line.
var simple = regexp.MustCompile(`^[A-Za-z0-9_@+=:,./-]+$`)

func writeOptions(u *quadlet.Writer, e config.Entry) {
	for _, o := range e.Options {
		key, known := nativeKeys()[o.Flag]
		plain := !slices.ContainsFunc(o.Values, func(v string) bool { return !simple.MatchString(v) || isReference(v) })
		for _, v := range o.Values {
			switch {
			case known && wordKeys(key):
				u.Words("Container", key, v)
			case known && plain:
				u.Raw("Container", key, v)
			default:
				u.Words("Container", "PodmanArgs", "--"+o.Flag+"="+v)
			}
		}
	}
	if e.Pull != "" {
		u.Raw("Container", "Pull", e.Pull)
	}
	if e.Wait == "healthy" && e.HasHealthcheck {
		u.Raw("Container", "Notify", "healthy")
	}
}

// isReference reports whether Quadlet would take a value for the name of another unit.
func isReference(v string) bool {
	src, _, _ := strings.Cut(v, ":")
	return quadlet.Companion(src) || strings.HasSuffix(src, quadlet.Extension)
}

// wordKeys are keys whose values are words, quoted as in a command.
func wordKeys(key string) bool {
	return slices.Contains([]string{"Environment", "Label", "Annotation", "EnvironmentFile", "Secret"}, key)
}

// nativeKeys are the keys of [Container], of flags that every Quadlet knows.
func nativeKeys() map[string]string {
	return map[string]string{
		"annotation": "Annotation", "device": "AddDevice", "env": "Environment", "env-file": "EnvironmentFile", "group-add": "GroupAdd",
		"health-cmd": "HealthCmd", "health-interval": "HealthInterval", "health-on-failure": "HealthOnFailure",
		"health-retries": "HealthRetries", "health-start-period": "HealthStartPeriod", "health-timeout": "HealthTimeout",
		"hostname": "HostName", "ip": "IP", "ip6": "IP6", "label": "Label", "log-driver": "LogDriver", "network": "Network",
		"pids-limit": "PidsLimit", "publish": "PublishPort", "secret": "Secret", "shm-size": "ShmSize", "stop-timeout": "StopTimeout",
		"sysctl": "Sysctl", "tz": "Timezone", "ulimit": "Ulimit", "user": "User", "userns": "UserNS", "volume": "Volume",
		"workdir": "WorkingDir",
	}
}

func writeService(u *quadlet.Writer, e config.Entry) {
	policy, _, _ := strings.Cut(e.Restart, ":")
	switch {
	case e.Kind == config.OneShot:
		u.Raw("Service", "Type", "oneshot")
		u.Raw("Service", "RemainAfterExit", "yes")
		if e.Timeout > 0 {
			u.Raw("Service", "TimeoutStartSec", fmt.Sprintf("%.0f", e.Timeout.Seconds()))
		}
	case policy == "unless-stopped":
		u.Raw("Service", "Restart", "always")
	case policy != "":
		u.Raw("Service", "Restart", policy)
	}
	if e.Kind == config.Service {
		for _, key := range slices.Sorted(maps.Keys(e.SystemdExecFlags)) {
			if quadlet.KeptInUnits(key) {
				u.Raw("Service", key, e.SystemdExecFlags[key])
			}
		}
		if e.KillMode == "mixed" || e.KillMode == "control-group" {
			u.Raw("Service", "KillMode", e.KillMode)
		}
	}
	u.Raw("Install", "WantedBy", "multi-user.target")
}

// stepKeys are the keys that Quadlet has no words for. A null takes away what the unit says beside them.
func stepKeys(e config.Entry) map[string]any {
	keys := map[string]any{"start_order": e.StartOrder, "depends_on": nil}
	set := func(key string, v any, here bool) {
		if here {
			keys[key] = v
		}
	}
	set("depends_on", e.DependsOn, len(e.DependsOn) > 0)
	set("part_of", e.PartOf, len(e.PartOf) > 0)
	set("restart", e.Restart, e.Restart != "" && e.Restart != "always" && e.Restart != "on-failure")
	set("remove", e.Remove, e.Kind == config.OneShot || e.Remove)
	set("exit_codes", e.ExitCodes, !slices.Equal(e.ExitCodes, []int{0}))
	set("state", "stopped", e.Kind == config.StoppedOnly)
	set("detach", e.Kind != config.OneShot, e.Kind != config.Service)
	set("wait", e.Wait, e.Wait != "")
	set("health_timeout", e.HealthTimeout.String(), e.HealthTimeout > 0)
	set("timeout", e.Timeout.String(), e.Timeout > 0)
	set("retries", e.Retries, e.Retries > 0)
	set("retry_sleep", e.RetrySleep.String(), e.RetrySleep > 0)
	set("renew_anon_volumes", true, e.RenewAnonVolumes)
	set("restart_stopped", e.RestartStopped, e.RestartStopped != nil)
	set("kill_mode", e.KillMode, e.KillMode != "")
	set("pre_stop_command", e.PreStopCommand, e.PreStopCommand != "")
	set("pre_stop_exec", e.PreStopExec, e.PreStopExec != "")
	set("reload_signal", e.ReloadSignal, e.ReloadSignal != "")
	set("no_reload", true, e.NoReload)
	set("systemd_exec_flags", e.SystemdExecFlags, len(e.SystemdExecFlags) > 0)
	set("cgroups", "split", slices.Equal(e.Option("cgroups"), []string{"split"}))
	return keys
}
