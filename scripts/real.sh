#!/usr/bin/env bash
# The Go tests that need a real Podman: as root, since they test the system's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"

# The tests build the program, and start a registry.
PAUNCH_GO_TAGS=$GO_TAGS
PATH=$("$ROOT/scripts/go" env GOROOT)/bin:$CACHE/registry/usr/bin:$PATH
export PAUNCH_GO_TAGS PATH

# sudo has a PATH of its own.
KEPT=CONTAINERS_CONF,PODMAN_IGNORE_CGROUPSV1_WARNING,PAUNCH_GO_TAGS,PAUNCH_KILLS,PAUNCH_FAULTS,CGO_ENABLED
as_root_exec() { [ "$EUID" -eq 0 ] || echo "-exec=sudo --preserve-env=$KEPT env PATH=$PATH"; }

main() {
  cd "$ROOT"
  local exec=()
  mapfile -t exec < <(as_root_exec)
  # One package at a time: they share the machine's Podman.
  scripts/go test -tags "$GO_TAGS realpodman ${PAUNCH_REAL_TAGS:-}" -count=1 -p 1 -timeout 40m "${exec[@]}" ./module/... "$@"
}

main "$@"
