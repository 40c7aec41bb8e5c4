# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of modules of older collections, in those of paunch_step and paunch_files. Nothing is lost without a
sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ansible_collections.overcloud.paunch.plugins.plugin_utils.program import plain

# Arguments of both modules that have another name in paunch_step.
NAMES = {
    "config_dir": "config_path",
    "config_overrides": "config_overrides",
    "concurrency": "concurrency",
    "containers": "containers",
    "debug": "debug",
}
ARGUMENTS = sorted(NAMES) + ["config_id", "config_patterns", "log_base_path"]

# Both match names of overrides as regular expressions, leave orphans to their roles, and do nothing where no file is.
COMMON = {
    "adopt": ["paunch"],
    "allow_missing_step": True,
    "clean_orphans": False,
    "dialect": "tripleo",
    "exec_user": "root",
    "override_patterns": True,
}
DEFAULTS = {
    "tripleo": dict(
        COMMON, config_patterns=["*.json"], managed_by="tripleo_ansible", unit_prefix="tripleo",
        log_path="/var/log/containers/stdouts",
    ),
    "edpm": dict(
        COMMON, config_patterns=["*.yml"], managed_by="edpm_ansible", unit_prefix="edpm", log_driver="journald",
        check_config_hash=True, config_volume_prefix="/var/lib/openstack", stop_timeout=42,
    ),
}


class ArgumentsError(Exception):
    """Why arguments of an older module cannot be taken."""


def step_arguments(tool, args):
    """The arguments of paunch_step, and what has no effect as sentences."""
    check_names(args, ARGUMENTS)
    step, notes = dict(DEFAULTS[tool]), []
    for name, value in args.items():
        if name in NAMES and value is not None:
            step[NAMES[name]] = value
    if not step.get("config_path"):
        raise ArgumentsError("config_dir is needed")
    if not step.get("containers"):
        step.pop("containers", None)  # as there: none are all
    if args.get("config_patterns"):
        patterns = args["config_patterns"]
        step["config_patterns"] = [patterns] if isinstance(patterns, str) else list(patterns)
    step["config_id"] = one_config_id(args.get("config_id"))
    if args.get("log_base_path"):
        if tool == "edpm":
            notes.append("log_base_path has no effect: as in edpm_container_manage, containers log to journald")
        else:
            step["log_path"] = args["log_base_path"]
    return step, notes


def one_config_id(value):
    """The label of a step, which may come as a list of one."""
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise ArgumentsError("config_id: a container has one config_id; call the module once for each")
        value = value[0]
    if not value:
        raise ArgumentsError("config_id is needed")
    return str(value)


def files_arguments(args):
    """The arguments of paunch_files for the configs that kolla's start script reads."""
    check_names(args, ["config_data"])
    data = args.get("config_data")
    if not isinstance(data, Mapping):
        raise ArgumentsError("config_data must be a mapping of a path to what the file holds")
    return {
        "files": [
            {"path": path, "content": json.dumps(content, indent=2, default=plain), "mode": "0600"}
            for path, content in data.items()
        ]
    }


def check_names(args, known):
    unknown = sorted(set(args) - set(known))
    if unknown:
        raise ArgumentsError("unknown arguments: %s; expected %s" % (", ".join(unknown), ", ".join(sorted(known))))
