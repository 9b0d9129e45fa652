# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time: 1m30s, 1.5s, 100ms, 2d."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from .kinds import found

_PART = re.compile(r"(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?(?P<unit>[^0-9.]+)")
_SECOND = 10**9
_UNITS = {
    "ns": 1,
    **dict.fromkeys(("us", "\N{MICRO SIGN}s", "\N{GREEK SMALL LETTER MU}s"), 10**3),
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
    "d": 24 * 3600 * _SECOND,
    "w": 7 * 24 * 3600 * _SECOND,
}
#: Below a second, the largest unit that leaves a digit before the point.
_SMALL = ((10**6, "ms"), (10**3, "\N{MICRO SIGN}s"), (1, "ns"))
_LONGEST = 2**63 - 1
_MOST_DIGITS = len(str(_LONGEST))


def duration(value: Any) -> str:
    """The canonical text of a span: 90s is 1m30s, and 1d is 24h0m0s."""
    if not isinstance(value, str):
        raise ValueError(f"{found(value)}, expected a text with units such as 1m30s")
    return _text(nanoseconds(value))


def nanoseconds(text: str) -> int:
    """A span as users or Compose write it."""
    negative = text.startswith("-")
    spans = text[1:] if negative or text.startswith("+") else text
    total = 0 if spans == "0" else _total(spans)
    if total is None:
        raise ValueError(f"{found(text)}, expected numbers with the units w, d, h, m, s, ms, us or ns, such as 1m30s")
    if total > _LONGEST:
        raise ValueError(f"{found(text)}, expected a shorter span, of at most 292 years")
    return -total if negative else total


def seconds(text: str) -> Decimal:
    """A span in seconds, exactly."""
    return Decimal(nanoseconds(text)) / _SECOND


def _total(spans: str) -> int | None:
    total = end = 0
    while end < len(spans):
        part = _PART.match(spans, end)
        unit = _UNITS.get(part["unit"]) if part else None
        if part is None or unit is None or not (part["whole"] or part["fraction"]):
            return None
        total += _whole(part["whole"]) * unit + _fraction(part["fraction"] or "", unit)
        end = part.end()
    return total if spans else None


def _whole(digits: str) -> int:
    """What stands in front of the point; anything too long where it has more digits than 64 bits hold."""
    digits = digits.lstrip("0")
    return int(digits or 0) if len(digits) <= _MOST_DIGITS else _LONGEST + 1


def _fraction(digits: str, unit: int) -> int:
    """The part behind the point, as Compose computes it: in floating point, from the digits that 64 bits hold."""
    significant = digits.lstrip("0")
    zeros = len(digits) - len(significant)
    kept = significant[:_MOST_DIGITS]
    if int(kept or 0) > _LONGEST:
        kept = kept[:-1]
    return int(int(kept or 0) * (unit / 10.0 ** (zeros + len(kept)))) if zeros < _MOST_DIGITS else 0


def _text(total: int) -> str:
    sign, left = "-" if total < 0 else "", abs(total)
    if 0 < left < _SECOND:
        unit, name = next(small for small in _SMALL if left >= small[0])
        return f"{sign}{_decimal(left, unit)}{name}"
    minutes, left = divmod(left, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    before = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{before}{_decimal(left, _SECOND)}s"


def _decimal(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    digits = str(unit + rest)[1:].rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
