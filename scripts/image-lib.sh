# shellcheck shell=bash
# Images of Debian packages, by mmdebstrap piped into `podman import`: no registry is asked. It takes a third of the
# time of a Containerfile with apt in it, and makes one layer. Sourced after podman-env.sh.

IMAGE_SUITE=trixie

# The storage that images go into: Podman's own, or what IMAGE_STORE (global options of podman) says.
IMAGE_STORE=()
image_podman() { as_root podman "${IMAGE_STORE[@]}" "$@"; }

# The mirror that this machine's apt uses, where it is Debian's; else mmdebstrap's own.
image_sources() {
  local mirror=
  # shellcheck disable=SC2016 # apt's variable
  ! have apt-get || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' |
    grep -v security | head -n1) || true
  [ -n "$mirror" ] || return 0
  echo "deb $mirror $IMAGE_SUITE main"
  echo "deb $mirror $IMAGE_SUITE-updates main"
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
image_hooks() {
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

# image_archive PACKAGE...: the root file system, as tar on stdout.
image_archive() {
  local options source_lines
  mapfile -t options < <(apt_options; unused_paths; image_hooks)
  mapfile -t source_lines < <(image_sources)
  as_root env "TMPDIR=/var/tmp" mmdebstrap --mode=root --variant=essential --format=tar --quiet \
    --dpkgopt=force-unsafe-io --include="$(IFS=,; echo "$*")" \
    "${options[@]}" "$IMAGE_SUITE" - "${source_lines[@]}"
}

# import_image IMAGE LABEL VALUE: of what is on stdin.
import_image() {
  image_podman import --quiet \
    --change "LABEL $2=$3" \
    --change 'ENV LANG=C.UTF-8' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    - "$1" >/dev/null
}

# image_is_built IMAGE LABEL VALUE: "<no value>" and a failure both mean: build.
image_is_built() {
  [ "$(image_podman image inspect "$1" --format "{{index .Labels \"$2\"}}" 2>/dev/null)" = "$3" ]
}

# The hash of the recipe: packages and what is done to them.
image_recipe() {
  { echo "$*"; declare -f unused_paths image_hooks apt_options image_archive import_image; } | sha256sum | cut -c1-16
}

# What is downloaded, unpacked and imported passes through /var.
check_image_space() {
  local free
  free=$(df --output=avail -m /var/tmp | tail -n1)
  [ "$free" -ge "$1" ] || die "only $free MB are free in /var/tmp; the image needs $1 MB while it is built" \
    "make room there and run again"
}

# build_image IMAGE LABEL MEGABYTES PACKAGE...: unless it is there by the same recipe.
build_image() {
  local image=$1 label=$2 space=$3 start log
  shift 3
  ! image_is_built "$image" "$label" "$(image_recipe "$@")" || return 0
  start=$(date +%s%N)
  log=$LOGS/image-$(basename "${image%:*}").log
  check_image_space "$space"
  say "building $image from Debian packages (one to five minutes, once)"
  if ! image_archive "$@" 2>"$log" | import_image "$image" "$label" "$(image_recipe "$@")" 2>>"$log"; then
    image_podman image rm --force "$image" >/dev/null 2>&1 || true
    tail -n 15 "$log" >&2
    die "$image could not be built" "the whole output is in $log" \
      "check that this machine reaches a Debian mirror, and run again"
  fi
  say "built $image in $(seconds_since "$start") s"
}
