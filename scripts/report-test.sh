#!/usr/bin/env bash
# Opens the page of `paunch report --html` in a real Chromium and uses it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$ROOT"
exec "$CACHE/venv-browser/bin/python" tests/report/browser.py "$ROOT/build/paunch" "$ROOT/tests/output/report"
