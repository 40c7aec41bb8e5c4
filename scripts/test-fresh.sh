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

SUITE=${FRESH_SUITE:-trixie}
IMAGE=localhost/paunch-fresh:$SUITE
NODE=paunch-fresh-$$
# What it takes to clone the repository and to become root; all else is for make.
PACKAGES=systemd,systemd-sysv,dbus,ca-certificates,git,make,sudo,iproute2

USER_NAME=${1:-root}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- "make demo" "make test"
COMMANDS=("$@")

podman_() { as_root podman "$@"; }
in_node() { podman_ exec "$NODE" "$@"; }

# ---- the node's image: one for all runs ----------------------------------------

mirror() {
  # shellcheck disable=SC2016 # apt's variable
  apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | grep -v security | head -n1
}

# Units that make no sense in a container, or wait for what is not there.
mask_units() {
  local unit
  for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
    systemd-networkd-wait-online.service systemd-logind.service systemd-modules-load.service getty.target \
    console-getty.service apt-daily.timer apt-daily-upgrade.timer; do
    as_root ln -sf /dev/null "$1/etc/systemd/system/$unit"
  done
}

# An image of another recipe is made anew.
RECIPE_LABEL=paunch.fresh.recipe
recipe() { { echo "$PACKAGES"; declare -f make_image mask_units; } | sha256sum | cut -c1-16; }

make_image() {
  local found
  found=$(podman_ image inspect "$IMAGE" --format "{{index .Labels \"$RECIPE_LABEL\"}}" 2>/dev/null || true)
  [ "$found" != "$(recipe)" ] || return 0
  say "making $IMAGE by debootstrap (a minute or two, once)"
  local tree
  tree=$(mktemp -d /var/tmp/paunch-fresh.XXXXXX)
  # shellcheck disable=SC2064 # the path of now
  trap "as_root rm -rf '$tree'; trap - RETURN" RETURN
  logged debootstrap as_root debootstrap --variant=minbase --include="$PACKAGES" "$SUITE" "$tree" "$(mirror)"
  mask_units "$tree"
  as_root rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
  as_root tar -C "$tree" -c . | podman_ import --quiet \
    --change 'CMD ["/sbin/init"]' --change 'STOPSIGNAL SIGRTMIN+3' \
    --change "LABEL $RECIPE_LABEL=$(recipe)" - "$IMAGE" >/dev/null
}

# ---- a node ----------------------------------------------------------------------

start_node() {
  # --systemd=always would mount the host's hierarchy on a host of old cgroups.
  podman_ run --detach --name "$NODE" --hostname paunch-fresh --privileged --systemd=false --cgroupns=private \
    --tmpfs /run --tmpfs /run/lock --volume "$NODE-storage:/var/lib/containers" "$IMAGE" >/dev/null
  # As systemd leaves it on a machine of its own; rootless Podman wants it so.
  in_node mount --make-rshared /
  local try
  for try in $(seq 60); do
    in_node systemctl is-system-running --wait 2>/dev/null | grep -Eq 'running|degraded' && return
    sleep 0.5
  done
  die "the node did not start ($try tries)" "see: podman logs $NODE"
}

remove_node() {
  podman_ rm --force --time 5 "$NODE" >/dev/null 2>&1 || true
  podman_ volume rm --force "$NODE-storage" >/dev/null 2>&1 || true
}

# The node has to reach package registries the way this machine does: by its
# certificates, its apt and pip settings. Its resolver is Podman's doing.
copy_network_settings() {
  local extra=/usr/local/share/ca-certificates
  if [ -n "$(ls -A "$extra" 2>/dev/null)" ]; then
    podman_ cp "$extra/." "$NODE:$extra"
    in_node update-ca-certificates >/dev/null 2>&1
  fi
  [ ! -e /etc/pip.conf ] || podman_ cp /etc/pip.conf "$NODE:/etc/pip.conf"
  apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check)' |
    podman_ exec -i "$NODE" sh -c 'cat >/etc/apt/apt.conf.d/90-like-the-host' || true
}

# A machine whose own Podman needs modest settings needs them inside a node too, where
# the system's Podman socket knows of no environment.
copy_podman_settings() {
  [ -n "${CONTAINERS_CONF:-}" ] || return 0
  in_node mkdir -p /etc/containers/containers.conf.d
  podman_ cp "$CONTAINERS_CONF" "$NODE:/etc/containers/containers.conf.d/50-nested.conf"
}

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
  make_image
  trap remove_node EXIT
  start_node
  copy_network_settings
  copy_podman_settings
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
