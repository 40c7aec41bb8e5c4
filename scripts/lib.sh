# shellcheck shell=bash
# What all scripts share: where things are, how to speak, how to become root.
# Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=$ROOT/.cache
VENV=$CACHE/venv
LOGS=$CACHE/log
# A user who becomes root by sudo may have a PATH without root's programs.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export ROOT CACHE VENV LOGS PATH
mkdir -p "$LOGS"

say() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# die SENTENCE [HINT...]: what went wrong, then what to do about it.
die() {
  printf 'ERROR: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root CMD...: sudo drops the environment, so the variables that our
# commands read are named one by one.
as_root() {
  if [ "$EUID" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo --preserve-env=CONTAINERS_CONF,PODMAN_IGNORE_CGROUPSV1_WARNING,ANSIBLE_CONFIG,ANSIBLE_HOME,DEBIAN_FRONTEND,LC_ALL,TMPDIR "$@"
  else
    die "this needs root, and there is no sudo" "run it as root, or install sudo"
  fi
}

# logged NAME CMD...: run quietly; on failure show the end of the log.
logged() {
  local log=$LOGS/$1.log
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    die "failed: $*" "the whole output is in $log"
  fi
}

# How long to wait for another apt or dpkg, in seconds. A Debian that was just booted upgrades itself first.
APT_WAIT=${APT_WAIT:-600}

# apt_get NAME ARGUMENT...: apt-get as root, with its output in the log NAME. While another apt or dpkg holds a lock
# it says so once and waits. apt itself waits for dpkg's lock only, not for those of its lists and of its archives.
apt_get() {
  local log=$LOGS/$1.log end=$((SECONDS + APT_WAIT)) wait=0
  shift
  until LC_ALL=C DEBIAN_FRONTEND=noninteractive as_root apt-get -o "DPkg::Lock::Timeout=$wait" "$@" >"$log" 2>&1; do
    if ! apt_locked "$log" || [ "$SECONDS" -ge "$end" ]; then
      tail -n 25 "$log" >&2
      die "failed: apt-get $*" "the whole output is in $log"
    fi
    [ "$wait" -gt 0 ] || note "another apt or dpkg is at work: waiting up to $APT_WAIT s ($(apt_locked "$log"))"
    sleep 1
    wait=$((end > SECONDS ? end - SECONDS : 1))
  done
}

# apt_locked LOG: the line of the log about a lock that another process holds; fails where there is none.
apt_locked() { grep -m1 -oE '(Could not get|Unable to acquire).* lock.*' "$1"; }

# seconds_since NANOSECONDS: "12.3"
seconds_since() {
  local ms=$((($(date +%s%N) - $1) / 1000000))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# first_field KEY FILE: the first word after KEY, as in "go 1.26.0" or "version: 1.0".
first_field() { awk -v key="$1" '$1 == key {print $2; exit}' "$2"; }

# at_least WANTED FOUND: true when version FOUND is WANTED or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

# The tags without which podman's packages need cgo and C libraries; and grpc, which comes with them, pages of its own.
# shellcheck disable=SC2034 # used by the scripts that source this
GO_TAGS='remote containers_image_openpgp exclude_graphdriver_btrfs btrfs_noversion exclude_graphdriver_devicemapper grpcnotrace'
