# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the report of a deployment, by the binary of paunch_step on the controller."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.plugin_utils.program import Program


class ActionModule(Program):
    MODULE = "overcloud.paunch.paunch_report"
