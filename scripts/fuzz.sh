#!/usr/bin/env bash
# Fuzzes every target for FUZZTIME (10m), one after the other. What fails is written as a seed below testdata/fuzz of
# its package: commit it, and `make unit` tries it from then on.
#
# usage: fuzz.sh [TARGET...]   names of targets; all without one
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FUZZTIME=${FUZZTIME:-10m}

# targets: "PACKAGE TARGET", one a line.
targets() {
  grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' "$ROOT/module" |
    sed -E 's|^(.*)/[^/]+:func (Fuzz.*)$|\1 \2|' | sort
}

main() {
  cd "$ROOT"
  local package target failed=() wanted=" $* "
  while read -r package target; do
    [ $# -eq 0 ] || [[ "$wanted" == *" $target "* ]] || continue
    say "${package#"$ROOT/"}: $target for $FUZZTIME"
    scripts/go test -tags "$GO_TAGS" -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "./${package#"$ROOT/"}" ||
      failed+=("$package:$target")
  done < <(targets)
  [ ${#failed[@]} -eq 0 ] || die "found something: ${failed[*]}" "the inputs are below testdata/fuzz: commit them with the fix"
}

main "$@"
