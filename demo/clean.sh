#!/usr/bin/env bash
# make demo-clean: removes what `make demo` made, and nothing else.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../scripts/lib.sh"
. "$HERE/common.sh"

main() {
  have podman || die "podman is missing, so there is no demo to remove"
  . "$ROOT/scripts/podman-env.sh"
  if [ -n "$(our_containers)" ]; then
    "$ROOT/scripts/setup.sh" go ansible
    "$ROOT/scripts/build.sh" host
    playbook "$HERE/clean.yml" || die "the containers could not be deleted; the message above says why" \
      "see them: podman ps -a --filter label=managed_by=$MANAGED_BY"
  fi
  if as_root podman image exists "$IMAGE"; then as_root podman image rm "$IMAGE" >/dev/null; fi
  as_root rm -rf "$DATA"
  say "the demo's containers, its image and $DATA are gone"
}

main
