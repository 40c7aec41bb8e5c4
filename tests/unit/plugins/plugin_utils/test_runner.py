# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import sys

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import runner
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem


def write(path, content):
    path.write_bytes(content)
    return str(path)


def test_a_hash_is_kept_until_the_file_changes(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    path = write(tmp_path / "a", b"one")
    assert runner.content_hash(path, str(cache)) == hashlib.sha256(b"one").hexdigest()
    (note,) = cache.iterdir()
    note.write_text(note.read_text().replace(hashlib.sha256(b"one").hexdigest(), "kept"))
    assert runner.content_hash(path, str(cache)) == "kept"
    path = write(tmp_path / "a", b"other")
    assert runner.content_hash(path, str(cache)) == hashlib.sha256(b"other").hexdigest()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    path = write(tmp_path / "a", b"one")
    assert runner.content_hash(path, str(tmp_path / "missing")) == hashlib.sha256(b"one").hexdigest()


def packed(directory, content, sums=None, name="paunch_step-linux-x86_64"):
    directory.mkdir(exist_ok=True)
    write(directory / (name + ".xz"), lzma.compress(content))
    with open(directory / "SHA256SUMS", "a", encoding="ascii") as out:
        out.write("%s  %s\n" % (sums or hashlib.sha256(content).hexdigest(), name))
    return str(directory)


def unpacked(path):
    with gzip.open(path) as file:
        return file.read()


def built(directory, content, name="paunch_step-linux-x86_64"):
    directory.mkdir(exist_ok=True)
    write(directory / name, content)
    with open(directory / "SHA256SUMS", "a", encoding="ascii") as out:
        out.write("%s  %s\n" % (hashlib.sha256(content).hexdigest(), name))
    return str(directory)


def test_runners_are_the_packed_files_and_what_was_built_here_as_the_manifest_names_them(tmp_path):
    directory = packed(tmp_path / "runners", b"packed", name="paunch_step-linux-aarch64")
    assert sorted(runner.find_runners(str(tmp_path), directory)) == ["aarch64"]
    built(tmp_path / "runners", b"built")
    found = runner.find_runners(str(tmp_path), directory)
    assert sorted(found) == ["aarch64", "x86_64"]
    assert unpacked(found["x86_64"].gzipped(str(tmp_path))) == b"built"


def test_what_the_manifest_names_and_nobody_has_and_what_it_does_not_name_is_no_runner(tmp_path):
    directory = packed(tmp_path / "runners", b"packed")
    (tmp_path / "runners" / "SHA256SUMS").write_text("%s  paunch_step-linux-aarch64\n" % ("0" * 64))
    assert runner.find_runners(str(tmp_path), directory) == {}


@pytest.mark.parametrize("change", ["appended", "named by nothing", "put beside the packed one"])
def test_a_binary_whose_digest_is_not_in_the_manifest_is_refused(tmp_path, change):
    place = tmp_path / "runners"
    directory = packed(place, b"packed") if change.startswith("put") else built(place, b"built")
    if change.startswith("put"):
        write(place / "paunch_step-linux-x86_64", b"another")
    if change == "appended":
        runner.find_runners(str(tmp_path), directory)
        before = os.stat(place / "paunch_step-linux-x86_64")
        with open(place / "paunch_step-linux-x86_64", "r+b") as binary:
            binary.write(b"B")
        os.utime(place / "paunch_step-linux-x86_64", ns=(before.st_atime_ns, before.st_mtime_ns))
    if change == "named by nothing":
        (place / "SHA256SUMS").unlink()
    with pytest.raises(Problem, match=r"paunch_step-linux-x86_64 is refused: its SHA-256 is not .*SHA256SUMS"):
        runner.find_runners(str(tmp_path), directory)


def test_without_any_binary_there_is_no_runner(tmp_path):
    assert runner.find_runners(str(tmp_path), str(tmp_path / "none")) == {}


def test_a_packed_binary_is_unpacked_once_per_controller_and_sent_as_gzip(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    found = runner.find_runners(str(cache), packed(tmp_path / "runners", b"content"))["x86_64"]
    path = found.gzipped(str(cache))
    assert unpacked(path) == b"content" and path == str(cache / (found.sha256 + ".gz"))
    monkeypatch.setattr(found, "_content", lambda: pytest.fail("unpacked twice"))
    assert found.gzipped(str(cache)) == path


@pytest.mark.parametrize("change", ["digest", "cut", "other bytes"])
def test_a_binary_that_is_not_what_the_manifest_says_is_refused_and_not_kept(tmp_path, change):
    cache = tmp_path / "cache"
    cache.mkdir()
    directory = packed(tmp_path / "runners", b"content" * 100, "0" * 64 if change == "digest" else None)
    file = tmp_path / "runners" / "paunch_step-linux-x86_64.xz"
    if change == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    if change == "other bytes":
        file.write_bytes(b"no xz file")
    with pytest.raises(Problem, match=r"paunch_step-linux-x86_64.xz is damaged \(.*; install the collection again"):
        runner.find_runners(str(cache), directory)["x86_64"].gzipped(str(cache))
    assert [n for n in os.listdir(cache) if n != "lock"] == []


def test_a_controller_without_lzma_is_told_what_to_do(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    found = runner.find_runners(str(cache), packed(tmp_path / "runners", b"content"))["x86_64"]
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(Problem, match="the Python of the controller has no lzma module, which unpacks paunch_step-linux-x86_64.xz"):
        found.gzipped(str(cache))


def test_a_compressed_binary_replaces_those_of_other_versions_and_leaves_other_architectures(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    write(cache / "old.gz", b"")
    write(cache / "other.gz", b"")
    made = runner.Runner("x86_64", hashlib.sha256(b"content").hexdigest(), binary=write(tmp_path / "a", b"content"))
    path = made.gzipped(str(cache), [made.sha256, "other"])
    assert unpacked(path) == b"content"
    inode = os.stat(path).st_ino
    assert made.gzipped(str(cache)) == path and os.stat(path).st_ino == inode
    assert sorted(n for n in os.listdir(cache) if n.endswith(".gz")) == sorted([made.sha256 + ".gz", "other.gz"])
