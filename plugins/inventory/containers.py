# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed containers as hosts of an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: containers
short_description: Managed containers of hosts, with groups by step and state
version_added: 0.2.0
author: The paunch authors (@overcloud)
description:
  - Makes an inventory host C(HOST.CONTAINER) of each container that is managed on the given hosts.
  - It asks C(paunch list) on each host, by ssh, or reads the results that the playbooks kept in O(results_dir).
  - Each is in the groups C(paunch_STEP) (its config_id, such as C(paunch_tripleo_step4)), C(paunch_state_STATE) and
    C(paunch_on_HOST), and has the variables C(paunch_host), C(paunch_name), C(paunch_container), C(paunch_config_id),
    C(paunch_state), C(paunch_image) and C(paunch_managed_by).
  - A host that does not answer is a warning.
extends_documentation_fragment:
  - ansible.builtin.constructed
options:
  plugin:
    description: The name of this plugin.
    required: true
    choices: [overcloud.paunch.containers, containers]
  hosts:
    description: Hosts to ask by ssh. V(localhost) is asked without.
    type: list
    elements: str
    default: [localhost]
  ssh:
    description: The command that reaches a host; the host's name and O(command) follow it.
    type: list
    elements: str
    default: [ssh, -o, BatchMode=yes]
  command:
    description: What lists the containers on a host.
    type: list
    elements: str
    default: [paunch, list, --output, json]
  timeout:
    description: Seconds that a host may take to answer.
    type: int
    default: 30
  results_dir:
    description: The directory in which the playbooks kept results (C(paunch_results_dir)); no host is asked then.
    type: path
"""

EXAMPLES = r"""
# containers.paunch.yml: the services of two controllers that are not running
plugin: overcloud.paunch.containers
hosts: [controller-0, controller-1]
groups:
  down: paunch_state not in ['running', 'done']
"""

import glob
import json
import os
import re
import subprocess

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

LOCAL = ("localhost", "127.0.0.1", "::1")


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "overcloud.paunch.containers"

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith(("paunch.yml", "paunch.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        results = self.get_option("results_dir")
        if results:
            self._add_results(os.path.expanduser(results))
            return
        for host in self.get_option("hosts"):
            try:
                listed = self._ask(host)
            except (OSError, ValueError, subprocess.SubprocessError) as e:
                self.display.warning("containers of %s: %s" % (host, e))
                continue
            for container in listed:
                self._add(host, container)

    def _ask(self, host):
        """What paunch list says on a host."""
        command = list(self.get_option("command"))
        if host not in LOCAL:
            command = list(self.get_option("ssh")) + [host] + command
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=self.get_option("timeout")
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise ValueError("exit code %d%s" % (done.returncode, ": " + said[-1] if said else ""))
        listed = json.loads(done.stdout)
        if not isinstance(listed, list):
            raise ValueError("expected a list, not %s" % type(listed).__name__)
        return listed

    def _add_results(self, directory):
        if not os.path.isdir(directory):
            raise AnsibleParserError("results_dir: %s is not a directory" % directory)
        for path in sorted(glob.glob(os.path.join(glob.escape(directory), "*", "*.json"))):
            if path.endswith(".check.json"):
                continue
            with open(path, encoding="utf-8") as file:
                try:
                    result = json.load(file)
                except ValueError as e:
                    self.display.warning("%s: %s" % (path, e))
                    continue
            for container in result.get("containers") or []:
                if container.get("action") == "removed":
                    continue
                self._add(result.get("host") or os.path.basename(os.path.dirname(path)), {
                    "config": result.get("config_id", ""), "name": container.get("name", ""),
                    "container": container.get("real_name") or container.get("name", ""),
                    "image": container.get("image", ""), "status": container.get("state") or "done",
                })

    def _add(self, host, container):
        name = "%s.%s" % (host, container["container"])
        variables = {
            "paunch_host": host, "paunch_name": container["name"], "paunch_container": container["container"],
            "paunch_config_id": container["config"], "paunch_state": container["status"],
            "paunch_image": container["image"], "paunch_managed_by": container.get("managed_by", ""),
        }
        self.inventory.add_host(name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        for group in (container["config"], "state_" + container["status"], "on_" + host):
            self.inventory.add_child(self.inventory.add_group("paunch_" + re.sub(r"\W", "_", group)), name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
