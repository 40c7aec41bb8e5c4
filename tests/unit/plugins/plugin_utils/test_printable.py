# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import pytest

from ansible_collections.overcloud.paunch.plugins.plugin_utils import printable


@pytest.mark.parametrize(
    "text, want",
    [
        ("häßlich, 日本語, 🦭, a\u00a0b\u3000c", "häßlich, 日本語, 🦭, a\u00a0b\u3000c"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwritten\r\n", "over\\rwritten\n"),
        ("C1 \x9b2J \x85", r"C1 \x9b2J \x85"),
        ("\u202eright\u202c \u2066\u200b\ufeff", r"\u202eright\u202c \u2066\u200b\ufeff"),
        ("\u2028\u2029\U000e0041\udc9b", r"\u2028\u2029\U000e0041\udc9b"),
    ],
)
def test_what_a_terminal_acts_upon_is_escaped(text, want):
    assert printable.text(text) == want


def test_no_control_or_format_character_passes():
    import unicodedata

    passed = [chr(i) for i in range(sys.maxunicode + 1) if printable.safe(chr(i))]
    assert {unicodedata.category(char) for char in passed} & {"Cf", "Cs", "Co", "Zl", "Zp"} == set()
    assert [char for char in passed if unicodedata.category(char) == "Cc"] == ["\t", "\n"]
    assert printable.line("a\nb\tc\x1b") == "a b c\\x1b"
