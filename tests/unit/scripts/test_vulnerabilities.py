# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "..", "scripts", "vulnerabilities.py")
EXPLAINED = "# Page\n\n| id | why |\n|---|---|\n| [GO-2026-0001](https://pkg.go.dev/vuln/GO-2026-0001) | no server |\n"


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, check=False, text=True)


def finding(name, module="example.com/a", function="Run", fixed="v1.2.3"):
    frame = {"module": module}
    if function:
        frame["function"] = function
    return {"finding": {"osv": name, "fixed_version": fixed, "trace": [frame, {"module": "example.com/b", "function": "main"}]}}


def judge(tmp_path, *findings):
    (tmp_path / "found.json").write_text("\n".join(json.dumps(f, indent=1) for f in ({"config": {}}, *findings)))
    (tmp_path / "page.md").write_text(EXPLAINED)
    return run("judge", tmp_path / "found.json", tmp_path / "page.md")


def test_what_is_explained_and_what_cannot_be_reached_is_no_problem(tmp_path):
    assert judge(tmp_path, finding("GO-2026-0001"), finding("GO-2026-0002", function="")).returncode == 0


def test_what_can_be_reached_must_be_fixed_or_explained(tmp_path):
    done = judge(tmp_path, finding("GO-2026-0001"), finding("GO-2026-0003"), finding("GO-2026-0004", fixed=""))
    assert done.returncode == 1
    assert "GO-2026-0003 in example.com/a: fix it (v1.2.3) or explain it in " in done.stderr
    assert "GO-2026-0004 in example.com/a: fix it (no fixed version)" in done.stderr


def test_an_explanation_of_what_is_not_found_any_more_is_a_problem(tmp_path):
    done = judge(tmp_path)
    assert done.returncode == 1 and "GO-2026-0001 is explained" in done.stderr


def test_those_of_the_standard_library_are_printed_with_the_newest_fix(tmp_path):
    done = judge(
        tmp_path, finding("GO-2026-0001"), finding("GO-2026-0005", "stdlib", fixed="v1.26.9"), finding("GO-2026-0006", "stdlib", fixed="v1.26.10")
    )
    assert done.returncode == 0
    assert "2 known vulnerabilities that the program can reach; build releases with v1.26.10 or newer" in done.stdout


def test_the_database_has_each_module_with_the_last_fix(tmp_path):
    source, out = tmp_path / "osv", tmp_path / "db"
    source.mkdir()

    def entry(name, *ranges):
        affected = [{"package": {"name": "example.com/a"}, "ranges": [{"events": list(events)} for events in ranges]}]
        (source / (name + ".json")).write_text(json.dumps({"id": name, "modified": "2026-01-0" + name[-1], "affected": affected}))

    begun, fixed = {"introduced": "0"}, {"fixed": "1.2.9"}
    entry("GO-2026-0001", [begun, fixed, {"introduced": "1.3.0"}, {"fixed": "1.3.10"}])
    entry("GO-2026-0002", [begun])
    entry("GO-2026-0003", [begun, fixed, {"introduced": "2.0.0"}])
    assert run("database", source, out).returncode == 0
    modules = json.loads((out / "index" / "modules.json").read_text())
    assert modules == [{"path": "example.com/a", "vulns": [
        {"id": "GO-2026-0001", "modified": "2026-01-01", "fixed": "1.3.10"},
        {"id": "GO-2026-0002", "modified": "2026-01-02"},
        {"id": "GO-2026-0003", "modified": "2026-01-03"},
    ]}]
    assert json.loads((out / "index" / "db.json").read_text()) == {"modified": "2026-01-03"}
    assert sorted(os.listdir(out / "ID")) == ["GO-2026-0001.json", "GO-2026-0002.json", "GO-2026-0003.json"]
