#!/usr/bin/env bash
# Builds the demo's one image out of Debian packages: MariaDB, memcached, HAProxy,
# Keystone and the openstack client, all at their Debian 13 versions (OpenStack
# 2025.1). No registry is asked; an image of the same recipe is not built again.
#
# mmdebstrap piped into `podman import` takes a third of the time of a Containerfile
# with apt in it, and makes one layer.
#
# usage: build-image.sh [IMAGE]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

IMAGE=${1:-$IMAGE}
SUITE=trixie
PACKAGES=(
  mariadb-server memcached haproxy keystone python3-openstackclient
  python3-pymysql python3-memcache curl procps ca-certificates
)

recipe() { sha256sum "${BASH_SOURCE[0]}" | cut -c1-16; }

# "<no value>" and a failure both mean: build.
is_built() {
  [ "$(as_root podman image inspect "$IMAGE" \
    --format "{{index .Labels \"$RECIPE_LABEL\"}}" 2>/dev/null)" = "$(recipe)" ]
}

# The mirror that this machine's apt uses, where it is Debian's; else mmdebstrap's own.
sources() {
  local mirror=
  # shellcheck disable=SC2016 # apt's variable
  ! have apt-get || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' |
    grep -v security | head -n1) || true
  [ -n "$mirror" ] || return 0
  echo "deb $mirror $SUITE main"
  echo "deb $mirror $SUITE-updates main"
}

# What containers never read: half of the installed size.
unused_paths() {
  local dist=/usr/lib/python3/dist-packages
  printf -- '--dpkgopt=path-exclude=%s\n' \
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/info/*' \
    "$dist/botocore/data/*" "$dist/googleapiclient/discovery_cache/documents/*" \
    "$dist/networkx/*/tests/*"
  printf -- '--dpkgopt=path-include=/usr/share/doc/*/copyright\n'
}

# The hooks run with the image's root directory as $1.
# - No package may start a service while it is installed.
# - Each package byte-compiles its Python on its own, which takes longer than all the
#   rest: held back, and done once at the end on all cores.
hooks() {
  cat <<'HOOKS'
--essential-hook=printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"
--essential-hook=chroot "$1" dpkg-divert --quiet --local --rename --divert /usr/bin/py3compile.real --add /usr/bin/py3compile; ln -s /bin/true "$1/usr/bin/py3compile"
--customize-hook=rm "$1/usr/bin/py3compile"; chroot "$1" dpkg-divert --quiet --local --rename --remove /usr/bin/py3compile
--customize-hook=chroot "$1" python3 -m compileall -q -j 0 /usr/lib/python3/dist-packages >/dev/null 2>&1 || true
--customize-hook=rm -rf "$1"/var/lib/mysql/* "$1"/var/log/*.log "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb
HOOKS
}

# A build machine's clock may be ahead of the archive's signatures' dates.
apt_options() {
  printf -- '--aptopt=%s\n' \
    'Acquire::Check-Valid-Until "false"' 'Acquire::Check-Date "false"' \
    'Acquire::Languages "none"' 'Acquire::Retries "3"' 'APT::Install-Recommends "0"'
}

root_archive() {
  local options source_lines
  mapfile -t options < <(apt_options; unused_paths; hooks)
  mapfile -t source_lines < <(sources)
  as_root env "TMPDIR=/var/tmp" mmdebstrap --mode=root --variant=essential --format=tar --quiet \
    --dpkgopt=force-unsafe-io --include="$(IFS=,; echo "${PACKAGES[*]}")" \
    "${options[@]}" "$SUITE" - "${source_lines[@]}"
}

import() {
  as_root podman import --quiet \
    --change "LABEL $RECIPE_LABEL=$(recipe)" \
    --change 'ENV LANG=C.UTF-8' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    - "$IMAGE" >/dev/null
}

# Downloading, unpacking (0.9 GB) and importing (0.7 GB) pass through /var.
check_space() {
  local free
  free=$(df --output=avail -m /var/tmp | tail -n1)
  [ "$free" -ge 3000 ] || die "only $free MB are free in /var/tmp; the image needs 3000 MB while it is built" \
    "make room there, then run: make demo"
}

build() {
  root_archive | import
}

main() {
  if is_built; then return 0; fi
  local start
  start=$(date +%s%N)
  check_space
  say "building $IMAGE from Debian packages (one to three minutes, once)"
  if ! build 2>"$LOGS/demo-image.log"; then
    as_root podman image rm --force "$IMAGE" >/dev/null 2>&1 || true
    tail -n 15 "$LOGS/demo-image.log" >&2
    die "the demo image could not be built" "the whole output is in $LOGS/demo-image.log" \
      "check that this machine reaches a Debian mirror, then run: make demo"
  fi
  say "built $IMAGE in $(seconds_since "$start") s"
}

main
