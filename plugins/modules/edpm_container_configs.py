#!/usr/bin/python
# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: edpm_container_configs
short_description: Write the configs that kolla's start script reads, under the name of a module of EDPM
version_added: 0.2.0
author:
  - The paunch authors (@overcloud)
description:
  - Runs M(overcloud.paunch.paunch_files) with the argument that C(edpm_container_configs) takes. Files that are as they
    should be are left alone.
attributes:
  check_mode:
    support: full
    description: Looks, and changes nothing.
  diff_mode:
    support: partial
    description: Shows which paths change and what of them, not their contents.
  platform:
    support: full
    platforms: posix
    description: The operating systems of hosts.
options:
  config_data:
    description: What to write, as path to content. The files hold it as JSON and have the mode 0600.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write a config for kolla's start script
  overcloud.paunch.edpm_container_configs:
    config_data:
      /var/lib/kolla/config_files/keystone.json:
        command: /usr/sbin/httpd -DFOREGROUND
  become: true
"""

RETURN = r"""
changes:
  description: What differed, and was changed outside of check mode, as M(overcloud.paunch.paunch_files) has it.
  returned: success
  type: list
  elements: dict
"""
