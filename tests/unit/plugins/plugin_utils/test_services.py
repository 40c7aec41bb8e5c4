# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import services

VARIABLES = {
    "overcloud_image": "image:1", "overcloud_config_dir": "/conf", "overcloud_hash_key": "k", "secret": "hunter2",
    "level": "info",
}
GROUPS = {"all": ["c0", "c1", "s0"], "controller": ["c0", "c1"], "storage": ["s0"]}

WEB = """
title: a web service
roles: [controller]
secrets: {secret: password}
directories:
  log: {path: /log/web, target: /var/log/web, owner: "web:web"}
files:
  web.conf: {target: /etc/web.conf, content: "level={{ level }} password={{ secret }}"}
common: {net: host}
containers:
  step_3:
    web_db_sync: {bootstrap: true, detach: false, command: sync, mounts: [web.conf]}
  step_4:
    web: {restart: always, command: "web --level {{ level }}", mounts: [web.conf, log], ready: check}
    web_reload: {action: exec, command: [web, reload], watch: [web.conf]}
proxy: {port: 80}
database: {name: web, password: "{{ secret }}"}
"""


class Renderer(services.Renderer):
    """Knows {{ name }} and nothing else."""

    def __init__(self, variables):
        self.variables = variables

    def value(self, data, extra=None):
        if isinstance(data, dict):
            return {k: self.value(v, extra) for k, v in data.items()}
        if isinstance(data, list):
            return [self.value(v, extra) for v in data]
        if not isinstance(data, str):
            return data
        variables = dict(self.variables, **(extra or {}))
        data = data.replace(" | default('')", "")
        return re.sub(r"{{ (\w+) }}", lambda found: str(variables[found.group(1)]), data)

    def text(self, file, extra):
        with open(file, encoding="utf-8") as template:
            return self.value(template.read(), extra)

    def has(self, variable):
        return variable in self.variables


@pytest.fixture
def catalogue(tmp_path):
    """Writes service files and returns how one host sees them."""

    def make(files, host="c0", variables=None, bootstrap_hosts=None, groups=None):
        for name, text in files.items():
            (tmp_path / (name + ".yml")).write_text(text, encoding="utf-8")
        inventory = services.Inventory(host, groups or GROUPS, bootstrap_hosts or {}, lambda h: "10.0.0." + h)
        return services.HostView(
            services.load([str(tmp_path)]), inventory, Renderer(dict(VARIABLES, **(variables or {})))
        )

    return make


def test_a_host_of_the_role_gets_containers_files_and_directories(catalogue):
    view = catalogue({"web": WEB})
    config = view.config()
    assert sorted(config) == ["step_%d" % step for step in services.STEPS]
    web = config["step_4"]["web"]
    assert web["image"] == "image:1" and web["net"] == "host" and web["command"] == "web --level info"
    assert web["volumes"] == ["/conf/web/web.conf:/etc/web.conf:ro", "/log/web:/var/log/web"]
    assert web["wait"] == "healthy" and web["healthcheck"]["test"] == "check" == web["health_startup_cmd"]
    assert not services.CONTAINER_KEYS & set(web)
    assert view.directories() == [{"path": "/conf/web", "mode": "0700"}, {"path": "/log/web"}]
    assert view.files() == [
        {"path": "/conf/web/web.conf", "content": "level=info password=hunter2", "mode": "0644"}
    ]


def test_a_host_of_another_role_gets_every_step_without_a_container(catalogue):
    view = catalogue({"web": WEB}, host="s0")
    assert view.config() == {"step_%d" % step: {} for step in services.STEPS}
    assert view.directories() == [] and view.files() == []


def test_a_step_that_is_asked_for_is_the_only_one(catalogue):
    assert list(catalogue({"web": WEB}).config([4])) == ["step_4"]


@pytest.mark.parametrize(
    "host, chosen, runs", [("c0", {}, True), ("c1", {}, False), ("c0", {"web": "c1"}, False), ("c1", {"web": "c1"}, True)]
)
def test_what_is_for_the_bootstrap_host_runs_on_one_host(catalogue, host, chosen, runs):
    config = catalogue({"web": WEB}, host=host, bootstrap_hosts=chosen).config()
    assert ("web_db_sync" in config["step_3"]) is runs
    assert "web" in config["step_4"]


def test_a_bootstrap_host_that_does_not_have_the_service_is_refused(catalogue):
    with pytest.raises(services.CatalogueError, match="web: s0 is not one of its hosts: c0, c1"):
        catalogue({"web": WEB}, bootstrap_hosts={"web": "s0"}).config()


def test_directories_are_given_to_their_owner_by_a_container_of_the_image(catalogue):
    init = catalogue({"web": WEB}).config()["step_2"]["web_init_log"]
    assert init["command"] == "chown -R web:web /var/log/web" and init["user"] == "root" and init["detach"] is False
    assert init["volumes"] == ["/log/web:/var/log/web"] and init["image"] == "image:1"


def test_a_changed_file_changes_what_mounts_or_watches_it_and_nothing_else(catalogue):
    other = WEB.replace("web", "other").replace("{{ level }}", "x")
    before = catalogue({"web": WEB, "other": other}).config()
    after = catalogue({"web": WEB, "other": other}, variables={"secret": "changed"}).config()
    hashes = [
        config["step_4"][name]["environment"][services.HASH_VARIABLE]
        for config in (before, after) for name in ("web", "web_reload")
    ]
    assert hashes[0] != hashes[2] and hashes[1] != hashes[3]
    assert before["step_2"] == after["step_2"]
    again = catalogue({"web": WEB, "other": other}).config()
    assert again == before


