# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.filter.step_table import step_table
from ansible_collections.overcloud.paunch.plugins.plugin_utils import printable

HOSTILE = "x\x1b]0;owned\x07\x9b2J\u202ey\rz\nnext"


def failed(**more):
    container = {
        "name": "job", "action": "failed", "exit_code": 3, "error": "exit code 3: private error", "cause": "exit code 3",
        "stdout": "private line", "stderr": "private line",
    }
    return {"msg": "step 1 failed\nprivate msg", "containers": [dict(container, **more)]}


def test_without_logs_a_failure_is_its_cause_only():
    lines = step_table(failed(), logs=False)
    assert "job: exit code 3" in lines and "private" not in "\n".join(lines)


def test_with_logs_a_failure_is_its_error_and_its_last_lines():
    lines = step_table(failed(), logs=True)
    assert "job: exit code 3: private error" in lines and "  stdout | private line" in lines


def test_nothing_in_a_table_acts_upon_the_terminal():
    hostile = {key: HOSTILE for key in ("name", "action", "real_name", "error", "cause", "stdout", "stderr", "image", "health", "state")}
    for result in ({"msg": HOSTILE, "containers": []}, dict(failed(**hostile), msg=HOSTILE), failed(**dict(hostile, exit_code=None))):
        for logs in (True, False):
            text = "\n".join(step_table(result, logs=logs))
            assert text == printable.text(text) and "owned" in text
