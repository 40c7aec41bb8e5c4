# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs paunch_files with the arguments of the module tripleo_container_configs."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.action.paunch_files import ActionModule as FilesAction
from ansible_collections.overcloud.paunch.plugins.plugin_utils import older
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem


class ActionModule(FilesAction):
    def _given(self):
        try:
            return older.files_arguments(dict(self._task.args))
        except older.ArgumentsError as e:
            raise Problem(str(e)) from e
