#!/usr/bin/env bash
# Systemd nodes that Ansible reaches over ssh: privileged containers with a Podman of
# their own, on a network of their own, with the tiny test image inside.
#
# usage: ssh-nodes.sh image                   make the nodes' image, which create does where it has to
#        ssh-nodes.sh create PREFIX NODE...   and an inventory: .cache/nodes/PREFIX/inventory.yml
#        ssh-nodes.sh reboot PREFIX
#        ssh-nodes.sh destroy PREFIX
#
# Containers, volumes and the network are called paunch-ssh-PREFIX-...; nothing else is touched.
# A NODE whose name ends in -nopython has no Python. The nodes have the addresses .11, .12, ... of their network, which
# a reboot does not change. With NODES_SUBNET, such as 10.203.0, the network is that one, and create adds nodes to those that there are. NODES_SUITE=bookworm takes
# Debian 12 instead of 13. NODES_STORE, a Podman storage, is where nodes find further images, read-only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"

SUITE=${NODES_SUITE:-trixie}
IMAGE=localhost/paunch-ssh-node:$SUITE
PACKAGES=systemd,systemd-sysv,dbus,podman,runc,crun,netavark,aardvark-dns,nftables,iptables,python3,ca-certificates
PACKAGES+=,openssh-server,sudo,iproute2,procps,catatonit,curl,busybox-static,passwd,acl

usage() { die "usage: ssh-nodes.sh image | create PREFIX NODE... | reboot PREFIX | destroy PREFIX"; }

COMMAND=${1:-}
NAME=${2:-}
[ "$COMMAND" = image ] || [[ $NAME =~ ^[a-z][a-z0-9-]*$ ]] || usage
PREFIX=paunch-ssh-$NAME
STATE=$CACHE/nodes/$NAME

make_key() {
  mkdir -p "$STATE"
  [ -e "$STATE/key" ] || ssh-keygen -q -t ed25519 -N '' -C "$PREFIX" -f "$STATE/key"
}

# An unprivileged user for become, who may sudo.
prepare() {
  local node=$1
  node_podman_settings "$node"
  [ -z "${NODES_STORE:-}" ] || additional_store "$node"
  podman_ exec -i "$node" sh -c '
    set -e
    umask 077
    mkdir -p /root/.ssh
    cat >/root/.ssh/authorized_keys
    id ops >/dev/null 2>&1 || useradd -m -s /bin/bash ops
    mkdir -p /home/ops/.ssh
    cp /root/.ssh/authorized_keys /home/ops/.ssh/
    chown -R ops: /home/ops/.ssh
    echo "ops ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ops
    ssh-keygen -q -A
    systemctl start ssh' <"$STATE/key.pub"
  # shellcheck disable=SC2016 # the node expands it
  case $node in *-nopython) podman_ exec "$node" sh -c 'rm -f /usr/bin/python3* /usr/bin/py3*' ;; esac
  podman_ exec -i --env PODMAN_IGNORE_CGROUPSV1_WARNING=1 "$node" podman load --quiet <"$STATE/busybox.tar" >/dev/null
}

# additional_store NODE: images that are on this machine once.
additional_store() {
  podman_ exec -i "$1" sh -c 'mkdir -p /etc/containers && cat >/etc/containers/storage.conf' <<'CONF'
[storage]
driver = "overlay"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
[storage.options]
additionalimagestores = ["/mnt/images"]
CONF
}

make_image() { node_image "$IMAGE" "$SUITE" "$PACKAGES"; }

address() { podman_ inspect "$1" --format "{{(index .NetworkSettings.Networks \"$PREFIX\").IPAddress}}"; }

inventory() {
  local name
  printf -- '---\nall:\n  vars:\n'
  printf '    ansible_user: root\n    ansible_ssh_private_key_file: %s\n' "$STATE/key"
  printf '    ansible_ssh_common_args: -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR\n'
  printf '  hosts:\n'
  for name in "$@"; do
    printf '    %s:\n      ansible_host: %s\n' "$name" "$(address "$PREFIX-$name")"
  done
}

create() {
  local name started subnet number=10 options network=()
  started=$(date +%s%N)
  make_key
  make_image
  podman_ save --quiet --output "$STATE/busybox.tar.$$" "$PROBE_IMAGE"
  mv "$STATE/busybox.tar.$$" "$STATE/busybox.tar"
  [ -z "${NODES_SUBNET:-}" ] || network=(--subnet "$NODES_SUBNET.0/24")
  podman_ network exists "$PREFIX" || podman_ network create "${network[@]}" "$PREFIX" >/dev/null
  subnet=$(podman_ network inspect "$PREFIX" --format '{{(index .Subnets 0).Subnet}}')
  subnet=${subnet%.*}
  for name in "$@"; do
    number=$((number + 1))
    options=(--network "$PREFIX" --hostname "$name" --tmpfs /tmp --ip "$subnet.$number")
    [ -z "${NODES_STORE:-}" ] || options+=(--volume "$NODES_STORE:/mnt/images:ro")
    podman_ container exists "$PREFIX-$name" || node_start "$PREFIX-$name" "$IMAGE" "${options[@]}"
    prepare "$PREFIX-$name"
  done
  inventory "$@" >"$STATE/inventory.yml"
  note "nodes: $* ($(seconds_since "$started") s); inventory: ${STATE#"$ROOT/"}/inventory.yml"
}

nodes() { podman_ ps --all --format '{{.Names}}' --filter "name=^$PREFIX-"; }

reboot() {
  local node
  for node in $(nodes); do
    node_reboot "$node"
    podman_ exec "$node" systemctl start ssh
  done
}

destroy() {
  local node
  for node in $(nodes); do
    node_remove "$node"
  done
  podman_ network rm --force "$PREFIX" >/dev/null 2>&1 || true
  rm -rf "$STATE"
}

case $COMMAND in
  image) make_image ;;
  create) shift 2; [ $# -gt 0 ] || usage; create "$@" ;;
  reboot) reboot ;;
  destroy) destroy ;;
  *) usage ;;
esac
