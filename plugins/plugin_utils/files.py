# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories and files that a host should have: their arguments, the script that compares and makes them, and its
answers. The script is for any POSIX shell with coreutils or busybox."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections.abc import Mapping

MARK = "PAUNCH_FILES"
ERROR = "error"
ATTRIBUTES = ("owner", "group", "mode", "setype")
KEYS = {"directory": {"path", *ATTRIBUTES}, "file": {"path", "content", *ATTRIBUTES}}
MODE = re.compile(r"^[0-7]{3,5}$")


class ArgumentsError(Exception):
    """Everything that is wrong with the arguments."""


class Item:
    """A directory or a file; an attribute that does not matter is "", a directory has no content."""

    def __init__(self, kind, path, content=None, **attributes):
        self.kind = kind
        self.path = path
        self.content = content
        self.attributes = attributes

    def line(self, with_content):
        """One line of the script's input: tabs between fields, "-" for what does not matter."""
        attributes = [self.attributes.get(name) or "-" for name in ATTRIBUTES]
        fields = [self.kind, self.path] + attributes
        if self.content is not None:
            fields.append(hashlib.sha256(self.content).hexdigest())
            fields.append(base64.b64encode(self.content).decode() if with_content and self.content else "-")
        else:
            fields += ["-", "-"]
        return "\t".join(fields) + "\n"


def read_items(directories, files):
    """The items of the arguments, directories first, without repeats."""
    problems, items = [], {}
    for kind, given in (("directory", directories), ("file", files)):
        if not isinstance(given, (list, tuple)):
            problems.append("%s: expected a list" % ("directories" if kind == "directory" else "files"))
            continue
        for entry in given:
            item = read_item(kind, entry, problems)
            if item is None:
                continue
            other = items.setdefault(item.path, item)
            if (other.kind, other.content, other.attributes) != (item.kind, item.content, item.attributes):
                problems.append("%s: given twice, with different values" % item.path)
    if problems:
        raise ArgumentsError("; ".join(problems))
    return list(items.values())


def read_item(kind, entry, problems):
    if kind == "directory" and isinstance(entry, str):
        entry = {"path": entry}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
        problems.append("%s: expected a mapping with a path" % kind)
        return None
    path, before = entry["path"], len(problems)
    for key in sorted(set(entry) - KEYS[kind]):
        problems.append("%s: unknown key %s; expected %s" % (path, key, ", ".join(sorted(KEYS[kind]))))
    if not path.startswith("/") or "\t" in path or "\n" in path:
        problems.append("%s: the path must be absolute, without tabs and line breaks" % path)
    attributes = {name: str(entry.get(name) if entry.get(name) is not None else "") for name in ATTRIBUTES}
    for name, value in attributes.items():
        if "\t" in value or "\n" in value:
            problems.append("%s: invalid %s" % (path, name))
    if attributes["mode"] and not MODE.match(attributes["mode"]):
        problems.append("%s: invalid mode %r: expected octal digits such as '0640'" % (path, attributes["mode"]))
    # As stat prints it.
    attributes["mode"] = attributes["mode"].lstrip("0")
    content = entry.get("content")
    if kind == "file" and not isinstance(content, str):
        problems.append("%s: content: expected a string" % path)
    if len(problems) > before:
        return None
    return Item(kind, path.rstrip("/") or "/", content.encode() if kind == "file" else None, **attributes)


FUNCTIONS = r"""
set -u
umask 022
tab=$(printf '\t')
quiet=false
t=
say() { $quiet || printf '%%s\t%%s\t%%s\t%%s\n' %(mark)s "$1" "$path" "${2:-}"; }
fail() {
  [ -z "$t" ] || rm -f "$t"
  quiet=false
  say error "$1"
  exit 0
}
run() {
  $change || return 0
  e=$("$@" 2>&1) || fail "$e"
}
attribute() { # NAME WANTED FOUND FOUND COMMAND...
  name=$1
  [ "$2" != - ] && [ "$2" != "$3" ] && [ "$2" != "$4" ] || return 0
  shift 4
  say "$name"
  run "$@"
}
attributes() { # FILE: the path, or what is to be renamed to it
  attribute owner "$owner" "$(stat -c %%U "$1")" "$(stat -c %%u "$1")" chown "$owner" "$1"
  attribute group "$group" "$(stat -c %%G "$1")" "$(stat -c %%g "$1")" chgrp "$group" "$1"
  found=$(stat -c %%a "$1")
  attribute mode "$mode" "$found" "$found" chmod "$mode" "$1"
  [ "$setype" != - ] && [ -e /sys/fs/selinux/enforce ] || return 0
  found=$(stat -c %%C "$1" | cut -d: -f3)
  attribute setype "$setype" "$found" "$found" chcon -t "$setype" "$1"
}
directory() {
  if [ ! -d "$path" ]; then
    say created
    run mkdir -p "$path"
  fi
  [ ! -d "$path" ] || attributes "$path"
}
write() { # BASE64: beside the path, then renamed, so that nobody reads half a file
  t=${path%%/*}/.${path##*/}.paunch.$$
  e=$({ umask 077; printf %%s "$1" | base64 -d >"$t"; } 2>&1) || fail "$e"
  if [ -e "$path" ]; then
    run chown "$(stat -c %%u:%%g "$path")" "$t"
    run chmod "$(stat -c %%a "$path")" "$t"
  fi
  quiet=true
  attributes "$t"
  quiet=false
  run mv -f "$t" "$path"
  t=
}
file() { # SHA256 BASE64
  [ ! -d "$path" ] || fail "a directory has this path"
  differs=
  if [ ! -e "$path" ]; then differs=created
  elif [ "$(sha256sum <"$path" | cut -d' ' -f1)" != "$1" ]; then differs=content
  fi
  if [ -z "$differs" ]; then
    attributes "$path"
    return
  fi
  say $differs
  content=$2
  [ "$content" != - ] || content=
  ! $change || write "$content"
}
main() {
  while IFS=$tab read -r kind path owner group mode setype sum content; do
    case $kind in
      directory) directory ;;
      file) file "$sum" "$content" ;;
    esac
  done
  path=
  say done
}
"""


def script(change, items_file=None):
    """The script; its input is on stdin, or in a file. Without change it only looks."""
    source = "main" + (" <" + shlex.quote(items_file) if items_file else "")
    return FUNCTIONS % {"mark": MARK} + "change=%s\n%s\n" % ("true" if change else "false", source)


def answers(output):
    """The script's own lines as (what, path, detail)."""
    for line in output.splitlines():
        # A terminal adds carriage returns.
        fields = line.rstrip("\r").split("\t")
        if len(fields) == 4 and fields[0] == MARK:
            yield fields[1], fields[2], fields[3]
