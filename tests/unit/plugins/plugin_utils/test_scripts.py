# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import os

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import scripts
from ansible_collections.overcloud.paunch.plugins.plugin_utils.runner import Runner


def text(answer):
    return answer[1].decode()


@pytest.fixture
def one(program):
    path, sha256 = program()
    return Runner("x86_64", sha256, binary=path)


def packed(runner):
    with open(runner.binary, "rb") as binary:
        return gzip.compress(binary.read())


def install(host, runner, data=None, directory=None):
    answer = host.run(scripts.install_script(runner, directory, None), packed(runner) if data is None else data)
    return scripts.marked(text(answer))


def test_a_host_without_the_binary_says_so(host, one):
    assert scripts.marked(text(host.run(scripts.run_script({"x86_64": one}, None, {}, None), b"{}"))) == ["missing", "x86_64"]


def test_an_installed_binary_runs_with_its_arguments_on_stdin(host, one):
    assert install(host, one) == ["installed"]
    rc, out, err = host.run(scripts.run_script({"x86_64": one}, None, {"COLOUR": "it's \"red\" $x"}, None), b'{"step": 1}')
    found = scripts.json_object(out.decode().replace('"red"', '\\"red\\"'))
    assert rc == 0 and found["args"] == {"step": 1} and found["where"] == "-"
    assert found["colour"] == "it's \"red\" $x"
    assert b"log" in err


def test_the_cache_is_private_and_holds_one_version(host, one, program):
    install(host, one)
    path, sha256 = program("two")
    install(host, Runner("x86_64", sha256, binary=path))
    assert host.cached == ["paunch_step-" + sha256]
    place = os.path.join(host.home, ".ansible", "paunch")
    assert os.stat(place).st_mode & 0o777 == 0o700
    assert os.stat(os.path.join(place, host.cached[0])).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("cut", [0, 10, -8, -1])
def test_a_truncated_transfer_is_one_clear_sentence(host, one, cut):
    words = install(host, one, packed(one)[:cut])
    assert "cut short or damaged" in scripts.install_error(words[1:])
    assert host.cached == []


def test_another_content_is_refused(host, one):
    words = install(host, one, gzip.compress(b"#!/bin/sh\n"))
    assert "not the one that was sent" in scripts.install_error(words[1:])
    assert host.cached == []


def test_a_full_disk_is_one_clear_sentence(host, one):
    host.tool("gzip", 'echo "gzip: stdout: No space left on device" >&2; exit 1')
    assert "disk is full" in scripts.install_error(install(host, one)[1:])


def test_a_noexec_file_system_is_one_clear_sentence():
    said = scripts.install_error("execute /home/x: sh: 1: /home/x/.paunch_step: Permission denied".split())
    assert "/home/x is on a file system that is mounted noexec: set paunch_cache_dir" in said


def test_a_directory_that_cannot_be_made_is_one_clear_sentence(host, one):
    words = install(host, one, directory="/proc/nothing")
    assert "directory" in scripts.install_error(words[1:]) and "paunch_cache_dir" in scripts.install_error(words[1:])


def test_another_architecture_is_named(host, one):
    host.tool("uname", "case $1 in -m) echo riscv64 ;; -s) echo Linux ;; esac")
    answer = host.run(scripts.run_script({"x86_64": one}, None, {}, None), b"{}")
    assert scripts.marked(text(answer)) == ["unsupported", "Linux", "riscv64"]


def test_a_result_is_found_among_other_lines():
    assert scripts.json_object('{not json\r\nwarning\r\n{"a": 1}\r\n{broken\r\n') == {"a": 1}
    assert scripts.json_object("") is None
    assert scripts.json_object("[1]") is None
