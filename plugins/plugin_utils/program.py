# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins of the binary's modules share: a module runs on a host in one round trip, by a binary that is
sent there once per version."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Mapping, Sequence

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.release import __version__
from ansible.utils.display import Display

from ansible_collections.overcloud.paunch.plugins.plugin_utils import runner, scripts
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import HostShell, Problem

CACHE_VARIABLE = "paunch_cache_dir"
KEYRING_VARIABLE = "paunch_keyring"

display = Display()


class Program(HostShell, ActionBase):
    # The full name of the module; the binary serves several and is told which.
    MODULE = ""
    # Temporary directories are made where they are needed only: one costs three round trips.
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        # Here, because the constructor of older releases sets them.
        self._supports_check_mode = True
        self._supports_async = True
        result = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        try:
            result.update(self._run(task_vars))
        except Problem as e:
            result.update(failed=True, changed=False, msg=str(e))
        return result

    def _run(self, task_vars):
        args = self._arguments(task_vars)
        self._prepare(task_vars)
        if self._task.async_val and not self._connection.has_native_async:
            return self._run_async(args, task_vars)
        return self._run_cached(args, task_vars)

    def _arguments(self, task_vars):
        return dict(self._task.args)

    def _prepare(self, task_vars):
        self._cache = controller_cache()
        try:
            os.makedirs(self._cache, mode=0o700, exist_ok=True)
            self._runners = runner.find_runners(self._cache, keyring=self._keyring(task_vars))
        except OSError as e:
            raise Problem("the controller's cache: %s" % e) from e
        if not self._runners:
            raise Problem(
                "the collection has no binary for any architecture: build it (make build), or install the collection "
                "from its tarball"
            )
        self._directory = self._cache_directory(task_vars)
        self._stdin = self._has_stdin()

    def _control(self, args, task_vars):
        return dict(
            args,
            _ansible_check_mode=bool(self._task.check_mode),
            _ansible_diff=bool(self._task.diff),
            _ansible_no_log=bool(self._task.no_log),
            _ansible_verbosity=display.verbosity,
            _ansible_version=__version__,
            _ansible_module_name=self.MODULE,
            _ansible_paunch_caller=caller(self._task, task_vars),
        )

    def _cache_directory(self, task_vars):
        return self._absolute(CACHE_VARIABLE, task_vars)

    def _keyring(self, task_vars):
        """The keys that may have signed the collection, on the controller."""
        return self._absolute(KEYRING_VARIABLE, task_vars)

    def _absolute(self, variable, task_vars):
        """The path that a variable of the host holds, or None."""
        path = task_vars.get(variable)
        if path is None:
            return None
        path = str(self._templar.template(path))
        if not os.path.isabs(path):
            raise Problem("%s must be an absolute path" % variable)
        return path

    # ---- the usual way

    def _run_cached(self, args, task_vars):
        try:
            text = json.dumps(self._control(args, task_vars), default=plain)
        except AnsibleError as e:
            raise Problem("the arguments: %s" % self._visible(str(e))) from e
        environment = {}
        self._compute_environment_string(environment)
        environment = {str(k): str(v) for k, v in environment.items()}
        installed = None
        for dummy in range(3):
            answer = self._call(
                lambda file: scripts.run_script(self._runners, self._directory, environment, file), text.encode(), "args"
            )
            found = scripts.json_object(answer["stdout"])
            if found is not None:
                if answer["stderr"] and not self._task.no_log:
                    display.vvv(answer["stderr"], host=self._task.delegate_to or self._play_context.remote_addr)
                return found
            words = scripts.marked(answer["stdout"])
            if words[:1] == [scripts.UNSUPPORTED]:
                raise Problem(self._unsupported(words[1:]))
            if words[:1] == [scripts.MISSING]:
                installed = self._install(words[1])
                continue
            # An operator removed or damaged it between two looks.
            if installed is None and answer["rc"] in (126, 127):
                installed = self._install(self._architecture())
                continue
            raise Problem(self._no_result(answer))
        raise Problem("the binary was installed on the host and is gone again: something removes it")

    def _no_result(self, answer):
        """What a host said that is not a result."""
        said = "\n".join((answer["stderr"] + "\n" + answer["stdout"]).strip().splitlines()[-10:])
        signal = " (killed by signal %d)" % (answer["rc"] - 128) if answer["rc"] > 128 else ""
        detail = ": " + self._visible(said) if said else ""
        return "%s gave no result: exit code %d%s%s" % (self.MODULE.rsplit(".", 1)[-1], answer["rc"], signal, detail)

    def _visible(self, text):
        """A text that may quote a config or an output, as far as a message may have it."""
        return "no_log hides why" if self._task.no_log else text

    def _architecture(self):
        return self._low_level_execute_command("uname -m", sudoable=False)["stdout"].strip()

    def _unsupported(self, words):
        return "there is no paunch_step for %s hosts; the collection has it for Linux on %s" % (
            " ".join(words) or "such",
            " and ".join(sorted(self._runners)),
        )

    def _runner_for(self, machine):
        for arch, names in runner.ARCHITECTURES.items():
            if machine in names and arch in self._runners:
                return self._runners[arch]
        raise Problem(self._unsupported([machine]))

    def _install(self, machine):
        wanted = self._runner_for(machine)
        display.vvv("installing paunch_step %s for %s" % (wanted.sha256, wanted.arch))
        try:
            keep = [known.sha256 for known in self._runners.values()]
            with open(wanted.gzipped(self._cache, keep), "rb") as packed:
                content = packed.read()
        except OSError as e:
            raise Problem("the binary cannot be unpacked on the controller: %s" % e) from e
        answer = self._call(
            lambda file: scripts.install_script(wanted, self._directory, file), content, "paunch_step.gz"
        )
        words = scripts.marked(answer["stdout"])
        if words[:1] == [scripts.INSTALLED]:
            return wanted
        if words[:1] == [scripts.FAILED]:
            if words[1:2] == ["sum"]:
                wanted.forget(self._cache)
            raise Problem(scripts.install_error(words[1:]))
        raise Problem("the binary cannot be installed on the host: %s" % self._no_result(answer))

    # ---- async

    def _run_async(self, args, task_vars):
        """Ansible's own wrapper runs the file of a module, which is a script that runs the binary of the host."""
        self._ensure_installed()
        environment = {"PAUNCH_STEP_SHA256": self._runner_for(self._architecture()).sha256}
        if self._directory:
            environment["PAUNCH_CACHE_DIR"] = self._directory
        given = self._task.environment
        self._task.environment = list(given or []) + [environment]
        try:
            return self._execute_module(
                module_name=self.MODULE, module_args=args, task_vars=task_vars, wrap_async=self._task.async_val
            )
        finally:
            self._task.environment = given

    def _ensure_installed(self):
        answer = self._call(
            lambda file: scripts.look_script(self._runners, self._directory, file), b"{}", "args"
        )
        words = scripts.marked(answer["stdout"])
        if words[:1] == [scripts.INSTALLED]:
            return
        if words[:1] == [scripts.UNSUPPORTED]:
            raise Problem(self._unsupported(words[1:]))
        if words[:1] != [scripts.MISSING]:
            raise Problem(self._no_result(answer))
        self._install(words[1])


def caller(task, task_vars):
    """What the history of a host says of the task that changes it."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = str(os.getuid())
    return {
        "task": task.get_name(),
        "play": str(task_vars.get("ansible_play_name") or ""),
        "controller_user": user,
        "controller": socket.gethostname(),
    }


def controller_cache():
    """Where hashes and the compressed binary are kept between tasks; not where the host's binary is."""
    return os.path.join(C.config.get_config_value("ANSIBLE_HOME"), "paunch", "controller")


def plain(value):
    """What JSON does not know: mappings and lists of Ansible's own, vaulted values, dates."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Sequence) and not hasattr(value, "data") and not isinstance(value, (bytes, bytearray)):
        return list(value)
    return str(value)
