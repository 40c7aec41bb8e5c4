#!/usr/bin/env bash
# Builds the one static binary, which is the Ansible module and the command line.
#
# usage: build.sh host    for this machine: build/paunch; for Ansible in this checkout: plugins/plugin_utils/runners;
#                         as plain binary modules: build/library
#        build.sh all     the same, and for each architecture into build/
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export CGO_ENABLED=0
PACKAGE=./module/cmd/paunch_step
RUNNERS=plugins/plugin_utils/runners
# The modules that the binary is, by its name.
MODULES=(paunch_step paunch_info paunch_report)
VARIABLE=github.com/overcloud/paunch/module/paunch.version

# Go's name of an architecture, and uname's.
uname_of() {
  case $1 in
    amd64) echo x86_64 ;;
    arm64) echo aarch64 ;;
    *) die "paunch is built for amd64 and arm64, not for $1" ;;
  esac
}

binary_of() { echo "$ROOT/build/paunch_step-linux-$(uname_of "$1")"; }

build() {
  local version
  version=$(first_field version: "$ROOT/galaxy.yml")
  GOOS=linux GOARCH=$1 logged "build-$1" "$ROOT/scripts/go" build -trimpath -buildvcs=false -tags "$GO_TAGS" \
    -ldflags "-s -w -X $VARIABLE=$version" -o "$(binary_of "$1")" "$PACKAGE"
}

# install FROM TO: only a different file is written, so that times stay as they are.
install_binary() {
  cmp -s "$1" "$2" && return
  mkdir -p "$(dirname "$2")"
  # By rename: the old file may be running.
  cp "$1" "$2.new"
  mv "$2.new" "$2"
}

# write_sums DIRECTORY: the digests of the binaries there, without which the action plugin takes none of them.
write_sums() {
  (cd "$1" && sha256sum paunch_step-linux-*) >"$1/SHA256SUMS.new"
  mv "$1/SHA256SUMS.new" "$1/SHA256SUMS"
}

main() {
  cd "$ROOT"
  local host arch archs module
  # One at a time: two parts of `make test` may want it at once.
  exec 9>"$CACHE/build.lock"
  flock 9
  host=$(scripts/go env GOHOSTARCH)
  case ${1:-all} in
    host) archs=("$host") ;;
    all) archs=(amd64 arm64) ;;
    *) die "usage: build.sh host|all" ;;
  esac
  [ -x "$(binary_of "$host")" ] || say "downloading Go modules and building paunch_step (a minute or two, once)"
  for arch in "${archs[@]}"; do build "$arch"; done
  # Beside the documentation it would be read as text: earlier builds put it there.
  rm -f plugins/modules/paunch_step
  install_binary "$(binary_of "$host")" "$RUNNERS/$(basename "$(binary_of "$host")")"
  write_sums "$RUNNERS"
  for module in "${MODULES[@]}"; do install_binary "$(binary_of "$host")" "build/library/$module"; done
  install_binary "$(binary_of "$host")" build/paunch
}

main "$@"
