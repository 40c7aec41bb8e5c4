#!/usr/bin/env bash
# Runs molecule scenarios on systemd nodes, one after the other, and says how long each took.
#
# usage: molecule.sh [SCENARIO...]   all of them when none is named
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/demo/common.sh"

# Nodes are the machine's, so their names tell checkouts apart.
MOLECULE_NODES=molecule-$(printf %s "$ROOT" | sha256sum | cut -c1-6)
export MOLECULE_NODES

scenarios() { find molecule -mindepth 2 -name molecule.yml -printf '%h\n' | sed 's,.*/,,' | sort; }

# Connections outlive a play; their sockets go with the run, and their names have to be short.
ANSIBLE_SSH_CONTROL_PATH_DIR=$(mktemp -d /tmp/paunch-ssh.XXXXXX)
export ANSIBLE_SSH_CONTROL_PATH_DIR

running=
# Molecule removes the nodes of a scenario that failed, but not when it is itself ended.
clean_up() {
  [ -z "$running" ] || "$ROOT/scripts/ssh-nodes.sh" destroy "$MOLECULE_NODES-$running"
  rm -rf "$ANSIBLE_SSH_CONTROL_PATH_DIR"
}

# Where molecule gave up, with the tasks before it; failures before those were expected, and after it nodes are removed.
show_failure() {
  local line
  line=$(grep -nm1 CRITICAL "$1" | cut -d: -f1)
  head -n $((${line:-$(wc -l <"$1")} + 10)) "$1" | tail -n 60 | cut -c1-1000
}

run() {
  local log=$LOGS/molecule-$1.log started failed=0
  started=$(date +%s%N)
  running=$1
  molecule --base-config molecule/config.yml test --scenario-name "$1" >"$log" 2>&1 || failed=1
  running=
  if [ "$failed" -eq 0 ]; then
    note "$1: passed ($(seconds_since "$started") s)"
    return
  fi
  show_failure "$log" >&2
  note "$1: FAILED ($(seconds_since "$started") s); the whole output is in ${log#"$ROOT/"}"
  return 1
}

main() {
  cd "$ROOT"
  local name all failed=()
  mapfile -t all < <(scenarios)
  [ $# -gt 0 ] || set -- "${all[@]}"
  for name in "$@"; do
    [ -e "molecule/$name/molecule.yml" ] || die "there is no scenario $name" "those that are: ${all[*]}"
  done
  link_collection
  scripts/ssh-nodes.sh image
  export PATH=$VENV/bin:$PATH ANSIBLE_HOME=$CACHE/ansible MOLECULE_PROJECT_DIRECTORY=$ROOT
  export NO_COLOR=1 COLUMNS=200
  unset ANSIBLE_CONFIG
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  for name in "$@"; do run "$name" || failed+=("$name"); done
  [ ${#failed[@]} -eq 0 ] || die "molecule: ${failed[*]}" "that one alone: make molecule SCENARIOS=${failed[0]}"
}

main "$@"
