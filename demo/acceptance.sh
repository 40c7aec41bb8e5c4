#!/usr/bin/env bash
# Run by make demo-test: what a deployed demo promises when something is changed or breaks. Tokens are
# asked for all the time; none may fail. Ends with the demo as it was.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../scripts/lib.sh"
. "$HERE/common.sh"
. "$ROOT/scripts/podman-env.sh"

id() { as_root podman inspect --format '{{.Id}}' "$1"; }

# deploy NAME [ANSIBLE ARGUMENT...]: its output is kept as that name's log.
deploy() {
  local name=$1
  shift
  playbook "$HERE/deploy.yml" "$@" >"$LOGS/acceptance-$name.log" 2>&1
}

says() { grep -Eq -- "$2" "$LOGS/acceptance-$1.log" || { tail -n 40 "$LOGS/acceptance-$1.log" >&2 && die "$1: the output does not say: $2"; }; }

must_fail() {
  if deploy "$@"; then die "$1: the deployment did not fail"; fi
}

start_asking() {
  rm -f "$LOGS/acceptance-stop"
  as_root "$VENV/bin/python3" "$HERE/ask_tokens.py" "$DATA/config-data/keystone/openrc.env" "$LOGS/acceptance-stop" >"$LOGS/acceptance-tokens.log" 2>&1 &
  asking=$!
}

# All tokens since start_asking have to have come.
stop_asking() {
  touch "$LOGS/acceptance-stop"
  wait "$asking" || { cat "$LOGS/acceptance-tokens.log" >&2 && die "$1: a request for a token failed"; }
  say "$1: $(tail -n 1 "$LOGS/acceptance-tokens.log")"
}

changed_config() {
  local others=(mysql memcached haproxy) before=() name i keystone
  for name in "${others[@]}"; do before+=("$(id "$name")"); done
  keystone=$(id keystone)
  start_asking
  deploy changed-config -e demo_token_seconds=7200 || die "a changed Keystone config: the deployment failed, see $LOGS/acceptance-changed-config.log"
  stop_asking "a changed Keystone config"
  [ "$(id keystone)" != "$keystone" ] || die "a changed Keystone config: Keystone is the old container"
  for i in "${!others[@]}"; do
    [ "$(id "${others[$i]}")" = "${before[$i]}" ] || die "a changed Keystone config: ${others[$i]} was replaced too"
  done
}

refused_config() {
  local haproxy
  haproxy=$(id haproxy)
  start_asking
  must_fail refused-config -e demo_token_seconds=7200 -e demo_haproxy_more=nonsense
  stop_asking "a configuration that HAProxy refuses"
  [ "$(id haproxy)" = "$haproxy" ] || die "a configuration that HAProxy refuses: the old container is gone"
  says refused-config 'its validation haproxy -c'
  says refused-config "unknown keyword 'nonsense'"
  says refused-config 'nothing was stopped'
}

broken_image() {
  local keystone
  keystone=$(id keystone)
  start_asking
  must_fail broken-image -e demo_token_seconds=7200 -e '{"demo_overrides": {"keystone": {"image": "localhost/busybox:latest", "validate": "true"}}}'
  stop_asking "an image that cannot start"
  [ "$(id keystone)" = "$keystone" ] || die "an image that cannot start: the old container is gone"
  says broken-image 'container .*keystone.*uwsgi'
}

broken_start() {
  local keystone
  keystone=$(id keystone)
  # This one is only found out by running it in the old one's place, which cuts off a request that is
  # being answered; from then on every one has to succeed.
  must_fail broken-start -e demo_token_seconds=7200 \
    -e '{"demo_overrides": {"keystone": {"command": ["bash", "-c", "echo no plugin >&2; exit 3"]}}}'
  start_asking
  stop_asking "a Keystone that ends at once"
  [ "$(id keystone)" = "$keystone" ] || die "a Keystone that ends at once: the old container is gone"
  says broken-start 'no plugin'
  says broken-start 'the previous container is in its place again'
}

wrong_password() {
  local keystone
  keystone=$(id keystone)
  must_fail wrong-password -e demo_token_seconds=7200 -e '{"demo_overrides": {"keystone_db_sync": {"command":
    ["bash", "-c", "sed s#keystone:.*@#keystone:wrong@# /etc/keystone/keystone.conf > /tmp/k.conf && keystone-manage --config-file /tmp/k.conf db_sync"]}}}'
  says wrong-password 'keystone_db_sync.*exit code 1'
  says wrong-password 'Access denied'
  [ "$(id keystone)" = "$keystone" ] || die "a wrong password: a later step was touched"
  deploy fixed -e demo_token_seconds=7200 || die "fixed: the deployment failed, see $LOGS/acceptance-fixed.log"
  says fixed 'failed=0'
}

main() {
  [ -n "$(our_containers)" ] || die "the demo is not deployed" "make demo"
  changed_config
  refused_config
  broken_image
  broken_start
  wrong_password
  deploy restored || die "restored: the deployment failed, see $LOGS/acceptance-restored.log"
  say "acceptance: a changed config replaces Keystone alone; a bad one is refused; what cannot start leaves the old one; a failed sync stops and goes on"
}

main
