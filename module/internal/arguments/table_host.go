package arguments

import "github.com/overcloud/paunch/module/paunch"

// ofHost are the arguments of services, secrets and the host.
var ofHost = []Argument{
	{
		Name: "exec_policy",
		In:   func(r *paunch.Request) any { return &r.ExecPolicy },
		Doc: []string{
			"Whether entries with C(action=exec) run on a change only, or at every apply.",
		},
		Choices: []string{"on_change", "always"},
		Flag:    Flag{On: OnApply | OnStatus, Usage: "when exec entries run: on_change or always"},
		Role:    Role{Doc: "When exec entries run."},
	},
	{
		Name: "exec_user",
		In:   func(r *paunch.Request) any { return &r.ExecUser },
		Doc: []string{
			"Who entries with C(action=exec) run as that have no C(user). By default the user of the container; the older roles use C(root).",
		},
		Default: "",
		Flag:    Flag{On: OnApply | OnStatus, Usage: "`USER` that execs run as which name none (default: that of the container)"},
		Role:    Role{Doc: "Who execs run as that name no user.", Compat: map[string]string{"tripleo": "root", "edpm": "root"}},
	},
	{
		Name: "adopt",
		In:   func(r *paunch.Request) any { return &r.Adopt },
		Doc: []string{
			"Other managers whose containers are taken over.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnVerb, Usage: "also adopt containers managed by `NAME`, repeatable"},
		Role: Role{Compat: map[string]string{"tripleo": "[paunch]", "edpm": "[paunch]"}},
	},
	{
		Name: "sensitive_keys",
		In:   func(r *paunch.Request) any { return &r.SensitiveKeys },
		Doc: []string{
			"More names of variables, options and labels whose values are secrets. A name is sensitive when it contains one of them, in any case, separators left out.",
		},
		Flag: Flag{Name: "sensitive-key", On: OnApply | OnStatus | OnDelete | OnDebug | OnVerb | OnPull, Usage: "further name of a secret, repeatable"},
		Role: Role{Doc: "More names whose values are secrets."},
	},
	{
		Name: "sensitive_values",
		In:   func(r *paunch.Request) any { return &r.SensitiveValues },
		Doc: []string{
			"More secrets, for those that no name and no shape gives away. They are masked in all that the module returns and digested in the labels of containers, wherever and in whatever encoding they appear.",
			"Keep them in a vault, and set C(no_log) for the task where others see its arguments.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDelete | OnDebug | OnVerb | OnPull, Usage: "`FILE` with further secrets, one per line, repeatable"},
		Role: Role{Doc: "More secrets, which are masked and digested wherever they appear."},
	},
	{
		Name: "restart_stopped",
		In:   func(r *paunch.Request) any { return &r.RestartStopped },
		Doc: []string{
			"Start services that are found stopped, and put right those that are paused, unhealthy or without their conmon. Without it they are left as they are found, for a cluster manager.",
		},
		Flag: Flag{On: OnApply | OnStatus, Usage: "start services that are found stopped; =false leaves them to a cluster manager"},
		Role: Role{Doc: "Start services that are found stopped, and put right those that are paused or unhealthy."},
	},
	{
		Name: "systemd",
		In:   func(r *paunch.Request) any { return &r.Systemd },
		Doc: []string{
			"Whether the services (entries with a C(restart) policy) are run by systemd units.",
			"With V(auto) they are where systemd is the host's init, root applies, and Podman is the host's own. Elsewhere Podman's restart policy is used. RV(restarted_by) tells which.",
			"V(always) fails where that cannot be.",
			"V(never) uses Podman's policy, removes the units, and re-creates containers that were made for one.",
		},
		Choices: []string{"auto", "always", "never"},
		Flag:    Flag{On: OnApply | OnStatus | OnVerb, Usage: "whether systemd units run the services: auto, always or never"},
		Role:    Role{Doc: "Whether services are run by systemd units."},
	},
	{
		Name: "unit_prefix",
		In:   func(r *paunch.Request) any { return &r.UnitPrefix },
		Doc: []string{
			"What the names of the units begin with, before an underscore and the name of the container.",
			"When empty, units keep the names that they have, also those of older tools; new ones begin with C(tripleo).",
		},
		Default: "",
		Flag:    Flag{On: OnApply | OnStatus, Usage: "prefix of the names of units (default: as they are, else tripleo)"},
		Role:    Role{Doc: "What the names of the units begin with.", Compat: map[string]string{"tripleo": "tripleo", "edpm": "edpm"}},
	},
	{
		Name: "stop_timeout",
		In:   func(r *paunch.Request) any { return &r.StopTimeout },
		Doc: []string{
			"How many seconds the units of services that have no C(stop_grace_period) give a container to stop before Podman kills it. Where Podman runs the services, its own 10 seconds hold.",
		},
		Flag: Flag{On: OnApply | OnStatus, Usage: "seconds that units give a service to stop which has no stop_grace_period"},
		Role: Role{Compat: map[string]string{"edpm": "42"}},
	},
	{
		Name: "systemd_order",
		In:   func(r *paunch.Request) any { return &r.SystemdOrder },
		Doc: []string{
			"At a shutdown, have services stop in order, before the network and Podman's own pieces go.",
		},
		Flag: Flag{On: OnApply | OnStatus, Usage: "stop services in order at a shutdown"},
		Role: Role{Doc: "Have services stop in order when the host goes down.", Older: []string{"tripleo_container_manage_systemd_order"}},
	},
	{
		Name: "strict",
		In:   func(r *paunch.Request) any { return &r.Strict },
		Doc: []string{
			"Fail on unknown keys of a config, and on names that match no container, instead of warning.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug | OnPull, Usage: "fail on unknown keys of the config and on names that match nothing"},
		Role: Role{Doc: "Fail on unknown keys, and on names that match no container, instead of warning."},
	},
	{
		Name: "labels",
		In:   func(r *paunch.Request) any { return &r.Labels },
		Doc: []string{
			"Further labels of all containers. Reserved are C(paunch_*), C(managed_by), C(config_id), C(container_name) and C(config_data).",
		},
		Flag: Flag{Name: "label", On: OnApply | OnStatus | OnDebug, Usage: "label `KEY=VALUE` of every container, repeatable"},
		Role: Role{Doc: "Further labels of all containers."},
	},
	{
		Name: "podman_url",
		In:   func(r *paunch.Request) any { return &r.PodmanURL },
		Doc: []string{
			"The Podman service to use, such as C(unix:///run/podman/podman.sock).",
			"By default the environment's C(CONTAINER_HOST), else the socket of the system or user, else a service that is started for the task and ended with it.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDelete | OnDebug | OnVerb | OnPull, Usage: "`URL` of the Podman service (default: $CONTAINER_HOST, the local socket, or a private service)"},
		Role: Role{Doc: "The Podman service to use."},
	},
	{
		Name: "podman_timeout",
		In:   func(r *paunch.Request) any { return &r.PodmanTimeout },
		Doc: []string{
			"How long one call to Podman may take that depends on nothing but Podman, in seconds or as C(1m30s), so that a Podman that hangs is an error and not a task without end. V(0) is the default.",
			"Not bounded by it are pulls and jobs, which have limits of their own. The stop of a container may take the container's stop timeout in addition.",
			"A lost connection is not a timeout. Calls are made again for up to 30 seconds then.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDelete | OnDebug | OnVerb | OnPull, Usage: "timeout of one Podman API call"},
		Role: Role{Doc: "How long one call to Podman may take, in seconds or as C(1m30s)."},
	},
	{
		Name: "lock_timeout",
		In:   func(r *paunch.Request) any { return &r.LockTimeout },
		Doc: []string{
			"How long to wait for another run of the same O(managed_by) on the same host, in seconds or as C(1m30s).",
			"V(0) does not wait.",
		},
		Flag: Flag{On: OnApply | OnDelete | OnVerb | OnPull, Usage: "time to wait for another apply on this host; 0 = do not wait"},
		Role: Role{Doc: "How long to wait for another run on the same host, in seconds or as C(1m30s)."},
	},
	{
		Name: "debug",
		In:   func(r *paunch.Request) any { return &r.Debug },
		Doc: []string{
			"Write the decisions of the run, with the steps of each change, to the standard error output, which Ansible shows with C(-vvv). Secrets are masked.",
		},
		Flag: Flag{Global: true},
		Role: Role{Older: []string{"tripleo_container_manage_debug", "edpm_container_manage_debug"}},
	},
}
