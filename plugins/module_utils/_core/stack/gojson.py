# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON as Go's encoding/json writes it, byte by byte: Compose hashes that text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

_WORDS = {True: "true", False: "false"}
#: What Go escapes so that JSON may stand inside HTML and JavaScript.
_ESCAPED = re.compile("[<>&\u2028\u2029]")
#: From here on, and below the other, Go writes an exponent.
_LARGE, _SMALL = 1e21, 1e-6


def loads(text: str) -> Any:
    """Mappings keep their order, which is part of what is hashed."""
    return json.loads(text)


def dumps(value: Any) -> str:
    """What json.Marshal gives for a value whose mappings are in the order of their Go structs."""
    return _ESCAPED.sub(_escape, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{encode_basestring(str(key))}:{_text(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    return str(value)


def _float(value: float) -> str:
    """Both languages find the shortest digits; they differ in where an exponent begins and how it looks."""
    size = abs(value)
    if size and not _SMALL <= size < _LARGE:
        digits, _e, exponent = repr(value).partition("e")
        return f"{digits.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"
    from decimal import Decimal  # few models have a float, and the import takes longer than all the rest

    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
