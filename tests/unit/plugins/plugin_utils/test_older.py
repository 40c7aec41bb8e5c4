# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of older modules mean in paunch_step what they meant there."""

from __future__ import annotations

import importlib
import json
import os
import re

import pytest
import yaml

from ansible_collections.overcloud.paunch.plugins.plugin_utils import older

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), *[os.pardir] * 4))
MANAGE = {"config_id": "tripleo_step1", "config_dir": "/etc/step_1"}


def load(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return yaml.safe_load(file)


def documentation(name):
    module = importlib.import_module("ansible_collections.overcloud.paunch.plugins.modules." + name)
    return yaml.safe_load(module.DOCUMENTATION)["options"]


@pytest.mark.parametrize("tool", ["tripleo", "edpm"])
def test_what_nothing_is_said_about_is_as_in_the_role_of_that_tool(tool):
    of_role = load("roles", "paunch_step", "vars", "main.yml")["paunch_step_compat_table"][tool]
    # Templates of the role: the module always names its config_id, and judges exit codes.
    for name in ("config_id", "valid_exit_codes", "timeout"):
        of_role.pop(name, None)
    assert dict(older.DEFAULTS[tool], **of_role) == older.DEFAULTS[tool]


@pytest.mark.parametrize("tool", ["tripleo", "edpm"])
def test_every_argument_is_documented_and_every_documented_one_is_taken(tool):
    assert sorted(documentation(tool + "_container_manage")) == sorted(older.ARGUMENTS)


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({}, {"config_id": "tripleo_step1", "config_path": "/etc/step_1", "config_patterns": ["*.json"]}),
        ({"config_id": ["one"]}, {"config_id": "one"}),
        ({"config_patterns": "a*.json"}, {"config_patterns": ["a*.json"]}),
        ({"config_patterns": ["a", "b"]}, {"config_patterns": ["a", "b"]}),
        ({"config_overrides": {"nova_.*": {"image": "x"}}}, {"config_overrides": {"nova_.*": {"image": "x"}}, "override_patterns": True}),
        ({"log_base_path": "/var/log/x"}, {"log_path": "/var/log/x"}),
        ({}, {"log_path": "/var/log/containers/stdouts", "clean_orphans": False, "managed_by": "tripleo_ansible"}),
        ({"concurrency": 3, "debug": True, "containers": ["a"]}, {"concurrency": 3, "debug": True, "containers": ["a"]}),
    ],
)
def test_an_argument_of_tripleo_container_manage_is_one_of_paunch_step(given, wanted):
    step, notes = older.step_arguments("tripleo", dict(MANAGE, **given))
    assert {name: step[name] for name in wanted} == wanted and notes == []


def test_an_empty_list_of_containers_is_all():
    step, dummy = older.step_arguments("edpm", dict(MANAGE, containers=[]))
    assert "containers" not in step


def test_edpm_logs_to_the_journal_and_says_so():
    step, notes = older.step_arguments("edpm", dict(MANAGE, log_base_path="/var/log/x"))
    assert "log_path" not in step and step["log_driver"] == "journald" and step["stop_timeout"] == 42
    assert len(notes) == 1 and "log_base_path has no effect" in notes[0]


@pytest.mark.parametrize(
    "args, says",
    [
        ({"config_dir": "/x"}, "config_id is needed"),
        ({"config_id": "a"}, "config_dir is needed"),
        (dict(MANAGE, config_id=["a", "b"]), "one config_id"),
        (dict(MANAGE, config_id=[]), "one config_id"),
        (dict(MANAGE, cli="podman", fact=1), "unknown arguments: cli, fact; expected concurrency"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(args, says):
    with pytest.raises(older.ArgumentsError, match=re.escape(says)):
        older.step_arguments("tripleo", args)


def test_configs_of_kolla_become_files_of_root_alone():
    (file,) = older.files_arguments({"config_data": {"/x.json": {"command": "run", "n": 1}}})["files"]
    assert file["path"] == "/x.json" and file["mode"] == "0600" and json.loads(file["content"]) == {"command": "run", "n": 1}
    for wrong in ({}, {"config_data": []}, {"config_data": {}, "check_mode": True}):
        with pytest.raises(older.ArgumentsError):
            older.files_arguments(wrong)


def test_the_table_of_arguments_has_each():
    with open(os.path.join(ROOT, "docs", "switching.md"), encoding="utf-8") as file:
        table = file.read().split("<!-- arguments -->")[1].split("<!-- end -->")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(older.ARGUMENTS)


def routing():
    return load("meta", "runtime.yml")["plugin_routing"]["modules"]


@pytest.mark.parametrize("name", sorted(routing()))
def test_a_module_without_a_counterpart_is_refused_with_what_does_its_work(name):
    text = routing()[name]["tombstone"]["warning_text"]
    used = re.findall(r"overcloud\.paunch\.(\w+)", text)
    assert used and all(os.path.exists(os.path.join(ROOT, "plugins", "modules", word + ".yml")) for word in used)
    assert not any(file.startswith(name + ".") for file in os.listdir(os.path.join(ROOT, "plugins", "modules")))
