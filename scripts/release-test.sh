#!/usr/bin/env bash
# Makes a release with a key that is thrown away, and uses it: signatures, the deb on a Debian node, the rpm in a root of
# its own, the collection with a keyring. What was tampered with must be refused.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$ROOT/scripts/podman-env.sh"
. "$ROOT/scripts/node-lib.sh"
. "$ROOT/scripts/release-lib.sh"

NODE=paunch-release-$$
IMAGE=localhost/paunch-node:trixie

in_node() { podman_ exec "$NODE" "$@"; }

make_key() {
  export GNUPGHOME=$WORK/gnupg
  mkdir -m 0700 "$GNUPGHOME"
  logged test-key gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key "$1" ed25519 sign never
  gpg --export "$1" >"$WORK/$1.gpg"
}

# refused PATTERN CMD...: the command fails, and says this.
refused() {
  local pattern=$1
  shift
  ! "$@" >"$WORK/said" 2>&1 || die "was not refused: $*"
  grep -q "$pattern" "$WORK/said" || { tail -n 15 "$WORK/said" >&2; die "was refused for another reason than: $pattern"; }
}

# ---- checksums, signatures and bills ---------------------------------------------

test_files() {
  local file
  gpgv --quiet --keyring "$WORK/release.gpg" "$RELEASE/SHA256SUMS.asc" "$RELEASE/SHA256SUMS" 2>"$WORK/gpgv"
  (cd "$RELEASE" && sha256sum --quiet --check SHA256SUMS)
  for file in "$RELEASE"/*.deb "$RELEASE"/*.rpm "$RELEASE"/*.tar.gz; do
    grep -q "$(sha256sum "$file" | cut -d' ' -f1)" "$file.spdx.json" || die "the bill of $file is of another file"
    grep -q '"pkg:golang/github.com/containers/podman/v5@v' "$file.spdx.json" || die "the bill of $file does not name Podman's modules"
  done
}

# ---- the packages ------------------------------------------------------------------

test_deb() {
  local deb
  deb=$RELEASE/paunch_$VERSION-1_$(dpkg --print-architecture).deb
  podman_ cp "$deb" "$NODE:/root/paunch.deb"
  logged deb-install in_node dpkg --install /root/paunch.deb
  [ "$(in_node paunch version)" = "paunch $VERSION" ] || die "the deb has another version"
  in_node gzip --test /usr/share/man/man1/paunch-apply.1.gz || die "the deb has no man page of apply"
  in_node bash -c '. /usr/share/bash-completion/completions/paunch && complete -p paunch' >/dev/null || die "bash does not complete paunch"
  test_apply
  logged deb-remove in_node dpkg --purge paunch
  [ -z "$(in_node find /usr /etc /var/lib/dpkg/info -name '*paunch*')" ] || die "the deb leaves: $(in_node find /usr /etc -name '*paunch*')"
}

# test_apply: a step of one service, with the node's Podman.
test_apply() {
  podman_ save "$PROBE_IMAGE" | podman_ exec -i "$NODE" podman load --quiet >/dev/null
  in_node sh -c "mkdir -p /root/step_1 && echo '{image: \"$PROBE_IMAGE\", net: host, restart: always, stop_signal: KILL, command: sleep 1000}' >/root/step_1/web.yml"
  logged deb-apply in_node paunch apply --file /root/step_1 --step 1
  logged deb-status in_node paunch status --file /root/step_1 --step 1
  logged deb-delete in_node paunch delete tripleo_step1
}

test_rpm() {
  local rpm into=$WORK/rpm
  rpm=$RELEASE/paunch-$VERSION-1.$(uname -m).rpm
  rpm --query --package --requires "$rpm" 2>/dev/null | grep -q '^podman >= 4.3' || die "the rpm does not require Podman"
  # This machine need have neither Podman as an rpm nor the architecture's rpm.
  logged rpm-install rpm --install --root "$into" --dbpath /rpmdb --nodeps --ignoreos "$rpm"
  [ "$("$into/usr/bin/paunch" version)" = "paunch $VERSION" ] || die "the rpm has another version"
  [ -s "$into/usr/share/man/man1/paunch-apply.1.gz" ] || die "the rpm has no man page of apply"
  logged rpm-remove rpm --erase --root "$into" --dbpath /rpmdb --nodeps paunch
  [ -z "$(find "$into" -name '*paunch*')" ] || die "the rpm leaves: $(find "$into" -name '*paunch*')"
}

# ---- the collection ------------------------------------------------------------------

# galaxy_verify KEYRING: the installed collection, by the signature of its manifest.
galaxy_verify() {
  env "ANSIBLE_COLLECTIONS_PATH=$WORK/collections" "$VENV/bin/ansible-galaxy" collection verify --offline overcloud.paunch \
    --keyring "$1" --signature "file://$(galaxy_manifest).asc"
}

# task: one that changes nothing, by the binary of the installed collection.
task() {
  rm -rf "$WORK/ansible"
  as_root env "ANSIBLE_CONFIG=$ANSIBLE_CONFIG" "ANSIBLE_HOME=$WORK/ansible" "ANSIBLE_COLLECTIONS_PATH=$WORK/collections" \
    "$VENV/bin/ansible" -i localhost, -c local localhost -m overcloud.paunch.paunch_step \
    -a '{"state": "absent", "config_id": "paunch_release_test", "managed_by": "paunch_release_test"}' \
    -e "ansible_python_interpreter=$VENV/bin/python3 paunch_cache_dir=$WORK/cache paunch_keyring=$1"
}

# tamper FILE: other content of the same length.
tamper() { "$VENV/bin/python3" -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(-100, 2); f.write(b"tampered")' "$1"; }

test_collection() {
  export ANSIBLE_CONFIG=$WORK/ansible.cfg
  : >"$ANSIBLE_CONFIG"
  logged release-galaxy "$VENV/bin/ansible-galaxy" collection install --offline "$RELEASE/$COLLECTION" -p "$WORK/collections"
  logged release-galaxy galaxy_verify "$WORK/release.gpg"
  refused 'Signature verification failed' galaxy_verify "$WORK/stranger.gpg"
  logged release-task task "$WORK/release.gpg"
  refused 'is not valid for the keys in' task "$WORK/stranger.gpg"
  test_tampered_binary "$WORK/collections/ansible_collections/overcloud/paunch/plugins/plugin_utils/runners"
}

# test_tampered_binary RUNNERS: refused, with and without a manifest to match, packed or not.
test_tampered_binary() {
  local binary
  binary=$1/paunch_step-linux-$(uname -m)
  rm -rf "$WORK/cache"
  cp "$binary.xz" "$1/SHA256SUMS" "$WORK/"
  tamper "$binary.xz"
  refused 'is damaged' task "$WORK/release.gpg"
  cp "$WORK/$(basename "$binary").xz" "$1/"
  cp "$(command -v busybox)" "$binary"
  refused 'is refused: its SHA-256 is not the one in SHA256SUMS' task "$WORK/release.gpg"
  (cd "$1" && sha256sum "$(basename "$binary")" >SHA256SUMS)
  refused 'is not valid for the keys in' task "$WORK/release.gpg"
  [ ! -e "$WORK/cache" ] || die "a refused binary reached the host"
  rm "$binary"
  cp "$WORK/SHA256SUMS" "$1/"
  logged release-task task "$WORK/release.gpg"
}

# test_tampered_release: the checksums notice one byte of any file, and their signature notices other checksums.
test_tampered_release() {
  cp -r "$RELEASE" "$WORK/tampered"
  tamper "$WORK/tampered/paunch_$VERSION-1_arm64.deb"
  refused "is not what its SHA256SUMS says" "$ROOT/scripts/release-verify.sh" "$WORK/tampered"
  (cd "$WORK/tampered" && sha256sum ./*.deb >SHA256SUMS)
  refused "BAD signature" gpgv --keyring "$WORK/release.gpg" "$WORK/tampered/SHA256SUMS.asc" "$WORK/tampered/SHA256SUMS"
}

clean() {
  node_remove "$NODE"
  gpgconf --homedir "$WORK/gnupg" --kill all || true
  as_root rm -rf "$WORK"
}

main() {
  cd "$ROOT"
  WORK=$(mktemp -d)
  trap clean EXIT
  node_image "$IMAGE" trixie "$TEST_PACKAGES"
  make_key stranger
  rm -rf "$GNUPGHOME" && make_key release
  KEY=release UNCOMMITTED=yes scripts/release.sh
  test_files
  test_rpm
  test_collection
  test_tampered_release
  node_start "$NODE" "$IMAGE"
  node_podman_settings "$NODE"
  test_deb
  say "release: deb and rpm installed, used and removed; the collection verified; what was tampered with, refused"
}

main
