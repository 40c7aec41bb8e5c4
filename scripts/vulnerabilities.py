#!/usr/bin/env python3
"""What govulncheck needs and finds.

usage: vulnerabilities.py database OSV_DIRECTORY OUT   makes the database that govulncheck reads from the files of golang.org/x/vulndb
       vulnerabilities.py judge FOUND EXPLAINED        FOUND is govulncheck's output as JSON, EXPLAINED a page with a table of ids

judge fails for a finding that the program can reach and nobody explained, and for an explanation of what is not found any
more. Those of Go's standard library depend on the Go of this machine: they are printed with the version that has none.
"""

import json
import os
import re
import shutil
import sys

ID = re.compile(r"^\| \[(GO-\d+-\d+)\]", re.MULTILINE)
STANDARD = ("stdlib", "toolchain")


def version(text):
    """Fit to compare: 1.26.10 is newer than 1.26.9."""
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def fixed(affected):
    """The last version that fixes a module, or nothing where one range has no fix."""
    last = ""
    for found in affected.get("ranges") or []:
        events = found.get("events") or []
        fixes = [event["fixed"] for event in events if "fixed" in event]
        if len(fixes) < sum("introduced" in event for event in events):
            return ""
        last = max([last, *fixes], key=version)
    return last


def database(source, out):
    """Writes index/db.json, index/modules.json and ID/*.json (go.dev/security/vuln/database)."""
    for part in ("ID", "index"):
        os.makedirs(os.path.join(out, part), exist_ok=True)
    modules, modified = {}, ""
    for name in sorted(os.listdir(source)):
        with open(os.path.join(source, name), encoding="utf-8") as file:
            entry = json.load(file)
        shutil.copyfile(os.path.join(source, name), os.path.join(out, "ID", name))
        modified = max(modified, entry["modified"])
        for affected in entry.get("affected") or []:
            line = {"id": entry["id"], "modified": entry["modified"]}
            if fixed(affected):
                line["fixed"] = fixed(affected)
            modules.setdefault(affected["package"]["name"], []).append(line)
    index = [{"path": path, "vulns": modules[path]} for path in sorted(modules)]
    for name, content in (("db.json", {"modified": modified}), ("modules.json", index)):
        with open(os.path.join(out, "index", name), "w", encoding="utf-8") as file:
            json.dump(content, file)


def messages(text):
    """The JSON objects of a stream."""
    decoder, position = json.JSONDecoder(), 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        message, position = decoder.raw_decode(text, position)
        yield message


def reached(text):
    """The findings whose code the program can call: module and fixed version by id."""
    found = {}
    for message in messages(text):
        finding = message.get("finding")
        if finding and finding["trace"][0].get("function"):
            found[finding["osv"]] = (finding["trace"][0]["module"], finding.get("fixed_version", ""))
    return found


def judge(found_path, explained_path):
    with open(found_path, encoding="utf-8") as file:
        found = reached(file.read())
    with open(explained_path, encoding="utf-8") as file:
        explained = set(ID.findall(file.read()))
    standard = {name for name, (module, dummy) in found.items() if module in STANDARD}
    if standard:
        newest = max((found[name][1] for name in standard), key=version)
        print("    this Go has %d known vulnerabilities that the program can reach; build releases with %s or newer" % (len(standard), newest))
    problems = [
        "%s in %s: fix it (%s) or explain it in %s" % (name, found[name][0], found[name][1] or "no fixed version", explained_path)
        for name in sorted(set(found) - standard - explained)
    ]
    problems += ["%s is explained in %s and not found any more" % (name, explained_path) for name in sorted(explained - set(found))]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def main():
    command, *arguments = sys.argv[1:]
    return {"database": database, "judge": judge}[command](*arguments)


if __name__ == "__main__":
    sys.exit(main())
