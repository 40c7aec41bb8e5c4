#!/usr/bin/env bash
# What Galaxy asks of a collection, on the tarball as users get it: `ansible-test sanity`, Galaxy's own
# importer, and the linter of the documentation.
#
# usage: sanity.sh [ansible-test|importer|docs]...   all of them when none is named
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TARBALL=$ROOT/build/overcloud-paunch-$(first_field version: "$ROOT/galaxy.yml").tar.gz
GALAXY=$CACHE/venv-galaxy

# What the importer warns of, and may.
#   changelog: there is no release yet to log the changes of
#   ignore files: each of their lines says its reason
ALLOWED='No changelog found|Ignore files skip ansible-test sanity tests|sanity\[cannot-ignore\]'

# Tests of Python that runs on a controller only need the Python of this one.
python_version() { "$VENV/bin/python3" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# ansible-test takes pip from a script that it would download, unless it is found where downloads are kept.
bring_pip() {
  local place=$1/.ansible/test/cache version
  version=$(sed -n "s/^ *pip='\([0-9.]*\)'.*/\1/p" \
    "$VENV"/lib/python3*/site-packages/ansible_test/_internal/python_requirements.py | head -n1)
  mkdir -p "$place"
  cp "$ROOT/scripts/get_pip.py" "$place/get_pip_${version//./_}.py"
}

run_ansible-test() {
  # A home of its own, for the tests' virtual environments.
  local home=$CACHE/ansible-test
  bring_pip "$home"
  (cd "$WORK/ansible_collections/overcloud/paunch" &&
    HOME=$home PATH=$VENV/bin:$PATH logged ansible-test ansible-test sanity --venv --python "$(python_version)" --color no) || {
    # They stand with their tests, before the end.
    grep '^ERROR' "$LOGS/ansible-test.log" >&2
    exit 1
  }
  note "$("$VENV/bin/ansible-test" --version | tail -n1): $(grep -c '^Running sanity test' "$LOGS/ansible-test.log") tests"
}

run_importer() {
  local warnings
  # It writes its result where it is.
  (cd "$WORK" && ANSIBLE_HOME=$WORK/home PATH=$GALAXY/bin:$PATH logged galaxy-importer \
    python3 -m galaxy_importer.main "$TARBALL")
  warnings=$(grep -E '^[A-Z]+:' "$LOGS/galaxy-importer.log" | grep -Ev "$ALLOWED" || true)
  [ -z "$warnings" ] || die "Galaxy's importer warns" "$warnings"
}

run_docs() {
  (cd "$WORK/ansible_collections/overcloud/paunch" && ANSIBLE_HOME=$WORK/home PATH=$GALAXY/bin:$PATH logged antsibull-docs \
    antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all --disallow-unknown-collection-refs .)
}

main() {
  [ -e "$TARBALL" ] || die "there is no tarball" "run: make collection"
  local part started
  [ $# -gt 0 ] || set -- ansible-test importer docs
  # Outside of the repository: ansible-test would ask git for the files.
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  mkdir -p "$WORK/ansible_collections/overcloud/paunch"
  tar -C "$WORK/ansible_collections/overcloud/paunch" -xzf "$TARBALL"
  for part in "$@"; do
    declare -F "run_$part" >/dev/null || die "usage: sanity.sh [ansible-test|importer|docs]..."
    started=$(date +%s%N)
    "run_$part"
    note "$part: fine ($(seconds_since "$started") s)"
  done
}

main "$@"
