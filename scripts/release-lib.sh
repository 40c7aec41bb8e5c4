# shellcheck shell=bash
# What the scripts about releases share. Sourced after lib.sh.

VERSION=$(first_field version: "$ROOT/galaxy.yml")
COLLECTION=overcloud-paunch-$VERSION.tar.gz
# shellcheck disable=SC2034 # used by the scripts that source this
RELEASE=$ROOT/build/release
# The manifest of the binaries, within the collection's tarball.
# shellcheck disable=SC2034
RUNNER_SUMS=plugins/plugin_utils/runners/SHA256SUMS

# extract TARBALL MEMBER: the content of one file of the collection.
extract() { tar -xzOf "$1" "$2"; }

# sign KEY FILE [SIGNATURE]: a detached signature, beside the file if not elsewhere.
sign() {
  logged sign gpg --batch --yes --local-user "$1" --armor --detach-sign --output "${3:-$2.asc}" "$2"
}

# The manifest that `ansible-galaxy collection install --signature` verifies.
galaxy_manifest() { echo "$RELEASE/${COLLECTION%.tar.gz}.MANIFEST.json"; }
