package arguments

import "github.com/overcloud/paunch/module/paunch"

// ofConfig are the arguments that say what is wanted, and whose containers they are.
var ofConfig = []Argument{
	{
		Name: "step",
		In:   func(r *paunch.Request) any { return &r.Step },
		Doc: []string{
			"The step, 0 to 5 in an overcloud. V(0) is a step like the others; without this option there is none.",
			"Names the default O(config_id), and the key of a config that holds several steps.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug | OnPull | OnVerb, Usage: "step number, 0 included: names the default config id, and the key in a file of several steps"},
		Role: Role{Otherwise: true},
	},
	{
		Name: "config",
		In:   func(r *paunch.Request) any { return &r.Config },
		Doc: []string{
			"The step config itself, as container name to keys, or as C(step_1), C(step_2) and so on to such mappings.",
			"An empty mapping removes the containers of the step.",
			"Excludes O(config_path). One of both is needed with O(state=present) and O(state=pulled).",
		},
		Flag: Flag{Instead: "the command line reads the mapping from a file; use --file FILE"},
		Role: Role{Otherwise: true},
	},
	{
		Name: "config_path",
		In:   func(r *paunch.Request) any { return &r.ConfigPath },
		Doc: []string{
			"A file that holds a step config, or a directory with one file for each container.",
			"A container is named after its file, without extension and without a leading C(hashed-), unless the file holds a mapping of a name to keys.",
			"It may also be a directory that holds C(step_1), C(step_2) and so on, of which that of O(step) is read.",
			"A path on the host, or with O(remote_src=false) on the controller.",
			"A config that has nothing for the step is an error, see O(allow_missing_step).",
		},
		Type: "path",
		Flag: Flag{Name: "file", Short: "f", On: OnApply | OnStatus | OnDebug | OnPull | OnVerb, Usage: "step config: a file, or a directory with one file per container"},
		Role: Role{Otherwise: true},
	},
	{
		Name: "remote_src",
		Doc: []string{
			"Where O(config_path) is.",
			"With V(false) it is a file or directory on the controller, searched for as templates are. The files are templated with the variables of the task and sent in O(config_files); they are never written to the disk of the host. The program reads them as it reads files of the host.",
		},
		Type: "bool", Default: true,
		Flag: Flag{Instead: "the command line reads files of this host; use --file"},
		Role: Role{Otherwise: true},
	},
	{
		Name: "config_files",
		In:   func(r *paunch.Request) any { return &r.ConfigFiles },
		Doc: []string{
			"The files at and below O(config_path), which are then not read on the host.",
			"The action plugin sets it with O(remote_src=false). It is of use elsewhere only to programs that call the module without Ansible.",
		},
		Suboptions: []Suboption{
			{Name: "path", Doc: "The path of a file or directory."},
			{Name: "type", Doc: "What is there. V(missing) is a link that leads nowhere, V(other) a pipe, a device or a socket.", Choices: []string{"file", "directory", "missing", "other"}},
			{Name: "text", Doc: "The contents of a file. None for a file that O(config_patterns) leave out."},
		},
		Flag: Flag{Instead: "the command line reads the files itself; use --file"},
	},
	{
		Name: "config_patterns",
		In:   func(r *paunch.Request) any { return &r.ConfigPatterns },
		Doc: []string{
			"File name patterns of the configs in a directory. Files with the ending C(.container) are units of Quadlet.",
		},
		Default: []string{"*.json", "*.yml", "*.yaml", "*.container"},
		Flag:    Flag{Name: "config-pattern", On: OnApply | OnStatus | OnDebug | OnPull, Usage: "file name `PATTERN` of the configs in a directory, repeatable"},
		Role:    Role{Older: []string{"tripleo_container_manage_config_patterns", "edpm_container_manage_config_patterns"}, Compat: map[string]string{"tripleo": `["*.json"]`, "edpm": `["*.yml"]`}},
	},
	{
		Name: "config_overrides",
		In:   func(r *paunch.Request) any { return &r.ConfigOverrides },
		Doc: []string{
			"Keys to change, as container name to key to value. A null takes a key away.",
			"An override of a container that no step of the config has is ignored with a warning. With O(strict=true) it is an error.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug | OnPull, Usage: "keys to change: `JSON` object of container name to key to value, or @FILE that holds one"},
		Role: Role{Doc: "Keys to change, as container name to key to value.", Older: []string{"tripleo_container_manage_config_overrides", "edpm_container_manage_config_overrides"}},
	},
	{
		Name: "override_patterns",
		In:   func(r *paunch.Request) any { return &r.OverridePatterns },
		Doc: []string{
			"Take the names in O(config_overrides) for regular expressions that match the beginning of a container's name, as edpm_container_manage does.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnPull, Usage: "names in --config-overrides are regular expressions"},
		Role: Role{Doc: "Whether the names in O(paunch_step_config_overrides) are regular expressions.", Compat: map[string]string{"edpm": "true"}},
	},
	{
		Name: "dialect",
		In:   func(r *paunch.Request) any { return &r.Dialect },
		Doc: []string{
			"The tool in whose words the config and C(config_overrides) are written.",
			"With V(kolla) the config is the mapping of services of a kolla role, with the defaults of C(kolla_container); with V(podman_container) the keys are the arguments of C(containers.podman.podman_container).",
			"With V(tripleo) C(pre_stop_exec) runs in the container, as in C(tripleo_container_manage) and C(edpm_container_manage).",
			"Keys that have another meaning there, such as C(restart), C(state), C(timeout) and C(health_timeout), mean what they mean there, or are an error that says what to write.",
		},
		Choices: []string{"paunch", "kolla", "podman_container", "tripleo"},
		Flag:    Flag{On: OnApply | OnStatus | OnDebug | OnPull, Usage: "tool in whose words the config is written: paunch, kolla, podman_container or tripleo"},
		Role:    Role{Compat: map[string]string{"tripleo": "tripleo", "edpm": "tripleo"}},
	},
	{
		Name: "containers",
		In:   func(r *paunch.Request) any { return &r.Containers },
		Doc: []string{
			"Only these containers of the config. Orphans are left alone then.",
			"A name that no step of the config has is ignored with a warning. With O(strict=true) it is an error.",
			"With O(state=absent), only these containers of O(config_id) are removed; with V(stopped), V(started) and V(restarted) only these are stopped or started, and what shares a namespace of them.",
		},
		Flag: Flag{Name: "container", On: OnApply | OnStatus | OnPull | OnVerb, Usage: "only this container, repeatable; no orphan is removed"},
		Role: Role{Doc: "Only these containers of each step. Orphans are then left alone.", Older: []string{"edpm_container_manage_containers"}},
	},
	{
		Name: "allow_missing_step",
		In:   func(r *paunch.Request) any { return &r.AllowMissingStep },
		Doc: []string{
			"Accept a config that has nothing for the step, with a warning. That is a mapping or file of other steps, a directory of other steps, an empty directory, or one where no file matches O(config_patterns).",
			"Nothing is applied or removed then. What removes the containers of a step is O(state=absent), or an empty mapping as the config of the step.",
			"Without it such a config is an error.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnPull, Usage: "accept a config that has nothing for the step; nothing is applied or removed"},
		Role: Role{Doc: "Whether O(paunch_step_config) may have nothing for a step. Hosts often have nothing in one of the steps, so that is a warning; nothing is applied or removed. With V(false) it is an error.", Default: true},
	},
	{
		Name: "config_id",
		In:   func(r *paunch.Request) any { return &r.ConfigID },
		Doc: []string{
			"The label by which the containers of a step are known.",
			"Default is C(tripleo_stepN), where C(N) is O(step).",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDebug | OnPull | OnVerb, Usage: "label config_id of the containers (default tripleo_step<step>)"},
		Role: Role{Doc: "The label by which the containers of a step are known. Set it only where one step is applied; by default each step has its own, C(tripleo_stepN).", Older: []string{"tripleo_container_manage_config_id", "edpm_container_manage_config_id"}, Compat: map[string]string{
			"tripleo": `"{{ 'tripleo' if paunch_step_number | int < 0 else 'tripleo_step' ~ paunch_step_number }}"`,
			"edpm":    `"{{ 'edpm' if paunch_step_number | int < 0 else 'edpm_step' ~ paunch_step_number }}"`,
		}},
	},
	{
		Name: "managed_by",
		In:   func(r *paunch.Request) any { return &r.ManagedBy },
		Doc: []string{
			"The label of whoever manages these containers. Containers of others are never touched.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDelete | OnDebug | OnPull | OnVerb, Usage: "label managed_by of the containers"},
		Role: Role{Doc: "The label of whoever manages these containers. Others are never touched.", Compat: map[string]string{"tripleo": "tripleo_ansible", "edpm": "edpm_ansible"}},
	},
	{
		Name: "state",
		In:   func(r *paunch.Request) any { return &r.State },
		Doc: []string{
			"V(present) applies the config.",
			"V(absent) removes the containers of O(config_id).",
			"V(pruned) removes those of this O(managed_by) whose config_id is not among O(keep_config_ids).",
			"V(stopped) stops the containers of O(config_id), the last wave first and each with its unit. V(started) starts its services in order, V(restarted) restarts them. Neither creates or removes a container or runs a job again; a config is not needed. The next apply with V(present) starts what was stopped. See docs/verbs.md.",
			"V(pulled) pulls the images of the config and touches no container.",
		},
		Choices: []string{"present", "absent", "pruned", "stopped", "started", "restarted", "pulled"},
		Flag:    Flag{Instead: "use paunch delete for absent, paunch cleanup for pruned, and paunch stop, start, restart and pull for the others"},
		Role:    Role{Doc: "Apply the configs, delete the containers of each step, stop (V(stopped), the last step first), start or restart them as they are on the host, pull the images of all steps, or (V(pruned)), once for all steps, delete those of any config_id that is not among O(paunch_step_keep_config_ids)."},
	},
	{
		Name: "keep_config_ids",
		In:   func(r *paunch.Request) any { return &r.KeepConfigIDs },
		Doc: []string{
			"With O(state=pruned), the config_ids whose containers stay. Not empty, or nothing would stay.",
		},
		Flag: Flag{Instead: "use paunch cleanup CONFIG_ID..., with the config ids to keep"},
		Role: Role{Doc: "With O(paunch_step_state=pruned), the config_ids whose containers stay. It must not be empty."},
	},
	{
		Name: "clean_orphans",
		In:   func(r *paunch.Request) any { return &r.CleanOrphans },
		Doc: []string{
			"Remove containers of O(config_id) that are no longer in the config.",
		},
		Flag: Flag{Name: "no-cleanup", Inverted: true, On: OnApply | OnStatus, Usage: "keep orphans: containers of the config id that are not in the config"},
		Role: Role{Doc: "Remove containers of the step that are no longer in its config.", Older: []string{"tripleo_container_manage_clean_orphans", "edpm_container_manage_clean_orphans"}},
	},
	{
		Name: "volume_policy",
		In:   func(r *paunch.Request) any { return &r.VolumePolicy },
		Doc: []string{
			"What becomes of named volumes that a container mounts and that do not exist.",
			"V(create) creates them, with labels that say for which O(config_id); V(require) refuses the config.",
		},
		Choices: []string{paunch.VolumesCreated, paunch.VolumesRequired},
		Flag:    Flag{On: OnApply | OnStatus, Usage: "named volumes that do not exist: create or require"},
	},
	{
		Name: "prune_volumes",
		In:   func(r *paunch.Request) any { return &r.PruneVolumes },
		Doc: []string{
			"Remove volumes that were created for C(config_id) and are no longer in the config, B(with their data).",
			"Without it they are kept, also when the containers are removed.",
		},
		Flag: Flag{On: OnApply | OnStatus | OnDelete, Usage: "remove volumes that were created for the config id and are no longer in the config, with their data"},
	},
}
