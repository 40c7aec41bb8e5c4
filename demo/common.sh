# shellcheck shell=bash
# What the demo's scripts share. Sourced after scripts/lib.sh.

# shellcheck disable=SC2034 # used by the scripts that source this
IMAGE=localhost/paunch-demo:latest
# shellcheck disable=SC2034
RECIPE_LABEL=paunch.demo.recipe
MANAGED_BY=paunch_demo
DATA=/var/lib/paunch-demo

our_containers() { as_root podman ps --all --quiet --filter "label=managed_by=$MANAGED_BY"; }

# The collection's name has to resolve to this checkout.
link_collection() {
  local place=$CACHE/collections/ansible_collections/overcloud
  mkdir -p "$place"
  ln -sfn "$ROOT" "$place/paunch"
}

playbook() {
  link_collection
  ANSIBLE_CONFIG=$ROOT/demo/ansible.cfg ANSIBLE_HOME=$DATA/.ansible \
    as_root "$VENV/bin/ansible-playbook" --inventory localhost, --extra-vars "ansible_python_interpreter=$VENV/bin/python3" "$@"
}