def test_the_hash_of_a_file_depends_on_the_key_and_is_not_the_secret(catalogue):
    one = catalogue({"web": WEB}).config()
    other = catalogue({"web": WEB}, variables={"overcloud_hash_key": "other"}).config()
    assert one["step_4"]["web"]["environment"] != other["step_4"]["web"]["environment"]
    assert "hunter2" not in str(one)


def test_an_exec_has_neither_image_nor_common_keys(catalogue):
    entry = catalogue({"web": WEB}).config()["step_4"]["web_reload"]
    assert sorted(entry) == ["action", "command", "environment"]


def test_templates_see_all_services_that_have_a_host(catalogue, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "list").write_text("{{ services }}", encoding="utf-8")
    proxy = "roles: [storage]\nfiles:\n  all: {target: /all, template: list}\n"
    nowhere = WEB.replace("[controller]", "[nowhere]")
    view = catalogue({"web": WEB, "proxy": proxy, "nowhere": nowhere}, host="s0")
    public = view.public()
    assert sorted(public) == ["proxy", "web"]
    assert public["web"]["proxy"]["hosts"] == [{"name": "c0", "address": "10.0.0.c0"}, {"name": "c1", "address": "10.0.0.c1"}]
    assert public["web"]["database"]["password"] == "hunter2"
    assert "10.0.0.c1" in view.files()[0]["content"]


def test_a_container_can_be_on_some_of_the_roles(catalogue):
    text = WEB.replace("roles: [controller]", "roles: [controller, storage]").replace(
        "web: {restart", "web: {roles: [storage], restart"
    )
    assert "web" not in catalogue({"web": text}, host="c0").config()["step_4"]
    assert "web" in catalogue({"web": text}, host="s0").config()["step_4"]


def test_a_later_directory_replaces_a_service_and_adds_others(tmp_path):
    for name, files in (("one", ["web", "db"]), ("two", ["web", "mine"])):
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / (file + ".yml")).write_text("title: %s\nroles: [x]\n" % name, encoding="utf-8")
    found = services.load([str(tmp_path / "one"), str(tmp_path / "two")])
    assert {name: service.title for name, service in found.items()} == {"db": "one", "mine": "two", "web": "two"}


def problems(make, *args, **kwargs):
    with pytest.raises(services.CatalogueError) as raised:
        view = make(*args, **kwargs)
        view.config()
        view.files()
    return "; ".join(raised.value.problems)


def test_all_problems_of_all_files_are_reported_at_once_with_the_file(catalogue):
    said = problems(catalogue, {
        "a": "roles: controller\n",
        "b": "rolles: [x]\ncontainers: {step_9: {}}\n",
        "c": "roles: [x]\nroles: [y]\n",
        "d": "roles: [x]\nsecrets: {s: pin}\n",
        "g": "roles: [x]\nfiles: {f: {target: /f, modes: 1}}\n",
        "e": "- a\n",
        "f": "a: {\n",
    })
    for part in (
        "a.yml: roles: expected a list of names", "b.yml: the file: unknown key rolles", "b.yml: containers: unknown key step_9",
        "c.yml: duplicate key 'roles'", "d.yml: secrets: s: must be one of password, fernet_keys",
        "g.yml: files: f: unknown key modes", "e.yml: the file: expected a mapping", "f.yml: ",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    "change, said",
    [
        (("mounts: [web.conf, log]", "mounts: [web.conf, logs]"), "step_4: web: mounts: no directory or file is called logs"),
        (("watch: [web.conf]", "watch: [log]"), "step_4: web_reload: watch: no file is called log"),
        (("{bootstrap: true", "{roles: [storage], bootstrap: true"), "step_3: web_db_sync: roles that the service does not have: storage"),
        (("content:", "template: x, content:"), "files: web.conf: exactly one of template and content is required"),
        (("target: /var/log/web, ", ""), "step_4: web: mounts: log has no target"),
        (("path: /log/web, ", ""), "directories: log: path is required"),
        (("target: /etc/web.conf", "directory: etc, target: /etc/web.conf"), "files: web.conf: no directory is called etc"),
    ],
)
def test_what_does_not_fit_together_is_refused(catalogue, change, said):
    assert said in problems(catalogue, {"web": WEB.replace(*change)})


def test_what_cannot_be_rendered_is_named_for_all_files(catalogue):
    two = WEB.replace("web.conf:", "bad.conf:").replace("[web.conf", "[bad.conf").replace("{{ level }} pass", "{{ no }} pass")
    said = problems(catalogue, {"web": two, "other": two.replace("web", "other").replace("bad.conf", "o.conf")})
    assert "web.yml: file bad.conf: 'no'" in said and "other.yml: file o.conf: 'no'" in said


def test_secrets_that_are_not_set_are_named_before_anything_is_rendered(catalogue):
    text = WEB.replace("secret: password", "secret: password, one: password, two: fernet_keys")
    assert problems(catalogue, {"web": text}) == "secrets that are not set: one, two"
    assert catalogue({"web": text}).secrets() == {"secret": "password", "one": "password", "two": "fernet_keys"}


def test_two_services_cannot_have_a_container_of_the_same_name(catalogue):
    assert "step_4: another service has web, web_reload too" in problems(catalogue, {"a": WEB, "b": WEB})


def test_a_directory_that_is_missing_is_named(tmp_path):
    with pytest.raises(services.CatalogueError, match="no/such: No such file"):
        services.load([str(tmp_path / "no" / "such")])
