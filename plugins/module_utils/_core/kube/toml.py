# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values written as TOML: Python reads it since 3.11, and writes it in no version.

Source: the specification of TOML 1.0.0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: What JSON leaves as it is and TOML does not: DEL and the control characters above it are for nobody's files.
_RAW = re.compile("[\x7f-\x9f]")


class TomlError(ValueError):
    """A value that TOML has no word for. The text names its place."""


def written(document: Mapping[str, Any]) -> str:
    """The document with plain values first, then its tables, in the order that they were given."""
    return "\n".join(_table(document, ())).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and (plain or not table):
        yield ""
        yield f"[{'.'.join(_key(part) for part in path)}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value, (*path, key))}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _table(value, (*path, key))


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TomlError(f"found the key {key!r}, expected text")
    return str(key) if _BARE.fullmatch(key) else _text(key)


def _value(value: Any, path: tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item, path) for item in value)}]"
    if isinstance(value, Mapping):  # in a list, where it cannot be a table
        pairs = (f"{_key(key)} = {_value(inner, (*path, str(key)))}" for key, inner in value.items())
        return f"{{{', '.join(pairs)}}}"
    found = "null" if value is None else type(value).__name__
    raise TomlError(f"{'.'.join(path)}: found {found}, expected text, a number, true or false, a list or a mapping")


def _float(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(float(value))
    return text if "." in text or "e" not in text else text.replace("e", ".0e", 1)


def _text(text: str) -> str:
    """JSON's escapes are TOML's, too."""
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04X}", json.dumps(str(text), ensure_ascii=False))
