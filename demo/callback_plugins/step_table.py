# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints, at the end of a play, what paunch_step did: a row for each container."""

DOCUMENTATION = """
name: step_table
type: aggregate
short_description: a table of what each step did
description: At the end of a run, prints a row for each container and the time of each step.
"""

from ansible.plugins.callback import CallbackBase

COLUMNS = ("step", "container", "action", "state", "took", "image")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "step_table"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.results = []

    def v2_runner_on_ok(self, result):
        self._keep(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._keep(result)

    def v2_playbook_on_stats(self, stats):
        rows = [row for result in self.results for row in rows_of(result)]
        if not rows:
            return
        for line in table([COLUMNS] + rows):
            self._display.display(line)
        steps = ", ".join(f"step {r.get('step')} {seconds(r)}" for r in self.results)
        self._display.display(f"\n{steps}")

    def _keep(self, result):
        # ansible-core 2.19 made the attribute public.
        values = getattr(result, "result", None) or getattr(result, "_result", {})
        if "containers" in values and "config_id" in values:
            self.results.append(values)


def rows_of(result):
    for container in result["containers"]:
        yield (
            str(result.get("step", "")),
            container.get("real_name") or container["name"],
            container["action"],
            state_of(container),
            seconds(container),
            container.get("image", ""),
        )


def state_of(container):
    """What a person wants to know: is it well, or how did it end?"""
    if container["action"] == "removed":
        return ""
    if container.get("rolled_back"):
        return "rolled back"
    if container.get("exit_code") is not None:
        return f"exit {container['exit_code']}"
    return container.get("health") or container.get("state") or ""


def seconds(item):
    return f"{item.get('duration_ms', 0) / 1000:.1f} s"


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
