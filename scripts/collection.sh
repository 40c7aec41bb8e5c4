#!/usr/bin/env bash
# Builds the collection's tarball: the same bytes for the same commit and the same Go.
#
# usage: collection.sh build   build/overcloud-paunch-VERSION.tar.gz
#        collection.sh test    install it where nothing else is, and run a step from there
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Galaxy's own is 20 MB.
LIMIT=20000000
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
  install -D -m 0755 "$ROOT/build/paunch_step-linux-x86_64" "$1/plugins/modules/paunch_step"
  mkdir -p "$1/$RUNNERS"
  gzip -9nc "$ROOT/build/paunch_step-linux-aarch64" >"$1/$RUNNERS/paunch_step-linux-aarch64.gz"
  # Of the unpacked binary, which is what runs.
  (cd "$ROOT/build" && sha256sum paunch_step-linux-aarch64) >"$1/$RUNNERS/SHA256SUMS"
}

build() {
  local work epoch size
  "$ROOT/scripts/build.sh" all
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$work'" EXIT
  stage "$work/source"
  logged collection-build "$VENV/bin/ansible-galaxy" collection build --force --output-path "$work" "$work/source"
  epoch=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct)}
  "$VENV/bin/python3" "$ROOT/scripts/repack.py" "$work/$(basename "$TARBALL")" "$TARBALL" "$epoch"
  size=$(stat -c %s "$TARBALL")
  [ "$size" -lt "$LIMIT" ] || die "the collection has $size bytes; Galaxy takes $LIMIT"
  note "${TARBALL#"$ROOT/"}: $size bytes, sha256 $(sha256sum "$TARBALL" | cut -c1-16)..."
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
  logged collection-doc "$VENV/bin/ansible-doc" -t module overcloud.paunch.paunch_step
  logged collection-step as_root env "ANSIBLE_CONFIG=$ANSIBLE_CONFIG" "ANSIBLE_HOME=$ANSIBLE_HOME" \
    "ANSIBLE_COLLECTIONS_PATH=$ANSIBLE_COLLECTIONS_PATH" "$VENV/bin/ansible-playbook" -i localhost, -c local -e "work=$work image=$PROBE_IMAGE" "$ROOT/tests/collection.yml"
  note "installed alone, and a step was run: $(grep -o 'localhost  *:.*' "$LOGS/collection-step.log")"
}

case ${1:-} in
  build) build ;;
  test) run_test ;;
  *) die "usage: collection.sh build|test" ;;
esac
