# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of the collection's binaries: which digest each must have, and who signed that."""

from __future__ import annotations

import os
import re
import subprocess

from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem

SUMS = "SHA256SUMS"
SIGNATURE = SUMS + ".asc"
ARMORED = b"-----BEGIN PGP"
LINE = re.compile(r"^([0-9a-f]{64})  ([^\s/]+)\Z")


def digests(directory, keyring=None):
    """The SHA-256 of each binary by its name. With a keyring the manifest must be signed by a key in it; the bytes that
    were verified are those that are read. Without a manifest there are none."""
    path = os.path.join(directory, SUMS)
    try:
        with open(path, "rb") as sums:
            content = sums.read()
    except FileNotFoundError:
        return {}
    if keyring:
        verify(path, content, os.path.join(directory, SIGNATURE), keyring)
    return dict(digest(path, line) for line in content.decode("utf-8", "replace").splitlines())


def digest(path, line):
    found = LINE.match(line)
    if not found:
        raise Problem("%s is damaged: invalid line %r; install the collection again" % (path, line))
    return found[2], found[1]


def verify(path, content, signature, keyring):
    """Refuses a content that no key of the keyring signed."""
    if not os.path.exists(signature):
        raise Problem(
            "paunch_keyring is set and %s is not signed (%s is missing): install a signed release of the collection"
            % (path, os.path.basename(signature))
        )
    check_keyring(keyring)
    try:
        done = subprocess.run(
            ["gpgv", "--keyring", keyring, "--status-fd", "1", signature, "-"],
            input=content, capture_output=True, check=False, env=dict(os.environ, LC_ALL="C"),
        )
    except OSError as e:
        raise Problem("paunch_keyring is set and gpgv cannot be run (%s): install the package gpgv or gnupg2" % e) from e
    # Of an expired or revoked key the line has another name.
    if done.returncode != 0 or not re.search(rb"^\[GNUPG:\] GOODSIG ", done.stdout, re.MULTILINE):
        raise Problem(
            "the signature of %s is not valid for the keys in %s (%s): the collection was changed or is signed by "
            "another key; install it from a source that you trust" % (path, keyring, reason(done))
        )


def check_keyring(keyring):
    """gpgv says of each of these only that it has no key."""
    try:
        with open(keyring, "rb") as file:
            armored = file.read(len(ARMORED)) == ARMORED
    except OSError as e:
        raise Problem("paunch_keyring: %s" % e) from e
    if armored:
        raise Problem("paunch_keyring: %s is text; write it as binary: gpg --dearmor" % keyring)


def reason(done):
    """What gpgv says about it, on one line."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return "; ".join(line.removeprefix("gpgv: ") for line in lines[-2:]) or "exit code %d" % done.returncode
