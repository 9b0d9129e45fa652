# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of what is left out of a folder, in the simple forms of a .gitignore.

`name` and `*.log` hold anywhere, `docs/drafts` and `/name` from the top, `name/` for folders alone, `**` for any number
of folders, and `!` takes back what a line above left out, but for what stands in a folder that is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pattern:
    expression: re.Pattern[str]
    only_folders: bool
    takes_back: bool


def read_patterns(lines: Iterable[str]) -> tuple[Pattern, ...]:
    """Blank lines and those that start with # say nothing."""
    stripped = (line.strip() for line in lines)
    return tuple(_pattern(line) for line in stripped if line and not line.startswith("#"))


def is_left_out(path: str, is_folder: bool, patterns: Iterable[Pattern]) -> bool:
    """The last pattern that matches decides. Whoever walks does not enter a folder that is left out."""
    verdict = False
    for pattern in patterns:
        if (is_folder or not pattern.only_folders) and pattern.expression.match(path):
            verdict = not pattern.takes_back
    return verdict


def _pattern(line: str) -> Pattern:
    takes_back = line.startswith("!")
    text = line[1:] if takes_back else line
    only_folders = text.endswith("/")
    text = text.rstrip("/")
    anywhere = "" if "/" in text else "(?:.*/)?"
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?|\[[^\]]+\])", text.lstrip("/"))
    return Pattern(re.compile(anywhere + "".join(map(_expression, parts)) + r"\Z", re.DOTALL), only_folders, takes_back)


def _expression(part: str) -> str:
    known = {"**/": "(?:.*/)?", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in known:
        return known[part]
    if part.startswith("[") and part.endswith("]"):
        inside = part[1:-1].replace("\\", "\\\\")
        return f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]"
    return re.escape(part)
