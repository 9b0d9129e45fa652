# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small values in their short form: devices, numbers of devices, modes of files, limits of processes."""

from __future__ import annotations

import re
from typing import Any

from ..findings import shown
from .kinds import found
from .numbers import integer

_DEVICE = ("source", "target", "permissions")
_OCTAL = re.compile(r"[+]?0*[0-7]{1,21}")


def device(entry: Any) -> dict[str, str]:
    """The long form of /dev/source:/dev/target:permissions, the last two of which may be left out."""
    fields = entry.split(":") if isinstance(entry, str) else [""]
    if not fields[0] or len(fields) > len(_DEVICE):
        raise ValueError(f"{found(entry)}, expected SOURCE, SOURCE:TARGET or SOURCE:TARGET:PERMISSIONS")
    long = {"permissions": "rwm", **dict(zip(_DEVICE, fields))}
    long["target"] = long.get("target") or long["source"]
    return {key: text for key, text in long.items() if text}


def device_count(value: Any) -> int:
    """How many devices; all of them are -1."""
    if isinstance(value, str) and value.lower() == "all":
        return -1
    return _count(value)


def file_mode(value: Any) -> str:
    """The octal digits of a mode with a zero in front. Text is octal; a number has been read by YAML."""
    if isinstance(value, str):
        mode = int(value, 8) if _OCTAL.fullmatch(value) else None
    else:
        mode = value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
    if mode is None:
        raise ValueError(f"{found(value)}, expected an octal mode such as 0440")
    return f"0{mode:o}"


def ulimit(value: Any) -> int | dict[str, int]:
    """One limit, or a soft and a hard one. One of 0 becomes two of 0, as Compose prints it."""
    if not isinstance(value, dict):
        return _count(value) or {"soft": 0, "hard": 0}
    limits = {key: item for key, item in value.items() if not str(key).startswith("x-")}
    if set(limits) != {"soft", "hard"}:
        names = ", ".join(shown(str(key)) for key in limits) or "nothing"
        raise ValueError(f"found {names}, expected 'soft' and 'hard', or one whole number")
    return {key: _count(limits[key]) for key in ("soft", "hard")}


def _count(value: Any) -> int:
    """Here a number with a point is refused even if nothing stands behind it."""
    if isinstance(value, float):
        raise ValueError(f"{found(value)}, expected a whole number without a point")
    return integer(value)
