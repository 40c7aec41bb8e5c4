#!/usr/bin/env bash
# Fails where users would notice a change that no changelog fragment describes: a change of docs/, plugins/, roles/,
# playbooks/ or of an exported Go name of module/paunch since the last commit that touched changelogs/.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# user_visible BASE: the changed files that users notice, the working tree included.
user_visible() {
  git diff --name-only "$1" -- docs plugins roles playbooks ':!docs/adr' ':!docs/glossary.md'
  # Exported names: a declaration that begins with a capital letter.
  git diff --name-only -G '^(func|type|const|var) (\([^)]*\) )?[A-Z]' "$1" -- 'module/paunch/*.go' ':!*_test.go'
}

main() {
  cd "$ROOT"
  local base visible
  [ -z "$(git status --porcelain -- changelogs/fragments)" ] || return 0
  base=$(git log -1 --format=%H -- changelogs/fragments)
  # A copy without history has nothing to compare with.
  [ -n "$base" ] || return 0
  visible=$(user_visible "$base" | sort -u)
  [ -z "$visible" ] || die "no changelog fragment describes the changes since ${base:0:8} in: $(tr '\n' ' ' <<<"$visible")" \
    "add changelogs/fragments/NAME.yml; a change that users need not know of is an entry of the section trivial"
}

main
