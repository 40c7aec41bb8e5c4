#!/usr/bin/env bash
# Galaxy takes collections of at most 20 MB: all binaries together, compressed, have
# to leave room for the rest, which takes 0.3 MB.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LIMIT=19600000

main() {
  local binary bytes total=0
  for binary in "$ROOT"/build/paunch_step-linux-*; do
    bytes=$(gzip -9 -c "$binary" | wc -c)
    total=$((total + bytes))
    note "$(printf '%-28s %5.1f MB, gzipped %4.1f MB' "$(basename "$binary")" \
      "$(stat -c %s "$binary")e-6" "${bytes}e-6")"
  done
  [ "$total" -gt 0 ] || die "no binary in build/" "run: make build"
  [ "$total" -lt "$LIMIT" ] || die "the binaries have $total bytes gzipped; the limit is $LIMIT"
  say "size: $total bytes gzipped, limit $LIMIT"
}

main
