# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own catalogue, rendered by Ansible for an inventory of three roles."""

from __future__ import annotations

import configparser
import json
import os

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

HOSTS = {"controller": ["c0", "c1"], "storage": ["s0"], "compute": ["n0"]}
STEPS = ["step_%d" % step for step in (1, 2, 3, 4, 5)]


@pytest.fixture
def ask():
    """The answer of the lookup on a host."""

    def run(term, host="c0", **variables):
        groups = dict(HOSTS, all=[h for hosts in HOSTS.values() for h in hosts])
        hostvars = {h: {"ansible_host": "192.0.2.%d" % i} for i, h in enumerate(groups["all"], 11)}
        known = dict(
            hostvars[host], inventory_hostname=host, groups=groups, hostvars=hostvars, overcloud_vip="192.0.2.5",
            overcloud_image="image:1",
        )
        known.update(variables)
        loader = DataLoader()
        templar = Templar(loader, variables=known)
        lookup = lookup_loader.get("overcloud.paunch.services", loader=loader, templar=templar)
        return lookup.run([term], known)[0]

    secrets = run("secrets")
    values = {name: [name + "-0", name + "-1"] if kind == "fernet_keys" else name + "!" for name, kind in secrets.items()}
    return lambda term, host="c0", **variables: run(term, host, **dict(values, **variables))


def contents(ask, host, **variables):
    return {file["path"]: file["content"] for file in ask("files", host, **variables)}


@pytest.mark.parametrize("host", ["c0", "c1", "s0", "n0"])
def test_every_host_gets_a_config_and_what_its_containers_mount(ask, host):
    config, files = ask("config", host), contents(ask, host)
    paths = {d["path"] for d in ask("directories", host)} | set(files)
    assert list(config) == STEPS
    for step in STEPS:
        for name, entry in config[step].items():
            assert entry.get("action") == "exec" or entry["image"] == "image:1", name
            for volume in entry.get("volumes", []):
                assert volume.split(":")[0] in paths, (name, volume)


def test_steps_are_those_of_an_overcloud(ask):
    config = ask("config")
    for step, names in {
        "step_1": "haproxy memcached rabbitmq mysql redis keepalived", "step_2": "keystone_init_log glance_init_log",
        "step_3": "keystone_db_sync glance_db_sync cinder_db_sync manila_db_sync", "step_4": "keystone glance_api",
    }.items():
        assert set(names.split()) <= set(config[step]), step
    assert config["step_5"] == {}
    assert {"cinder_api", "cinder_volume", "cinder_backup", "manila_share"} <= set(ask("config", "s0")["step_5"])
    compute = ask("config", "n0")
    assert [step for step in STEPS if compute[step]] == ["step_4", "step_5"]


def test_database_syncs_are_on_one_host(ask):
    def syncs(host, **variables):
        return [name for name in ask("config", host, **variables)["step_3"] if name.endswith("db_sync")]

    assert len(syncs("c0")) == 4 and syncs("c1") == [] and syncs("s0") == []
    assert syncs("c1", overcloud_bootstrap_hosts={"cinder": "c1"}) == ["cinder_db_sync"]


def test_haproxy_has_a_server_for_each_host_of_a_service(ask):
    text = contents(ask, "c0")["/var/lib/config-data/haproxy/haproxy.cfg"]
    assert "bind 192.0.2.5:5000 transparent" in text
    assert "server c0 192.0.2.11:5000" in text and "server c1 192.0.2.12:5000" in text
    assert "server s0 192.0.2.13:8776" in text and "server c0 192.0.2.11:8776" not in text


def test_what_is_registered_in_keystone_is_what_haproxy_offers(ask):
    registered = json.loads(contents(ask, "c0")["/var/lib/config-data/keystone/register.json"])
    assert {each["type"]: each["url"] for each in registered} == {
        "image": "http://192.0.2.5:9292", "volumev3": "http://192.0.2.5:8776/v3", "sharev2": "http://192.0.2.5:8786/v2",
    }


