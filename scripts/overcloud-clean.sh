#!/usr/bin/env bash
# make overcloud-clean: removes what `make overcloud` and its tests made: nodes, their network and storage, the image
# with its store, the secrets and results. The nodes' own image stays, as other tests have the same one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

remove_store() {
  # Podman leaves the directory of its layers mounted on itself.
  ! mountpoint -q "$OVERCLOUD_STORE/overlay" || as_root umount "$OVERCLOUD_STORE/overlay"
  as_root rm -rf "$OVERCLOUD_STORE" "$OVERCLOUD_RUN"
}

main() {
  cd "$ROOT"
  have podman || die "podman is missing, so there is no overcloud to remove"
  . "$ROOT/scripts/overcloud-lib.sh"
  scripts/ssh-nodes.sh destroy overcloud
  remove_store
  rm -rf "$OVERCLOUD"
  say "the overcloud's nodes, image and secrets are gone"
}

main
