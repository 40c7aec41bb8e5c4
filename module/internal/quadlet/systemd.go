package quadlet

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/containers/podman/v5/pkg/systemd/quadlet"
)

// systemd reads the sections that are systemd's.
func (r *reading) systemd(u *unit, c *Container) {
	isJob := lookup(u, quadlet.ServiceGroup, "Type") == "oneshot"
	restart := r.restart(u, isJob)
	switch {
	case isJob:
		c.Keys["detach"] = false
		c.Keys["remove"] = true
	case restart != "":
		c.Keys["restart"] = restart
	default:
		r.warn(u, 0, "has no Restart= in [Service]: it is started by an apply, without a unit of its own, and not at boot; write Restart=always for a service")
	}
	hasUnit := restart != "" && !isJob
	r.timeouts(u, isJob, c)
	r.reload(u, c)
	flags := map[string]string{}
	for _, key := range u.ListKeys(quadlet.ServiceGroup) {
		r.serviceKey(u, key, hasUnit, flags, c)
	}
	if len(flags) > 0 {
		c.Keys["systemd_exec_flags"] = anyMap(flags)
	}
	r.unitKeys(u)
	r.installKeys(u)
	r.dependencies(u, hasUnit, c)
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// restart returns the restart policy; "" when there is none.
func (r *reading) restart(u *unit, isJob bool) string {
	policy := lookup(u, quadlet.ServiceGroup, "Restart")
	line := u.line(quadlet.ServiceGroup, "Restart")
	burst := lookup(u, quadlet.UnitGroup, "StartLimitBurst")
	switch {
	case policy == "" || policy == "no":
		return ""
	case isJob:
		r.problem(u, line, "Restart=%s of a oneshot cannot be mapped: say how often a failed job runs again with the keys retries and retry_sleep (Keys= in [%s])", policy, StepSection)
		return ""
	case policy == "always":
		return policy
	case policy == "on-failure" && burst != "":
		if n, err := strconv.ParseUint(burst, 10, 16); err == nil && n > 1 {
			return fmt.Sprintf("on-failure:%d", n-1) // the first start counts, too
		}
		return policy
	case policy == "on-failure":
		return policy
	}
	r.problem(u, line, "Restart=%s cannot be mapped: must be one of no, always, on-failure", policy)
	return ""
}

// timeouts has the time for a start be that of the job, or of the health gate.
func (r *reading) timeouts(u *unit, isJob bool, c *Container) {
	timeout := lookup(u, quadlet.ServiceGroup, "TimeoutStartSec")
	if timeout == "" || timeout == "infinity" || timeout == "0" {
		return
	}
	value := span(timeout)
	switch {
	case value == "":
		r.problem(u, u.line(quadlet.ServiceGroup, "TimeoutStartSec"), "TimeoutStartSec=%s is not a time in seconds, or such as 5min 20s", timeout)
	case isJob:
		c.Keys["timeout"] = value
	case c.Keys["wait"] == "healthy":
		c.Keys["health_timeout"] = value
	}
}

// span writes one of systemd's spans of time as a step config does; "" when it is none.
func span(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	var b strings.Builder
	for _, field := range strings.Fields(text) {
		unit := strings.TrimLeft(field, "0123456789.")
		short, known := map[string]string{
			"s": "s", "sec": "s", "second": "s", "seconds": "s", "m": "m", "min": "m", "minute": "m", "minutes": "m",
			"h": "h", "hr": "h", "hour": "h", "hours": "h", "ms": "ms", "msec": "ms",
		}[unit]
		if !known || unit == field {
			return ""
		}
		b.WriteString(strings.TrimSuffix(field, unit) + short)
	}
	return b.String()
}

func (r *reading) reload(u *unit, c *Container) {
	if signal := lookup(u, quadlet.ContainerGroup, quadlet.KeyReloadSignal); signal != "" {
		c.Keys["reload_signal"] = signal
	}
	if lookup(u, quadlet.ContainerGroup, quadlet.KeyReloadCmd) != "" {
		r.problem(u, u.line(quadlet.ContainerGroup, quadlet.KeyReloadCmd), "ReloadCmd= cannot be mapped: use ReloadSignal=")
	}
}

// kept are keys of [Service] that stand in the unit of a step's service as they are.
func kept() []string {
	return []string{
		"Environment", "EnvironmentFile", "ExecCondition", "ExecStartPost", "ExecStartPre", "ExecStopPost", "LogLevelMax", "Nice",
		"PassEnvironment", "RestartForceExitStatus", "RestartMaxDelaySec", "RestartPreventExitStatus", "RestartSec", "RestartSteps",
		"StandardError", "StandardOutput", "SyslogIdentifier", "TimeoutAbortSec", "TimeoutStopSec", "UnsetEnvironment",
	}
}

// done are keys of [Service] that other functions read, or that say what a step does anyway.
func done() []string {
	return []string{"Type", "RemainAfterExit", "Restart", "TimeoutStartSec", "Delegate", "NotifyAccess"}
}

func (r *reading) serviceKey(u *unit, key string, hasUnit bool, flags map[string]string, c *Container) {
	values := u.LookupAll(quadlet.ServiceGroup, key)
	line := u.line(quadlet.ServiceGroup, key)
	value := strings.Join(values, " ")
	switch {
	case len(values) == 0 || slices.Contains(done(), key):
	case key == "SuccessExitStatus" && !hasUnit:
		r.exitCodes(u, value, c)
	case key == "KillMode" && hasUnit:
		c.Keys["kill_mode"] = value
	case key == "ExecStop" && hasUnit && len(values) == 1:
		c.Keys["pre_stop_exec"] = value
	case key == "ExecReload":
		r.problem(u, line, "ExecReload= in [Service] cannot be mapped: use ReloadSignal= in [Container]")
	case isLimit(key):
		r.problem(u, line, "%s= in [Service] limits the processes of the unit, to which a step's container does not belong: use the keys of [Container]", key)
	case !slices.Contains(append(kept(), "SuccessExitStatus", "KillMode", "ExecStop"), key):
		r.problem(u, line, "unknown key %s= in [Service], or one that a step's unit cannot have%s", key, nearest(key, append(kept(), done()...)))
	case !hasUnit:
		r.problem(u, line, "%s= in [Service] has no unit to stand in: without Restart=, or as a oneshot, the container has none", key)
	case len(values) > 1 && strings.HasPrefix(key, "Exec"):
		r.problem(u, line, "%s= in [Service] is given %d times: a step's unit takes one", key, len(values))
	default:
		flags[key] = value
	}
}

// isLimit reports whether a key controls resources of the unit's control group.
func isLimit(key string) bool {
	for _, prefix := range []string{"CPU", "Memory", "IO", "Tasks", "Limit", "AllowedCPUs", "AllowedMemory", "Device", "OOM", "Slice", "BlockIO"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func (r *reading) exitCodes(u *unit, value string, c *Container) {
	codes := []any{0}
	for _, word := range strings.Fields(value) {
		n, err := strconv.Atoi(word)
		if err != nil {
			r.problem(u, u.line(quadlet.ServiceGroup, "SuccessExitStatus"), "SuccessExitStatus=%s: write exit codes as numbers", word)
			return
		}
		codes = append(codes, n)
	}
	c.Keys["exit_codes"] = codes
}

// unitKeys finds keys of [Unit] that a step's unit cannot have.
func (r *reading) unitKeys(u *unit) {
	known := []string{
		"After", "Before", "BindsTo", "DefaultDependencies", "Description", "Documentation", "PartOf", "Requires",
		"RequiresMountsFor", "SourcePath", "StartLimitBurst", "StartLimitIntervalSec", "Wants", "WantsMountsFor",
	}
	for _, key := range u.ListKeys(quadlet.UnitGroup) {
		if !slices.Contains(known, key) {
			r.problem(u, u.line(quadlet.UnitGroup, key), "unknown key %s= in [Unit], or one that a step's unit cannot have%s", key, nearest(key, known))
		}
	}
}

func (r *reading) installKeys(u *unit) {
	known := []string{"RequiredBy", "UpheldBy", "WantedBy"}
	wanted := map[string]bool{}
	for _, key := range u.ListKeys(quadlet.InstallGroup) {
		if !slices.Contains(known, key) {
			r.problem(u, u.line(quadlet.InstallGroup, key), "unknown key %s= in [Install], or one that a step's unit cannot have%s", key, nearest(key, known))
			continue
		}
		for _, target := range u.LookupAllStrv(quadlet.InstallGroup, key) {
			wanted[target] = true
		}
	}
	for _, target := range slices.Sorted(maps.Keys(wanted)) {
		if target != "multi-user.target" && target != "default.target" {
			r.warn(u, u.line(quadlet.InstallGroup, "WantedBy"), "%s in [Install] has no effect: multi-user.target starts the units of a step", target)
		}
	}
}
