# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host gets of the service catalogue."""

from __future__ import annotations

DOCUMENTATION = r"""
name: services
short_description: What a host gets of the service catalogue
version_added: 0.2.0
author:
  - The paunch authors (@overcloud)
description:
  - Reads the service catalogue, one file per service, and renders what belongs to the host of the task. Groups of the
    inventory are roles, and a service runs on the hosts of its roles.
  - Everything is rendered on the controller. The first problem of each file is reported, all files at once.
options:
  _terms:
    description:
      - V(config) is the step config of each step, for O(overcloud.paunch.paunch_step#role:main:paunch_step_config).
      - V(directories) and V(files) are what its containers mount, for
        O(overcloud.paunch.paunch_step#role:main:paunch_step_directories) and
        O(overcloud.paunch.paunch_step#role:main:paunch_step_files).
      - V(services) is what templates see of all services, by name.
      - V(catalogue) is a list of all services with their roles, hosts, steps, containers and secrets.
      - V(secrets) are the names of all secrets of services that have a host, with their kinds.
    required: true
notes:
  - The variable C(overcloud_services_dirs) is a list of further directories with services. A file replaces one of the
    same name in an earlier directory, the first of which is the collection's C(playbooks/services).
  - The variable C(overcloud_bootstrap_hosts) says of services by name which host runs what runs on one host only. By
    default it is the first one of the service's roles.
  - Where C(paunch_step_number) is set, as the role sets it, V(config) is that step only.
"""

EXAMPLES = r"""
# Group variables of all hosts of an overcloud.
paunch_step_config: "{{ lookup('overcloud.paunch.services', 'config') }}"
paunch_step_directories: "{{ lookup('overcloud.paunch.services', 'directories') }}"
paunch_step_files: "{{ lookup('overcloud.paunch.services', 'files') }}"
"""

RETURN = r"""
_raw:
  description: What was asked for, one item for each term.
  type: list
  elements: raw
"""

import copy
import os

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19, every string is a template
    trust_as_template = None

from ansible_collections.overcloud.paunch.plugins.plugin_utils import services

COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWN_SERVICES = os.path.join(COLLECTION, "playbooks", "services")


class LookupModule(LookupBase):
    # The variables, what a host sees of the catalogue with them, and what it answered.
    last = (object(), None, {})

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [self._once(variables, term) for term in terms]
        except services.CatalogueError as e:
            raise AnsibleError("the service catalogue: %s" % e) from e

    def _once(self, variables, term):
        """A task evaluates the same variable several times: what it has rendered from these variables is kept."""
        if LookupModule.last[0] is not variables:
            LookupModule.last = (variables, self._view(variables or {}), {})
        dummy, view, answers = LookupModule.last
        if term not in answers:
            answers[term] = self._answer(*view, term)
        return copy.deepcopy(answers[term])

    def _view(self, variables):
        renderer = Renderer(self._templar, dict(variables), self._loader)
        catalogue = services.load([OWN_SERVICES] + [str(d) for d in renderer.variable("overcloud_services_dirs", [])])
        for service in catalogue.values():
            renderer.default(service.variables)
        groups = {str(name): [str(host) for host in hosts] for name, hosts in (variables.get("groups") or {}).items()}
        renderer.default({
            "overcloud_addresses": {name: [renderer.address(h) for h in hosts] for name, hosts in groups.items()}
        })
        inventory = services.Inventory(
            str(variables.get("inventory_hostname", "localhost")), groups,
            renderer.variable("overcloud_bootstrap_hosts", {}), renderer.address,
        )
        return services.HostView(catalogue, inventory, renderer), renderer

    def _answer(self, view, renderer, term):
        if term == "config":
            step = int(renderer.variable("paunch_step_number", -1))
            return view.config([step] if step >= 0 else services.STEPS)
        answers = {
            "directories": view.directories, "files": view.files, "services": view.public, "secrets": view.secrets,
            "catalogue": lambda: services.describe(view),
        }
        if term not in answers:
            raise AnsibleError("services: %r: must be one of config, %s" % (term, ", ".join(sorted(answers))))
        return answers[term]()


class Renderer(services.Renderer):
    """Ansible's templating, with the variables of a host and, below them, those of the catalogue."""

    def __init__(self, templar, variables, loader):
        self.variables = variables
        self.loader = loader
        # They are looked up when something is rendered, so what is added later counts.
        self.templar = templar.copy_with_new_env(available_variables=self.variables)
        self.addresses = {}

    def default(self, variables):
        """Adds variables that the host does not have."""
        for name, value in trusted(variables).items():
            self.variables.setdefault(name, value)

    def variable(self, name, default):
        return self.templar.template(self.variables[name]) if name in self.variables else default

    def value(self, data, extra=None):
        return self._with(extra).template(trusted(data)) if extra else self.templar.template(trusted(data))

    def text(self, file, extra):
        options = {"preserve_trailing_newlines": True, "escape_backslashes": False, "overrides": {"trim_blocks": True}}
        if trust_as_template is None:
            options["convert_data"] = False
        templar = self._with(extra, searchpath=[os.path.dirname(file), os.path.dirname(os.path.dirname(file))])
        return str(templar.template(trusted(self.loader.get_text_file_contents(file)), **options))

    def has(self, variable):
        return variable in self.variables

    def address(self, host):
        """Where the services of a host listen."""
        if host not in self.addresses:
            template = "{{ h.overcloud_ip | default(h.ansible_host) | default(overcloud_host) }}"
            extra = {"overcloud_host": host, "h": self.variables["hostvars"][host]}
            self.addresses[host] = str(self.value(template, extra))
        return self.addresses[host]

    def _with(self, extra, **context):
        return self.templar.copy_with_new_env(available_variables=dict(self.variables, **extra), **context)


def trusted(data):
    """Marks the strings of the catalogue's files as templates."""
    if isinstance(data, dict):
        return {key: trusted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [trusted(value) for value in data]
    return trust_as_template(data) if trust_as_template and isinstance(data, str) else data
