#!/usr/bin/env bash
# make test: all set-up and all checks, with the time of each. Two lanes run at the same time: what works against
# Podman itself, and all else. A failure ends both: the part that the other lane is at is finished, no further one begun.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PODMAN_LANE=(real node-test)
OTHER_LANE=(size lint unit install-test ansible-unit collection-test sanity molecule demo-test overcloud overcloud-clean
  release-test services-test-12)

# How many runs the kill tests kill: fewer than `make real` does by itself (50), so that all fits into an hour.
export PAUNCH_KILLS=${PAUNCH_KILLS:-5}

TEST_LOGS=$LOGS/test
FAILED=$TEST_LOGS/failed
TIMES=$TEST_LOGS/times

# part NAME: its output is kept, and shown as a whole when it ends, so that two lanes do not mix.
part() {
  local name=$1 start log=$TEST_LOGS/$1.log status=0
  start=$(date +%s%N)
  say "test: $name has begun"
  make "$name" >"$log" 2>&1 || status=$?
  printf '%-16s %6s s\n' "$name" "$(seconds_since "$start")" >>"$TIMES"
  (flock 9 && show "$name" "$status" "$log") 9>"$TEST_LOGS/lock"
  [ "$status" -eq 0 ] || echo "$name" >>"$FAILED"
}

# show NAME STATUS LOG
show() {
  say "test: $1 $([ "$2" -eq 0 ] && echo passed || echo FAILED)"
  cat "$3"
}

lane() {
  local name
  for name in "$@"; do
    [ ! -s "$FAILED" ] || return 0
    part "$name"
  done
}

main() {
  cd "$ROOT"
  local start other
  start=$(date +%s%N)
  rm -rf "$TEST_LOGS"
  mkdir -p "$TEST_LOGS"
  # All at once: two lanes must not install the same thing at the same time.
  scripts/setup.sh go ansible podman image lint real fresh nodes molecule ansible-unit sanity bench release
  . scripts/podman-env.sh
  printf '%-16s %6s s\n' setup "$(seconds_since "$start")" >"$TIMES"

  set -m # a process group of its own, which can be ended as a whole
  lane "${OTHER_LANE[@]}" &
  other=$!
  set +m
  # shellcheck disable=SC2064 # the number of now
  trap "kill -TERM -- -$other 2>/dev/null; wait $other 2>/dev/null" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  lane "${PODMAN_LANE[@]}"
  wait "$other" || true
  trap - EXIT

  sed 's/^/    /' "$TIMES"
  [ ! -s "$FAILED" ] || die "make test failed in: $(paste -sd ' ' "$FAILED")" \
    "that part alone: make $(head -n 1 "$FAILED")" "its output again: $TEST_LOGS/$(head -n 1 "$FAILED").log"
  say "all passed in $(seconds_since "$start") s"
}

main
