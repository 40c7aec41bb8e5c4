#!/usr/bin/env bash
# Runs the blocks of docs/ansible.md that start nodes or need Ansible, each as it is written, in a clone of HEAD with a
# home of its own. What `make` has set up in .cache serves the clone too. The other blocks are run by the Go tests of
# module/internal/docblocks, which also lists these.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PAGE=docs/ansible.md

# block COMMAND: the commands of the block of the page that begins with this one.
block() {
  awk -v first="\$ $1" '
    /^```console$/ { inside = 1; wanted = 0; next }
    /^```$/ { inside = 0 }
    inside && index($0, first) == 1 { wanted = 1 }
    inside && wanted { sub(/^[$#] /, ""); print }
  ' "$PAGE"
}

# run_block COMMAND: each command ends the test where it fails. Those of one block share a shell, as a reader's do.
run_block() {
  local name=docs-${1//[^a-z]/-}
  block "$1" >"$WORK/block"
  grep -q . "$WORK/block" || die "$PAGE has no block that begins with: $1"
  logged "$name" env HOME="$WORK/home" GOMODCACHE="$MODULES" GOCACHE="$BUILT" bash -euxo pipefail "$WORK/block"
  note "ran as written: $(grep -c . "$WORK/block") commands of the block that begins with $1"
}

clean() {
  [ ! -d "$WORK/clone" ] || (cd "$WORK/clone" && make nodes-clean) >>"$LOGS/docs-clean.log" 2>&1 || true
  rm -rf "$WORK"
}

main() {
  cd "$ROOT"
  scripts/setup.sh go ansible podman fresh nodes
  MODULES=$(scripts/go env GOMODCACHE)
  BUILT=$(scripts/go env GOCACHE)
  WORK=$(mktemp -d)
  trap clean EXIT
  mkdir "$WORK/home"
  git clone --quiet . "$WORK/clone"
  ln -s "$CACHE" "$WORK/clone/.cache"
  cd "$WORK/clone"
  run_block "make build"
  run_block "make nodes collection"
}

main
