# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes directories and files on a host: one round trip where nothing differs, and one more where something does."""

from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.overcloud.paunch.plugins.plugin_utils import files
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import HostShell, Problem

ARGUMENTS = {"directories", "files"}


class ActionModule(HostShell, ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        self._supports_check_mode = True
        result = super().run(tmp, task_vars)
        try:
            result.update(self._run())
        except Problem as e:
            result.update(failed=True, changed=False, msg=str(e))
        return result

    def _run(self):
        items = self._items()
        changes = self._answers(items, change=False) if items else []
        if changes and not self._task.check_mode:
            changed = {path for dummy, path in changes}
            self._answers([item for item in items if item.path in changed], change=True)
        count = len({path for dummy, path in changes})
        return {
            "changed": bool(changes),
            "changes": [{"path": path, "change": change} for change, path in changes],
            "msg": "%d of %d directories and files %s" % (
                count, len(items), "would change" if self._task.check_mode else "changed"
            ),
            "diff": {"before": "", "after": "".join("%s: %s\n" % (path, change) for change, path in changes)},
        }

    def _given(self):
        """The arguments of the task, in those of paunch_files."""
        return dict(self._task.args)

    def _items(self):
        args = self._given()
        unknown = sorted(set(args) - ARGUMENTS)
        if unknown:
            raise Problem("unknown arguments: %s; expected %s" % (", ".join(unknown), ", ".join(sorted(ARGUMENTS))))
        try:
            return files.read_items(args.get("directories") or [], args.get("files") or [])
        except files.ArgumentsError as e:
            raise Problem(str(e)) from e

    def _answers(self, items, change):
        self._stdin = self._has_stdin()
        data = "".join(item.line(with_content=change) for item in items)
        answer = self._call(lambda file: files.script(change, file), data.encode(), "files")
        changes, complete = [], False
        for what, path, detail in files.answers(answer["stdout"]):
            if what == files.ERROR:
                raise Problem("%s: %s" % (path, detail))
            if what == "done":
                complete = True
            else:
                changes.append((what, path))
        if not complete:
            said = (answer["stderr"] or answer["stdout"]).strip().splitlines()[-5:]
            raise Problem("the host's shell did not finish: exit code %d: %s" % (answer["rc"], "\n".join(said)))
        return changes
