# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import lookup_loader, shell_loader
from ansible.template import Templar

from ansible_collections.overcloud.paunch.plugins.action import edpm_container_manage, paunch_info, paunch_report, paunch_step
from ansible_collections.overcloud.paunch.plugins.plugin_utils import program as program_plugin
from ansible_collections.overcloud.paunch.plugins.plugin_utils.runner import Runner


class Connection:
    """A connection to the stand-in of a host."""

    allow_executable = True
    has_native_async = False
    transport = "stand-in"
    become = None

    def __init__(self, host, stdin=True):
        self.host = host
        self.has_pipelining = stdin
        self.put = []
        self._shell = shell_loader.get("sh")
        self._shell.tmpdir = None

    def exec_command(self, cmd, in_data=None, sudoable=True):
        assert self.has_pipelining or not in_data
        return self.host.run(cmd, in_data)

    def put_file(self, source, target):
        self.put.append(target)
        shutil.copy(source, target)


@pytest.fixture
def action(host, program, tmp_path, monkeypatch):
    """Makes the action for a task; the home of Ansible is a temporary one."""
    path, sha256 = program()
    runners = {"x86_64": Runner("x86_64", sha256, binary=path)}
    monkeypatch.setattr(program_plugin.runner, "find_runners", lambda _cache, keyring: runners)
    monkeypatch.setattr(program_plugin, "controller_cache", lambda: str(tmp_path / "ansible"))

    def make(args, stdin=True, check=False, environment=None, no_log=False):
        task = SimpleNamespace(
            args=args, async_val=0, check_mode=check, diff=True, no_log=no_log, environment=[environment or {}],
            action="overcloud.paunch.paunch_step", delegate_to=None, collections=[], get_name=lambda: "Apply step 4",
            get_search_path=lambda: [str(tmp_path)],
        )
        loader = DataLoader()
        loader.set_basedir(str(tmp_path))
        module = paunch_step.ActionModule(
            task, Connection(host, stdin), PlayContext(), loader, Templar(loader),
            SimpleNamespace(lookup_loader=lookup_loader),
        )
        module._make_tmp_path = lambda: setattr(module._connection._shell, "tmpdir", host.home)
        module._is_become_unprivileged = lambda: False
        return module

    return make


def refused(result):
    assert result["failed"] is True and result["changed"] is False
    return result["msg"]


def test_the_binary_is_sent_once_and_then_run_in_one_round_trip(action, host):
    first = action({"step": 1}).run(task_vars={})
    assert first["changed"] is True and first["args"]["step"] == 1 and len(host.calls) == 3
    host.calls.clear()
    assert action({"step": 2}).run(task_vars={})["args"]["step"] == 2
    assert len(host.calls) == 1


def test_arguments_stand_in_no_command(action, host):
    action({"config": {"a": {"environment": {"PASSWORD": "hunter2"}}}}).run(task_vars={})
    assert not any("hunter2" in call for call in host.calls)


def test_check_and_diff_mode_and_the_environment_arrive(action):
    result = action({"step": 1}, check=True, environment={"COLOUR": "blue"}).run(task_vars={})
    assert result["args"]["_ansible_check_mode"] is True and result["args"]["_ansible_diff"] is True
    assert result["colour"] == "blue"


def test_the_host_hears_which_task_of_whom_it_is(action, monkeypatch):
    monkeypatch.setattr(program_plugin.getpass, "getuser", lambda: "ann")
    monkeypatch.setattr(program_plugin.socket, "gethostname", lambda: "control-1")
    result = action({"step": 1}).run(task_vars={"ansible_play_name": "Deploy"})
    assert result["args"]["_ansible_paunch_caller"] == {
        "task": "Apply step 4", "play": "Deploy", "controller_user": "ann", "controller": "control-1",
    }


def test_a_controller_user_without_a_name_is_a_number(action, monkeypatch):
    def nobody():
        raise KeyError("no such uid")

    monkeypatch.setattr(program_plugin.getpass, "getuser", nobody)
    caller = action({"step": 1}).run(task_vars={})["args"]["_ansible_paunch_caller"]
    assert caller["controller_user"] == str(os.getuid()) and caller["play"] == ""


