package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Names of the peers and floors that goals are about.
const (
	bare         = "bare REST calls"
	shellLoop    = "podman commands in a shell loop"
	ours         = "paunch, settle 0"
	oursDefault  = "paunch, as by default"
	oursHealthy  = "paunch, health gate"
	oursAnsible  = "paunch_step by Ansible"
	legacy       = "paunch 7.0.4 (Python)"
	podmanModule = "podman_container in a loop, by Ansible"
	compose      = "podman-compose"
	kube         = "podman kube play"
	runtimeOnly  = "the OCI runtime alone"
)

// image is busybox that ends at once when it is stopped, for peers that cannot say so themselves.
const image = "localhost/bench:latest"

// allPeers returns every peer. Those that take minutes for a round do, in the quick form, only what goals need.
func allPeers(t tools, quick bool) []peer {
	few := func(sizes ...int) []int {
		if quick {
			return sizes
		}
		return nil
	}
	slow := func(quickly ...step) []step {
		if quick {
			return quickly
		}
		return []step{cold, noop, one, all, remove}
	}
	peers := []peer{
		{name: bare, steps: []step{cold, one, all, remove}, command: floor, allAt: few(20)},
		{name: ours, steps: []step{cold, noop, one, drift, all, remove}, write: writeConfigs, command: apply("--settle", "0"), allAt: few(20)},
		{name: shellLoop, steps: []step{cold, noop, one, listing, all, remove}, command: loop, allAt: few(20)},
		{name: oursDefault, steps: []step{cold, one}, sizes: few(20), write: writeConfigs, command: apply()},
		{name: oursHealthy, steps: []step{cold, one}, sizes: few(20), write: writeHealthy, command: apply("--wait-healthy")},
		{name: kube, others: true, steps: slow(cold, remove), sizes: few(20), write: writeKube, command: kubePlay},
	}
	optional := func(program string, p peer) {
		if program != "" {
			peers = append(peers, p)
		}
	}
	optional(t.runtime, peer{name: runtimeOnly, foreign: true, others: true, steps: []step{cold, remove}, write: writeBundle, command: runBundle})
	optional(t.legacy, peer{name: legacy, others: true, steps: slow(cold, noop, remove), sizes: few(50), write: writeConfigs, command: pythonPaunch})
	optional(t.podmanCompose, peer{name: compose, others: true, steps: slow(cold, noop), sizes: few(20), write: writeCompose, command: podmanCompose})
	optional(t.playbook, peer{name: oursAnsible, steps: slow(cold, noop), sizes: few(20), write: writePlaybook(stepTask), command: playbook})
	optional(t.playbook, peer{name: podmanModule, others: true, steps: slow(cold, noop), sizes: few(20), write: writePlaybook(moduleTask), command: playbook})
	return peers
}

// keys are those of a container, for paunch and its predecessor.
func keys(revision string) map[string]any {
	return map[string]any{"image": image, "net": "host", "restart": "always", "environment": map[string]any{"REV": revision}, "command": "sleep 100000"}
}

// writeConfigs writes one file for each container, as both paunches read them.
func writeConfigs(s *site, dir string) error { return s.writeEntries(dir, nil) }

// writeHealthy does the same with a healthcheck that a wave waits for.
func writeHealthy(s *site, dir string) error {
	return s.writeEntries(dir, map[string]any{"healthcheck": map[string]any{"test": "true", "interval": "1s"}})
}

func (s *site) writeEntries(dir string, more map[string]any) error {
	for i, revision := range revisions(s.step, s.containers) {
		entry := keys(revision)
		for key, value := range more {
			entry[key] = value
		}
		if s.waves > 1 {
			entry["start_order"] = i % s.waves
		}
		// The predecessor would make systemd units of services.
		if s.peer == legacy {
			delete(entry, "restart")
		}
		text, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		if err := writeFile(dir, "hashed-"+containerName(i)+".json", string(text)); err != nil {
			return err
		}
	}
	return nil
}

// apply is this project's command line.
func apply(options ...string) func(*site, string) *exec.Cmd {
	return func(s *site, dir string) *exec.Cmd {
		args := []string{"delete", "bench"}
		if s.step != remove {
			args = append([]string{"apply", "--file", dir, "--config-id", "bench", "--concurrency", strconv.Itoa(parallel), "--systemd", "never"}, options...)
		}
		return s.in(dir, s.tools.paunch, append(args, "--quiet", "--managed-by", "bench", "--podman-url", s.url)...)
	}
}

func pythonPaunch(s *site, dir string) *exec.Cmd {
	if s.step == remove {
		return s.in(dir, s.tools.legacy, "delete", "--default-runtime", "podman", "bench")
	}
	return s.in(dir, s.tools.legacy, "apply", "--file", dir, "--config-id", "bench", "--default-runtime", "podman")
}

// loop is what a shell script does that creates what is missing and replaces what its author knows to have changed.
func loop(s *site, dir string) *exec.Cmd {
	run := `podman run --detach --name "$name" --network host --restart always --env REV=` + revisions(s.step, s.containers)[0] + " " + image + " sleep 100000"
	script := map[step]string{
		cold:    "for name; do " + run + "; done",
		noop:    `for name; do podman container exists "$name" || ` + run + "; done",
		one:     `name=$1; podman rm --force "$name"; ` + run,
		all:     `for name; do podman rm --force "$name"; ` + run + "; done",
		listing: "podman ps --all",
		remove:  "podman rm --force --all --time 0",
	}
	return s.shell(dir, script[s.step], strings.Fields(names(s.containers))...)
}

// writeKube writes one pod with all containers.
func writeKube(s *site, dir string) error {
	var containers []map[string]any
	for i, revision := range revisions(s.step, s.containers) {
		containers = append(containers, map[string]any{
			"name": containerName(i), "image": image, "imagePullPolicy": "Never", "command": []string{"sleep", "100000"},
			"env": []map[string]string{{"name": "REV", "value": revision}},
		})
	}
	pod := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "pod"},
		"spec": map[string]any{"hostNetwork": true, "restartPolicy": "Always", "containers": containers},
	}
	text, err := json.Marshal(pod)
	if err != nil {
		return err
	}
	return writeFile(dir, "pod.yaml", string(text))
}

func kubePlay(s *site, dir string) *exec.Cmd {
	option := map[step]string{cold: "--quiet", remove: "--down"}[s.step]
	if option == "" {
		option = "--replace"
	}
	return s.in(dir, filepath.Join(s.bed.Dir, "bin", "podman"), "play", "kube", option, "pod.yaml")
}

// writeCompose writes one project with all services.
func writeCompose(s *site, dir string) error {
	services := map[string]any{}
	for i, revision := range revisions(s.step, s.containers) {
		services[containerName(i)] = map[string]any{
			"image": image, "network_mode": "host", "restart": "always", "environment": map[string]string{"REV": revision},
			"command": []string{"sleep", "100000"}, "container_name": containerName(i),
		}
	}
	text, err := json.Marshal(map[string]any{"services": services})
	if err != nil {
		return err
	}
	return writeFile(dir, "compose.yaml", string(text))
}

func podmanCompose(s *site, dir string) *exec.Cmd {
	args := []string{"--project-name", "bench", "--file", "compose.yaml"}
	if s.step == remove {
		return s.in(dir, s.tools.podmanCompose, append(args, "down", "--timeout", "0")...)
	}
	return s.in(dir, s.tools.podmanCompose, append(args, "up", "--detach")...)
}
