# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With keys that are made and thrown away here, by gpg and gpgv themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import manifest, runner
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem

DIGEST = "0" * 63 + "1"
CONTENT = "%s  paunch_step-linux-x86_64\n" % DIGEST


class Keys:
    """Two throw-away keys and their keyrings."""

    def __init__(self, home):
        self.home = home

    def gpg(self, *arguments):
        done = subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", *arguments],
            check=True, capture_output=True,
        )
        return done.stdout

    def make(self, name, expires="never"):
        self.gpg("--quick-generate-key", name, "ed25519", "sign", expires)

    def keyring(self, name, *options):
        path = os.path.join(self.home, name + ".gpg")
        with open(path, "wb") as out:
            out.write(self.gpg(*options, "--export", name))
        return path

    def sign(self, name, path, *options):
        self.gpg("--yes", *options, "--local-user", name, "--armor", "--detach-sign", "--output", path + ".asc", path)


@pytest.fixture(scope="module")
def keys():
    # The path of the agent's socket has to be short.
    home = tempfile.mkdtemp(prefix="paunch-")
    made = Keys(home)
    made.make("release")
    made.make("stranger")
    yield made
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)
    shutil.rmtree(home)


@pytest.fixture
def signed(tmp_path, keys):
    (tmp_path / "SHA256SUMS").write_text(CONTENT)
    keys.sign("release", str(tmp_path / "SHA256SUMS"))
    return tmp_path


def test_without_a_keyring_the_manifest_is_read_and_without_a_manifest_there_are_no_digests(tmp_path):
    assert manifest.digests(str(tmp_path)) == {}
    (tmp_path / "SHA256SUMS").write_text(CONTENT)
    assert manifest.digests(str(tmp_path)) == {"paunch_step-linux-x86_64": DIGEST}


@pytest.mark.parametrize("line", ["abc  name", "%s name" % DIGEST, "%s  ../name" % DIGEST, "", "%s  name\x0b" % DIGEST])
def test_a_line_that_is_none_of_a_manifest_is_refused(tmp_path, line):
    (tmp_path / "SHA256SUMS").write_text(line + "\n" + CONTENT)
    with pytest.raises(Problem, match="SHA256SUMS is damaged: invalid line"):
        manifest.digests(str(tmp_path))


def test_a_manifest_that_a_trusted_key_signed_is_read(signed, keys):
    assert manifest.digests(str(signed), keys.keyring("release")) == {"paunch_step-linux-x86_64": DIGEST}


def test_one_of_several_trusted_keys_is_enough(signed, keys):
    path = keys.keyring("release")
    with open(path, "ab") as out:
        out.write(keys.gpg("--export", "stranger"))
    assert manifest.digests(str(signed), path)


@pytest.mark.parametrize("change", ["content", "key", "signature cut", "signature of another file"])
def test_a_manifest_that_no_trusted_key_signed_is_refused(signed, keys, change):
    sums, signature = signed / "SHA256SUMS", signed / "SHA256SUMS.asc"
    if change == "content":
        sums.write_text(CONTENT.replace("1", "2"))
    if change == "key":
        keys.sign("stranger", str(sums))
    if change == "signature cut":
        signature.write_text(signature.read_text()[:60])
    if change == "signature of another file":
        (signed / "other").write_text("other")
        keys.sign("release", str(signed / "other"))
        shutil.move(signed / "other.asc", signature)
    with pytest.raises(Problem, match="the signature of .*SHA256SUMS is not valid for the keys in .*release.gpg"):
        manifest.digests(str(signed), keys.keyring("release"))


def test_a_key_that_has_expired_is_not_trusted(signed, keys):
    keys.gpg("--faked-system-time", "20200101T000000!", "--quick-generate-key", "old", "ed25519", "sign", "30d")
    keys.sign("old", str(signed / "SHA256SUMS"), "--faked-system-time", "20200102T000000!")
    with pytest.raises(Problem, match="is not valid for the keys"):
        manifest.digests(str(signed), keys.keyring("old"))


def test_a_manifest_without_a_signature_is_refused_where_one_is_demanded(signed, keys):
    (signed / "SHA256SUMS.asc").unlink()
    with pytest.raises(Problem, match=r"is not signed \(SHA256SUMS.asc is missing\)"):
        manifest.digests(str(signed), keys.keyring("release"))


def test_a_keyring_that_gpgv_cannot_read_is_named(signed, keys):
    with pytest.raises(Problem, match="paunch_keyring: .*No such file.*missing.gpg"):
        manifest.digests(str(signed), str(signed / "missing.gpg"))
    with pytest.raises(Problem, match="is text; write it as binary: gpg --dearmor"):
        manifest.digests(str(signed), keys.keyring("release", "--armor"))


def test_a_controller_without_gpgv_is_told_what_to_install(signed, keys, monkeypatch):
    path = keys.keyring("release")
    monkeypatch.setenv("PATH", str(signed))
    with pytest.raises(Problem, match="install the package gpgv"):
        manifest.digests(str(signed), path)


def test_runners_are_found_by_a_signed_manifest_only_where_a_keyring_is_given(signed, keys):
    (signed / "paunch_step-linux-x86_64.xz").write_bytes(b"packed")
    assert sorted(runner.find_runners(str(signed), str(signed), keys.keyring("release"))) == ["x86_64"]
    with pytest.raises(Problem, match="is not valid for the keys"):
        runner.find_runners(str(signed), str(signed), keys.keyring("stranger"))
