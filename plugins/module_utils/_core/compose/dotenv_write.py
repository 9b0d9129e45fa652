# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Env files that Compose reads back as exactly the values they were made from. dotenv.py reads them.

Between single quotes Compose takes all literally but `\\'`, so a value with a backslash may have no such form. Between
double quotes every character has an escape, and a reference that is escaped stays text. No message here holds a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..findings import shown

#: What Compose takes as a name; a dot and a hyphen are allowed in files and in `environment`, not in `${...}`.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\r": "\\r"}
#: Values that need no quotes, for the eye.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,\-]+\Z")


def env_text(values: Mapping[str, Any]) -> str:
    """The file, one variable after the other, in the order of their names; ValueError names what cannot be said."""
    return "".join(f"{env_line(name, values[name])}\n" for name in sorted(values, key=str))


def env_line(name: str, value: Any) -> str:
    if not isinstance(name, str) or not _NAME.match(name):
        raise ValueError(f"{shown(str(name))} is no name of a variable, expected letters, digits and underscores")
    return f"{name}={_quoted(name, as_text(value))}"


def as_text(value: Any) -> str:
    """A value as an environment has it: YAML and Jinja turn some texts into numbers and booleans."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _quoted(name: str, value: str) -> str:
    if "\0" in value:
        raise ValueError(f"the value of {shown(name)} has a NUL character, which no environment can hold")
    if _PLAIN.match(value):
        return value
    if "\\" not in value and "\r" not in value:
        return "'{}'".format(value.replace("'", "\\'"))
    return '"{}"'.format("".join(_ESCAPES.get(character, character) for character in value))
