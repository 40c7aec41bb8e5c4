#!/usr/bin/env bash
# Runs the Go tests that need no Podman N times, in random order, and says which failed how often. No test is tried
# again: one that fails once is a flake, and goes into the ledger of docs/reliability.md with its cause.
#
# usage: repeat.sh N [GO TEST ARGUMENT...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  cd "$ROOT"
  local times=$1 log=$LOGS/repeat.log status=0
  shift
  scripts/go test -tags "$GO_TAGS" -count="$times" -shuffle=on -timeout 6h "$@" ./module/... >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    grep -E '^ *--- FAIL' "$log" | sed -E 's/ \([0-9.]+s\)//' | sort | uniq -c | sort -rn >&2 || true
    die "some of $times runs failed" "the whole output is in $log; -shuffle's seeds are in it"
  fi
  note "$times runs without a failure"
}

main "$@"
