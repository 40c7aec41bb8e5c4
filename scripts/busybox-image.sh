#!/usr/bin/env bash
# Makes a tiny image out of the machine's static busybox, so that nothing has to be
# pulled: /bin with a link for each applet, /etc/passwd, /etc/group and /tmp.
#
# usage: busybox-image.sh IMAGE [PODMAN OPTION...]   options such as --root DIR
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

image=${1:?usage: busybox-image.sh IMAGE [PODMAN OPTION...]}
shift

if as_root podman "$@" image exists "$image"; then exit 0; fi

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,etc,proc,sys,dev,root,run,var/tmp}
mkdir -m 1777 "$tree/tmp"
cp "$(command -v busybox)" "$tree/bin/busybox"
for applet in $("$tree/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$tree/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$tree/etc/group"

tar -C "$tree" --owner=0 --group=0 --numeric-owner -c . |
  as_root podman "$@" import --quiet --change 'ENV PATH=/bin' --change 'CMD /bin/sh' - "$image" >/dev/null
