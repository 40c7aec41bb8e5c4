# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts do beside another apt."""

from __future__ import annotations

import os
import subprocess

import pytest

LIB = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "..", "scripts", "lib.sh")

LISTS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"
DPKG = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (unattended-upgr)"
OLDER = "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"

# Says what it is told for as many calls as it is told, then succeeds.
APT = """#!/bin/sh
echo "$@" >>"$STATE/calls"
[ "$(wc -l <"$STATE/calls")" -gt "$LOCKED_CALLS" ] || { echo "$SAYS"; exit 100; }
"""


@pytest.fixture
def apt_get(tmp_path):
    """Runs apt_get with a stand-in for apt-get, and returns the process and the calls."""
    tools, logs = tmp_path / "tools", tmp_path / "log"
    tools.mkdir()
    logs.mkdir()
    for name, script in (("apt-get", APT), ("sleep", "#!/bin/sh\n"), ("sudo", '#!/bin/sh\nshift; exec "$@"\n')):
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)

    def run(*args, says=LISTS, locked_calls=0, patience=600):
        done = subprocess.run(
            ["bash", "-c", '. "$1"; LOGS=$2; shift 2; apt_get "$@"', "bash", LIB, str(logs), "apt-try", *args],
            capture_output=True, text=True, check=False,
            env=dict(
                os.environ, PATH="%s:%s" % (tools, os.environ["PATH"]), STATE=str(tmp_path), SAYS=says,
                LOCKED_CALLS=str(locked_calls), APT_WAIT=str(patience),
            ),
        )
        return done, (tmp_path / "calls").read_text().splitlines()

    return run


def test_an_apt_that_holds_no_lock_is_called_once(apt_get):
    done, calls = apt_get("update")
    assert done.returncode == 0 and done.stdout == "" and len(calls) == 1


@pytest.mark.parametrize("says", [LISTS, DPKG, OLDER])
def test_a_lock_of_another_apt_is_waited_for_and_named_once(apt_get, says):
    done, calls = apt_get("install", "-y", "x", says=says, locked_calls=3)
    assert done.returncode == 0 and len(calls) == 4
    assert done.stdout.count("waiting up to 600 s") == 1 and says[3:] in done.stdout
    # From the second call on apt itself waits for dpkg's lock.
    assert calls[0].startswith("-o DPkg::Lock::Timeout=0 ") and "Timeout=0 " not in calls[1]


def test_a_lock_that_stays_ends_the_wait(apt_get):
    done, calls = apt_get("update", locked_calls=99, patience=0)
    assert done.returncode == 1 and len(calls) == 1 and LISTS in done.stderr


def test_another_error_is_not_waited_for(apt_get):
    done, calls = apt_get("update", says="E: The repository does not have a Release file.", locked_calls=99)
    assert done.returncode == 1 and len(calls) == 1 and "Release file" in done.stderr
