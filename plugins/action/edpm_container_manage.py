# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs paunch_step with the arguments of the module edpm_container_manage."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.plugin_utils.older_step import OlderStep


class ActionModule(OlderStep):
    TOOL = "edpm"
