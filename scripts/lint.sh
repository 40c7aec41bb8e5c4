#!/usr/bin/env bash
# All linters; each is run even when one before it found something.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

failed=()

# check NAME CMD...
check() {
  local name=$1 start
  shift
  start=$(date +%s%N)
  if "$@"; then
    note "$name: fine ($(seconds_since "$start") s)"
  else
    failed+=("$name")
  fi
}

go_vet() { scripts/go vet -tags "$GO_TAGS realpodman realsystemd realnode" ./module/...; }

golangci() {
  # It runs `go list`: by the same Go as everything else.
  PATH=$CACHE/bin:$(scripts/go env GOROOT)/bin:$PATH GOTOOLCHAIN=local \
    GOLANGCI_LINT_CACHE=$CACHE/golangci-lint \
    golangci-lint run --timeout 15m --build-tags "${GO_TAGS// /,},realpodman,realsystemd,realnode" ./module/...
}

shell_scripts() {
  git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run scripts/go demo/healthcheck | sort
}

shell() {
  local scripts
  mapfile -t scripts < <(shell_scripts)
  # Sourced files are given by paths that are made at run time.
  shellcheck --exclude=SC1091,SC2312 "${scripts[@]}"
}

yaml() { "$VENV/bin/yamllint" --strict .; }

# Its own check of playbooks calls ansible-playbook, which has to be on the PATH and to
# find this collection.
ansible_lint() {
  . demo/common.sh
  link_collection
  PATH=$VENV/bin:$PATH ANSIBLE_HOME=$CACHE/ansible ANSIBLE_CONFIG=$ROOT/demo/ansible.cfg \
    "$VENV/bin/ansible-lint" --offline -q
}

# Only what a host gets: the tests' own tools run nowhere else.
vulnerabilities() {
  local found=$LOGS/govulncheck.json
  if ! PATH=$CACHE/bin:$(scripts/go env GOROOT)/bin:$PATH GOTOOLCHAIN=local govulncheck -format json \
    -db "file://$CACHE/vulndb" -tags "${GO_TAGS// /,}" ./module/cmd/... ./module/paunch >"$found" 2>"$LOGS/govulncheck.log"; then
    tail -n 15 "$LOGS/govulncheck.log" >&2
    return 1
  fi
  scripts/vulnerabilities.py judge "$found" docs/vulnerabilities.md
}

# The faults that make test-mutants puts back: a patch that does not apply says nothing about the tests.
mutants() {
  local patch
  for patch in tests/mutants/*.patch; do git apply --check "$patch" || return; done
}

fragments() { tests/changelog-check.sh && scripts/changelog-check.sh; }

main() {
  cd "$ROOT"
  check "go vet" go_vet
  check golangci-lint golangci
  check shellcheck shell
  check yamllint yaml
  check "words (docs/glossary.md)" scripts/go run ./module/internal/wordlint
  check "changelog fragments" fragments
  check "patches of make test-mutants" mutants
  check ansible-lint ansible_lint
  if [ -e "$CACHE/vulndb/.version" ]; then
    check govulncheck vulnerabilities
  else
    note "govulncheck: NOT CHECKED: there is no database of known vulnerabilities (see $LOGS/vulndb.log)"
  fi
  [ ${#failed[@]} -eq 0 ] || die "lint: $(IFS=,; echo "${failed[*]}")"
}

main
