package config

// Key is one key that an entry may have.
type Key struct {
	Name string
	// Flag is podman's long flag for it; "" for keys that steer the step.
	Flag string
	// Refused says why a flag of podman cannot be set by an entry; such a key is an error.
	Refused string
	// Ignored says why a key of an older tool has no effect; such a key is accepted.
	Ignored string

	silent bool // of an ignored key that configs are full of: not worth a warning

	form    form                        // of an option: value -> words for Flag
	control func(d *draft, v any) error // of a key that steers the step
	merge   bool                        // adds to what another key of the same flag says, as log_tag to log_opt
	text    bool                        // any character but NUL may stand in it
}

// Keys lists every key that is known, refused and ignored ones included. It is a function since a
// table of functions would be package state.
func Keys() []Key {
	var all []Key
	all = append(all, controlKeys()...)
	all = append(all, processKeys()...)
	all = append(all, storageKeys()...)
	all = append(all, networkKeys()...)
	all = append(all, namespaceKeys()...)
	all = append(all, resourceKeys()...)
	all = append(all, healthKeys()...)
	all = append(all, refusedKeys()...)
	all = append(all, ignoredKeys()...)
	return all
}

// option makes a key for each spelling of one flag.
func option(flag string, f form, names ...string) []Key {
	keys := make([]Key, 0, len(names))
	for _, n := range names {
		keys = append(keys, Key{Name: n, Flag: flag, form: f})
	}
	return keys
}

// free marks keys whose values are free text.
func free(keys []Key) []Key {
	for i := range keys {
		keys[i].text = true
	}
	return keys
}

