#!/usr/bin/env bash
# Runs molecule scenarios on systemd nodes, one after the other, and says how long each took.
#
# usage: molecule.sh [SCENARIO...]   all of them when none is named
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/demo/common.sh"

scenarios() { find molecule -mindepth 2 -name molecule.yml -printf '%h\n' | sed 's,.*/,,' | sort; }

main() {
  cd "$ROOT"
  local name started failed=()
  local all
  mapfile -t all < <(scenarios)
  [ $# -gt 0 ] || set -- "${all[@]}"
  link_collection
  export PATH=$VENV/bin:$PATH ANSIBLE_HOME=$CACHE/ansible MOLECULE_PROJECT_DIRECTORY=$ROOT
  export NO_COLOR=1 COLUMNS=200
  unset ANSIBLE_CONFIG
  for name in "$@"; do
    [ -e "molecule/$name/molecule.yml" ] || die "there is no scenario $name" "those that are: ${all[*]}"
    started=$(date +%s%N)
    if molecule --base-config molecule/config.yml test --scenario-name "$name" >"$LOGS/molecule-$name.log" 2>&1; then
      note "$name: passed ($(seconds_since "$started") s)"
    else
      failed+=("$name")
      # Not the last lines: those are of the nodes' removal.
      grep -E -A 15 'ERROR|fatal:|FAILED' "$LOGS/molecule-$name.log" | head -n 60 >&2
      note "$name: FAILED ($(seconds_since "$started") s); the whole output is in .cache/log/molecule-$name.log"
    fi
  done
  [ ${#failed[@]} -eq 0 ] || die "molecule: ${failed[*]}" "that one alone: make molecule SCENARIOS=${failed[0]}"
}

main "$@"
