package arguments

import "github.com/overcloud/paunch/module/paunch"

// ofRun are the arguments of pulls, files, jobs and healthchecks.
var ofRun = []Argument{
	{
		Name: "concurrency",
		In:   func(r *paunch.Request) any { return &r.Concurrency },
		Doc: []string{
			"How many containers are worked on at the same time. 0 is twice the CPUs, at least 4, at most 16.",
		},
		Default: 0,
		Flag:    Flag{On: OnApply | OnPull | OnVerb, Usage: "containers changed at the same time; 0 = twice the CPUs, at least 4, at most 16"},
		Role:    Role{Doc: "How many containers are worked on at the same time.", Older: []string{"tripleo_container_manage_concurrency", "edpm_container_manage_concurrency"}},
	},
	{
		Name: "pull",
		In:   func(r *paunch.Request) any { return &r.Pull },
		Doc: []string{
			"When images are pulled. A config's own key C(pull) comes first.",
		},
		Choices: []string{"missing", "always", "newer", "never"},
		Flag:    Flag{On: OnApply | OnStatus | OnPull, Usage: "pull policy of images: missing, always, newer or never"},
		Role:    Role{Doc: "When images are pulled."},
	},
	{
		Name: "pull_retries",
		In:   func(r *paunch.Request) any { return &r.PullRetries },
		Doc: []string{
			"How often a pull is tried again after an error that can pass.",
		},
		Flag: Flag{On: OnApply | OnPull, Usage: "retries of a pull after a temporary error"},
		Role: Role{Doc: "How often a pull is tried again."},
	},
	{
		Name: "pull_timeout",
		In:   func(r *paunch.Request) any { return &r.PullTimeout },
		Doc: []string{
			"How long the pull of one image may take, all attempts included, in seconds or as C(1h30m).",
			"One that takes longer fails, and no container is touched. V(0) is no limit.",
		},
		Flag: Flag{On: OnApply | OnPull, Usage: "timeout of the pull of one image, all attempts included; 0 = none"},
		Role: Role{Doc: "How long the pull of one image may take, in seconds or as C(1m30s)."},
	},
	{
		Name: "registry_auth_file",
		In:   func(r *paunch.Request) any { return &r.RegistryAuthFile },
		Doc: []string{
			"A file on the host with credentials for registries.",
		},
		Type: "path",
		Flag: Flag{On: OnApply | OnPull, Usage: "`FILE` with credentials for registries"},
		Role: Role{Doc: "Credentials for registries."},
	},
	{
		Name: "tls_verify",
		In:   func(r *paunch.Request) any { return &r.TLSVerify },
		Doc: []string{
			"Verify the certificates of registries. By default as the host's C(registries.conf) says.",
		},
		Flag: Flag{On: OnApply | OnPull, Usage: "verify the certificates of registries (default as registries.conf says)"},
		Role: Role{Doc: "Verify the certificates of registries."},
	},
	{
		Name: "check_config_hash",
		In:   func(r *paunch.Request) any { return &r.CheckConfigHash },
		Doc: []string{
			"Replace services whose mounted configuration below O(config_volume_prefix), or whose env file, has other contents than when they were made.",
			"Containers that were made without it are not replaced. The first apply records the hashes of their files beside them (V(updated)), and the next change of a file is noticed.",
		},
		Flag: Flag{On: OnApply | OnStatus, Usage: "replace services whose mounted config files or env files changed"},
		Role: Role{Doc: "Replace services whose mounted configuration has other contents than when they were made.", Older: []string{"tripleo_container_manage_check_puppet_config", "edpm_container_manage_update_config_hash"}, Compat: map[string]string{"edpm": "true"}},
	},
	{
		Name: "config_volume_prefix",
		In:   func(r *paunch.Request) any { return &r.ConfigVolumePrefix },
		Doc: []string{
			"The directory below which mounted directories hold configuration.",
		},
		Type: "path",
		Flag: Flag{On: OnApply | OnStatus, Usage: "`DIR` below which mounted directories hold configuration"},
		Role: Role{Compat: map[string]string{"edpm": "/var/lib/openstack"}},
	},
	{
		Name: "check_validate",
		In:   func(r *paunch.Request) any { return &r.CheckValidate },
		Doc: []string{
			"Run the C(validate) commands of a config also in check mode, in throw-away containers. Nothing is left of them.",
			"Without it check mode only shows them. A run always makes them, before anything stops.",
		},
		Flag: Flag{On: OnApply, Usage: "run the validate commands of the config also with --check"},
		Role: Role{Doc: "Run the C(validate) commands of a config also in check mode."},
	},
	{
		Name: "log_path",
		In:   func(r *paunch.Request) any { return &r.LogPath },
		Doc: []string{
			"A directory on the host for a log file of each container. It is made where it is missing.",
			"One that everyone can write is refused unless it is sticky.",
		},
		Type: "path",
		Flag: Flag{Name: "container-log-path", On: OnApply | OnStatus | OnDebug, Usage: "`DIR` of per-container log files"},
		Role: Role{Doc: "A directory for a log file of each container.", Older: []string{"tripleo_container_manage_log_path"}, Compat: map[string]string{"tripleo": "/var/log/containers/stdouts"}},
	},
	{
		Name: "log_driver",
		In:   func(r *paunch.Request) any { return &r.LogDriver },
		Doc: []string{
			"The log driver of containers without one of their own. Podman's default where it is not set.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug, Usage: "log driver of containers that name none"},
		Role: Role{Doc: "The log driver of the containers.", Compat: map[string]string{"edpm": "journald"}},
	},
	{
		Name: "valid_exit_codes",
		In:   func(r *paunch.Request) any { return &r.ValidExitCodes },
		Doc: []string{
			"Exit codes of jobs that mean success, where an entry has no C(exit_codes). Only 0 if not set.",
		},
		Flag: Flag{Name: "valid-exit-code", On: OnApply | OnStatus | OnDebug, Usage: "exit `CODE` of jobs that means success where the config names none, repeatable (default 0)"},
		Role: Role{Doc: "Exit codes of one-shots that mean success.", Older: []string{"paunch_step_valid_exit_code", "tripleo_container_manage_valid_exit_code"}, Compat: map[string]string{"tripleo": `"{{ range(256) | list }}"`}, EmptyIsUnset: true},
	},
	{
		Name: "timeout",
		In:   func(r *paunch.Request) any { return &r.Timeout },
		Doc: []string{
			"How long a job or an exec may take, in seconds or as C(1h30m). More than 0.",
		},
		Flag: Flag{On: OnApply | OnVerb, Usage: "timeout of a job or an exec"},
		Role: Role{Doc: "How long a one-shot or an exec may take, in seconds or as C(1m30s).", Compat: map[string]string{
			// Their limits are numbers of looks, five seconds apart; of the two the longer one counts.
			"tripleo": ">-\n      {{ [tripleo_container_manage_create_retries | default(720) | int,\n          tripleo_container_manage_exec_retries | default(720) | int] | max * 5 }}",
		}},
	},
	{
		Name: "wait_healthy",
		In:   func(r *paunch.Request) any { return &r.WaitHealthy },
		Doc: []string{
			"Wait for the healthchecks of all services of a wave before the next one begins, and of entries without a restart policy as long as they run.",
		},
		Flag: Flag{On: OnApply | OnVerb, Usage: "wait for the healthchecks of every wave"},
		Role: Role{Doc: "Wait for the healthchecks of all services of a wave."},
	},
	{
		Name: "health_timeout",
		In:   func(r *paunch.Request) any { return &r.HealthTimeout },
		Doc: []string{
			"How long to wait for a healthcheck, in seconds or as C(1m30s). More than 0.",
		},
		Flag: Flag{On: OnApply | OnVerb, Usage: "timeout of a healthcheck that is waited for"},
		Role: Role{Doc: "How long to wait for a healthcheck, in seconds or as C(1m30s)."},
	},
	{
		Name: "healthcheck_disabled",
		In:   func(r *paunch.Request) any { return &r.HealthcheckDisabled },
		Doc: []string{
			"Create containers without their healthchecks.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug, Usage: "create containers without their healthchecks"},
		Role: Role{Older: []string{"tripleo_container_manage_healthcheck_disabled", "edpm_container_manage_healthcheck_disabled"}},
	},
	{
		Name: "settle",
		In:   func(r *paunch.Request) any { return &r.Settle },
		Doc: []string{
			"How long a service must stay up to count as started. A replaced container is removed only then, unless a healthcheck is waited for. At the end of a step the services that it started are looked at again, when the last one has been up for so long. In seconds or as C(1m30s).",
		},
		Flag: Flag{On: OnApply | OnStatus | OnVerb, Usage: "time a service must stay up to count as started"},
		Role: Role{Doc: "How long a service must stay up to count as started, in seconds or as C(1m30s)."},
	},
}
