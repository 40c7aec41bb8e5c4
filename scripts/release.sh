#!/usr/bin/env bash
# Makes what a release consists of, in build/release: deb and rpm of the command line for each architecture, the
# collection's tarball, a bill of materials for each, SHA256SUMS, and their signatures. The same commit and the same
# tools, which BUILD names, give the same bytes; signatures are inputs, as no second one is the same.
#
# usage: KEY=FINGERPRINT release.sh    sign by this key of gpg's
#        SIGNATURE=FILE release.sh     put in FILE, the signature of the binaries' digests by an earlier build
#        release.sh                    without signatures
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/release-lib.sh"

KEY=${KEY:-}
SIGNATURE=${SIGNATURE:-}
# Not empty: of the working tree, for a test.
UNCOMMITTED=${UNCOMMITTED:-}
SOURCE_DATE_EPOCH=$(git -C "$ROOT" log -1 --format=%ct)
export SOURCE_DATE_EPOCH VERSION TZ=UTC LC_ALL=C.UTF-8
ARCHITECTURES=(amd64:x86_64 arm64:aarch64)

binary_of() { echo "$ROOT/build/paunch_step-linux-${1#*:}"; }

# stage DIR: the files of a package, but for the binary of its architecture.
stage() {
  logged release-install env DESTDIR="$1" PREFIX=/usr "$ROOT/scripts/install.sh" install
  gzip -9n "$1"/usr/share/man/man1/*.1
  cp "$ROOT/LICENSE" "$1/LICENSE"
}

# packages STAGE: the deb and the rpm of each architecture.
packages() {
  local arch format
  for arch in "${ARCHITECTURES[@]}"; do
    install -m 0755 "$(binary_of "$arch")" "$1/usr/bin/paunch"
    for format in deb rpm; do
      (cd "$1" && GOARCH=${arch%:*} logged "release-$format" "$CACHE/bin/nfpm" package --config "$ROOT/scripts/nfpm.yaml" --packager "$format" --target "$RELEASE/")
    done
  done
}

collection() {
  logged release-collection env RUNNERS_SIGNATURE="$1" "$ROOT/scripts/collection.sh" build
  cp "$ROOT/build/$COLLECTION" "$RELEASE/"
}

# runners_signature DIR: the signature of the binaries' digests, or nothing.
runners_signature() {
  if [ -n "$KEY" ]; then
    "$ROOT/scripts/collection.sh" pack
    sign "$KEY" "$ROOT/build/packed/SHA256SUMS" "$1/runners.asc"
    echo "$1/runners.asc"
  else
    echo "$SIGNATURE"
  fi
}

# bill ARTIFACT LICENSE BINARY...
bill() {
  "$ROOT/scripts/go" run ./module/internal/sbom -version "$VERSION" -license "$2" -time "$SOURCE_DATE_EPOCH" \
    "$RELEASE/$1" "${@:3}" >"$RELEASE/$1.spdx.json"
}

bills() {
  local arch file binaries=()
  for arch in "${ARCHITECTURES[@]}"; do
    binaries+=("$(binary_of "$arch")")
    for file in "$RELEASE"/*"${arch%:*}.deb" "$RELEASE"/*"${arch#*:}.rpm"; do
      bill "$(basename "$file")" Apache-2.0 "$(binary_of "$arch")"
    done
  done
  bill "$COLLECTION" "Apache-2.0 AND GPL-3.0-or-later" "${binaries[@]}"
}

# What a second build needs to give the same bytes.
build_description() {
  echo "commit $(git -C "$ROOT" rev-parse HEAD)"
  echo "go $("$ROOT/scripts/go" env GOVERSION)"
  echo "nfpm $(cat "$CACHE/bin/.nfpm")"
  "$VENV/bin/python3" -c 'import lzma, zlib; print("zlib", zlib.ZLIB_RUNTIME_VERSION)'
  echo "xz $(xz --version | sed -n 's/^liblzma //p')"
  echo "ansible-core $("$VENV/bin/python3" -c 'from ansible.release import __version__; print(__version__)')"
}

checksums() {
  local sums
  sums=$(cd "$RELEASE" && sha256sum -- *)
  echo "$sums" >"$RELEASE/SHA256SUMS"
}

signatures() {
  sign "$KEY" "$RELEASE/SHA256SUMS"
  sign "$KEY" "$(galaxy_manifest)"
}

main() {
  cd "$ROOT"
  [ -n "$UNCOMMITTED" ] || [ -z "$(git status --porcelain)" ] || die "there are changes that no commit has; a release is made of a commit" "commit them, or: git stash --include-untracked"
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$work'" EXIT
  rm -rf "$RELEASE"
  mkdir -p "$RELEASE"
  scripts/build.sh all
  stage "$work/stage"
  packages "$work/stage"
  collection "$(runners_signature "$work")"
  bills
  extract "$RELEASE/$COLLECTION" MANIFEST.json >"$(galaxy_manifest)"
  build_description >"$RELEASE/BUILD"
  checksums
  if [ -n "$KEY" ]; then signatures; else note "not signed: give a key of gpg's by KEY=FINGERPRINT"; fi
  say "build/release: $(find "$RELEASE" -type f | wc -l) files of paunch $VERSION at $(git rev-parse --short HEAD)"
}

main
