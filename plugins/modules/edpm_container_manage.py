#!/usr/bin/python
# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: edpm_container_manage
short_description: Apply a step config under the name and with the arguments of a module of EDPM
version_added: 0.2.0
author:
  - The paunch authors (@overcloud)
description:
  - Runs M(overcloud.paunch.paunch_step) with the arguments that C(edpm_container_manage) takes. Containers that it
    made are adopted as they run.
  - Beside what the options say it sets C(managed_by=edpm_ansible), C(adopt=[paunch]), C(unit_prefix=edpm),
    C(exec_user=root), C(dialect=tripleo), C(override_patterns=true), C(clean_orphans=false),
    C(allow_missing_step=true) and C(log_driver=journald), C(check_config_hash=true) below C(/var/lib/openstack), C(stop_timeout=42).
  - The older module left units to a second one. Here they come with the apply.
notes:
  - The containers are those of root. A task of another user without C(become) is refused.
attributes:
  check_mode:
    support: full
    description: Looks, and changes nothing.
  diff_mode:
    support: full
    description: Shows what differs.
  platform:
    support: full
    platforms: linux
    description: The operating systems of hosts.
options:
  config_id:
    description: The label of the containers, or a list with one.
    type: raw
    required: true
  config_dir:
    description: The directory with a file for each container.
    type: path
    required: true
  config_patterns:
    description: File name patterns of the configs.
    type: raw
    default: "*.yml"
  config_overrides:
    description:
      - Keys to change, as a regular expression for the beginning of a container's name to key to value.
    type: dict
    default: {}
  log_base_path:
    description: Has no effect, with a warning. Containers log to journald.
    type: path
  concurrency:
    description: How many containers are handled at the same time. By default as many as M(overcloud.paunch.paunch_step) does.
    type: int
  containers:
    description: Only these containers. An empty list is all.
    type: list
    elements: str
    default: []
  debug:
    description: Report more.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Apply a directory of EDPM
  overcloud.paunch.edpm_container_manage:
    config_id: edpm_step1
    config_dir: /var/lib/edpm-config/container-startup-config/step_1
  become: true
"""

RETURN = r"""
containers:
  description: What was done with each container, and the other results of M(overcloud.paunch.paunch_step).
  returned: always
  type: list
  elements: dict
"""
