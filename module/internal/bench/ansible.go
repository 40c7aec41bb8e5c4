package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// writePlaybook writes a play of one task; its containers are variables, as in a role.
func writePlaybook(task func(*site) map[string]any) func(*site, string) error {
	return func(s *site, dir string) error {
		play := []map[string]any{{
			"hosts": "localhost", "gather_facts": false, "vars": map[string]any{"revisions": revisions(s.step, s.containers), "prefix": prefix},
			"tasks": []map[string]any{task(s)},
		}}
		text, err := json.Marshal(play)
		if err != nil {
			return err
		}
		return writeFile(dir, "play.yml", string(text))
	}
}

// stepTask is one task for all containers.
func stepTask(s *site) map[string]any {
	args := map[string]any{"config_id": "bench", "managed_by": "bench", "podman_url": s.url, "state": "absent"}
	if s.step != remove {
		config := map[string]any{}
		for i, revision := range revisions(s.step, s.containers) {
			config[containerName(i)] = keys(revision)
		}
		args["state"], args["config"], args["settle"], args["systemd"], args["concurrency"] = "present", config, 0, "never", parallel
	}
	return map[string]any{"overcloud.paunch.paunch_step": args}
}

// moduleTask is one task that loops over the containers.
func moduleTask(s *site) map[string]any {
	args := map[string]any{"name": "{{ prefix }}{{ '%03d' | format(index) }}", "state": "absent"}
	if s.step != remove {
		args["state"], args["image"], args["network"], args["restart_policy"] = "started", image, "host", "always"
		args["command"], args["env"] = "sleep 100000", map[string]any{"REV": "{{ item }}"}
	}
	return map[string]any{
		"containers.podman.podman_container": args,
		"loop":                               "{{ revisions }}", "loop_control": map[string]any{"index_var": "index"},
	}
}

func playbook(s *site, dir string) *exec.Cmd {
	python := filepath.Join(filepath.Dir(s.tools.playbook), "python3")
	cmd := s.in(dir, s.tools.playbook, "--inventory", "localhost,", "--connection", "local", "--extra-vars", "ansible_python_interpreter="+python, "play.yml")
	cmd.Env = append(cmd.Env, "ANSIBLE_COLLECTIONS_PATH="+s.tools.collections, "ANSIBLE_HOME="+filepath.Join(s.bed.Home, "ansible"),
		"ANSIBLE_CONFIG="+filepath.Join(dir, "ansible.cfg"), "ANSIBLE_LOCALHOST_WARNING=false")
	return cmd
}

// writeBundle makes what the OCI runtime starts: the same for all containers.
func writeBundle(s *site, dir string) error {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	script := `mkdir -p rootfs/bin && cp "$1" rootfs/bin/busybox && "$2" spec`
	if out, err := s.shell(dir, script, busybox, s.tools.runtime).CombinedOutput(); err != nil {
		return commandError(err, out)
	}
	return editBundle(filepath.Join(dir, "config.json"))
}

// runBundle starts and removes containers by the runtime, as many at a time as the others.
func runBundle(s *site, dir string) *exec.Cmd {
	each := "run --detach --bundle ."
	if s.step == remove {
		each = "delete --force"
	}
	script := `printf '%s\n' "$@" | xargs -n 1 -P ` + strconv.Itoa(parallel) + ` "$RUNTIME" --root "$STATE" ` + each + " >/dev/null 2>&1"
	cmd := s.shell(dir, script, strings.Fields(names(s.containers))...)
	cmd.Env = append(cmd.Env, "RUNTIME="+s.tools.runtime, "STATE="+filepath.Join(s.bed.Dir, "runtime"))
	return cmd
}
