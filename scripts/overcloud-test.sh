#!/usr/bin/env bash
# make overcloud-test: what a deployed overcloud promises when something is changed, updated or breaks. Needs `make
# overcloud`; ends with the overcloud as it was, but for a second Keystone host that has joined.
#
# usage: overcloud-test.sh [TEST...]   all of them when none is named
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/overcloud-lib.sh"

TESTS=(wrong_template changed_config failed_sync kept_data killed_node joined_host rolling_update)

# play NAME PLAYBOOK [ARGUMENT...]: its output is kept as that name's log.
play() {
  local name=$1 playbook=$2
  shift 2
  overcloud_playbook "$ROOT/playbooks/$playbook.yml" "$@" >"$LOGS/overcloud-$name.log" 2>&1
}

must_work() { play "$@" || { tail -n 30 "$LOGS/overcloud-$1.log" >&2 && die "$1 failed"; }; }
must_fail() { if play "$@"; then die "$1 did not fail"; fi; }
says() { grep -Eq -- "$2" "$LOGS/overcloud-$1.log" || { tail -n 30 "$LOGS/overcloud-$1.log" >&2 && die "$1: the output does not say: $2"; }; }
silent() { if grep -Eq -- "$2" "$LOGS/overcloud-$1.log"; then die "$1: the output says: $2"; fi; }

# ids NODE: names and ids of all containers.
ids() { in_node "$1" podman ps --all --no-trunc --format '{{.Names}} {{.ID}}' | sort; }

# recreated BEFORE AFTER: the names whose container is another one.
recreated() { comm -13 <(echo "$1") <(echo "$2") | cut -d' ' -f1 | tr '\n' ' '; }

# ---- the tests

wrong_template() {
  local before after services=$OVERCLOUD/services
  mkdir -p "$services"
  printf 'roles: [compute]\nfiles: {x.conf: {target: /x, content: "{{ no_such_variable }}"}}\n' >"$services/broken.yml"
  before=$(ids controller-0)
  must_fail wrong-template deploy -e "{\"overcloud_services_dirs\": [\"$services\"]}"
  rm -r "$services"
  says wrong-template 'broken.yml: file x.conf: .*no_such_variable'
  silent wrong-template 'Prepare|Step 1'
  after=$(ids controller-0)
  [ "$before" = "$after" ] || die "a wrong template: a host was touched"
}

# One more line in cinder.conf.
changed_config() {
  local controller storage compute changed
  controller=$(ids controller-0) storage=$(ids storage-0) compute=$(ids compute-0)
  must_work changed-config deploy -e overcloud_cinder_extra='osapi_max_limit=900'
  changed=$(recreated "$storage" "$(ids storage-0)")
  [ "$changed" = "cinder_api cinder_backup cinder_scheduler cinder_volume " ] || die "a changed cinder.conf replaced on storage-0: $changed"
  changed=$(recreated "$controller" "$(ids controller-0)")
  [ "$changed" = "cinder_db_sync " ] || die "a changed cinder.conf replaced on controller-0: $changed"
  [ "$compute" = "$(ids compute-0)" ] || die "a changed cinder.conf replaced something on compute-0"
  must_work changed-back deploy
}

failed_sync() {
  local storage
  storage=$(ids storage-0)
  must_fail failed-sync deploy -e '{"paunch_step_config_overrides": {"cinder_db_sync":
    {"command": ["sh", "-c", "echo no such database >&2; exit 3"]}}}'
  says failed-sync 'Step 3 · database syncs, on controller-0:'
  says failed-sync 'cinder_db_sync: .*3'
  says failed-sync 'stderr \| no such database'
  silent failed-sync '^Step 4'
  [ "$storage" = "$(ids storage-0)" ] || die "a failed sync: storage-0 was touched"
  must_work fixed-sync deploy
  says fixed-sync 'cinder_db_sync'
  says fixed-sync '^Step 5'
}

# A row, a queue's message and a key that were there before a restart by an apply are there after it.
kept_data() {
  local before changed name
  in_node controller-0 podman exec mysql mariadb --socket=/var/lib/mysql/mysql.sock -e \
    'CREATE DATABASE IF NOT EXISTS verify; CREATE OR REPLACE TABLE verify.t (x INT); INSERT INTO verify.t VALUES (42)'
  in_node controller-0 podman exec rabbitmq rabbitmqctl --quiet eval \
    'rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"verify">>), true, false, [], none, <<"test">>), ok.' >/dev/null
  redis_cli set verify 42 >/dev/null
  before=$(ids controller-0)
  must_work restarted deploy --tags step1 -e '{"paunch_step_config_overrides": {
    "mysql": {"environment": {"AGAIN": "1"}}, "rabbitmq": {"environment": {"AGAIN": "1"}}, "redis": {"environment": {"AGAIN": "1"}}}}'
  changed=$(recreated "$before" "$(ids controller-0)")
  for name in mysql rabbitmq redis; do
    [[ " $changed" = *" $name "* ]] || die "kept data: $name was not replaced"
  done
  [ "$(in_node controller-0 podman exec mysql mariadb --socket=/var/lib/mysql/mysql.sock -Ne 'SELECT x FROM verify.t')" = 42 ] ||
    die "MariaDB lost a row"
  in_node controller-0 podman exec rabbitmq rabbitmqctl --quiet list_queues name durable | grep -q '^verify.*true' || die "RabbitMQ lost a queue"
  [ "$(redis_cli get verify)" = 42 ] || die "Redis lost a key"
  must_work restarted-back deploy --tags step1
}

