# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as Compose reads them, and the digits and the text that it prints them with."""

from __future__ import annotations

import struct
from math import isfinite
from typing import Any

from .interpolation import to_float, to_int
from .kinds import found

_INT64 = (-(2**63), 2**63 - 1)


def fits_64_bits(number: int) -> bool:
    """Not with a range: of a number that Ansible has tagged with its origin, Python would count all the way there."""
    low, high = _INT64
    return low <= number <= high


def integer(value: Any) -> int:
    """A whole number of 64 bits, or decimal text of one."""
    if isinstance(value, str):
        return to_int(value)
    whole = value if not isinstance(value, float) else int(value) if value.is_integer() else None
    if not isinstance(whole, int) or isinstance(whole, bool) or not fits_64_bits(whole):
        raise ValueError(f"{found(value)}, expected a whole number")
    return whole


def float32(value: Any) -> int | float:
    """A number, or text of one, as Compose keeps CPU counts and ratios: in 32 bits, with the fewest digits for them.

    0.333333333 becomes 0.33333334, and 1.0 becomes 1. The last digit may be another one for a few powers of two that
    are no count of CPUs, such as 2**-12 and 2**90.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{found(value)}, expected a number")
    number = to_float(value) if isinstance(value, str) else value
    bits = _bits(number)
    if not bits:
        raise ValueError(f"{found(value)}, expected a finite number of 32 bits")
    (exact,) = struct.unpack("<f", bits)
    shorter = (float(f"{exact:.{digits}e}") for digits in range(9))
    shortest = next(each for each in shorter if _bits(each) == bits)
    return int(shortest) if shortest.is_integer() and abs(shortest) < 1e6 else shortest


def _bits(number: float) -> bytes:
    """The 32 bits of a number; nothing where they do not hold it."""
    try:
        return struct.pack("<f", number) if isfinite(number) else b""
    except OverflowError:
        return b""


def plain_text(value: Any) -> str:
    """A scalar as the text that it becomes in labels, environment and the like: true, 1, 0.1, 1e+06."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    raise ValueError(f"{found(value)}, expected a text, a number, true or false")


def _float_text(number: float) -> str:
    text = repr(number)
    if not isfinite(number):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(text, "NaN")
    if 1e6 <= abs(number) < 1e16:  # Python turns to exponents later than Go does
        digits = text.lstrip("-").replace(".", "").rstrip("0")
        return f"{number:.{len(digits) - 1}e}"
    return text[:-2] if text.endswith(".0") else text
