# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags on dockerd's command line: what they set may not stand in daemon.json, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..findings import ERROR, Finding
from .schema import KEYS, Key

#: Of a word such as -Dl, each letter is a flag; -H=fd:// and -Hfd:// are one.
_SWITCHES = ("D",)


def names(arguments: Sequence[str]) -> dict[str, str]:
    """The flags among the arguments by name, as they were written, without their values."""
    found = {}
    for word in arguments:
        if word.startswith("--"):
            found[word[2:].partition("=")[0]] = word.partition("=")[0]
        elif word.startswith("-") and len(word) > 1:
            found[word[1]] = word[:2]
            if word[1] in _SWITCHES and len(word) > 2 and word[2] != "=":
                found[word[2]] = f"-{word[2]}"
    return found


def value(arguments: Sequence[str], name: str) -> str | None:
    """What --NAME=value or --NAME value says."""
    for position, word in enumerate(arguments):
        if word.startswith(f"--{name}="):
            return word.partition("=")[2]
        if word == f"--{name}" and position + 1 < len(arguments):
            return arguments[position + 1]
    return None


def conflicts(config: Mapping[str, Any], arguments: Sequence[str]) -> Iterator[Finding]:
    """dockerd does not start with a setting that stands in both places."""
    given = names(arguments)
    for key in config:
        for flag in KEYS.get(key, _UNKNOWN).flags or (key,):
            if flag in given:
                message = f"also set by the flag {given[flag]} on dockerd's command line"
                yield Finding("flag-conflict", ERROR, key, message, _hint(key))


_UNKNOWN = Key(KEYS["labels"].kind)


def _hint(key: str) -> str:
    if key == "hosts":
        return "Debian's and Docker's unit start dockerd with -H fd://; change that in a drop-in of docker.service"
    return "leave it to one of the two"