def test_without_stdin_arguments_and_binary_are_files(action, host):
    module = action({"step": 1}, stdin=False)
    result = module.run(task_vars={})
    assert result["args"]["step"] == 1 and result["where"].endswith("/args")
    assert os.stat(result["where"]).st_mode & 0o777 == 0o600
    assert len(host.cached) == 1


@pytest.mark.parametrize(
    "become, passed",
    [
        (SimpleNamespace(name="sudo"), True), (SimpleNamespace(name="su"), False),
        (SimpleNamespace(name="other", pipelining=False), False), (None, True),
    ],
)
def test_become_methods_without_stdin_are_known_in_every_release(action, become, passed):
    module = action({"step": 1})
    module._connection.become = become
    assert module._has_stdin() is passed


def test_sudo_that_wants_a_terminal_gets_files(action, host, monkeypatch):
    module = action({"step": 1})
    usual = module._connection.exec_command

    def exec_command(cmd, in_data=None, sudoable=True):
        if in_data:
            return 1, b"", b"sudo: sorry, you must have a tty to run sudo\n"
        return usual(cmd, in_data, sudoable)

    monkeypatch.setattr(module._connection, "exec_command", exec_command)
    assert module.run(task_vars={})["where"].endswith("/args")


def test_a_binary_that_was_removed_or_damaged_is_installed_again(action, host):
    action({"step": 1}).run(task_vars={})
    path = os.path.join(host.home, ".ansible", "paunch", host.cached[0])
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/no/such/interpreter\n")
    assert action({"step": 1}).run(task_vars={})["changed"] is True


def test_another_architecture_is_one_clear_sentence(action, host):
    host.tool("uname", "case $1 in -m) echo s390x ;; -s) echo Linux ;; esac")
    said = refused(action({"step": 1}).run(task_vars={}))
    assert said == "there is no paunch_step for Linux s390x hosts; the collection has it for Linux on x86_64"


