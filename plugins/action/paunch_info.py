# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs paunch_info on a host: by the binary and with the arguments of paunch_step."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.action.paunch_step import ActionModule as StepAction
from ansible_collections.overcloud.paunch.plugins.plugin_utils import results


class ActionModule(StepAction):
    MODULE = "overcloud.paunch.paunch_info"

    def _write(self, directory, host, started, result):
        """What was only listed is no result of a deployment."""
        if result.get("details"):
            results.store_details(directory, host, result)
