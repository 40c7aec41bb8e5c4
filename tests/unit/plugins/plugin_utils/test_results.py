# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from datetime import datetime, timezone

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import results

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=timezone.utc)


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


def test_the_last_result_of_a_step_is_kept_for_its_owner_only(tmp_path):
    directory = str(tmp_path / "results")
    for changed in (True, False):
        results.store(directory, "controller-0", {"step": 4}, False, BEGAN, {"changed": changed, "containers": []})
    path = os.path.join(directory, "controller-0", "step_4.json")
    found = load(path)
    assert found["changed"] is False and found["host"] == "controller-0" and found["state"] == "present"
    assert found["began_at"] == "2026-01-02T03:04:05.000600Z" and found["ended_at"] > found["began_at"]
    assert os.stat(path).st_mode & 0o777 == 0o600 and os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    assert os.listdir(os.path.dirname(path)) == ["step_4.json"]


@pytest.mark.parametrize(
    "args, check, name",
    [
        ({"step": "4"}, False, "step_4.json"), ({"step": 0}, True, "step_0.check.json"),
        ({"config_id": "a/b"}, False, "a_b.json"), ({"state": "pruned"}, False, "pruned.json"),
        ({"config_id": ".."}, False, "_.json"), ({}, False, "step.json"),
    ],
)
def test_the_name_of_a_file_is_of_its_step(args, check, name):
    assert results.file_name(args, check) == name


def test_a_host_cannot_leave_the_directory(tmp_path):
    results.store(str(tmp_path), "../x", {"step": 1}, False, BEGAN, {})
    assert os.listdir(str(tmp_path)) == ["_x"]
