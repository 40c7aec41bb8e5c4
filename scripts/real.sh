#!/usr/bin/env bash
# The Go tests that need a real Podman: as root, since they test the system's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"

main() {
  cd "$ROOT"
  local exec=()
  [ "$EUID" -eq 0 ] || exec=(-exec "sudo --preserve-env=CONTAINERS_CONF,PODMAN_IGNORE_CGROUPSV1_WARNING")
  # One package at a time: they share the machine's Podman.
  scripts/go test -tags "$GO_TAGS realpodman" -count=1 -p 1 -timeout 20m "${exec[@]}" ./module/... "$@"
}

main "$@"
