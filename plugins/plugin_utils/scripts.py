# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that run on a host, for any POSIX shell, and how their answers are read."""

from __future__ import annotations

import json
import shlex

from ansible_collections.overcloud.paunch.plugins.plugin_utils.runner import ARCHITECTURES

# Starts a line of the scripts' own; the binary prints one JSON object.
MARK = "PAUNCH_STEP"
UNSUPPORTED = "unsupported"
MISSING = "missing"
INSTALLED = "installed"
FAILED = "failed"

# The home of the user that runs this, which $HOME need not be after a su.
HOME = 'h=$(id -un) && eval "h=~$h"; case $h in /*) ;; *) h=${HOME:-/nonexistent} ;; esac'


def cache_directory(directory):
    if directory:
        return "d=" + shlex.quote(directory)
    return HOME + "; d=$h/.ansible/paunch"


def run_script(runners, directory, environment, args_file):
    """Runs the binary if the host has it, else says so. Without an args file the arguments come on stdin."""
    return find_script(
        runners, directory, "%s \"$b\" %s" % (execute(environment), shlex.quote(args_file or "-")), drain(args_file)
    )


def look_script(runners, directory, args_file):
    """Looks whether the host has the binary, and runs nothing."""
    return find_script(
        runners, directory, '%secho "%s %s"; exit 0' % (drain(args_file), MARK, INSTALLED), drain(args_file)
    )


def drain(args_file):
    """What nobody reads on stdin would be an error of the connection."""
    return "" if args_file else "cat >/dev/null; "


def find_script(runners, directory, then, drained):
    lines = ["m=$(uname -m); o=$(uname -s)", 'case "$o $m" in']
    for arch in sorted(runners):
        patterns = "|".join('"Linux %s"' % name for name in ARCHITECTURES[arch])
        lines.append("%s) s=%s ;;" % (patterns, runners[arch].sha256))
    lines += [
        '*) %secho "%s %s $o $m"; exit 0 ;;' % (drained, MARK, UNSUPPORTED),
        "esac",
        cache_directory(directory),
        "b=$d/paunch_step-$s",
        # A crash of the host can leave it empty.
        'if [ -x "$b" ] && [ -s "$b" ]; then %s; fi' % then,
        '%secho "%s %s $m"' % (drained, MARK, MISSING),
    ]
    return "\n".join(lines)


def execute(environment):
    if not environment:
        return "exec"
    pairs = [shlex.quote("%s=%s" % pair) for pair in sorted(environment.items())]
    return "exec env " + " ".join(pairs)


def install_script(runner, directory, packed_file):
    """Unpacks, checks, tries and renames the binary. Without a file it comes on stdin."""
    drain = "" if packed_file else "cat >/dev/null 2>&1; "
    source = " <" + shlex.quote(packed_file) if packed_file else ""
    return "\n".join([
        "umask 077",
        "s=" + runner.sha256,
        cache_directory(directory),
        "b=$d/paunch_step-$s; t=$d/.paunch_step-$s.$$",
        # Unquoted: a message of several lines becomes one.
        'fail() { rm -f "$t"; %sset -f; echo "%s %s $1 $d:" $e; exit 0; }' % (drain, MARK, FAILED),
        'e=$(mkdir -p "$d" 2>&1) || fail directory',
        'e=$({ gzip -dc >"$t"; } 2>&1%s) || fail unpack' % source,
        'e=$(sha256sum "$t" 2>&1) || fail sum',
        '[ "${e%% *}" = "$s" ] || fail sum',
        'e=$(chmod 0700 "$t" 2>&1) || fail write',
        'e=$("$t" --version 2>&1) || fail execute',
        'e=$(mv -f "$t" "$b" 2>&1) || fail write',
        # Older versions, and what an installation that was killed left a day ago.
        'for o in "$d"/paunch_step-*; do [ "$o" = "$b" ] || rm -f "$o"; done',
        'find "$d" -name ".paunch_step-*" -mtime +0 -exec rm -f {} \\; 2>/dev/null',
        'echo "%s %s"' % (MARK, INSTALLED),
    ])


def marked(output):
    """The words of a script's own answer, or nothing."""
    for line in output.splitlines():
        words = line.split()
        if words and words[0] == MARK:
            return words[1:]
    return []


def json_object(output):
    """The last line that is a JSON object: with a terminal, other lines may stand around it."""
    for line in reversed(output.splitlines()):
        line = line.strip()
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return None


def install_error(words):
    """One sentence for an answer of the install script."""
    step, detail = (words[0] if words else ""), " ".join(words[1:])
    low = detail.lower()
    directory = detail.split(": ", 1)[0]
    elsewhere = "; or set paunch_cache_dir to a directory elsewhere"
    if "no space left" in low or "quota exceeded" in low:
        return "the host's disk is full: the binary does not fit into %s%s" % (directory, elsewhere)
    if step == "execute" and "permission denied" in low:
        return (
            "%s is on a file system that is mounted noexec: set paunch_cache_dir to a directory from which programs "
            "can be run" % directory
        )
    if step == "unpack" and ("end of file" in low or "not in gzip format" in low or "crc" in low or "invalid" in low):
        return "the transfer of the binary was cut short or damaged (%s); run again" % detail
    if step == "sum":
        return "the binary that arrived is not the one that was sent (%s); run again" % detail
    return "the binary cannot be installed on the host (%s): %s%s" % (step, detail, elsewhere)
