# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins share: running a shell script on a host in one round trip, without Python there."""

from __future__ import annotations

from ansible_collections.overcloud.paunch.plugins.plugin_utils import printable


class Problem(Exception):
    """One sentence that a person can act on. It ends up in the result, not as an exception of the task: to those
    neither failed_when nor until apply. Ansible prints it as it is, in spite of no_log."""

    def __init__(self, sentence):
        super().__init__(printable.text(sentence))


class HostShell:
    """Mixed into an action plugin."""

    # Whether data can be sent on standard input; set by _has_stdin before the first call.
    _stdin = True

    def _has_stdin(self):
        become = self._connection.become
        if become is None:
            return bool(self._connection.has_pipelining)
        # Older releases of ansible-core have no such attribute; su is why newer ones do.
        passes_stdin = getattr(become, "pipelining", become.name != "su")
        return bool(self._connection.has_pipelining and passes_stdin)

    def _call(self, script, data, name):
        """Runs a script with data on its stdin, or in a file where there is no stdin."""
        if self._stdin:
            answer = self._low_level_execute_command(script(None), in_data=data)
            if "must have a tty" not in answer["stderr"] + answer["stdout"]:
                return answer
            # sudo's requiretty: a terminal excludes data on stdin.
            self._stdin = False
        return self._low_level_execute_command(script(self._file(name, data)))

    def _file(self, name, data):
        if self._connection._shell.tmpdir is None:
            self._make_tmp_path()
        directory = self._connection._shell.tmpdir
        file = self._connection._shell.join_path(directory, name)
        self._transfer_data(file, data)
        if self._is_become_unprivileged():
            self._fixup_perms2([directory, file], execute=False)
        else:
            self._remote_chmod([file], "0600")
        return file
