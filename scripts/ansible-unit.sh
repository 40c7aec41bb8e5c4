#!/usr/bin/env bash
# The unit tests of the Ansible plugins, the sidecar of the documentation as Ansible reads
# it, and the changelog fragments.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/demo/common.sh"

main() {
  cd "$ROOT"
  link_collection
  export PYTHONPATH=$CACHE/collections PYTHONDONTWRITEBYTECODE=1 ANSIBLE_HOME=$CACHE/ansible
  export ANSIBLE_CONFIG=$ROOT/demo/ansible.cfg
  "$VENV/bin/python3" -m pytest -q -p no:cacheprovider tests/unit
  local name
  for name in module:paunch_step module:paunch_info module:paunch_report module:paunch_files module:tripleo_container_manage module:edpm_container_manage \
    module:tripleo_container_configs module:edpm_container_configs lookup:services inventory:containers callback:steps \
    filter:step_table role:paunch_step role:tripleo_container_manage role:edpm_container_standalone; do
    logged "doc-${name#*:}" "$VENV/bin/ansible-doc" -t "${name%:*}" "overcloud.paunch.${name#*:}"
  done
  logged changelog "$VENV/bin/antsibull-changelog" lint
}

main
