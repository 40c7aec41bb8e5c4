# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files of a step config on the controller and renders them. What they mean is decided by the program on the
host, which reads them as it reads files there (module/internal/config)."""

from __future__ import annotations

import os
import re
import stat

UNIT = ".container"
PATTERNS = ("*.json", "*.yml", "*.yaml", "*" + UNIT)
# What a unit of Quadlet may refer to in its directory.
COMPANIONS = (".artifact", ".build", ".image", ".kube", ".network", ".pod", ".volume")
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
        beside = listed(os.path.dirname(path) or ".") if path.endswith(UNIT) and top["type"] == "file" else []
        return [rendered(top, render)] + with_units([top], beside, render)
    found = listed(path)
    source = found
    if any(is_step(file) for file in found):
        # Only the directory of the step is read then.
        own = os.path.join(path, "step_%d" % number(step))
        source = listed(own) if any(is_step(file) and file["path"] == own for file in found) else []
        found = found + source
    asked = [file for file in source if matches(os.path.basename(file["path"]), patterns or PATTERNS)]
    for file in asked:
        rendered(file, render)
    units = [file for file in asked if file["path"].endswith(UNIT)]
    known = {file["path"] for file in found}
    return [top] + found + [file for file in with_units(units, source, render) if file["path"] not in known]


def with_units(units, beside, render):
    """What units of Quadlet need of their directory, of which the files are given: the files that they may refer to, and
    their drop-ins."""
    if not units:
        return []
    needed = [rendered(file, render) for file in beside if file["path"].endswith(COMPANIONS)]
    general = os.path.join(os.path.dirname(units[0]["path"]), UNIT[1:] + ".d")
    for directory in [general] + [unit["path"] + ".d" for unit in units]:
        if os.path.isdir(directory):
            needed += [rendered(file, render) for file in listed(directory) if file["path"].endswith(".conf")]
    return needed


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