func join(groups ...[]Key) []Key {
	var all []Key
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func controlKeys() []Key {
	return []Key{
		{Name: "image", control: (*draft).image},
		{Name: "command", control: (*draft).command, text: true},
		{Name: "action", control: (*draft).action},
		{Name: "detach", control: (*draft).detach},
		{Name: "restart", control: (*draft).restart},
		{Name: "restart_policy", control: (*draft).restart},
		{Name: "state", control: (*draft).state},
		{Name: "start_order", control: (*draft).startOrder},
		{Name: "exit_codes", control: (*draft).exitCodes},
		{Name: "remove", control: (*draft).remove},
		{Name: "rm", control: (*draft).remove},
		{Name: "auto_remove", control: (*draft).remove},
		{Name: "remove_on_exit", control: (*draft).remove},
		{Name: "wait", control: (*draft).wait},
		{Name: "health_timeout", control: (*draft).healthTimeout},
		{Name: "healthcheck", control: (*draft).healthcheck, text: true},
		{Name: "pull", control: (*draft).pull},
		{Name: "exec_policy", control: (*draft).execPolicy},
		{Name: "restart_stopped", control: (*draft).restartStopped},
		{Name: "timeout", control: (*draft).timeout},
		{Name: "dimensions", control: (*draft).dimensions},
		{Name: "edpm_exclude_files_from_hash", control: (*draft).excludeFromHash},
		{Name: "retries", control: (*draft).retries},
		{Name: "retry_sleep", control: (*draft).retrySleep},
		{Name: "renew_anon_volumes", control: (*draft).renewAnonVolumes},
		{Name: "depends_on", control: (*draft).dependsOn},
		{Name: "systemd_exec_flags", control: (*draft).systemdExecFlags},
		{Name: "kill_mode", control: (*draft).killMode},
		{Name: "pre_stop_exec", control: (*draft).preStopExec},
		{Name: "pre_stop_command", control: (*draft).preStopCommand},
		{Name: "reload_signal", control: (*draft).reloadSignal},
		{Name: "part_of", control: (*draft).partOf},
		{Name: "no_reload", control: (*draft).noReload},
		{Name: "drain", control: (*draft).drain, text: true},
		{Name: "validate", control: (*draft).validate, text: true},
		{Name: "validate_network", control: (*draft).validateNetwork},
		{Name: "validate_timeout", control: (*draft).validateTimeout},
	}
}

// processKeys say what runs in the container and as whom.
func processKeys() []Key {
	keys := join(
		free(option("entrypoint", commandWords, "entrypoint")),
		free(option("env", environment, "environment", "env")),
		option("env-file", names, "env_file", "env_files"),
		option("env-host", boolean, "env_host"),
		free(option("env-merge", names, "env_merge")),
		option("unsetenv", names, "unsetenv", "unset_env"),
		option("unsetenv-all", boolean, "unsetenv_all"),
		option("http-proxy", boolean, "http_proxy"),
		option("user", scalarText, "user"),
		option("group-add", list, "group_add", "groups"),
		option("hostuser", list, "hostuser", "hostusers"),
		option("passwd", boolean, "passwd"),
		free(option("passwd-entry", scalarText, "passwd_entry")),
		free(option("group-entry", scalarText, "group_entry")),
		option("workdir", scalarText, "workdir", "working_dir"),
		option("umask", scalarText, "umask"),
		option("tz", scalarText, "tz", "timezone"),
		option("init", boolean, "init"),
		option("init-path", scalarText, "init_path"),
		option("interactive", boolean, "interactive", "stdin_open"),
		option("tty", boolean, "tty"),
		option("systemd", systemdMode, "systemd"),
		option("sdnotify", scalarText, "sdnotify"),
		option("stop-signal", scalarText, "stop_signal"),
		option("stop-timeout", seconds, "stop_grace_period", "stop_timeout", "graceful_timeout"),
		option("privileged", boolean, "privileged"),
		option("cap-add", names, "cap_add", "capabilities"),
		option("cap-drop", names, "cap_drop"),
		option("security-opt", names, "security_opt", "security_opts"),
		option("seccomp-policy", scalarText, "seccomp_policy"),
		option("personality", scalarText, "personality"),
		free(option("annotation", pairs, "annotation", "annotations")),
		free(option("label", labels, "labels", "label")),
		option("label-file", names, "label_file", "label_files"),
		option("secret", names, "secrets", "secret"),
		option("pod", podName, "pod"),
		option("requires", names, "requires"),
		option("log-driver", scalarText, "log_driver"),
		free(option("log-opt", logOptions, "log_opt", "log_opts", "log_options")),
	)
	return append(keys, Key{Name: "log_tag", Flag: "log-opt", form: logTag, merge: true, text: true})
}

// storageKeys say what the container sees of files and devices.
func storageKeys() []Key {
	return join(
		option("volume", volumes, "volumes", "volume"),
		option("volumes-from", names, "volumes_from"),
		option("mount", names, "mount", "mounts"),
		option("tmpfs", tmpfs, "tmpfs"),
		option("image-volume", scalarText, "image_volume"),
		option("read-only", boolean, "read_only"),
		option("read-only-tmpfs", boolean, "read_only_tmpfs"),
		option("chrootdirs", names, "chrootdirs"),
		option("shm-size", scalarText, "shm_size"),
		option("shm-size-systemd", scalarText, "shm_size_systemd"),
		option("device", names, "devices", "device"),
		option("device-cgroup-rule", names, "device_cgroup_rule", "device_cgroup_rules"),
		option("gpus", names, "gpus"),
	)
}

func networkKeys() []Key {
	return join(
		option("network", networks, "net", "network", "networks", "network_mode"),
		option("network-alias", names, "network_alias", "network_aliases"),
		option("publish", list, "ports", "publish", "published", "published_ports"),
		option("publish-all", boolean, "publish_all"),
		option("expose", list, "expose", "exposed", "exposed_ports"),
		option("add-host", hosts, "extra_hosts", "add_host", "add_hosts", "etc_hosts"),
		option("hosts-file", scalarText, "hosts_file"),
		option("no-hosts", boolean, "no_hosts"),
		option("hostname", scalarText, "hostname"),
		option("no-hostname", boolean, "no_hostname"),
		option("dns", names, "dns", "dns_servers"),
		option("dns-option", names, "dns_option", "dns_options", "dns_opt", "dns_opts"),
		option("dns-search", names, "dns_search", "dns_search_domains"),
		option("ip", scalarText, "ip"),
		option("ip6", scalarText, "ip6"),
		option("mac-address", scalarText, "mac_address"),
	)
}

func namespaceKeys() []Key {
	return join(
		option("ipc", scalarText, "ipc", "ipc_mode"),
		option("pid", scalarText, "pid", "pid_mode"),
		option("uts", scalarText, "uts", "uts_mode"),
		option("userns", scalarText, "userns", "userns_mode"),
		option("uidmap", names, "uidmap"),
		option("gidmap", names, "gidmap"),
		option("subuidname", scalarText, "subuidname"),
		option("subgidname", scalarText, "subgidname"),
		option("cgroupns", scalarText, "cgroupns", "cgroupns_mode"),
		option("cgroups", scalarText, "cgroups"),
		option("cgroup-parent", scalarText, "cgroup_parent"),
		option("cgroup-conf", commaPairs, "cgroup_conf"),
		option("sysctl", commaPairs, "sysctl", "sysctls"),
	)
}

func resourceKeys() []Key {
	return join(
		option("memory", scalarText, "mem_limit", "memory"),
		option("memory-swap", scalarText, "memswap_limit", "memory_swap"),
		option("memory-swappiness", scalarText, "mem_swappiness", "memory_swappiness"),
		option("memory-reservation", scalarText, "mem_reservation", "memory_reservation"),
		option("cpus", scalarText, "cpus"),
		option("cpu-shares", scalarText, "cpu_shares"),
		option("cpu-period", scalarText, "cpu_period"),
		option("cpu-quota", scalarText, "cpu_quota"),
		option("cpu-rt-period", scalarText, "cpu_rt_period"),
		option("cpu-rt-runtime", scalarText, "cpu_rt_runtime"),
		option("cpuset-cpus", cpuset, "cpuset_cpus", "cpuset"),
		option("cpuset-mems", scalarText, "cpuset_mems"),
		option("pids-limit", scalarText, "pids_limit"),
		option("ulimit", ulimits, "ulimit", "ulimits"),
		option("oom-kill-disable", boolean, "oom_kill_disable"),
		option("oom-score-adj", scalarText, "oom_score_adj"),
		option("blkio-weight", scalarText, "blkio_weight"),
		option("blkio-weight-device", names, "blkio_weight_device"),
		option("device-read-bps", names, "device_read_bps"),
		option("device-read-iops", names, "device_read_iops"),
		option("device-write-bps", names, "device_write_bps"),
		option("device-write-iops", names, "device_write_iops"),
		option("rdt-class", scalarText, "rdt_class"),
	)
}

// healthKeys are podman's own options, beside the mapping under "healthcheck". The name
// health_timeout is the gate's: that of the check is healthcheck_timeout.
func healthKeys() []Key {
	return join(
		free(option("health-cmd", healthTest, "health_cmd")),
		option("health-interval", interval, "health_interval", "healthcheck_interval", "check_interval"),
		option("health-timeout", span, "healthcheck_timeout"),
		option("health-retries", scalarText, "health_retries", "healthcheck_retries"),
		option("health-start-period", span, "health_start_period", "healthcheck_start_period"),
		option("health-on-failure", scalarText, "health_on_failure", "healthcheck_failure_action"),
		option("health-log-destination", scalarText, "health_log_destination"),
		option("health-max-log-count", scalarText, "health_max_log_count"),
		option("health-max-log-size", scalarText, "health_max_log_size"),
		option("no-healthcheck", boolean, "no_healthcheck"),
		free(option("health-startup-cmd", healthTest, "health_startup_cmd")),
		option("health-startup-interval", span, "health_startup_interval"),
		option("health-startup-timeout", span, "health_startup_timeout"),
		option("health-startup-retries", scalarText, "health_startup_retries"),
		option("health-startup-success", scalarText, "health_startup_success"),
	)
}

func refusedKeys() []Key {
	const (
		pulls    = "images are pulled by the step: see its own arguments"
		attached = "nothing is attached to a container of a step"
		named    = "the step names its containers"
		pids     = "Podman's API cannot set it; podman inspect --format {{.State.Pid}} NAME prints the process id"
	)
	refuse := func(flag, why string) Key {
		return Key{Name: snake(flag), Flag: flag, Refused: why}
	}
	return []Key{
		refuse("name", named+": the name is the entry's own"),
		refuse("replace", "the step replaces what changed, and nothing else"),
		refuse("cidfile", named+": `paunch list` shows the ids"),
		refuse("rootfs", "only images are supported"),
		refuse("pod-id-file", `join a pod by its name: "pod"`),
		refuse("init-ctr", "init containers of pods are not supported"),
		refuse("pidfile", pids),
		{Name: "pid_file", Flag: "pidfile", Refused: pids},
		refuse("conmon-pidfile", "the step sets it where systemd follows the container"),
		refuse("attach", attached),
		refuse("detach-keys", attached),
		refuse("sig-proxy", attached),
		refuse("preserve-fds", attached),
		refuse("preserve-fd", attached),
		refuse("rmi", "the step never removes images"),
		refuse("quiet", pulls),
		refuse("authfile", pulls),
		refuse("creds", pulls),
		refuse("cert-dir", pulls),
		refuse("tls-verify", pulls),
		refuse("retry", pulls),
		refuse("retry-delay", pulls),
		refuse("decryption-key", pulls),
		refuse("signature-policy", pulls),
		refuse("disable-content-trust", pulls),
		refuse("platform", pulls),
		refuse("arch", pulls),
		refuse("os", pulls),
		refuse("variant", pulls),
		refuse("kernel-memory", "podman ignores it"),
		refuse("help", "is no option of a container"),
	}
}

func ignoredKeys() []Key {
	ignore := func(name, why string) Key { return Key{Name: name, Ignored: why} }
	silent := func(name, why string) Key { return Key{Name: name, Ignored: why, silent: true} }
	return []Key{
		silent("config_volume", "the config hash comes from the volumes"),
		ignore("generate_systemd", `units are made where "restart" is set`),
		ignore("force_restart", "containers are restarted when something changed"),
		ignore("recreate", "containers are re-created when something changed"),
	}
}
