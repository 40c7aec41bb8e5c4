#!/usr/bin/env bash
# The real-Podman tests on Debian 13's Podman, in a node with systemd and cgroups of
# its own: the test programs and the binary are built here and run there.
#
# usage: node.sh [GO TEST FLAG...]   such as -test.run=Kill
#
# PAUNCH_KILLS (default 10) is how many runs the kill test kills.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"

SUITE=trixie
IMAGE=localhost/paunch-node:$SUITE
NODE=paunch-node-$$
PACKAGES=systemd,systemd-sysv,dbus,podman,runc,crun,netavark,aardvark-dns,nftables,iptables,python3,ca-certificates
PACKAGES+=,openssh-server,iproute2,procps,catatonit,curl,busybox-static,uidmap,fuse-overlayfs,passwd,docker-registry

# The packages whose tests need a real Podman.
TESTED=(podman paunch cli)
declare -A DIRECTORY=([podman]=module/internal/podman [paunch]=module/paunch [cli]=module/internal/cli)

in_node() { podman_ exec "$NODE" "$@"; }

build_tests() {
  local name
  "$ROOT/scripts/build.sh" host
  cp "$ROOT/plugins/modules/paunch_step" "$1/paunch_step"
  for name in "${TESTED[@]}"; do
    logged "node-$name" scripts/go test -c -trimpath -tags "$GO_TAGS realpodman" -o "$1/$name.test" "./${DIRECTORY[$name]}"
  done
}

# Each where `go test` would run it, beside its testdata.
copy_tests() {
  local name dir
  for name in "${TESTED[@]}"; do
    dir=/src/${DIRECTORY[$name]}
    in_node mkdir -p "$dir"
    podman_ cp "$1/$name.test" "$NODE:$dir/$name.test"
    [ ! -d "${DIRECTORY[$name]}/testdata" ] || podman_ cp "${DIRECTORY[$name]}/testdata" "$NODE:$dir/testdata"
  done
  podman_ cp "$1/paunch_step" "$NODE:/src/paunch_step"
}

# run_tests NAME FLAG...
run_tests() {
  local name=$1 options=()
  shift
  [ ! -e "$CACHE/containers.conf" ] || options=(--env CONTAINERS_CONF=/etc/containers/containers.conf.d/50-nested.conf)
  podman_ exec --workdir "/src/${DIRECTORY[$name]}" "${options[@]}" --env PODMAN_IGNORE_CGROUPSV1_WARNING=1 \
    --env PAUNCH_BINARY=/src/paunch_step --env PAUNCH_KILLS="${PAUNCH_KILLS:-10}" --env HOME=/root \
    "$NODE" "./$name.test" -test.timeout=20m "$@"
}

main() {
  cd "$ROOT"
  local built name start failed=()
  built=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$built'; node_remove '$NODE'" EXIT
  node_image "$IMAGE" "$SUITE" "$PACKAGES"
  build_tests "$built"
  # Overlay storage wants a real file system: that of a volume, for the tests' own too.
  node_start "$NODE" "$IMAGE" --volume "$NODE-tmp:/tmp"
  in_node chmod 1777 /tmp
  node_podman_settings "$NODE"
  copy_tests "$built"
  say "Debian $(in_node cat /etc/debian_version), $(in_node podman --version), in a node with systemd"
  for name in "${TESTED[@]}"; do
    start=$(date +%s%N)
    if run_tests "$name" "$@"; then
      note "ok ${DIRECTORY[$name]} ($(seconds_since "$start") s)"
    else
      failed+=("${DIRECTORY[$name]}")
    fi
  done
  [ ${#failed[@]} -eq 0 ] || die "on a Debian 13 node failed: ${failed[*]}"
}

main "$@"
