#!/usr/bin/env bash
# Measures what a step task that changes nothing costs on three nodes over ssh, beside a ping task on
# the same nodes in the same run, and prints the ratio.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/demo/common.sh"

NODES=bench-ansible
TASKS=10
export ANSIBLE_COLLECTIONS_PATH=$CACHE/collections ANSIBLE_PIPELINING=true LC_ALL=C.UTF-8

step_task() {
  cat <<'YAML'
      overcloud.paunch.paunch_step:
        config_id: bench
        config:
          web: {image: "localhost/busybox:latest", net: host, restart: always, command: sleep infinity}
          side: {image: "localhost/busybox:latest", net: host, restart: always, command: sleep infinity}
YAML
}

# playbook FILE TASK: the task TASKS times, on all nodes.
write_playbook() {
  {
    printf -- '---\n- hosts: all\n  gather_facts: false\n  tasks:\n'
    printf -- '    - name: Measured\n%s\n      loop: "{{ range(%d) | list }}"\n      loop_control: {label: ""}\n' "$2" "$TASKS"
  } >"$1"
}

# took FILE: milliseconds of one run of a playbook.
took() {
  local start
  start=$(date +%s%N)
  logged bench-ansible "$VENV/bin/ansible-playbook" -i "$CACHE/nodes/$NODES/inventory.yml" "$1"
  echo $((($(date +%s%N) - start) / 1000000))
}

# of FILE BASE: milliseconds of one task, the median of three runs.
of() { for _ in 1 2 3; do echo $((($(took "$1") - $2) / TASKS)); done | sort -n | sed -n 2p; }

main() {
  cd "$ROOT"
  link_collection
  local dir empty step ping
  dir=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$dir'; '$ROOT/scripts/ssh-nodes.sh' destroy $NODES" EXIT
  "$ROOT/scripts/ssh-nodes.sh" create "$NODES" n1 n2 n3
  write_playbook "$dir/step.yml" "$(step_task)"
  write_playbook "$dir/ping.yml" "      ansible.builtin.ping:"
  printf -- '---\n- hosts: all\n  gather_facts: false\n  tasks: []\n' >"$dir/empty.yml"
  took "$dir/step.yml" >/dev/null # the step is made, and the binary is on the nodes
  took "$dir/ping.yml" >/dev/null
  empty=$(took "$dir/empty.yml")
  step=$(of "$dir/step.yml" "$empty")
  ping=$(of "$dir/ping.yml" "$empty")
  say "three nodes over ssh, $TASKS tasks a run, the median of three runs"
  note "a step task that changes nothing: $step ms; a ping task: $ping ms; ratio $((step * 100 / ping)) %"
}

main
