# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import os

from ansible_collections.overcloud.paunch.plugins.plugin_utils import runner


def elf(machine, text=b""):
    return b"\x7fELF" + b"\0" * 14 + machine + text


def write(path, content):
    path.write_bytes(content)
    return str(path)


def test_the_architecture_is_read_from_the_binary(tmp_path):
    assert runner.elf_architecture(write(tmp_path / "a", elf(b"\x3e\x00"))) == "x86_64"
    assert runner.elf_architecture(write(tmp_path / "b", elf(b"\xb7\x00"))) == "aarch64"
    assert runner.elf_architecture(write(tmp_path / "c", elf(b"\xf3\x00"))) is None
    assert runner.elf_architecture(write(tmp_path / "d", b"#!/bin/sh\n")) is None
    assert runner.elf_architecture(write(tmp_path / "e", b"")) is None


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


def test_runners_come_from_the_module_and_from_packed_files(tmp_path):
    module = write(tmp_path / "paunch_step", elf(b"\x3e\x00", b"module"))
    packed = tmp_path / "runners"
    packed.mkdir()
    content = elf(b"\xb7\x00", b"runner")
    write(packed / "paunch_step-linux-aarch64.gz", gzip.compress(content))
    sha256 = hashlib.sha256(content).hexdigest()
    (packed / "SHA256SUMS").write_text("%s  paunch_step-linux-aarch64\nabc  paunch_step-linux-missing\n" % sha256)
    found = runner.find_runners(str(tmp_path), module, str(packed))
    assert sorted(found) == ["aarch64", "x86_64"]
    assert found["aarch64"].sha256 == sha256
    assert found["aarch64"].gzipped(str(tmp_path)).endswith("paunch_step-linux-aarch64.gz")


def test_without_any_binary_there_is_no_runner(tmp_path):
    assert runner.find_runners(str(tmp_path), str(tmp_path / "no"), str(tmp_path / "none")) == {}


def test_a_compressed_binary_is_made_once_and_replaces_older_ones(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    write(cache / "old.gz", b"")
    made = runner.Runner("x86_64", "abc", binary=write(tmp_path / "a", b"content"))
    path = made.gzipped(str(cache))
    assert gzip.decompress(open(path, "rb").read()) == b"content"
    inode = os.stat(path).st_ino
    assert made.gzipped(str(cache)) == path and os.stat(path).st_ino == inode
    assert [n for n in os.listdir(cache) if n.endswith(".gz")] == ["abc.gz"]
