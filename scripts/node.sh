#!/usr/bin/env bash
# The tests that need a real Podman or systemd, on Debian 13's, in a node with cgroups of
# its own: the test programs and the binary are built here and run there.
# NODE_SUITE=bookworm takes Debian 12 instead, with Podman 4.3 and systemd 252.
#
# usage: node.sh [GO TEST FLAG...]   such as -test.run=Kill
#
# PAUNCH_KILLS (default 10) is how many runs the kill test kills.
# PAUNCH_NODE_TESTS (default: all) names the packages whose tests are run, e.g. "systemd".
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"

SUITE=${NODE_SUITE:-trixie}
IMAGE=localhost/paunch-node:$SUITE
NODE=paunch-node-$$

# The packages whose tests need a real Podman or systemd.
read -ra TESTED <<<"${PAUNCH_NODE_TESTS:-systemd nodetest podman paunch cli}"
declare -A DIRECTORY=([podman]=module/internal/podman [paunch]=module/paunch [cli]=module/internal/cli
  [systemd]=module/internal/systemd [nodetest]=module/internal/nodetest)
# Those with a test whose two halves have a boot between them.
OVER_BOOT="systemd nodetest"

in_node() { podman_ exec "$NODE" "$@"; }

build_tests() {
  local name
  "$ROOT/scripts/build.sh" host
  cp "$ROOT/build/paunch" "$1/paunch_step"
  for name in "${TESTED[@]}"; do
    logged "node-$name" scripts/go test -c -trimpath -tags "$GO_TAGS realpodman realsystemd realnode" -o "$1/$name.test" "./${DIRECTORY[$name]}"
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
  # The pages that commands and results are compared with.
  in_node mkdir -p /src/docs
  podman_ cp docs/. "$NODE:/src/docs"
  # The Python paunch, whose hosts are taken over.
  in_node mkdir -p /src/legacy
  podman_ cp "$(echo "$CACHE"/venv-legacy/lib/python3*/site-packages)/." "$NODE:/src/legacy"
  # systemd judges the units that stand there.
  in_node mkdir -p /src/module/internal/unitfile
  podman_ cp module/internal/unitfile/testdata "$NODE:/src/module/internal/unitfile/testdata"
  # Podman is compared with what Quadlet would run.
  in_node mkdir -p /src/module/internal/quadlet
  podman_ cp module/internal/quadlet/testdata "$NODE:/src/module/internal/quadlet/testdata"
}

# run_tests NAME FLAG...
run_tests() {
  local name=$1 options=()
  shift
  [ ! -e "$CACHE/containers.conf" ] || options=(--env CONTAINERS_CONF=/etc/containers/containers.conf.d/50-nested.conf)
  podman_ exec --workdir "/src/${DIRECTORY[$name]}" "${options[@]}" --env PODMAN_IGNORE_CGROUPSV1_WARNING=1 \
    --env PAUNCH_BINARY=/src/paunch_step --env PAUNCH_KILLS="${PAUNCH_KILLS:-10}" --env HOME=/root \
    --env PAUNCH_LEGACY=/src/legacy "$NODE" "./$name.test" -test.timeout=40m "$@"
}

# The tests that do not belong to a suite: Debian 12's Podman 4.3 has no Quadlet, which began with 4.4.
not_here() { [ "$SUITE" != bookworm ] || printf '|OfQuadlet'; }

# run_package NAME FLAG...
run_package() {
  run_tests "$@" -test.skip="^TestReboot$(not_here)" || return
  # Also tests over a boot are passed over where others are asked for.
  if [[ " $OVER_BOOT " == *" $1 "* && ("$*" != *-test.run* || "$*" == *Reboot*) ]]; then
    run_over_boot "$1"
  fi
}

# run_over_boot NAME: the two halves of a test; the node is shut down and started between them.
run_over_boot() {
  local try
  run_tests "$1" -test.run='^TestRebootBefore$' || return
  podman_ stop --time 120 "$NODE" >/dev/null
  podman_ start "$NODE" >/dev/null
  in_node mount --make-rshared /
  for try in $(seq 60); do
    in_node systemctl is-system-running --wait 2>/dev/null | grep -Eq 'running|degraded' && break
    [ "$try" -lt 60 ] || die "the node does not boot again"
    sleep 0.5
  done
  run_tests "$1" -test.run='^TestRebootAfter$'
}

main() {
  cd "$ROOT"
  local built name start failed=()
  built=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$built'; node_remove '$NODE'" EXIT
  node_image "$IMAGE" "$SUITE" "$TEST_PACKAGES"
  build_tests "$built"
  # Overlay storage wants a real file system: that of a volume, for the tests' own too.
  node_start "$NODE" "$IMAGE" --volume "$NODE-tmp:/tmp"
  in_node chmod 1777 /tmp
  node_podman_settings "$NODE"
  copy_tests "$built"
  say "Debian $(in_node cat /etc/debian_version), $(in_node podman --version), in a node with systemd"
  for name in "${TESTED[@]}"; do
    start=$(date +%s%N)
    if run_package "$name" "$@"; then
      note "ok ${DIRECTORY[$name]} ($(seconds_since "$start") s)"
    else
      failed+=("${DIRECTORY[$name]}")
    fi
  done
  [ ${#failed[@]} -eq 0 ] || die "on a Debian node ($SUITE) failed: ${failed[*]}"
}

main "$@"
