#!/usr/bin/env bash
# Runs the README's two commands as a newcomer does: in a minimal Debian with systemd,
# made by debootstrap, from a clean clone of HEAD. The node is a privileged container
# with a network, a systemd and a Podman storage of its own.
#
# usage: test-fresh.sh [root|USER] [COMMAND...]
#   USER      a user other than root is made, who may use sudo
#   COMMAND   default: "make demo" "make test"
# FRESH_SUITE=bookworm takes Debian 12 instead of 13.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"

SUITE=${FRESH_SUITE:-trixie}
IMAGE=localhost/paunch-fresh:$SUITE
NODE=paunch-fresh-$$
# What it takes to clone the repository and to become root; all else is for make.
PACKAGES=systemd,systemd-sysv,dbus,ca-certificates,git,make,sudo,iproute2

USER_NAME=${1:-root}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- "make demo" "make test"
COMMANDS=("$@")

in_node() { podman_ exec "$NODE" "$@"; }

make_user() {
  [ "$USER_NAME" != root ] || return 0
  in_node useradd --create-home --shell /bin/bash "$USER_NAME"
  in_node sh -c "echo '$USER_NAME ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$USER_NAME"
}

home() { in_node sh -c "echo ~$USER_NAME"; }

copy_clone() {
  local clone
  clone=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$clone'; trap - RETURN" RETURN
  git clone --quiet --no-local "$ROOT" "$clone/paunch"
  podman_ cp "$clone/paunch" "$NODE:$(home)/paunch"
  in_node chown -R "$USER_NAME" "$(home)/paunch"
}

# As a login: nothing of this shell's environment.
run_in_clone() {
  podman_ exec --user "$USER_NAME" --workdir "$(home)/paunch" \
    --env HOME="$(home)" --env LANG=C.UTF-8 "$NODE" bash -lc "$1"
}

main() {
  local start command times=()
  node_image "$IMAGE" "$SUITE" "$PACKAGES"
  trap 'node_remove "$NODE"' EXIT
  node_start "$NODE" "$IMAGE"
  node_network_settings "$NODE"
  node_podman_settings "$NODE"
  make_user
  copy_clone
  say "a fresh Debian $(in_node cat /etc/debian_version), as $USER_NAME, at $(git -C "$ROOT" rev-parse --short HEAD)"
  for command in "${COMMANDS[@]}"; do
    say "$command"
    start=$(date +%s%N)
    run_in_clone "$command" || die "failed on a fresh machine: $command"
    times+=("$(printf '%-20s %7s s' "$command" "$(seconds_since "$start")")")
  done
  say "on a fresh machine"
  printf '    %s\n' "${times[@]}"
}

main
