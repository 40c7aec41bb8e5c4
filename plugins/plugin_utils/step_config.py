# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files of a step config on the controller and renders them. What they mean is decided by the program on the
host, which reads them as it reads files there (module/internal/config)."""

from __future__ import annotations

import os
import re
import stat

PATTERNS = ("*.json", "*.yml", "*.yaml")
STEP = re.compile(r"^step_[0-9]+\Z")
# What the program's patterns are made of: an escaped character, a class, * and ?, anything else.
PATTERN_PART = re.compile(r"\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<members>(?:\\.|[^\]\\])+)\]|(?P<other>.)", re.DOTALL)


class ConfigError(Exception):
    """Why a config cannot be sent."""


def config_files(path, patterns, step, render):
    """What is at a path and in its directory, with the texts of the files that the program reads, in the form of the
    argument config_files. render(path) is a file's text."""
    top = described(path)
    if top["type"] != "directory":
        return [rendered(top, render)]
    found = listed(path)
    source = found
    if any(is_step(file) for file in found):
        # Only the directory of the step is read then.
        own = os.path.join(path, "step_%d" % number(step))
        source = listed(own) if any(is_step(file) and file["path"] == own for file in found) else []
        found = found + source
    for file in source:
        if matches(os.path.basename(file["path"]), patterns or PATTERNS):
            rendered(file, render)
    return [top] + found


def listed(directory):
    return [described(os.path.join(directory, name)) for name in sorted(os.listdir(directory))]


def described(path):
    """A path and the type of what it leads to."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return {"path": path, "type": "missing"}
    if stat.S_ISDIR(mode):
        return {"path": path, "type": "directory"}
    return {"path": path, "type": "file" if stat.S_ISREG(mode) else "other"}


def rendered(file, render):
    """Adds the text to a regular file."""
    if file["type"] == "file":
        file["text"] = render(file["path"])
        try:
            file["text"].encode()
        except UnicodeEncodeError as e:
            raise ConfigError("%s: is not valid UTF-8" % file["path"]) from e
    return file


def number(step):
    """The argument step, which may come as a text; -1 without one. The program refuses what is no number."""
    try:
        return int(str(step).strip())
    except ValueError:
        return -1


def is_step(file):
    return file["type"] == "directory" and STEP.match(os.path.basename(file["path"])) is not None


def matches(name, patterns):
    """Reports whether the program asks for a file. A text too many is ignored there, one too few is an error."""
    return any(
        compiled(pattern).match(name) and (not name.startswith(".") or pattern.startswith(".")) for pattern in patterns
    )


def compiled(pattern):
    """A pattern of file names as the program reads it."""
    try:
        return re.compile(PATTERN_PART.sub(expression, pattern) + r"\Z", re.DOTALL)
    except re.error:
        return re.compile("")  # a malformed one, which the program refuses


def expression(part):
    """A part of a pattern as a regular expression."""
    if part["members"]:
        members = re.sub(r"\\(.)|([^-])", lambda m: re.escape(m[1] or m[2]), part["members"], flags=re.DOTALL)
        return "[%s%s]" % (part["negated"], members)
    return {"*": ".*", "?": "."}.get(part["other"]) or re.escape(part["escaped"] or part["other"])
