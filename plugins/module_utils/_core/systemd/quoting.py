# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in unit files and files of variables, so that systemd reads back what was meant.

Sources: systemd.syntax(7), systemd.service(5) "Command lines", systemd.exec(5) EnvironmentFile=.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Words that mean themselves. A first word of a command may not begin with a prefix such as - or @.
_PLAIN = re.compile(r"[A-Za-z0-9_/.,:=+~@^-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNCARRIED = (("\"'", "a quote"), ("\\", "a backslash"))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def uncarried(path: str) -> str:
    """What of a path systemd cannot carry in every place that it may stand; '' where it can.

    Some places take more, but not in all versions: 257 hands binds on to its executor in a way that quotes break.
    """
    if _CONTROL.search(path):
        return "a control character"
    if path != path.strip():
        return "a blank at its end"
    return next((name for letters, name in _UNCARRIED if any(letter in path for letter in letters)), "")


def line(value: str) -> str:
    """The rest of a line that is one value, such as a path: only % means something there."""
    return value.replace("%", "%%")


def item(value: str) -> str:
    """A path in a list, where blanks and colons part: BindPaths=, ReadWritePaths=."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped if re.fullmatch(r"[A-Za-z0-9_/.,=+~@^%-]+", escaped) else f'"{escaped}"'


def word(value: str) -> str:
    """A word of a command."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in value).replace("%", "%%")
    return '"' + _CONTROL.sub(_hexadecimal, escaped) + '"'


def command(words: Iterable[str]) -> str:
    """A whole command. No variable is replaced: no shell runs it, so `$HOME` is those five letters."""
    listed = list(words)
    prefix = ":" if any("$" in one for one in listed) else ""
    return prefix + " ".join(word(one) for one in listed)


def assignments(variables: Mapping[str, str]) -> str:
    """The text of a file for EnvironmentFile=."""
    return "".join(f"{name}={_assigned(variables[name])}\n" for name in sorted(variables))


def _assigned(value: str) -> str:
    return '"' + re.sub(r'([\\"`$])', r"\\\1", value) + '"'


def _hexadecimal(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
