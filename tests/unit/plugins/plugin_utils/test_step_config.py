# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils.step_config import ConfigError, read_config


@pytest.fixture
def tree(tmp_path):
    def make(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        return tmp_path

    return make


def render(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def images(config):
    return ["%s=%s" % (name, keys["image"]) for name, keys in config.items()]


@pytest.mark.parametrize(
    "name, content, want",
    [
        ("c.json", '{"b": {"image": "1"}, "a": {"image": "2"}}', ["b=1", "a=2"]),
        ("c.yml", "b:\n  image: x\na: {image: y}\n", ["b=x", "a=y"]),
        ("c.yml", "step_1: {a: {image: x}}\nstep_2: {b: {image: y}}\n", ["b=y"]),
        ("c.yml", "step_1: {a: {image: x}}\n", []),
        ("c.yml", "step_1: {a: {image: x}}\nstep_2:\n", []),
        ("c.yml", "step_1: {image: x}\nb: {image: y}\n", ["step_1=x", "b=y"]),
        ("c.json", "{}", []),
        ("hashed-web.json", '{"image": "x", "environment": {"A": "b"}}', ["web=x"]),
        ("c.yml", "a: &a {image: x, user: root}\nb:\n  <<: *a\n  image: y\n", ["a=x", "b=y"]),
    ],
)
def test_every_form_of_a_file_is_told_apart_by_its_content(tree, name, content, want):
    assert images(read_config(str(tree({name: content}) / name), None, 2, render)) == want


def test_a_directory_has_a_container_per_file(tree):
    path = tree({
        "b.json": '{"image": "1"}', "a.yml": "image: '2'", "10-c.yaml": "c: {image: '3'}", "notes.txt": "x",
        ".hidden.json": "x", "hashed-d.json": '{"image": "4"}', "sub.json/x": "",
    })
    assert images(read_config(str(path), None, 1, render)) == ["c=3", "a=2", "b=1", "d=4"]
    assert images(read_config(str(path), ["b.*"], 1, render)) == ["b=1"]


def test_a_directory_of_steps_has_nothing_for_a_step_without_a_directory(tree):
    path = tree({"step_1/a.yml": "image: x", "step_3/b.yml": "image: y"})
    assert images(read_config(str(path), None, 3, render)) == ["b=y"]
    assert read_config(str(path), None, 2, render) == {}


def test_values_keep_their_text(tree):
    keys = "\n".join([
        "image: x", "umask: 0022", "version: 1.10", "date: 2026-01-02", "no: no", "on: on", "yes: true", "hex: 0x1F",
        "big: 1_000", "nothing: null", "tilde: ~", "number: 7", 'text: "7"', "time: 12:30:45",
    ])
    assert read_config(str(tree({"a.yml": keys}) / "a.yml"), None, 1, render)["a"] == {
        "image": "x", "umask": "0022", "version": "1.10", "date": "2026-01-02", "no": "no", "on": "on", "yes": True,
        "hex": "0x1F", "big": "1_000", "nothing": None, "tilde": None, "number": 7, "text": "7", "time": "12:30:45",
    }


def test_a_template_may_come_out_as_a_mapping(tree):
    path = tree({"a.json": ""}) / "a.json"
    assert read_config(str(path), None, 1, lambda _path: {"image": "x"}) == {"a": {"image": "x"}}


def test_all_problems_are_reported_at_once_without_values(tree):
    path = tree({
        "a.yml": "image: [secret\n", "b.yml": "", "c.yml": "- x", "d.yml": "image: x\nimage: y\n",
        "e.yml": "x: {image: a}\ny: {image: b}\n", "f.yml": "image: x", "hashed-f.yml": "image: x",
    })
    with pytest.raises(ConfigError) as error:
        read_config(str(path), None, 1, render)
    said = str(error.value)
    for part in (
        "a.yml: line 2:", "b.yml: is empty", "c.yml: must hold a mapping", "d.yml: line 2: duplicate key 'image'",
        "e.yml: holds 2 containers", "container 'f' is defined twice",
    ):
        assert part in said
    assert "secret" not in said
