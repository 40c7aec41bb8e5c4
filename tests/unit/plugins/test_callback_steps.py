# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.overcloud.paunch.plugins.callback import steps


def container(name, action, **more):
    return dict({"name": name, "action": action, "duration_ms": 1200, "image": "image:1"}, **more)


def step(*containers, **more):
    result = {"containers": list(containers), "config_id": "tripleo_step4", "podman": {}, "duration_ms": 2500}
    return dict(result, changed=any(c["action"] != "unchanged" for c in containers), **more)


def event(values, host="controller-0", name="Apply step 4", action="overcloud.paunch.paunch_step", role=None):
    task = SimpleNamespace(
        get_name=lambda: name, action=action, _role=SimpleNamespace(get_name=lambda: role) if role else None
    )
    return SimpleNamespace(host=SimpleNamespace(get_name=lambda: host), task=task, result=values)


@pytest.fixture
def shown():
    """The callback, with the lines that it shows."""
    callback, lines = steps.CallbackModule(), []
    callback._say = lambda text, color=None: lines.extend(text.strip("\n").split("\n"))
    callback.play = "Step 4 · OpenStack services"
    callback.lines = lines
    return callback


def test_a_step_that_changes_nothing_is_one_line(shown):
    shown.v2_runner_on_ok(event(step(container("a", "unchanged"), container("b", "unchanged"))))
    shown.v2_runner_on_ok(event(step(), host="compute-0"))
    assert shown.lines == ["  controller-0  2 unchanged  2.5 s", "  compute-0     nothing in this step  2.5 s"]


def test_a_play_of_all_steps_says_which_one(shown):
    shown.play = "Update · host by host"
    shown.v2_runner_on_ok(event(step(container("a", "unchanged"), step=4)))
    assert shown.lines == ["  controller-0  step 4: 1 unchanged  2.5 s"]


def test_what_changed_is_listed_with_its_reason(shown):
    changed = container("keystone", "recreated", reason="image changed", health="healthy")
    shown.v2_runner_on_ok(event(step(changed, container("glance", "unchanged"))))
    assert shown.lines[0] == "  controller-0  1 recreated, 1 unchanged  2.5 s"
    assert shown.lines[1].split() == ["keystone", "recreated", "healthy", "1.2", "s", "image", "changed"]
    assert len(shown.lines) == 2


def test_a_failure_is_shown_with_its_log_where_it_happened_and_at_the_end(shown):
    failed = container("cinder_db_sync", "failed", error="exit code 1", stderr="Access denied\nfor user cinder", exit_code=1)
    waiting = container("cinder", "not_reached")
    shown.v2_runner_on_failed(event(step(failed, waiting, failed=True, msg="step 3 failed")))
    for stats in (SimpleNamespace(
        processed={"controller-0": 1},
        summarize=lambda host: {"ok": 1, "changed": 0, "unreachable": 0, "failures": 1},
    ),):
        before = list(shown.lines)
        shown.v2_playbook_on_stats(stats)
    log = ["cinder_db_sync: exit code 1", "  stderr | Access denied", "  stderr | for user cinder"]
    assert before[0] == "  controller-0  1 failed, 1 not_reached  2.5 s"
    assert before[-3:] == ["    " + line for line in log]
    assert "  controller-0  ok=1 changed=0 unreachable=0 failed=1" in shown.lines
    assert shown.lines[-4:] == ["  Step 4 · OpenStack services, on controller-0:"] + ["    " + line for line in log]


def test_a_refused_step_shows_its_message(shown):
    shown.v2_runner_on_failed(event({"failed": True, "msg": "config_path: no such file"}))
    assert shown.lines == ["  controller-0  Apply step 4: config_path: no such file"]


def test_a_host_that_cannot_be_reached_is_shown_at_the_end_too(shown):
    shown.v2_runner_on_unreachable(event({"msg": "no route to host", "unreachable": True}))
    assert shown.failures == [("Step 4 · OpenStack services", "controller-0", ["unreachable: no route to host"])]


def test_other_tasks_are_shown_only_where_there_is_something_to_say(shown):
    shown.v2_runner_on_ok(event({"changed": False}, name="Quiet", action="ansible.builtin.command"))
    shown.v2_runner_on_ok(event({"changed": True}, name="Loud", action="ansible.builtin.command"))
    shown.v2_runner_on_ok(event({"msg": ["one", "two"]}, action="ansible.builtin.debug"))
    shown.v2_runner_on_ok(event({"msg": "the table"}, action="ansible.builtin.debug", role=steps.ROLE))
    assert [line.split("  ", 2)[2] for line in shown.lines] == ["changed: Loud", "one", "two"]


def test_an_ignored_failure_is_not_one_at_the_end(shown):
    shown.v2_runner_on_failed(event({"msg": "no"}, name="Try"), ignore_errors=True)
    assert shown.failures == [] and shown.lines == ["  controller-0  Try: no"]


def test_a_hidden_result_is_not_shown(shown):
    hidden = {"censored": "the output has been hidden", "changed": True}
    shown.v2_runner_on_ok(event(hidden))
    assert shown.lines == ["  controller-0  changed: Apply step 4"]


def test_releases_before_2_19_have_other_names(shown):
    old = event(step(container("a", "unchanged")))
    old = SimpleNamespace(_host=old.host, _task=old.task, _result=old.result)
    shown.v2_runner_on_ok(old)
    assert shown.lines == ["  controller-0  1 unchanged  2.5 s"]
