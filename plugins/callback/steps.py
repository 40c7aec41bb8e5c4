# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output for deployments: one line for each host and step, and more only where something changed or failed."""

from __future__ import annotations

DOCUMENTATION = """
name: steps
type: stdout
short_description: One line for each host and step
version_added: 0.2.0
author:
  - The paunch authors (@overcloud)
description:
  - Shows each play by its name, and in it one line for each host that a step was applied on.
  - The containers of a step are listed where they changed. Those that failed are listed with the reason and the last
    lines of their logs, and once more at the end.
  - Tasks of other modules are shown where they changed something, failed, or have a message to show.
requirements:
  - Set as C(stdout_callback) in the configuration.
"""

from ansible import constants as C
from ansible.plugins.callback import CallbackBase

from ansible_collections.overcloud.paunch.plugins.filter.step_table import failure, row, table

ROLE = "overcloud.paunch.paunch_step"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "overcloud.paunch.steps"

    def __init__(self):
        super().__init__()
        self.play = ""
        self.failures = []
        self.width = 12

    # ---- events

    def v2_playbook_on_play_start(self, play):
        self.play = play.get_name().strip()
        manager = play.get_variable_manager()
        hosts = manager._inventory.get_hosts(play.hosts) if manager and play.hosts else []
        self.width = max([self.width] + [len(host.get_name()) for host in hosts])
        self._say("\n%s%s" % (self.play, " (check mode)" if play.check_mode else ""), C.COLOR_HIGHLIGHT)

    def v2_playbook_on_no_hosts_matched(self):
        self._say("  no host", C.COLOR_SKIP)

    def v2_playbook_on_no_hosts_remaining(self):
        self._say("  no host is left", C.COLOR_ERROR)

    def v2_runner_on_ok(self, result):
        host, task, values = parts(result)
        if is_step(values):
            self._step(host, values)
        elif is_summary(task):
            return
        elif values.get("changed"):
            self._line(host, "changed: " + task.get_name().strip(), C.COLOR_CHANGED)
        elif task.action in C._ACTION_DEBUG and "msg" in values:
            for line in lines_of(values["msg"]):
                self._line(host, line, C.COLOR_OK)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        host, task, values = parts(result)
        if is_step(values):
            lines = self._step(host, values)
        else:
            lines = ["%s: %s" % (task.get_name().strip(), text) for text in lines_of(message(values))]
            self._lines(host, lines, C.COLOR_SKIP if ignore_errors else C.COLOR_ERROR)
        if not ignore_errors:
            self.failures.append((self.play, host, lines))

    def v2_runner_on_unreachable(self, result):
        host, dummy, values = parts(result)
        lines = ["unreachable: %s" % text for text in lines_of(message(values))]
        self._lines(host, lines, C.COLOR_UNREACHABLE)
        self.failures.append((self.play, host, lines))

    def v2_runner_item_on_failed(self, result):
        host, task, values = parts(result)
        self._line(host, "%s: %s" % (task.get_name().strip(), message(values)), C.COLOR_ERROR)

    def v2_on_file_diff(self, result):
        dummy, dummy, values = parts(result)
        if values.get("diff") and values.get("changed"):
            text = self._get_diff(values["diff"])
            if text.strip():
                self._say(text.rstrip("\n"))

    def v2_playbook_on_stats(self, stats):
        self._say("\nHosts", C.COLOR_HIGHLIGHT)
        for host in sorted(stats.processed):
            count = stats.summarize(host)
            bad = count["failures"] or count["unreachable"]
            # In the words of Ansible's own recap, for those who search for them.
            text = "ok=%(ok)d changed=%(changed)d unreachable=%(unreachable)d failed=%(failures)d" % count
            self._line(host, text, C.COLOR_ERROR if bad else C.COLOR_CHANGED if count["changed"] else C.COLOR_OK)
        if self.failures:
            self._say("\nFailed", C.COLOR_ERROR)
        for play, host, lines in self.failures:
            self._say("  %s, on %s:" % (play, host), C.COLOR_ERROR)
            for line in lines:
                self._say("    " + line, C.COLOR_ERROR)

    # ---- lines

    def _step(self, host, values):
        """One line for the host, and what changed or failed below it. Returns what failed, for the end."""
        failed = bool(values.get("failed"))
        color = C.COLOR_ERROR if failed else C.COLOR_CHANGED if values.get("changed") else C.COLOR_OK
        # A play that is not of one step says which.
        which = "" if self.play.startswith("Step ") or "step" not in values else "step %s: " % values["step"]
        self._line(host, "%s%s  %.1f s" % (which, counts(values), values.get("duration_ms", 0) / 1000), color)
        shown = [c for c in values["containers"] if c["action"] != "unchanged"]
        for line in table([row(c)[:4] + (c.get("reason", ""),) for c in shown]) if shown else ():
            self._say("    " + line)
        problems = [line for c in values["containers"] for line in failure(c, logs=True)]
        if failed and not problems:
            problems = lines_of(values.get("msg", ""))
        for line in problems:
            self._say("    " + line, C.COLOR_ERROR)
        return problems

    def _lines(self, host, lines, color):
        for line in lines:
            self._line(host, line, color)

    def _line(self, host, text, color):
        self._say("  %s  %s" % (host.ljust(self.width), text), color)

    def _say(self, text, color=None):
        self._display.display(text, color=color)


def parts(result):
    """Host, task and values, by the names of every release of ansible-core."""
    host = getattr(result, "host", None) or result._host
    task = getattr(result, "task", None) or result._task
    values = getattr(result, "result", None)
    return host.get_name(), task, result._result if values is None else values


def is_step(values):
    """Reports whether these are of a step that got as far as its containers."""
    return "containers" in values and "config_id" in values


def is_summary(task):
    """The role's own table, which is shown already."""
    return task._role is not None and task._role.get_name() == ROLE and task.action in C._ACTION_DEBUG


def counts(values):
    """What was done, most telling first: '2 created, 10 unchanged'."""
    found = {}
    for container in values["containers"]:
        found[container["action"]] = found.get(container["action"], 0) + 1
    if not found:
        return "failed" if values.get("failed") else "nothing in this step"
    order = sorted(found, key=lambda action: (action != "failed", action == "unchanged", action))
    return ", ".join("%d %s" % (found[action], action) for action in order)


def message(values):
    text = values.get("msg") or values.get("stderr") or values.get("stdout") or values.get("censored") or "failed"
    return text if isinstance(text, str) else str(text)


def lines_of(text):
    if isinstance(text, (list, tuple)):
        return [str(line) for line in text]
    return str(text).splitlines() or [""]
