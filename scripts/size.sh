#!/usr/bin/env bash
# Galaxy takes collections of at most 20 MB. The limit here leaves room for what is added before the next look.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIMIT=18000000
TARBALL=$ROOT/build/overcloud-paunch-$(first_field version: "$ROOT/galaxy.yml").tar.gz

main() {
  local packed binary size
  [ -e "$TARBALL" ] || die "there is no tarball" "run: make collection"
  for packed in "$ROOT"/build/packed/*.xz; do
    binary=$ROOT/build/$(basename "$packed" .xz)
    note "$(printf '%-28s %5.1f MB, packed %4.1f MB' "$(basename "$binary")" \
      "$(stat -c %s "$binary")e-6" "$(stat -c %s "$packed")e-6")"
  done
  size=$(stat -c %s "$TARBALL")
  [ "$size" -lt "$LIMIT" ] || die "the collection has $size bytes; the limit is $LIMIT, Galaxy's is 20000000"
  say "size: $size bytes, limit $LIMIT"
}

main
