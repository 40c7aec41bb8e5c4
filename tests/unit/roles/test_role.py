# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role has an option for each of the module's, and passes it on."""

from __future__ import annotations

import os

import pytest
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
ROLE = os.path.join(ROOT, "roles", "paunch_step")
# The role's own options say where a config is, and which steps are applied.
OTHERWISE = {"step", "config", "config_path", "remote_src"}
# The action plugin sets it.
INTERNAL = {"config_files"}


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return yaml.safe_load(file)


MODULE = load(ROOT, "plugins", "modules", "paunch_step.yml")["DOCUMENTATION"]["options"]
OPTIONS = load(ROLE, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]


def passed():
    (task,) = load(ROLE, "tasks", "apply.yml")
    return task["overcloud.paunch.paunch_step"]


@pytest.mark.parametrize("option", sorted(set(MODULE) - OTHERWISE - INTERNAL))
def test_an_option_of_the_module_is_one_of_the_role(option):
    of_role = OPTIONS["paunch_step_" + option]
    for key in ("type", "elements", "choices"):
        assert of_role.get(key) == MODULE[option].get(key), key
    assert "paunch_step_" + option in passed()[option]


def test_nothing_else_is_passed():
    assert set(passed()) == set(MODULE) - INTERNAL