def test_a_binary_that_is_killed_is_not_run_again(action, host, program):
    action({"step": 1}).run(task_vars={})
    path = os.path.join(host.home, ".ansible", "paunch", host.cached[0])
    with open(path, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\necho run >>"$HOME/runs"; kill -9 $$\n')
    said = refused(action({"step": 1}).run(task_vars={}))
    assert re.search("gave no result: exit code (-9|137)", said)
    with open(os.path.join(host.home, "runs"), encoding="utf-8") as runs:
        assert runs.read() == "run\n"


@pytest.mark.parametrize("no_log", [True, False])
def test_what_a_host_said_instead_of_a_result_is_hidden_by_no_log_and_never_acts_upon_the_terminal(action, host, no_log):
    action({"step": 1}).run(task_vars={})
    path = os.path.join(host.home, ".ansible", "paunch", host.cached[0])
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf 'private line \\033[2J\\n' >&2; exit 7\n")
    said = refused(action({"step": 1}, no_log=no_log).run(task_vars={}))
    assert "gave no result: exit code 7" in said and "\x1b" not in said
    assert ("private line" in said) is not no_log


@pytest.mark.parametrize("no_log", [True, False])
def test_a_template_that_cannot_be_rendered_is_not_quoted(action, tmp_path, no_log):
    (tmp_path / "web.yml").write_text("password: private line\nimage: '{{ missing }}{{ }}'\n")
    module = action({"step": 1, "remote_src": False, "config_path": str(tmp_path / "web.yml")}, no_log=no_log)
    said = refused(module.run(task_vars={}))
    assert said.startswith("config_path: %s: " % (tmp_path / "web.yml")) and "private" not in said
    assert ("no_log hides why" in said) is no_log


def test_a_relative_cache_directory_is_refused(action):
    said = refused(action({"step": 1}).run(task_vars={"paunch_cache_dir": "here"}))
    assert said == "paunch_cache_dir must be an absolute path"


def test_a_keyring_is_a_path_on_the_controller_and_holds_for_every_task(action, tmp_path, monkeypatch):
    assert refused(action({"step": 1}).run(task_vars={"paunch_keyring": "keys.gpg"})) == "paunch_keyring must be an absolute path"
    asked = []
    found = program_plugin.runner.find_runners
    monkeypatch.setattr(
        program_plugin.runner, "find_runners", lambda cache, keyring: asked.append(keyring) or found(cache, keyring)
    )
    path = str(tmp_path / "keys.gpg")
    assert action({"step": 1}).run(task_vars={"paunch_keyring": path})["changed"]
    assert asked == [path]


def test_a_packed_binary_that_a_host_refuses_is_packed_again_by_the_next_task(action, host, tmp_path):
    (module := action({"step": 1})).run(task_vars={})
    (packed,) = (tmp_path / "ansible").glob("*.gz")
    packed.write_bytes(gzip.compress(b"#!/bin/sh\nexit 0\n"))
    os.unlink(os.path.join(host.home, ".ansible", "paunch", *host.cached))
    assert "the binary that arrived is not the one that was sent" in refused(module.run(task_vars={}))
    assert host.cached == []
    assert action({"step": 1}).run(task_vars={})["changed"]


def test_the_cache_directory_can_be_elsewhere(action, host, tmp_path):
    action({"step": 1}).run(task_vars={"paunch_cache_dir": str(tmp_path / "else where")})
    assert len(os.listdir(tmp_path / "else where")) == 1 and host.cached == []


@pytest.mark.parametrize(
    "args, said",
    [
        ({"remote_src": False}, "config_path is, which is not given"),
        ({"remote_src": False, "config_path": "c", "config": {}}, "exactly one of config and config_path"),
        ({"remote_src": "perhaps", "config_path": "c"}, "remote_src: a bool is expected"),
        ({"remote_src": False, "config_path": "no-such-config"}, "config_path: .*no-such-config"),
    ],
)
def test_a_wrong_config_path_is_one_clear_sentence(action, args, said):
    assert re.search(said, refused(action(args).run(task_vars={})))


def test_the_texts_of_a_config_of_the_controller_are_sent_and_left_to_the_program(action, tmp_path):
    directory = tmp_path / "step_1"
    directory.mkdir()
    (directory / "web.yml").write_text("image: '{{ image }}'\numask: 0022\n")
    (directory / "db.json").write_text('{"image": "{{ image }}", "privileged": true, "version": 1.10}')
    (directory / "list.json").write_text("{{ [1, 2] }}")
    (directory / "notes.txt").write_text("{{ no_such_variable }}")
    module = action({"step": 1, "remote_src": "no", "config_path": str(directory), "config_patterns": "*.yml, *.json"})
    variables = {"image": "registry.example/x:1"}
    module._templar.available_variables = variables
    sent = module.run(task_vars=variables)["args"]
    assert sent["config_path"] == str(directory) and sent["config_patterns"] == "*.yml, *.json"
    assert "config" not in sent and "remote_src" not in sent
    assert {os.path.basename(file["path"]): file.get("text") for file in sent["config_files"]} == {
        "step_1": None,
        "web.yml": "image: 'registry.example/x:1'\numask: 0022\n",
        # Not as data: that would make 1.10 a number.
        "db.json": '{"image": "registry.example/x:1", "privileged": true, "version": 1.10}',
        "list.json": "[1, 2]",
        "notes.txt": None,
    }


def test_a_config_of_the_controller_that_matches_nothing_is_no_empty_config(action, tmp_path):
    (tmp_path / "web.yml").write_text("image: x\n")
    sent = action({"step": 1, "remote_src": False, "config_path": str(tmp_path), "config_patterns": ["no*"]}).run(task_vars={})["args"]
    assert "config" not in sent
    assert {"path": str(tmp_path / "web.yml"), "type": "file"} in sent["config_files"]


def test_a_config_of_the_controller_that_a_vault_holds_is_sent_in_clear_and_stands_in_no_command(action, host, tmp_path, monkeypatch):
    (tmp_path / "web.yml").write_text(VAULTED)
    module = action({"step": 1, "remote_src": False, "config_path": str(tmp_path / "web.yml")})
    monkeypatch.setattr(module._loader, "_get_file_contents", lambda name: (b"environment: {PASSWORD: hunter2}", False))
    (file,) = module.run(task_vars={})["args"]["config_files"]
    assert file["text"] == "environment: {PASSWORD: hunter2}"
    assert not any("hunter2" in call for call in host.calls)


VAULTED = "$ANSIBLE_VAULT;1.1;AES256\n%s\n" % ("3" * 80)


@pytest.mark.parametrize(
    "content, said",
    [
        (VAULTED, "web.yml: .*vault (secrets|password)"),
        ("image: '{{ missing }}'\n", "web.yml: .*'missing' is undefined"),
    ],
)
def test_a_config_of_the_controller_that_cannot_be_read_is_named_and_touches_nothing(action, host, tmp_path, content, said):
    directory = tmp_path / "step_1"
    directory.mkdir()
    (directory / "web.yml").write_text(content)
    module = action({"step": 1, "remote_src": False, "config_path": str(directory)})
    assert re.search("^config_path: .*" + said, refused(module.run(task_vars={})))
    assert host.calls == []


def test_a_vaulted_value_without_its_password_is_one_clear_sentence_and_touches_nothing(action, host):
    class Vaulted:
        def __str__(self):
            raise AnsibleError("no vault secrets found")

    module = action({"step": 1, "config": {"web": {"environment": {"PASSWORD": Vaulted()}}}})
    assert refused(module.run(task_vars={})) == "the arguments: no vault secrets found"
    assert host.calls == []


def test_what_json_does_not_know_is_sent_as_text():
    class Vaulted:
        def __str__(self):
            return "open"

    assert json.loads(json.dumps({"a": Vaulted(), "b": {2, 1}}, default=program_plugin.plain)) == {"a": "open", "b": [1, 2]}


def test_a_result_is_kept_on_the_controller_where_a_directory_is_given(action, tmp_path):
    directory = tmp_path / "results"
    task_vars = {"paunch_results_dir": str(directory), "inventory_hostname": "controller-0"}
    result = action({"step": 4}).run(task_vars=task_vars)
    with open(directory / "controller-0" / "step_4.json", encoding="utf-8") as file:
        kept = json.load(file)
    assert kept["host"] == "controller-0" and kept["args"] == result["args"]
    action({"step": 4}, check=True).run(task_vars=task_vars)
    assert sorted(os.listdir(directory / "controller-0")) == ["step_4.check.json", "step_4.json"]


def test_a_refusal_is_kept_too_and_what_is_hidden_is_not(action, tmp_path):
    task_vars = {"paunch_results_dir": str(tmp_path / "results"), "inventory_hostname": "h"}
    refused(action({"step": 1, "remote_src": "perhaps"}).run(task_vars=task_vars))
    with open(tmp_path / "results" / "h" / "step_1.json", encoding="utf-8") as file:
        assert "remote_src" in json.load(file)["msg"]
    hidden = action({"step": 2})
    hidden._task.no_log = True
    hidden.run(task_vars=task_vars)
    assert os.listdir(tmp_path / "results" / "h") == ["step_1.json"]


def test_a_result_that_cannot_be_kept_fails_nothing(action, tmp_path):
    (tmp_path / "results").write_text("no directory", encoding="utf-8")
    task_vars = {"paunch_results_dir": str(tmp_path / "results"), "inventory_hostname": "h"}
    assert action({"step": 1}).run(task_vars=task_vars)["changed"] is True


def test_a_task_with_async_runs_the_binary_of_the_host_by_a_script(action, host, monkeypatch):
    module = action({"step": 1})
    module._task.async_val = 60
    asked = {}

    def execute(**given):
        asked.update(given, environment=list(module._task.environment))
        return {"ansible_job_id": "j1"}

    monkeypatch.setattr(module, "_execute_module", execute)
    assert module.run(task_vars={"paunch_cache_dir": host.home + "/here"})["ansible_job_id"] == "j1"
    assert asked["module_name"] == "overcloud.paunch.paunch_step" and asked["wrap_async"] == 60
    (installed,) = os.listdir(host.home + "/here")
    assert asked["environment"][-1] == {
        "PAUNCH_STEP_SHA256": installed.removeprefix("paunch_step-"), "PAUNCH_CACHE_DIR": host.home + "/here",
    }
    assert module._task.environment == [{}]
    host.calls.clear()
    module.run(task_vars={"paunch_cache_dir": host.home + "/here"})
    # It looks, and asks for the architecture.
    assert len(host.calls) == 2


MODULES = os.path.join(os.path.dirname(os.path.realpath(paunch_step.__file__)), os.pardir, "modules")


def test_the_script_of_the_module_runs_the_binary_of_the_host_or_says_that_there_is_none(action, host, tmp_path):
    args = tmp_path / "args file"
    args.write_text('{"step": 7}')
    command = "sh %s/paunch_step.sh '%s'" % (MODULES, args)
    missing = json.loads(host.run(command)[1])
    assert "the binary of paunch_step is not on this host" in refused(missing)
    action({"step": 1}).run(task_vars={})
    found = json.loads(host.run(command)[1].splitlines()[-1])
    assert found["args"] == {"step": 7} and found["where"] == str(args)
    other = json.loads(host.run("PAUNCH_STEP_SHA256=abc " + command)[1])
    assert other["failed"] is True


def test_paunch_info_is_run_by_the_same_binary_which_is_told_so_and_keeps_no_result(action, tmp_path):
    step = action({"step": 4})
    module = paunch_info.ActionModule(step._task, step._connection, step._play_context, step._loader, step._templar, step._shared_loader_obj)
    result = module.run(task_vars={"paunch_results_dir": str(tmp_path / "results")})
    assert result["args"]["_ansible_module_name"] == "overcloud.paunch.paunch_info"
    assert not (tmp_path / "results").exists()


def test_what_paunch_info_finds_inside_containers_is_kept_for_the_report(action, tmp_path):
    step = action({"details": True})
    module = paunch_info.ActionModule(step._task, step._connection, step._play_context, step._loader, step._templar, step._shared_loader_obj)
    module._run = lambda task_vars: {"containers": [], "details": {"mounts": []}}
    module.run(task_vars={"paunch_results_dir": str(tmp_path), "inventory_hostname": "web-0"})
    assert json.loads((tmp_path / "web-0" / "host.json").read_text())["host"] == "web-0"


def test_paunch_report_is_run_by_the_same_binary(action):
    step = action({"results": ["/r"], "html": "/r/report.html"})
    module = paunch_report.ActionModule(step._task, step._connection, step._play_context, step._loader, step._templar, step._shared_loader_obj)
    result = module.run(task_vars={})
    assert result["args"]["_ansible_module_name"] == "overcloud.paunch.paunch_report" and result["args"]["results"] == ["/r"]


# ---- under the names of older modules


def test_an_older_module_runs_the_step_with_its_arguments_and_says_what_has_no_effect(action, host, monkeypatch):
    module = as_older(action({"config_id": ["edpm"], "config_dir": "/etc/edpm", "log_base_path": "/x"}), monkeypatch, "0")
    result = module.run(task_vars={})
    assert result["args"]["config_path"] == "/etc/edpm" and result["args"]["config_id"] == "edpm"
    assert "config_dir" not in result["args"] and "log_base_path has no effect" in result["warnings"][0]


def test_an_older_module_never_manages_the_containers_of_another_user_than_root(action, host, monkeypatch):
    module = as_older(action({"config_id": "edpm", "config_dir": "/etc/edpm"}), monkeypatch, "1000")
    assert "set become: true" in refused(module.run(task_vars={})) and host.calls == []


def as_older(module, monkeypatch, uid):
    """The action under the name of edpm_container_manage, on a host where the task has that user."""
    module.__class__ = edpm_container_manage.ActionModule
    run = module._low_level_execute_command
    monkeypatch.setattr(
        module, "_low_level_execute_command",
        lambda cmd, **more: {"stdout": uid + "\n", "stderr": "", "rc": 0} if cmd == "id -u" else run(cmd, **more),
    )
    return module
