#!/usr/bin/env bash
# scripts/changelog-check.sh finds a planted change without a fragment, and accepts one with a fragment.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
  echo "changelog-check: $1" >&2
  exit 1
}

cd "$dir"
git init -q
git config user.email test@example.org
git config user.name test
mkdir -p scripts docs roles changelogs/fragments module/paunch
cp "$root"/scripts/{lib.sh,changelog-check.sh} scripts/
touch changelogs/fragments/1.yml
printf 'package paunch\n' >module/paunch/a.go
git add -A
git commit -qm 'Begin'

passes() { scripts/changelog-check.sh >/dev/null 2>&1; }

passes || fail 'complains without a change'
echo 'func hidden() {}' >>module/paunch/a.go
passes || fail 'complains of a name that is not exported'
echo 'func Shown() {}' >>module/paunch/a.go
! passes || fail 'misses an exported name'
git checkout -q module
echo x >docs/a.md
git add -A
git commit -qm 'Change the docs'
! passes || fail 'misses a committed change of the docs'
touch changelogs/fragments/2.yml
passes || fail 'complains in spite of a new fragment'
