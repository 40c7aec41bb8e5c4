#!/usr/bin/env bash
# make demo: from nothing to a Keystone token, through HAProxy. Run again, it finds
# everything as it should be and changes nothing.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../scripts/lib.sh"
. "$HERE/common.sh"

started=$(date +%s%N)
PORTS=(127.0.0.50:3306 127.0.0.50:5000 127.0.0.51:3306 127.0.0.51:5000 127.0.0.51:11211)

set_up() {
  "$ROOT/scripts/setup.sh" go ansible podman image
  . "$ROOT/scripts/podman-env.sh"
}

# The image takes the network and a core, the compiler takes the other one. The
# compiler is the one in the background: a Ctrl-C reaches only the foreground.
build() {
  "$ROOT/scripts/build.sh" host &
  local binary_job=$!
  if ! "$HERE/build-image.sh" "$IMAGE"; then
    wait "$binary_job" || true
    exit 1
  fi
  wait "$binary_job" || exit 1
}

# Before a first run only: later the ports are taken by the demo itself.
check_ports() {
  [ -z "$(our_containers)" ] || return 0
  local address taken=()
  for address in "${PORTS[@]}"; do
    (exec 3<>"/dev/tcp/${address/://}") 2>/dev/null && taken+=("$address")
  done
  [ ${#taken[@]} -eq 0 ] || die "something else listens on ${taken[*]}" \
    "see what it is: $(sudo_prefix)ss -ltnp" "stop it, then run: make demo"
}

deploy() {
  as_root mkdir -p "$DATA"
  as_root chmod 0700 "$DATA"
  playbook "$HERE/deploy.yml" || die "the deployment stopped; the message above names the container and why" \
    "logs of the services: $DATA/log" \
    "all containers:       podman ps -a --filter label=managed_by=$MANAGED_BY" \
    "go on from there:     make demo" \
    "start from nothing:   make demo-clean demo"
}

openstack() {
  as_root podman run --rm --net host --env-file "$DATA/config-data/keystone/openrc.env" "$IMAGE" openstack "$@"
}

# The client's table, without its frame; the id is good for an hour, so not all of it.
show_token() {
  awk -F ' *[|] *' '$2 != "" && $2 != "Field" {
    value = (length($3) > 40) ? substr($3, 1, 24) "..." : $3
    printf "    %-10s  %s\n", $2, value
  }' "$LOGS/token.log"
}

# HAProxy asks Keystone once a second whether it is there: a new one may take two.
token() {
  local try
  for try in 1 2 3 4 5; do
    if openstack token issue >"$LOGS/token.log" 2>&1; then
      show_token
      return
    fi
    sleep "$try"
  done
  tail -n 5 "$LOGS/token.log" >&2
  die "Keystone gave no token" "its log: $DATA/log/keystone/keystone.log" \
    "HAProxy's:  podman logs haproxy"
}

try_next() {
  cat <<NEXT

What to try next:
  make demo                              again: nothing changes, in seconds
  \$EDITOR demo/templates/keystone.conf.j2
  make demo                              Keystone alone is replaced, and its bootstrap run again
  $(sudo_prefix)podman rm -f memcached; make demo    what is missing is put back
  $(sudo_prefix)podman ps -a --filter label=managed_by=$MANAGED_BY
  $(sudo_prefix)build/paunch list --managed-by $MANAGED_BY
  make demo-clean                        containers, image and data are gone
NEXT
}

sudo_prefix() { [ "$EUID" -eq 0 ] || printf 'sudo '; }

main() {
  set_up
  check_ports
  build
  deploy
  say "openstack token issue, through HAProxy at http://127.0.0.50:5000"
  token
  printf '\nA token, %s s after the start.\n' "$(seconds_since "$started")"
  try_next
}

main
