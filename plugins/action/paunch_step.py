# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs paunch_step on a host: in one round trip, by a binary that is sent there once per version."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.release import __version__
from ansible.utils.display import Display

from ansible_collections.overcloud.paunch.plugins.plugin_utils import results, step_config
from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem
from ansible_collections.overcloud.paunch.plugins.plugin_utils.program import Program, plain

RESULTS_VARIABLE = "paunch_results_dir"

display = Display()


class ActionModule(Program):
    MODULE = "overcloud.paunch.paunch_step"

    def run(self, tmp=None, task_vars=None):
        started = datetime.now(timezone.utc)
        result = super().run(tmp, task_vars)
        self._store(result, started, task_vars or {})
        return result

    # ---- arguments

    def _given(self):
        """The arguments of the task, in those of paunch_step."""
        return dict(self._task.args)

    def _arguments(self, task_vars):
        args = self._given()
        remote_src = args.pop("remote_src", True)
        try:
            remote_src = boolean(remote_src)
        except TypeError as e:
            raise Problem("argument remote_src: a bool is expected") from e
        if not remote_src:
            if not args.get("config_path"):
                raise Problem("remote_src: false says where config_path is, which is not given")
            if args.get("config") is not None:
                raise Problem("exactly one of config and config_path is needed")
            args["config_path"], args["config_files"] = self._controller_config(args, task_vars)
        return args

    def _controller_config(self, args, task_vars):
        """The path of a config on the controller, and what is there."""
        patterns = args.get("config_patterns")
        if isinstance(patterns, str):
            patterns = patterns.split(",")
        try:
            path = self._find_needle("templates", os.path.expanduser(str(args["config_path"])))
        except AnsibleError as e:
            raise Problem("config_path: %s" % e) from e
        try:
            files = step_config.config_files(
                path, [str(p).strip() for p in patterns or []], args.get("step"), self._renderer(task_vars)
            )
        except (OSError, step_config.ConfigError) as e:
            raise Problem("config_path: %s" % e) from e
        return path, files

    def _renderer(self, task_vars):
        lookup = self._shared_loader_obj.lookup_loader.get(
            "ansible.builtin.template", loader=self._loader, templar=self._templar
        )
        # Older releases make data of a text that looks like some, with other rules than the program's.
        as_text = {"convert_data": False} if version(__version__) < (2, 19) else {}

        def render(file):
            try:
                text = lookup.run([file], task_vars, **as_text)[0]
            except AnsibleError as e:
                # A vault that is not open, a variable that does not exist.
                raise Problem("config_path: %s: %s" % (file, self._visible(template_error(e)))) from e
            # A file that is one expression may come out as a mapping.
            return text if isinstance(text, str) else json.dumps(text, default=plain)

        return render

    # ---- results that are kept

    def _store(self, result, started, task_vars):
        """Keeps the result, in which secrets are masked, as a file on the controller."""
        directory = task_vars.get(RESULTS_VARIABLE)
        if not directory or self._task.no_log:
            return
        directory = os.path.expanduser(str(self._templar.template(directory)))
        host = str(task_vars.get("inventory_hostname", "localhost"))
        try:
            self._write(directory, host, started, result)
        except (OSError, Problem) as e:
            display.warning("the result is not kept: %s" % e)

    def _write(self, directory, host, started, result):
        results.store(directory, host, self._given(), bool(self._task.check_mode), started, result)


def version(text):
    """The first two numbers of a release's name."""
    return tuple(int(number) for number in text.split(".")[:2])


def template_error(error):
    """What is wrong with a template, without its text, which older releases quote."""
    return str(error).split(". String: ", maxsplit=1)[0]
