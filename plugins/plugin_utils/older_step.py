# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins under the names of older modules share: they run paunch_step with its arguments."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.action.paunch_step import ActionModule as StepAction
from ansible_collections.overcloud.paunch.plugins.plugin_utils import older
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem


class OlderStep(StepAction):
    # tripleo or edpm.
    TOOL = ""

    def _given(self):
        try:
            args, self._notes = older.step_arguments(self.TOOL, dict(self._task.args))
        except older.ArgumentsError as e:
            raise Problem(str(e)) from e
        return args

    def _run(self, task_vars):
        self._check_root()
        result = super()._run(task_vars)
        if self._notes:
            result["warnings"] = self._notes + list(result.get("warnings") or [])
        return result

    def _check_root(self):
        """Their containers are root's. Without become they would be those of the user, beside them."""
        said = self._low_level_execute_command("id -u")["stdout"].strip().splitlines()
        if said[-1:] != ["0"]:
            raise Problem(
                "%s_container_manage manages the containers of root, and this task is run as another user: set become: true"
                % self.TOOL
            )
