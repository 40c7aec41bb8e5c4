# shellcheck shell=bash
# Nodes: Debian with systemd, made by debootstrap, run as privileged containers with a
# network, a systemd and a Podman storage of their own. Sourced after podman-env.sh.

podman_() { as_root podman "$@"; }

# ---- the image of a kind of nodes: one for all runs -----------------------------

mirror() {
  # shellcheck disable=SC2016 # apt's variable
  apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | grep -v security | head -n1
}

# Units that make no sense in a container, wait for what does not exist, or serve what
# only tests are to start.
mask_units() {
  local unit
  for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
    systemd-networkd-wait-online.service systemd-logind.service systemd-modules-load.service getty.target \
    console-getty.service apt-daily.timer apt-daily-upgrade.timer docker-registry.service; do
    as_root ln -sf /dev/null "$1/etc/systemd/system/$unit"
  done
}

# An image of another recipe is re-created.
RECIPE_LABEL=paunch.node.recipe
recipe() { { echo "$*"; declare -f make_tree mask_units; } | sha256sum | cut -c1-16; }

# make_tree DIRECTORY SUITE PACKAGES
make_tree() {
  logged debootstrap as_root debootstrap --variant=minbase --include="$3" "$2" "$1" "$(mirror)"
  mask_units "$1"
  as_root rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}

# node_image IMAGE SUITE PACKAGES: PACKAGES as debootstrap takes them.
node_image() {
  local image=$1 suite=$2 packages=$3 wanted found
  wanted=$(recipe "$suite" "$packages")
  found=$(podman_ image inspect "$image" --format "{{index .Labels \"$RECIPE_LABEL\"}}" 2>/dev/null || true)
  [ "$found" != "$wanted" ] || return 0
  say "making $image by debootstrap (a minute or two, once)"
  ( # a shell of its own, so that the tree goes also when this fails
    tree=$(mktemp -d /var/tmp/paunch-node.XXXXXX)
    trap 'as_root rm -rf "$tree"' EXIT
    make_tree "$tree" "$suite" "$packages"
    as_root tar -C "$tree" -c . | podman_ import --quiet \
      --change 'CMD ["/sbin/init"]' --change 'STOPSIGNAL SIGRTMIN+3' \
      --change "LABEL $RECIPE_LABEL=$wanted" - "$image" >/dev/null
  )
}

# What a node has on which tests run: one image for all of them.
# shellcheck disable=SC2034 # used by the scripts that source this
TEST_PACKAGES=systemd,systemd-sysv,dbus,podman,runc,crun,netavark,aardvark-dns,nftables,iptables,python3,ca-certificates
TEST_PACKAGES+=,openssh-server,iproute2,procps,catatonit,curl,busybox-static,uidmap,fuse-overlayfs,passwd,docker-registry,tmux

# ---- a node ----------------------------------------------------------------------

# node_start NODE IMAGE [PODMAN OPTION...]: and wait until systemd is up.
node_start() {
  local node=$1 image=$2
  shift 2
  # --systemd=always would mount the host's hierarchy on a host of old cgroups.
  podman_ run --detach --name "$node" --hostname "${node%-*}" --privileged --systemd=false --cgroupns=private \
    --tmpfs /run --tmpfs /run/lock --volume "$node-storage:/var/lib/containers" "$@" "$image" >/dev/null
  node_wait "$node"
}

# node_reboot NODE: what a boot leaves out, such as /run, is new; the disk is as it was.
node_reboot() {
  podman_ stop --time 60 "$1" >/dev/null
  podman_ start "$1" >/dev/null
  node_wait "$1"
}

# node_wait NODE: until systemd is up.
node_wait() {
  local node=$1 try
  # As systemd leaves it on a machine of its own; rootless Podman wants it so.
  podman_ exec "$node" mount --make-rshared /
  for try in $(seq 60); do
    podman_ exec "$node" systemctl is-system-running --wait 2>/dev/null | grep -Eq 'running|degraded' && return
    sleep 0.5
  done
  die "the node did not start ($try tries)" "see: podman logs $node"
}

# node_remove NODE: with the volumes that are named after it.
node_remove() {
  local volumes
  podman_ rm --force --time 5 "$1" >/dev/null 2>&1 || true
  mapfile -t volumes < <(podman_ volume ls --quiet --filter "name=^$1-")
  [ ${#volumes[@]} -eq 0 ] || podman_ volume rm --force "${volumes[@]}" >/dev/null 2>&1 || true
}

# node_podman_settings NODE: a machine whose own Podman needs modest settings needs them
# inside a node too, where the system's Podman socket knows of no environment.
node_podman_settings() {
  [ -n "${CONTAINERS_CONF:-}" ] || return 0
  podman_ exec "$1" mkdir -p /etc/containers/containers.conf.d
  podman_ cp "$CONTAINERS_CONF" "$1:/etc/containers/containers.conf.d/50-nested.conf"
}

# node_network_settings NODE: a node that has to reach package registries does it the way this machine does: by
# its certificates, its apt and pip settings. Its resolver is Podman's doing.
node_network_settings() {
  local extra=/usr/local/share/ca-certificates
  if [ -n "$(ls -A "$extra" 2>/dev/null)" ]; then
    podman_ cp "$extra/." "$1:$extra"
    podman_ exec "$1" update-ca-certificates >/dev/null 2>&1
  fi
  [ ! -e /etc/pip.conf ] || podman_ cp /etc/pip.conf "$1:/etc/pip.conf"
  apt-config dump 2>/dev/null | grep -E '^Acquire::(https?|Check)' |
    podman_ exec -i "$1" sh -c 'cat >/etc/apt/apt.conf.d/90-like-the-host' || true
}
