#!/usr/bin/env bash
# make demo-clean: removes what `make demo` made, and nothing else.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../scripts/lib.sh"
. "$HERE/common.sh"

# The image, and those of older recipes, which lost their name to it.
remove_images() {
  local images
  mapfile -t images < <(as_root podman images --quiet --no-trunc --filter "label=$RECIPE_LABEL" | sort -u)
  [ ${#images[@]} -eq 0 ] || as_root podman image rm --force "${images[@]}" >/dev/null
}

main() {
  have podman || die "podman is missing, so there is no demo to remove"
  . "$ROOT/scripts/podman-env.sh"
  if [ -n "$(our_containers)" ]; then
    "$ROOT/scripts/setup.sh" go ansible
    "$ROOT/scripts/build.sh" host
    playbook "$HERE/clean.yml" || die "the containers could not be deleted; the message above says why" \
      "see them: podman ps -a --filter label=managed_by=$MANAGED_BY"
  fi
  remove_images
  as_root rm -rf "$DATA"
  say "the demo's containers, its image and $DATA are gone"
}

main
