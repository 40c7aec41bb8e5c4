#!/usr/bin/env bash
# Compares the Go benchmarks of this tree with those of another commit, by benchstat. Both are measured in turn, on the
# same machine in the same minutes: numbers of different runs are not comparable.
#
# usage: bench-compare.sh [COMMIT]   the last tag without one, else the commit before this one
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BENCHSTAT=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
PACKAGES=(./module/internal/config ./module/internal/plan ./module/internal/record ./module/internal/confighash)
ROUNDS=${ROUNDS:-6}

# measure TREE OUT: one round of all benchmarks.
measure() {
  local package
  for package in "${PACKAGES[@]}"; do
    [ -d "$1/$package" ] || continue
    (cd "$1" && "$ROOT/scripts/go" test -tags "$GO_TAGS" -run '^$' -bench . -benchmem -count 1 "$package") >>"$2"
  done
}

main() {
  cd "$ROOT"
  local commit=${1:-} work
  [ -n "$commit" ] || commit=$(git describe --tags --abbrev=0 2>/dev/null || git rev-parse HEAD~1)
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "git worktree remove --force '$work/tree' 2>/dev/null; rm -rf '$work'" EXIT
  logged bench-compare git worktree add --detach "$work/tree" "$commit"
  say "$ROUNDS rounds each of $commit and of this tree"
  for _ in $(seq "$ROUNDS"); do
    measure "$work/tree" "$work/before"
    measure "$ROOT" "$work/after"
  done
  scripts/go run "$BENCHSTAT" "before=$work/before" "after=$work/after"
}

main "$@"
