#!/usr/bin/env bash
# The collection's tarball with the oldest and the newest ansible-core that it supports: sanity, the plugins'
# unit tests, and playbooks over ssh. Controllers and hosts are nodes, with the Python that each release wants.
#
# usage: ansible-versions.sh [VERSION...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"

# The Debian of each: its Python is one that the release runs on, and manages.
declare -A SUITES=([2.15.13]=bookworm [2.21.5]=trixie)

# usual VERSION: what the script does on its controller.
usual() {
  cat <<SCRIPT
set -euo pipefail
cd $ROOT
export ANSIBLE_CORE=$1 ANSIBLE_HOST_KEY_CHECKING=false ANSIBLE_PYTHON_INTERPRETER=auto_silent
scripts/setup.sh ansible ansible-unit >/dev/null
scripts/ansible-unit.sh | tail -n 1
scripts/sanity.sh ansible-test
.cache/venv/bin/ansible-galaxy collection install --offline build/*.tar.gz -p /root/collections >/dev/null
export ANSIBLE_COLLECTIONS_PATH=/root/collections
play() { .cache/venv/bin/ansible-playbook -i "$STATE/inventory.yml" -e image=$PROBE_IMAGE "\$@"; }
play molecule/transport/converge.yml
play molecule/default/converge.yml
play molecule/default/converge.yml | tee /tmp/second
[ "\$(grep -c 'changed=0 .*failed=0' /tmp/second)" = 2 ]
SCRIPT
}

# The files that git knows of, as they are here, and what was built of them.
copy_checkout() {
  local known
  mapfile -t known < <(git ls-files | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
  podman_ exec "$1" mkdir -p "$ROOT"
  tar -c "${known[@]}" build/*.tar.gz plugins/plugin_utils/runners "${STATE#"$ROOT/"}" |
    podman_ exec -i "$1" tar -C "$ROOT" --no-same-owner -x
}

check() {
  local version=$1 name controller started log
  name=core-${version//./-}
  controller=paunch-ssh-$name-controller
  STATE=$CACHE/nodes/$name
  log=$LOGS/ansible-$version.log
  started=$(date +%s%N)
  "$ROOT/scripts/ssh-nodes.sh" destroy "$name"
  # shellcheck disable=SC2064 # the name of now
  trap "'$ROOT/scripts/ssh-nodes.sh' destroy '$name'" EXIT
  NODES_SUITE=${SUITES[$version]} "$ROOT/scripts/ssh-nodes.sh" create "$name" n1 n2 controller
  sed -i '/^    controller:/,$d' "$STATE/inventory.yml"
  node_network_settings "$controller"
  copy_checkout "$controller"
  usual "$version" | podman_ exec -i --env LANG=C.UTF-8 "$controller" bash >"$log" 2>&1 || {
    grep -E -B 3 -A 25 'ERROR|fatal:|FAILED' "$log" | head -n 100 >&2
    die "ansible-core $version: failed" "the whole output is in ${log#"$ROOT/"}"
  }
  note "ansible-core $version: fine ($(seconds_since "$started") s)"
}

main() {
  cd "$ROOT"
  local version
  [ $# -gt 0 ] || set -- 2.15.13 2.21.5
  for version in "$@"; do
    [ -n "${SUITES[$version]:-}" ] || die "no node has a Python for ansible-core $version" "there are: ${!SUITES[*]}"
  done
  for version in "$@"; do (check "$version"); done
}

main "$@"
