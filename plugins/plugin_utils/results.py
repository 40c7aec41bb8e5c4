# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as files on the controller: DIRECTORY/HOST/step_N.json, the last one of each step, and host.json, what was found
on the host afterwards."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timezone


def store(directory, host, args, check, started, result):
    """Writes one result, with what it does not say itself: the host, when it began and ended, and the mode."""
    content = dict(
        result,
        host=host,
        state=args.get("state") or "present",
        check_mode=check,
        began_at=stamp(started),
        ended_at=stamp(datetime.now(timezone.utc)),
    )
    write(directory, host, file_name(args, check), content)


def store_details(directory, host, result):
    """Writes what was found on a host: DIRECTORY/HOST/host.json."""
    write(directory, host, "host.json", dict(result, host=host))


def write(directory, host, name, content):
    place = os.path.join(directory, file_part(host))
    os.makedirs(place, mode=0o700, exist_ok=True)
    path = os.path.join(place, name)
    part = "%s.%d" % (path, os.getpid())
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, default=str)
        file.write("\n")
    os.replace(part, path)


def file_name(args, check):
    """What was only predicted is kept beside what was done."""
    if args.get("step") is not None:
        name = "step_%s" % args["step"]
    else:
        name = str(args.get("config_id") or args.get("state") or "step")
    return file_part(name) + (".check" if check else "") + ".json"


def file_part(name):
    return re.sub(r"[^\w.+-]", "_", name).lstrip(".") or "_"


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
