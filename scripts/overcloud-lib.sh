# shellcheck shell=bash
# What the overcloud's scripts share: names, the image and its store, nodes, playbooks. Sourced after lib.sh.

. "$ROOT/demo/common.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/image-lib.sh"

# shellcheck disable=SC2034 # used by the scripts that source this
NODES=(controller-0 storage-0 compute-0)
OVERCLOUD_IMAGE=localhost/overcloud:1
OVERCLOUD_LABEL=paunch.overcloud.recipe
OVERCLOUD=$CACHE/overcloud
# shellcheck disable=SC2034
RESULTS=$OVERCLOUD/results
# shellcheck disable=SC2034 # read by ssh-nodes.sh
export NODES_SUBNET=10.204.0

# A storage of its own beside Podman's, because it needs a file system that suits it too. Nodes have it mounted
# read-only, so that the image is on this machine's disk once, and no registry is needed.
OVERCLOUD_STORE=$(dirname "$(as_root podman info --format '{{.Store.GraphRoot}}')")/paunch-overcloud
OVERCLOUD_RUN=/run/paunch-overcloud
# shellcheck disable=SC2034 # read by image-lib.sh
IMAGE_STORE=(--root "$OVERCLOUD_STORE" --runroot "$OVERCLOUD_RUN")
export NODES_STORE=$OVERCLOUD_STORE

OVERCLOUD_PACKAGES=(
  haproxy keepalived memcached rabbitmq-server mariadb-server redis-server
  keystone glance-api cinder-api cinder-scheduler cinder-volume cinder-backup manila-api manila-scheduler manila-share
  python3-openstackclient python3-manilaclient python3-pymysql python3-memcache python3-redis
  nfs-common cron logrotate socat iproute2 curl procps ca-certificates
)

overcloud_image() { build_image "$OVERCLOUD_IMAGE" "$OVERCLOUD_LABEL" 5000 "${OVERCLOUD_PACKAGES[@]}"; }

# in_node NODE COMMAND...
in_node() {
  local node=$1
  shift
  as_root podman exec --env PODMAN_IGNORE_CGROUPSV1_WARNING=1 "paunch-ssh-overcloud-$node" "$@"
}

vault_password() {
  mkdir -p "$OVERCLOUD/inventory"
  chmod 0700 "$OVERCLOUD"
  [ -s "$OVERCLOUD/vault-password" ] || (umask 077 && head -c 24 /dev/urandom | base64 >"$OVERCLOUD/vault-password")
  printf -- '---\nall: {}\n' >"$OVERCLOUD/inventory/hosts.yml"
}

# overcloud_playbook PLAYBOOK [ARGUMENT...]: with the inventory in tests/overcloud, and the secrets beside it.
overcloud_playbook() {
  link_collection
  ANSIBLE_CONFIG=$ROOT/tests/overcloud/ansible.cfg ANSIBLE_HOME=$CACHE/ansible PATH=$VENV/bin:$PATH ansible-playbook \
    --inventory "$ROOT/tests/overcloud/inventory" --inventory "$OVERCLOUD/inventory" \
    --vault-password-file "$OVERCLOUD/vault-password" --extra-vars "paunch_results_dir=$RESULTS" "$@"
}
