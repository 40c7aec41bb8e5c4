#!/usr/bin/env bash
# Run by make demo-test, on a deployed demo: two services behind an HAProxy that tries nothing twice are replaced under
# load, each drained first, and no request fails. Ends with nothing left of them.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../scripts/lib.sh"
. "$HERE/common.sh"
. "$ROOT/scripts/podman-env.sh"

DRAIN=$DATA/drain
paunch() { as_root "$ROOT/build/paunch" "$@" --managed-by paunch_demo_drain; }

# apply GENERATION: another one is another environment, so both services are replaced.
apply() {
  sed "s#@DATA@#$DATA#g; s#@GENERATION@#$1#" "$HERE/drain/step.yml" | as_root tee "$DRAIN/step.yml" >/dev/null
  paunch apply --config-id drain --file "$DRAIN/step.yml" --systemd never >"$LOGS/drain-$1.log" 2>&1 ||
    { cat "$LOGS/drain-$1.log" >&2 && die "two services behind HAProxy: generation $1 was not applied"; }
}

prepare() {
  as_root mkdir -p "$DRAIN/run"
  as_root cp "$HERE/drain/haproxy.cfg" "$DRAIN/haproxy.cfg"
}

remove() {
  paunch delete drain >"$LOGS/drain-delete.log" 2>&1 || { cat "$LOGS/drain-delete.log" >&2 && die "the services behind HAProxy could not be deleted"; }
  as_root rm -rf "$DRAIN"
}

main() {
  prepare
  apply first
  rm -f "$LOGS/drain-stop"
  "$VENV/bin/python3" "$HERE/drain/ask.py" http://127.0.0.54:8080/hostname "$LOGS/drain-stop" >"$LOGS/drain-ask.log" 2>&1 &
  local asking=$!
  apply second
  touch "$LOGS/drain-stop"
  wait "$asking" || { cat "$LOGS/drain-ask.log" >&2 && die "two services behind HAProxy: a request failed while they were replaced"; }
  grep -q '2 recreated' "$LOGS/drain-second.log" || { cat "$LOGS/drain-second.log" >&2 && die "two services behind HAProxy: not both were replaced"; }
  say "two services replaced behind HAProxy: $(tail -n 1 "$LOGS/drain-ask.log")"
  remove
}

main
