#!/usr/bin/env bash
# Puts known faults back, one at a time, into a copy of the tree: the test that each patch names must fail.
#
# usage: mutants.sh [NAME...]   names of tests/mutants/NAME.patch; all without one
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# field NAME FILE: the value of "NAME: value" in a patch's head.
field() { sed -n "s/^$1: //p" "$2" | head -n 1; }

# survives PATCH: whether the suite does not notice the fault.
survives() {
  git -C "$TREE" reset --quiet --hard
  git -C "$TREE" apply "$1" || die "${1#"$ROOT/"} does not apply any more" "make it again for the code as it is"
  (cd "$TREE" && "$ROOT/scripts/go" vet -tags "$GO_TAGS" "$(field package "$1")") >"$LOGS/mutant.log" 2>&1 ||
    die "${1#"$ROOT/"} does not compile" "see $LOGS/mutant.log"
  (cd "$TREE" && "$ROOT/scripts/go" test -tags "$GO_TAGS" -run "$(field test "$1")" "$(field package "$1")") >"$LOGS/mutant.log" 2>&1
}

main() {
  cd "$ROOT"
  local patches=("$ROOT"/tests/mutants/*.patch) patch left=()
  [ $# -eq 0 ] || patches=("${@/#/$ROOT/tests/mutants/}") && [ $# -eq 0 ] || patches=("${patches[@]/%/.patch}")
  TREE=$(mktemp -d)/tree
  # shellcheck disable=SC2064 # the path of now
  trap "git worktree remove --force '$TREE'; rmdir '$(dirname "$TREE")'" EXIT
  git worktree add --quiet --detach "$TREE" HEAD
  for patch in "${patches[@]}"; do
    if survives "$patch"; then
      left+=("$(basename "$patch" .patch)")
    else
      note "caught: $(head -n 1 "$patch")"
    fi
  done
  [ ${#left[@]} -eq 0 ] || die "the tests do not notice: ${left[*]}"
}

main "$@"
