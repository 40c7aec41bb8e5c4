# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role has an option for each of the module's, and passes it on."""

from __future__ import annotations

import os
import re

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


VARS = load(ROLE, "vars", "main.yml")


def documented():
    with open(os.path.join(ROOT, "docs", "switching.md"), encoding="utf-8") as file:
        table = file.read().split("<!-- variables -->")[1].split("<!-- end -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
    return {name.strip("`"): what for name, what in rows}


@pytest.mark.parametrize("variable, what", sorted(documented().items()))
def test_a_variable_of_an_older_role_is_what_the_table_says(variable, what):
    ending = variable.split("_manage_")[1]
    texts = {"paunch_step_" + k: "%s %s" % (v, [of.get(k) for of in VARS["paunch_step_compat_table"].values()]) for k, v in passed().items()}
    texts.update(load(ROLE, "defaults", "main.yml"))
    used = {name for name, text in texts.items() if re.search(r"\b%s\b" % variable, str(text))}
    if what == "no effect, with a sentence":
        assert variable in VARS["paunch_step_no_effect"] and not used
        return
    wanted = ending if what == "same" else what.split("`")[1]
    assert "paunch_step_" + wanted in used and variable not in VARS["paunch_step_no_effect"]


def test_no_variable_that_is_read_or_has_no_effect_is_missing_in_the_table():
    text = "".join(map(str, (load(ROLE, "defaults", "main.yml"), passed(), list(VARS["paunch_step_no_effect"]), VARS["paunch_step_compat_table"])))
    assert set(re.findall(r"(?:tripleo|edpm)_container_manage_[a-z_]+", text)) == set(documented())


def test_each_older_role_has_defaults_for_options_of_the_module_only():
    table = VARS["paunch_step_compat_table"]
    assert set(table) == set(OPTIONS["paunch_step_compat"]["choices"])
    for defaults in table.values():
        assert set(defaults) <= set(MODULE)
        assert all("paunch_step_compat_defaults.%s" % name in passed()[name] for name in defaults)
