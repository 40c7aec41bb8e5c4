# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result of paunch_step as lines that a person can read."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.overcloud.paunch.plugins.plugin_utils import printable

COLUMNS = ("container", "action", "state", "took", "image")


def step_table(result, logs=True):
    """The lines of a table, of failures and of their logs."""
    if not isinstance(result, Mapping) or "containers" not in result:
        raise AnsibleFilterError("step_table: a result of paunch_step is expected")
    containers = result["containers"]
    lines = str(result.get("msg", "")).splitlines()
    if containers:
        # What follows stands below the table, by container.
        del lines[1:]
        lines += table([COLUMNS] + [row(container) for container in containers])
    for container in containers:
        lines += failure(container, logs)
    return [printable.text(line) for line in lines]


def row(container):
    return (
        container.get("real_name") or container["name"],
        container["action"],
        state(container),
        "%.1f s" % (container.get("duration_ms", 0) / 1000),
        container.get("image", ""),
    )


def state(container):
    """Is it well, or how did it end?"""
    if container.get("rolled_back"):
        return "rolled back"
    if container.get("exit_code") is not None:
        return "exit %d" % container["exit_code"]
    return container.get("health") or container.get("state") or ""


def failure(container, logs):
    # An error may quote the config and the output; the cause does not.
    why = container.get("error" if logs else "cause")
    if why:
        yield "%s: %s" % (container["name"], why)
    elif container["action"] != "failed":
        return
    if logs:
        for stream in ("stdout", "stderr"):
            for line in str(container.get(stream) or "").splitlines():
                yield "  %s | %s" % (stream, line)


def table(rows):
    rows = [[printable.line(str(cell)) for cell in cells] for cells in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for cells in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()


class FilterModule:
    def filters(self):
        return {"step_table": step_table}
