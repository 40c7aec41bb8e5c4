# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the binary, and for a host: commands run in a shell here."""

from __future__ import annotations

import hashlib
import os
import subprocess

import pytest
from ansible.plugins.loader import init_plugin_loader

# As the command line does; without it Ansible's own plugins have no full names.
init_plugin_loader([p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p])

# Prints what it was called with; as the program, arguments on stdin for "-".
PROGRAM = b"""#!/bin/sh
# %(note)s
if [ "$1" = --version ]; then echo stand-in; exit 0; fi
if [ "$1" = - ]; then args=$(cat); else args=$(cat "$1"); fi
echo "a line that is no JSON"
printf '{"changed": true, "failed": false, "args": %%s, "where": "%%s", "colour": "%%s"}\\n' "$args" "$1" "$COLOUR"
echo "a line for the log" >&2
"""


class Host:
    """What a connection reaches."""

    def __init__(self, home, machine="x86_64"):
        self.home = home
        self.machine = machine
        self.calls = []
        self.tools = os.path.join(home, "tools")
        os.makedirs(self.tools)
        self.tool("uname", 'case $1 in -m) echo "%s" ;; -s) echo Linux ;; esac' % machine)
        # The home directory of the user is a temporary one.
        self.tool("id", "exit 1")

    def tool(self, name, script):
        path = os.path.join(self.tools, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n%s\n" % script)
        os.chmod(path, 0o755)

    def run(self, command, data=b""):
        self.calls.append(command)
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            input=data or b"",
            capture_output=True,
            check=False,
            env={"HOME": self.home, "PATH": self.tools + ":" + os.environ["PATH"]},
        )
        return done.returncode, done.stdout, done.stderr

    @property
    def cached(self):
        place = os.path.join(self.home, ".ansible", "paunch")
        return sorted(os.listdir(place)) if os.path.isdir(place) else []


@pytest.fixture
def host(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Host(str(home))


@pytest.fixture
def program(tmp_path):
    """Makes a stand-in for the binary; another note makes another content."""

    def make(note="one"):
        path = tmp_path / ("program-" + note)
        path.write_bytes(PROGRAM % {b"note": note.encode()})
        return str(path), hashlib.sha256(path.read_bytes()).hexdigest()

    return make
