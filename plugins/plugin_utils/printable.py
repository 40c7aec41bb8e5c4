# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of any origin for a terminal, as the program's own messages have it (module/internal/printable)."""

from __future__ import annotations


def text(value):
    """Escapes what a terminal would act upon; lines, tabs and blanks of any width stay."""
    return "".join(char if safe(char) else escaped(char) for char in value.replace("\r\n", "\n"))


def line(value):
    """The same, on one line."""
    return text(value).replace("\n", " ").replace("\t", " ")


def safe(char):
    # Other blanks than the usual one count as not printable.
    return char.isprintable() or char in "\n\t" or (char.isspace() and ord(char) > 0x9F and char not in "\u2028\u2029")


def escaped(char):
    return char.encode("unicode_escape").decode("ascii")
