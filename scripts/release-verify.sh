#!/usr/bin/env bash
# Builds a release again, from a clean clone of the commit that its file BUILD names, and compares every file bit for bit.
# Signatures cannot be built again: KEYRING=FILE verifies them.
#
# usage: release-verify.sh [DIRECTORY]   build/release by default
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/release-lib.sh"

GIVEN=$(realpath "${1:-$RELEASE}")
KEYRING=${KEYRING:-}

clone() {
  git clone --quiet --no-local "$ROOT" "$1"
  git -C "$1" checkout --quiet "$(first_field commit "$GIVEN/BUILD")"
  # The tools that setup.sh installed; nothing of what was built.
  ln -s "$CACHE" "$1/.cache"
  echo .cache >>"$1/.git/info/exclude"
}

# signature FILE: the one of the binaries' digests that the collection carries; fails where it has none.
signature() { extract "$GIVEN/$COLLECTION" "$RUNNER_SUMS.asc" >"$1" 2>/dev/null; }

# compare BUILT: every file but signatures, both ways.
compare() {
  local name differing=()
  for name in $(cd "$GIVEN" && ls) $(cd "$1" && ls); do
    case $name in
      *.asc) ;;
      *) cmp -s "$GIVEN/$name" "$1/$name" || differing+=("$name") ;;
    esac
  done
  [ ${#differing[@]} -gt 0 ] || return 0
  diff "$GIVEN/BUILD" "$1/BUILD" >&2 || note "the tools differ, see above (< release, > here)" >&2
  die "not the same bytes: $(printf '%s\n' "${differing[@]}" | sort -u | tr '\n' ' ')"
}

# verified SIGNATURE FILE
verified() { logged release-gpgv gpgv --keyring "$KEYRING" "$1" "$2"; }

verify_signatures() {
  local name
  for name in SHA256SUMS "$(basename "$(galaxy_manifest)")"; do verified "$GIVEN/$name.asc" "$GIVEN/$name"; done
  extract "$GIVEN/$COLLECTION" "$RUNNER_SUMS" >"$1/sums"
  verified "$1/signature" "$1/sums"
  say "all three signatures are by keys of $KEYRING"
}

main() {
  [ -e "$GIVEN/BUILD" ] || die "$GIVEN is no release: it has no file BUILD" "run: make release"
  (cd "$GIVEN" && sha256sum --quiet --check SHA256SUMS) || die "$GIVEN is not what its SHA256SUMS says"
  local work given=
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the path of now
  trap "rm -rf '$work'" EXIT
  ! signature "$work/signature" || given=$work/signature
  clone "$work/paunch"
  SIGNATURE=$given "$work/paunch/scripts/release.sh"
  compare "$work/paunch/build/release"
  say "$(find "$GIVEN" -type f ! -name '*.asc' | wc -l) files are the same, bit for bit, at $(first_field commit "$GIVEN/BUILD")"
  if [ -n "$KEYRING" ]; then verify_signatures "$work"; else note "signatures were not verified: give a keyring by KEYRING=FILE"; fi
}

main
