# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import os
import shutil
from types import SimpleNamespace

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import lookup_loader, shell_loader
from ansible.template import Templar

from ansible_collections.overcloud.paunch.plugins.action import paunch_files


class Connection:
    """A connection to the stand-in of a host."""

    allow_executable = True
    transport = "stand-in"
    become = None

    def __init__(self, host, stdin=True):
        self.host = host
        self.has_pipelining = stdin
        self.data = []
        self._shell = shell_loader.get("sh")
        self._shell.tmpdir = None

    def exec_command(self, cmd, in_data=None, sudoable=True):
        self.data.append(in_data or b"")
        return self.host.run(cmd, in_data)

    def put_file(self, source, target):
        shutil.copy(source, target)


@pytest.fixture
def make(host):
    """Runs the action; returns its result and what was sent on stdin."""

    def run(check=False, stdin=True, **args):
        task = SimpleNamespace(
            args=args, async_val=0, check_mode=check, diff=True, no_log=False, environment=[{}],
            action="overcloud.paunch.paunch_files", delegate_to=None, collections=[],
        )
        connection = Connection(host, stdin)
        loader = DataLoader()
        module = paunch_files.ActionModule(
            task, connection, PlayContext(), loader, Templar(loader), SimpleNamespace(lookup_loader=lookup_loader)
        )
        module._make_tmp_path = lambda: setattr(module._connection._shell, "tmpdir", host.home)
        module._is_become_unprivileged = lambda: False
        return module.run(task_vars={}), connection.data

    return run


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "place")


def changes(result):
    assert not result.get("failed"), result["msg"]
    assert result["changed"] is bool(result["changes"])
    return [(os.path.basename(c["path"]), c["change"]) for c in result["changes"]]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def mode(path):
    return oct(os.stat(path).st_mode & 0o7777)


def wanted(place, content="a\n", **attributes):
    return {
        "directories": [place + "/conf", {"path": place + "/logs/x", "mode": "0750"}],
        "files": [dict({"path": place + "/conf/a b.conf", "content": content}, **attributes)],
    }


@pytest.mark.parametrize("stdin", [True, False])
def test_what_is_missing_is_made_and_a_second_run_only_looks(make, host, place, stdin):
    result, dummy = make(stdin=stdin, **wanted(place))
    assert changes(result) == [("conf", "created"), ("x", "created"), ("a b.conf", "created")]
    assert read(place + "/conf/a b.conf") == "a\n"
    assert mode(place + "/conf/a b.conf") == "0o600" and mode(place + "/logs/x") == "0o750" and mode(place) == "0o755"
    host.calls.clear()
    result, data = make(stdin=stdin, **wanted(place))
    assert changes(result) == []
    assert stdin is False or len(data) == 1


def test_check_mode_only_looks(make, place):
    result, dummy = make(check=True, **wanted(place))
    assert ("a b.conf", "created") in changes(result)
    assert not os.path.exists(place)


def test_only_what_differs_is_sent_and_replaced_by_a_rename(make, place):
    both = wanted(place)
    both["files"].append({"path": place + "/conf/other", "content": "other"})
    make(**both)
    before = [os.stat(place + "/conf/" + name).st_ino for name in ("a b.conf", "other")]
    both["files"][0]["content"] = "changed"
    result, data = make(**both)
    assert changes(result) == [("a b.conf", "content")]
    after = [os.stat(place + "/conf/" + name).st_ino for name in ("a b.conf", "other")]
    assert before[0] != after[0] and before[1] == after[1]
    assert len(data) == 2 and data[1].count(b"\n") == 1
    assert sorted(os.listdir(place + "/conf")) == ["a b.conf", "other"]


def test_contents_are_in_no_command_and_in_no_result(make, host, place):
    secret = "hunter2-" * 20
    result, dummy = make(**wanted(place, content=secret))
    for text in [str(result)] + host.calls:
        assert secret not in text and base64.b64encode(secret.encode()).decode() not in text


@pytest.mark.parametrize("content", ["", "no newline", "a\n\n\n", "tab\tand 'quotes' \"and\" $(id) `id` \\n", "ü\n", "x" * 300000])
def test_every_content_arrives_as_it_is(make, place, content):
    make(**wanted(place, content=content))
    assert read(place + "/conf/a b.conf") == content
    assert changes(make(**wanted(place, content=content))[0]) == []


def test_a_mode_is_put_right_and_one_that_is_not_given_is_kept(make, place):
    make(**wanted(place, mode="0640"))
    assert mode(place + "/conf/a b.conf") == "0o640"
    assert changes(make(**wanted(place, mode=600))[0]) == [("a b.conf", "mode")]
    assert mode(place + "/conf/a b.conf") == "0o600"
    os.chmod(place + "/conf/a b.conf", 0o604)
    assert changes(make(**wanted(place, content="b"))[0]) == [("a b.conf", "content")]
    assert mode(place + "/conf/a b.conf") == "0o604"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_are_names_or_numbers(make, place):
    make(**wanted(place, owner="daemon", group="1"))
    found = os.stat(place + "/conf/a b.conf")
    assert (found.st_uid, found.st_gid) == (1, 1)
    assert changes(make(**wanted(place, owner="1", group="daemon"))[0]) == []
    make(**wanted(place, content="changed"))
    assert os.stat(place + "/conf/a b.conf").st_uid == 1


def test_what_cannot_be_made_is_named_and_leaves_nothing_half(make, place):
    os.makedirs(place + "/conf/a b.conf")
    result, dummy = make(**wanted(place))
    assert result["failed"] and "a b.conf: a directory has this path" in result["msg"]
    result, dummy = make(files=[{"path": place + "/no/such/directory/x", "content": "x"}])
    assert result["failed"] and "/no/such/directory/x: " in result["msg"]
    with open(place + "/blocked", "w", encoding="utf-8"):
        pass
    result, dummy = make(directories=[place + "/blocked/x"])
    assert result["failed"] and "/blocked/x: " in result["msg"]


def test_an_owner_that_the_host_does_not_know_leaves_no_temporary_file(make, place):
    make(**wanted(place))
    result, dummy = make(**wanted(place, content="b", owner="no-such-user"))
    assert result["failed"] and "no-such-user" in result["msg"]
    assert os.listdir(place + "/conf") == ["a b.conf"] and read(place + "/conf/a b.conf") == "a\n"


def test_all_problems_of_the_arguments_are_reported_at_once(make, host):
    result, dummy = make(
        directories=["relative", {"mode": "0755"}, {"path": "/x", "mode": "rwx"}],
        files=[{"path": "/y"}, {"path": "/z", "content": "", "modes": 1}, {"path": "/x", "content": "twice"}],
    )
    assert result["failed"]
    for part in ("relative: the path", "expected a mapping with a path", "'rwx'", "/y: content", "unknown key modes"):
        assert part in result["msg"], part
    assert not host.calls
    result, dummy = make(directories=["/x"], files=[{"path": "/x", "content": ""}])
    assert "given twice" in result["msg"]
    result, dummy = make(folders=[])
    assert "unknown arguments: folders" in result["msg"]


def test_nothing_to_make_is_no_round_trip(make, host):
    assert changes(make()[0]) == [] and not host.calls
