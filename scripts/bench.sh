#!/usr/bin/env bash
# Measures applies beside floors and beside what people use instead, on one Podman of its own, and writes a page, its
# numbers and its chart into docs.
#
# usage: bench.sh quick   20 and 50 containers: docs/benchmarks.md, in some ten minutes on two idle cores
#        bench.sh full    1, 20, 50 and 200 containers and all steps of all peers: the same page
#        SIZES=LIST, PEERS=REGEXP: fewer of both
#        bench.sh scale   1000 containers in waves of 200: docs/scale.md
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/demo/common.sh"

PEER_COLLECTIONS=$CACHE/peers
BENCH=$CACHE/bin/bench

# measure TARGET FLAG...: as root, because Podman's containers are root's in production too.
measure() {
  local command="make $1"
  shift
  [ -z "${SIZES:-}" ] || command+=" SIZES=$SIZES"
  [ -z "${PEERS:-}" ] || command+=" PEERS='$PEERS'"
  as_root env "PATH=$PATH" "$BENCH" -command "$command" -commit "$(git rev-parse --short=10 HEAD)" -docs docs -paunch "$ROOT/build/paunch" \
    -legacy "$CACHE/venv-legacy/bin/paunch" -podman-compose "$CACHE/venv-peers/bin/podman-compose" \
    -ansible-playbook "$VENV/bin/ansible-playbook" -collections "$CACHE/collections:$PEER_COLLECTIONS" "$@"
}

main() {
  cd "$ROOT"
  local form=${1:-quick}
  link_collection
  scripts/build.sh host
  scripts/go build -tags "$GO_TAGS" -o "$BENCH" ./module/internal/bench
  case $form in
    quick) measure bench -quick -sizes "${SIZES:-20,50}" -peers "${PEERS:-}" -readme README.md ;;
    full) measure bench-full -sizes "${SIZES:-1,20,50,200}" -peers "${PEERS:-}" -readme README.md ;;
    scale)
      measure test-scale -sizes 1000 -waves 5 -rounds "${ROUNDS:-1}" -page scale -title "1000 containers on one host" \
        -peers '^(paunch, settle 0|bare REST calls|podman commands)'
      ;;
    *) die "usage: bench.sh quick|full|scale" ;;
  esac
}

main "$@"
