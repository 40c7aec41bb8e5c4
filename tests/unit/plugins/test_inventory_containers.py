# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

LISTED = [
    {"config": "tripleo_step4", "name": "keystone", "container": "keystone", "managed_by": "paunch", "image": "k:1", "command": "", "status": "running"},
    {"config": "tripleo_step3", "name": "sync", "container": "sync", "managed_by": "paunch", "image": "k:1", "command": "", "status": "done"},
]


@pytest.fixture
def parse(tmp_path):
    def run(**options):
        file = tmp_path / "containers.paunch.yml"
        file.write_text(json.dumps(dict(options, plugin="overcloud.paunch.containers")))
        inventory = InventoryData()
        plugin = inventory_loader.get("overcloud.paunch.containers")
        plugin.parse(inventory, DataLoader(), str(file))
        return inventory

    return run


def members(inventory, group):
    return sorted(str(host) for host in inventory.groups[group].hosts)


def test_containers_of_hosts_are_in_groups_by_step_and_state(parse, tmp_path):
    (tmp_path / "listed").write_text(json.dumps(LISTED))
    inventory = parse(
        hosts=["localhost", "controller-0"], command=["cat", str(tmp_path / "listed")], ssh=["env", "-u"],
        groups={"jobs": "paunch_state == 'done'"},
    )
    assert members(inventory, "paunch_tripleo_step4") == ["controller-0.keystone", "localhost.keystone"]
    assert members(inventory, "paunch_state_done") == members(inventory, "jobs") == ["controller-0.sync", "localhost.sync"]
    assert members(inventory, "paunch_on_localhost") == ["localhost.keystone", "localhost.sync"]
    assert inventory.get_host("localhost.keystone").vars["paunch_image"] == "k:1"


@pytest.mark.parametrize("command", [["false"], ["no-such-program"], ["echo", "no json"], ["echo", "{}"], ["sleep", "9"]])
def test_a_host_that_does_not_answer_is_a_warning_and_the_others_are_listed(parse, command):
    assert list(parse(hosts=["localhost"], command=command, timeout=1).hosts) == []


def test_results_that_the_playbooks_kept_are_read_instead(parse, tmp_path):
    place = tmp_path / "results" / "controller-0"
    place.mkdir(parents=True)
    result = {"host": "controller-0", "config_id": "tripleo_step1", "containers": [
        {"name": "db", "real_name": "db", "action": "unchanged", "state": "running", "image": "m:1"}, {"name": "old", "action": "removed"},
    ]}
    (place / "step_1.json").write_text(json.dumps(result))
    (place / "step_1.check.json").write_text(json.dumps(dict(result, host="other")))
    (place / "step_2.json").write_text("{")
    inventory = parse(results_dir=str(tmp_path / "results"))
    assert list(inventory.hosts) == ["controller-0.db"] and members(inventory, "paunch_tripleo_step1") == ["controller-0.db"]