redis_cli() {
  # shellcheck disable=SC2016 # the container expands it
  in_node controller-0 podman exec redis sh -c \
    'REDISCLI_AUTH=$(sed -n "s/^requirepass //p" /etc/redis/redis.conf) redis-cli -h $(sed -n "s/^bind //p" /etc/redis/redis.conf) "$@"' -- "$@"
}

killed_node() {
  play killed-node deploy --tags step4 -e '{"paunch_step_config_overrides": {"glance_api": {"environment": {"AGAIN": "1"}}}}' &
  local job=$!
  until grep -q '^Step 4' "$LOGS/overcloud-killed-node.log" 2>/dev/null; do sleep 0.2; done
  sleep 2
  as_root podman kill paunch-ssh-overcloud-controller-0 >/dev/null
  if wait "$job"; then die "a killed node: the deployment did not fail"; fi
  says killed-node 'controller-0 +.*(unreachable|gave no result|UNREACHABLE)|controller-0 .*(unreachable=1|failed=1)'
  as_root podman start paunch-ssh-overcloud-controller-0 >/dev/null
  as_root podman exec paunch-ssh-overcloud-controller-0 mount --make-rshared /
  until in_node controller-0 systemctl is-active --quiet ssh; do sleep 0.5; done
  must_work killed-node-again deploy
  must_work killed-node-third deploy
  says killed-node-third 'controller-0 +ok=[0-9]+ changed=0 '
}

# A second host of the role identity.
joined_host() {
  "$ROOT/scripts/ssh-nodes.sh" create overcloud "${NODES[@]}" identity-0
  printf -- '---\nidentity:\n  hosts:\n    identity-0: {ansible_host: %s.14}\n' "$NODES_SUBNET" >"$OVERCLOUD/inventory/hosts.yml"
  local before changed
  before=$(ids controller-0)
  must_work joined scale_out -e paunch_new_hosts=identity-0
  changed=$(recreated "$before" "$(ids controller-0)")
  [[ " $changed" != *" haproxy "* && " $changed" != *" keystone "* ]] || die "a host that joined replaced on controller-0: $changed"
  in_node identity-0 podman ps --format '{{.Names}}' | grep -qx keystone || die "identity-0 runs no Keystone"
}

# Keystone's image changes on both hosts, one after the other, and back, while tokens are asked for.
rolling_update() {
  local id
  [ "$(grep -c identity-0 "$OVERCLOUD/inventory/hosts.yml")" -gt 0 ] || joined_host
  image_podman image exists localhost/overcloud:2 || {
    id=$(image_podman create "$OVERCLOUD_IMAGE" true)
    image_podman commit --quiet --change 'LABEL version=2' "$id" localhost/overcloud:2 >/dev/null
    image_podman rm "$id" >/dev/null
  }
  in_node controller-0 cat /var/lib/config-data/keystone/openrc.env >"$OVERCLOUD/openrc.env"
  chmod 0600 "$OVERCLOUD/openrc.env"
  rm -f "$OVERCLOUD/stop"
  "$VENV/bin/python3" "$ROOT/tests/overcloud/load.py" "$OVERCLOUD/openrc.env" "$OVERCLOUD/stop" >"$LOGS/overcloud-load.log" 2>&1 &
  local job=$!
  trap 'touch "$OVERCLOUD/stop"' EXIT
  must_work rolling update -e '{"overcloud_images": {"keystone": "localhost/overcloud:2"}}' -e 'paunch_hosts=controller:identity'
  must_work rolling-back update -e 'paunch_hosts=controller:identity'
  touch "$OVERCLOUD/stop"
  wait "$job" || { cat "$LOGS/overcloud-load.log" >&2 && die "a rolling update: requests failed"; }
  note "$(tail -n 1 "$LOGS/overcloud-load.log")"
}

main() {
  cd "$ROOT"
  in_node controller-0 true 2>/dev/null || die "the overcloud is not deployed" "make overcloud"
  local name start
  [ $# -gt 0 ] || set -- "${TESTS[@]}"
  for name in "$@"; do
    declare -F "$name" >/dev/null || die "there is no test $name" "those that are: ${TESTS[*]}"
    start=$(date +%s%N)
    "$name"
    note "$name: passed ($(seconds_since "$start") s)"
  done
}

main "$@"
