# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils.step_config import ConfigError, config_files, matches

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))))


def corpus():
    """Configs that the program reads too: it demands that what is sent here means the same as the files on a host."""
    with open(os.path.join(ROOT, "module", "internal", "config", "testdata", "corpus.json"), encoding="utf-8") as file:
        return json.load(file)


def write(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif text.startswith("-> "):
            path.symlink_to(text[3:])
        elif text == "(pipe)":
            os.mkfifo(path)
        else:
            path.write_text(text, encoding="utf-8")


def render(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


@pytest.mark.parametrize("case", corpus(), ids=lambda case: case["name"])
def test_the_program_gets_what_it_needs_to_read_a_config_as_on_a_host(tmp_path, case):
    write(tmp_path, case["files"])
    top = os.path.join(str(tmp_path), case["path"]) if case["path"] else str(tmp_path)
    sent = {}
    for file in config_files(top, case.get("patterns"), case["step"], render):
        name = os.path.relpath(file["path"], tmp_path) if file["path"] != str(tmp_path) else ""
        sent[name] = "text" if "text" in file else file["type"]
        assert file.get("text") in (None, render(file["path"]) if "text" in file else None)
    assert sent == case["sent"]


def test_a_text_is_what_the_template_came_out_as(tmp_path):
    write(tmp_path, {"a.yml": "image: '{{ image }}'\n"})
    files = config_files(str(tmp_path), None, 1, lambda path: "image: x # %s" % os.path.basename(path))
    assert files[1] == {"path": str(tmp_path / "a.yml"), "type": "file", "text": "image: x # a.yml"}


def test_a_file_that_is_not_asked_for_is_neither_rendered_nor_sent(tmp_path):
    write(tmp_path, {"a.yml": "", "private.txt": "hunter2", ".b.yml": "hunter2", "step_2/a.yml": "hunter2"})
    asked = []
    files = config_files(str(tmp_path), None, 1, lambda path: asked.append(path) or "")
    assert asked == [] and "hunter2" not in json.dumps(files)


def test_a_text_that_is_no_utf_8_is_one_clear_sentence(tmp_path):
    (tmp_path / "a.yml").write_bytes(b"image: \xff\n")
    with pytest.raises(ConfigError, match="a.yml: is not valid UTF-8"):
        config_files(str(tmp_path / "a.yml"), None, 1, render)


@pytest.mark.parametrize("step", [2, "2", " 2 ", "02"])
def test_a_step_that_came_as_a_text_has_its_directory(tmp_path, step):
    write(tmp_path, {"step_2/a.yml": "x"})
    assert [f["path"] for f in config_files(str(tmp_path), None, step, render) if "text" in f] == [str(tmp_path / "step_2" / "a.yml")]


@pytest.mark.parametrize("step, sent", [(0, True), ("0", True), (None, False), ("x", False), (1, False)])
def test_step_0_has_its_directory_and_no_step_has_none(tmp_path, step, sent):
    write(tmp_path, {"step_0/a.yml": "x"})
    assert any("text" in f for f in config_files(str(tmp_path), None, step, render)) is sent


@pytest.mark.parametrize(
    "pattern, names, others",
    [
        ("*.json", ["a.json", "a.b.json"], ["a.jsonx", ".a.json", "ajson"]),
        ("a?c", ["abc", "a.c", "aüc"], ["ac", "abbc"]),
        ("[a-c]x", ["ax", "bx"], ["dx", "-x", "x"]),
        ("[^a-c]x", ["dx", "^x"], ["ax", "cx"]),
        ("[!a]x", ["!x", "ax"], ["bx"]),
        (r"[\]\-]x", ["]x", "-x"], ["\\x"]),
        (r"\*x", ["*x"], ["ax"]),
        ("a.c+", ["a.c+"], ["abc+", "a.cc"]),
        (".*", [".a"], ["a"]),
    ],
)
def test_patterns_are_those_of_the_program(pattern, names, others):
    assert [n for n in names + others if matches(n, [pattern])] == names


@pytest.mark.parametrize("pattern", ["[a", "[z-a]x"])
def test_a_pattern_that_is_malformed_is_left_to_the_program(pattern):
    assert matches("anything", [pattern]) or matches("[a", [pattern])
