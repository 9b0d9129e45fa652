# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a build context .dockerignore leaves out, as BuildKit decides it.

Source: moby/patternmatcher. The last pattern that matches wins, and what matches a folder matches all below it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

_SPECIAL = ".+()|{}$"
_WILD = "*?[]\\"


@dataclass(frozen=True)
class Pattern:
    exception: bool  # it began with `!`
    text: str
    matches: re.Pattern[str]


@dataclass(frozen=True)
class Ignored:
    """Patterns in their order. `matched` of a folder says which of them matched it, for what lies in it."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def read(cls, text: str) -> Ignored:
        lines = text.lstrip("\ufeff").split("\n")
        found = (_pattern(line) for line in lines if not line.startswith("#"))
        return cls(tuple(pattern for pattern in found if pattern))

    def left_out(self, path: str, folder: tuple[bool, ...] = ()) -> tuple[bool, tuple[bool, ...]]:
        """Whether a path is left out, and which patterns match it; `folder` is the second of the folder it is in."""
        out = False
        found = []
        for number, pattern in enumerate(self.patterns):
            matched = folder[number] if folder else False
            if not matched and pattern.exception == out:
                matched = pattern.matches.match(path) is not None
            found.append(matched)
            if matched:
                out = not pattern.exception
        return out, tuple(found)

    def nothing_below(self, folder: str) -> bool:
        """Whether no exception can bring back what lies in a folder that is left out."""
        below = [pattern.text for pattern in self.patterns if pattern.exception]
        return not any(set(text) & set(_WILD) or f"{text}/".startswith(f"{folder}/") for text in below)


def _pattern(line: str) -> Pattern | None:
    text = line.strip()
    exception = text.startswith("!")
    text = text[1:].strip() if exception else text
    if not text:
        return None
    text = posixpath.normpath(text).lstrip("/") or "/"
    try:
        return Pattern(exception, text, re.compile(_expression(text)))
    except re.error:
        return None  # Docker refuses to build with it, and says so


def _expression(pattern: str) -> str:
    """`*` and `?` stay within a folder, `**` is any number of them, and [...] is as in a regular expression."""
    if pattern.startswith("**") and not set(pattern[2:]) & set(_WILD):
        start = "(?:.*/)?" if pattern[2:3] == "/" else ".*"
        return rf"{start}{re.escape(pattern[2:].removeprefix('/'))}\Z"
    found = ""
    rest = pattern
    while rest:
        if rest.startswith("**"):
            rest = rest[2:].removeprefix("/") if rest[2:3] == "/" else rest[2:]
            found += "(?:.*/)?" if rest else ".*"
            continue
        character, rest = rest[0], rest[1:]
        if character == "\\" and rest:
            found += re.escape(rest[0])
            rest = rest[1:]
        else:
            found += {"*": "[^/]*", "?": "[^/]", "\\": r"\\"}.get(character) or (
                f"\\{character}" if character in _SPECIAL else character
            )
    return rf"{found}\Z"
