# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts of bytes: 512m, 1.5GiB, 1024."""

from __future__ import annotations

import re
from typing import Any

from .interpolation import to_float
from .kinds import found
from .numbers import fits_64_bits

_SIZE = re.compile(r"(?P<number>.*[0-9.]) ?(?P<unit>[a-z]{0,3})", re.IGNORECASE | re.ASCII)
#: Powers of 1024 whatever the unit is called, as Docker counts memory.
_UNITS = {
    **{"": 1, "b": 1},
    **{prefix + ending: 1024**power for power, prefix in enumerate("kmgtp", start=1) for ending in ("", "b", "ib")},
}


def byte_size(value: Any) -> int:
    """Bytes of a whole number, or of text with a unit. A number may be -1, which is "no limit"; text may not."""
    size = _read(value) if isinstance(value, str) else value
    if not isinstance(size, int) or isinstance(size, bool) or not fits_64_bits(size):
        raise ValueError(f"{found(value)}, expected a whole number of bytes, or a size such as 512m or 1.5g")
    return size


def _read(text: str) -> int | None:
    match = _SIZE.fullmatch(text)
    unit = _UNITS.get(match["unit"].lower()) if match else None
    if match is None or unit is None:
        return None
    try:
        size = to_float(match["number"]) * unit
    except ValueError:
        return None
    return int(size) if 0 <= size < 2**63 else None
