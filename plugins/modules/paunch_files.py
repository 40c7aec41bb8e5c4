#!/usr/bin/python
# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the action plugin of this name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: paunch_files
short_description: Make the directories and files that containers mount
version_added: 0.2.0
author:
  - The paunch authors (@overcloud)
description:
  - Compares all directories and files with those of the host in one round trip. Where something differs, a second one
    sends what differs.
  - Files are replaced by a rename. A container that has one mounted keeps the old one until it is started again.
  - The host needs a shell with coreutils or busybox, and no Python.
notes:
  - Contents are sent on standard input; they are in no command, result or diff.
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
  directories:
    description:
      - Directories, each a path, or a mapping with C(path), C(owner), C(group), C(mode) and C(setype). What is not given
        does not matter.
    type: list
    elements: raw
    default: []
  files:
    description:
      - Files, each a mapping with C(path), C(content), C(owner), C(group), C(mode) and C(setype). A new file without
        C(mode) has 0600. Its directory must exist or be among O(directories).
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Make what Keystone mounts
  overcloud.paunch.paunch_files:
    directories:
      - /var/log/containers/keystone
      - {path: /var/lib/config-data/keystone, mode: "0750"}
    files:
      - path: /var/lib/config-data/keystone/keystone.conf
        content: "{{ lookup('ansible.builtin.template', 'keystone.conf.j2') }}"
        mode: "0640"
"""

RETURN = r"""
changes:
  description: What differed, and was changed outside of check mode.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The directory or file.
      returned: always
      type: str
      sample: /var/lib/config-data/keystone/keystone.conf
    change:
      description: One of V(created), V(content), V(owner), V(group), V(mode) and V(setype).
      returned: always
      type: str
      sample: content
"""