@pytest.mark.parametrize("service", ["keystone", "glance", "cinder", "manila"])
def test_services_have_their_own_database_and_its_password(ask, service):
    files = contents(ask, "c0")
    text = files["/var/lib/config-data/%s/%s.conf" % (service, "glance-api" if service == "glance" else service)]
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.read_string(text)
    password = "overcloud_%s_database_password!" % service
    assert parser["database"]["connection"] == "mysql+pymysql://%s:%s@192.0.2.5/%s" % (service, password, service)
    assert "ALTER USER '%s'@'%%' IDENTIFIED BY '%s'" % (service, password) in files["/var/lib/config-data/mysql-databases/databases.sql"]


def test_no_secret_is_in_a_config(ask):
    for host in ("c0", "s0", "n0"):
        assert "!" not in json.dumps(ask("config", host)).replace("!=", "")


def test_adding_a_service_is_one_file(ask, tmp_path):
    (tmp_path / "placement.yml").write_text(yaml.safe_dump({
        "roles": ["controller"], "secrets": {"placement_password": "password"},
        "proxy": {"port": 8778, "check": "/"},
        "database": {"name": "placement", "password": "{{ placement_password }}"},
        "endpoint": {"name": "placement", "type": "placement", "user": "placement", "password": "{{ placement_password }}"},
        "files": {"placement.conf": {"target": "/etc/placement.conf", "content": "vip = {{ overcloud_vip }}\n"}},
        "containers": {"step_4": {"placement_api": {"restart": "always", "command": "api", "mounts": ["placement.conf"]}}},
    }), encoding="utf-8")
    given = {"overcloud_services_dirs": [str(tmp_path)], "placement_password": "p"}
    files = contents(ask, "c0", **given)
    assert "placement_api" in ask("config", **given)["step_4"]
    assert files["/var/lib/config-data/placement/placement.conf"] == "vip = 192.0.2.5\n"
    assert "192.0.2.11:8778" in files["/var/lib/config-data/haproxy/haproxy.cfg"]
    assert "placement" in files["/var/lib/config-data/mysql-databases/databases.sql"]
    assert "8778" in files["/var/lib/config-data/keystone/register.json"]


def test_a_variable_of_the_inventory_comes_before_the_catalogues(ask):
    assert any(d["path"] == "/srv/log/keystone" for d in ask("directories", overcloud_log_dir="/srv/log"))


def test_only_the_step_of_the_role_is_rendered(ask):
    assert list(ask("config", paunch_step_number="4")) == ["step_4"]
    assert list(ask("config", paunch_step_number=0)) == ["step_0"]
    assert list(ask("config", paunch_step_number=-1)) == list(ask("config"))


def test_a_broken_template_is_an_error_that_names_it(ask, tmp_path):
    text = "roles: [controller]\nfiles: {x.conf: {target: /x, content: '{{ no_such_variable }}'}}\n"
    (tmp_path / "broken.yml").write_text(text, encoding="utf-8")
    with pytest.raises(AnsibleError, match=r"broken.yml: file x.conf: .*no_such_variable"):
        ask("files", overcloud_services_dirs=[str(tmp_path)])


def test_the_catalogue_lists_services_with_their_hosts_and_steps(ask):
    found = {each["service"]: each for each in ask("catalogue")}
    assert found["cinder"]["hosts"] == ["c0", "c1", "s0"] and found["cinder"]["steps"] == [3, 5]
    here = os.path.dirname(os.path.abspath(__file__))
    files = os.listdir(os.path.join(here, "..", "..", "..", "playbooks", "services"))
    assert sorted(found) == sorted(name[:-4] for name in files if name.endswith(".yml"))


def test_what_is_asked_for_must_be_known(ask):
    with pytest.raises(AnsibleError, match="'steps': must be one of config, "):
        ask("steps")
