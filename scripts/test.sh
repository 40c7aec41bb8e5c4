#!/usr/bin/env bash
# make test: all set-up and all checks, with the time of each. The first failure ends it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PARTS=(size lint unit install-test ansible-unit real node-test services-test-12 collection-test sanity molecule demo-test)
times=()

# How many runs the kill tests kill: fewer than `make real` does by itself (50), so that all fits into an hour.
export PAUNCH_KILLS=${PAUNCH_KILLS:-5}

part() {
  local name=$1 start took
  shift
  say "test: $name"
  start=$(date +%s%N)
  "$@" || die "make test failed in: $name" "that part alone: make $name"
  took=$(seconds_since "$start")
  times+=("$(printf '%-16s %6s s' "$name" "$took")")
}

main() {
  cd "$ROOT"
  local start name
  start=$(date +%s%N)
  part setup scripts/setup.sh go ansible podman image lint real
  for name in "${PARTS[@]}"; do part "$name" make "$name"; done
  say "all passed in $(seconds_since "$start") s"
  printf '    %s\n' "${times[@]}"
}

main
