# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decimal amounts as options take them, and as words show them.

YAML gives whole numbers and floats, templates give text. `0.1` is taken for what is written, a tenth, and not for the
binary fraction beside it.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ..options.schema import Value

#: No amount of a month's bill is larger, or finer, than this, even where a template divided. It keeps 1e99 out.
_LARGEST = Decimal(10) ** 12
_DECIMALS = 30
_LONGEST = 40
#: For showing any amount that options take.
_WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


def to_decimal(value: Any) -> Decimal:
    """A number, or decimal text of one. ValueError is without words where the noun of the option says it all."""
    number = _decimal(value)
    if not number.is_finite():
        raise ValueError("found no finite number, expected one")
    if abs(number) > _LARGEST:
        raise ValueError(f"found a number beyond {_LARGEST:f}, expected a smaller one")
    if int(number.as_tuple().exponent) < -_DECIMALS:
        raise ValueError(f"found a number with more than {_DECIMALS} decimals, expected fewer")
    return number


def _decimal(value: Any) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > _LONGEST or not _DECIMAL.fullmatch(text):
        raise ValueError
    return Decimal(text)


def amount(lowest: int | Decimal, noun: str, highest: int | Decimal | None = None) -> Value:
    """`noun` is what is counted: "GiB", "USD a month"."""

    def convert(value: Any) -> Decimal:
        number = to_decimal(value)
        if number < lowest or (highest is not None and number > highest):
            raise ValueError
        return number

    bounds = f", {lowest} or more" if highest is None else f" from {lowest} to {highest}"
    return Value(f"a number of {noun}{bounds}", convert)


def positive(noun: str, highest: int | None = None) -> Value:
    """Like `amount`, of what would not be there at all if there were none of it."""

    def convert(value: Any) -> Decimal:
        number = to_decimal(value)
        if number <= 0 or (highest is not None and number > highest):
            raise ValueError
        return number

    bound = "" if highest is None else f", {highest} at most"
    return Value(f"a number of {noun} above 0{bound}", convert)


def _share(value: Any) -> Decimal:
    number = to_decimal(value)
    if not 0 <= number <= 1:
        raise ValueError
    return number


SHARE = Value("a share from 0 to 1, such as 0.7 for 70 %", _share)


def digits(number: Decimal) -> str:
    """The digits of a number, without an exponent and without zeros that say nothing: 730, 0.5."""
    return f"{number.normalize():f}"


def dollars(amount: Decimal, decimals: int = 2) -> str:
    """An amount as it is shown, rounded half up to the cent: $1,290.24, and -$0.50."""
    rounded = _WIDE.quantize(amount, Decimal(1).scaleb(-decimals))
    return f"{'-' if rounded < 0 else ''}${rounded.copy_abs():,f}"
