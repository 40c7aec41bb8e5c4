#!/usr/bin/env bash
# Builds the collection's tarball: the same bytes for the same commit and the same Go.
#
# usage: collection.sh build   build/overcloud-paunch-VERSION.tar.gz; RUNNERS_SIGNATURE=FILE puts in a signature of the
#                              binaries' digests
#        collection.sh pack    the compressed binaries and their digests only: build/packed
#        collection.sh test    install it where nothing else is, and run a step from there
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What users get; the rest of the repository is for those who build it.
PARTS=(CHANGELOG.rst LICENSE LICENSES README.md changelogs docs examples galaxy.yml meta playbooks plugins roles tests/sanity)
RUNNERS=plugins/plugin_utils/runners

TARBALL=$ROOT/build/overcloud-paunch-$(first_field version: "$ROOT/galaxy.yml").tar.gz

# stage DIR: what git knows of, and the binaries.
stage() {
  local file
  git -C "$ROOT" ls-files -z -- "${PARTS[@]}" | while IFS= read -r -d '' file; do
    [ ! -e "$ROOT/$file" ] || install -D -m "$([ -x "$ROOT/$file" ] && echo 0755 || echo 0644)" "$ROOT/$file" "$1/$file"
  done
  for file in "$ROOT"/build/packed/{*.xz,SHA256SUMS}; do install -D -m 0644 "$file" "$1/$RUNNERS/$(basename "$file")"; done
  [ -z "${RUNNERS_SIGNATURE:-}" ] || install -D -m 0644 "$RUNNERS_SIGNATURE" "$1/$RUNNERS/SHA256SUMS.asc"
}

pack() {
  "$ROOT/scripts/build.sh" all
  "$VENV/bin/python3" "$ROOT/scripts/pack.py" "$ROOT/build/packed" "$ROOT"/build/paunch_step-linux-*
}

build() {
  local work epoch
  pack
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$work'" EXIT
  stage "$work/source"
  logged collection-build "$VENV/bin/ansible-galaxy" collection build --force --output-path "$work" "$work/source"
  epoch=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct)}
  "$VENV/bin/python3" "$ROOT/scripts/repack.py" "$work/$(basename "$TARBALL")" "$TARBALL" "$epoch"
  note "${TARBALL#"$ROOT/"}: $(stat -c %s "$TARBALL") bytes, sha256 $(sha256sum "$TARBALL" | cut -c1-16)..."
}

# check_listing: each module, plugin and the role is listed with its description, without a warning or an error.
check_listing() {
  local kind name
  : >"$LOGS/collection-list.log"
  for kind in module lookup callback filter inventory role; do
    "$VENV/bin/ansible-doc" -l -t "$kind" overcloud.paunch >>"$LOGS/collection-list.log" 2>&1 || die "ansible-doc -l -t $kind failed"
  done
  ! grep -iE 'warning|error|undocumented' "$LOGS/collection-list.log" || die "ansible-doc does not list the collection well"
  for name in paunch_step paunch_info paunch_report paunch_files services steps step_table containers; do
    grep -qE "^overcloud\.paunch\.$name +[A-Z]" "$LOGS/collection-list.log" || die "ansible-doc does not list $name"
  done
  logged collection-doc "$VENV/bin/ansible-doc" -t module overcloud.paunch.paunch_step
}

run_test() {
  [ -e "$TARBALL" ] || die "there is no tarball" "run: make collection"
  . "$ROOT/scripts/podman-env.sh"
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "as_root rm -rf '$work'" EXIT
  export ANSIBLE_HOME=$work/home ANSIBLE_COLLECTIONS_PATH=$work/collections ANSIBLE_CONFIG=$work/ansible.cfg
  : >"$ANSIBLE_CONFIG"
  logged collection-install "$VENV/bin/ansible-galaxy" collection install --offline "$TARBALL" -p "$work/collections"
  logged collection-verify "$VENV/bin/ansible-galaxy" collection verify --offline overcloud.paunch
  check_listing
  logged collection-step as_root env "ANSIBLE_CONFIG=$ANSIBLE_CONFIG" "ANSIBLE_HOME=$ANSIBLE_HOME" \
    "ANSIBLE_COLLECTIONS_PATH=$ANSIBLE_COLLECTIONS_PATH" "ANSIBLE_LIBRARY=$ROOT/build/library" \
    "$VENV/bin/ansible-playbook" -i localhost, -c local -e "ansible_python_interpreter=$VENV/bin/python3 work=$work image=$PROBE_IMAGE" "$ROOT/tests/collection.yml"
  note "installed alone, and a step was run: $(grep -o 'localhost  *:.*' "$LOGS/collection-step.log")"
}

case ${1:-} in
  build) build ;;
  pack) pack ;;
  test) run_test ;;
  *) die "usage: collection.sh build|pack|test" ;;
esac
