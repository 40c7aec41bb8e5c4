# shellcheck shell=bash
# Sourced: makes sure that Podman can start a container here, by its own settings
# where they work. Only where they do not (nested containers, hybrid cgroups, low
# hard limits), it exports CONTAINERS_CONF with settings that ask for less, and
# says so. The machine's own configuration is never touched.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PROBE_IMAGE=localhost/busybox:latest

# The answer holds until the machine boots again or Podman is replaced.
probe_key() {
  printf '%s %s\n' "$(cat /proc/sys/kernel/random/boot_id)" "$(stat -Lc '%Y %s' "$(command -v podman)")"
}

container_starts() {
  as_root podman run --rm --net host "$PROBE_IMAGE" true >"$LOGS/podman-probe.log" 2>&1
}

modest_settings() {
  cat >"$CACHE/containers.conf" <<'CONF'
# Written by scripts/podman-env.sh: this machine's own settings start no container.
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
CONF
}

choose_settings() {
  if container_starts; then
    rm -f "$CACHE/containers.conf"
    return
  fi
  modest_settings
  export CONTAINERS_CONF=$CACHE/containers.conf
  container_starts || die "Podman starts no container here: $(tail -n1 "$LOGS/podman-probe.log")" \
    "try it by hand: podman run --rm --net host $PROBE_IMAGE true"
}

podman_env() {
  have podman || die "podman is missing" "run: make setup"
  [ -z "${CONTAINERS_CONF:-}" ] || return 0
  # Nested Podman on old cgroups warns at every call otherwise.
  export PODMAN_IGNORE_CGROUPSV1_WARNING=1
  "$ROOT/scripts/busybox-image.sh" "$PROBE_IMAGE"
  if [ "$(cat "$CACHE/podman-probe" 2>/dev/null)" != "$(probe_key)" ]; then
    choose_settings
    probe_key >"$CACHE/podman-probe"
  fi
  if [ -e "$CACHE/containers.conf" ]; then
    export CONTAINERS_CONF=$CACHE/containers.conf
    note "Podman's own settings start no container here: using .cache/containers.conf (runc, low limits)"
  fi
}

podman_env
