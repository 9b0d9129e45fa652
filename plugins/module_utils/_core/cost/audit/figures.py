# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure as it was printed: a number or a range, and how many decimals it was printed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from ...options.schema import Value
from ..amounts import dollars, to_decimal

_CENTS = 2


@dataclass(frozen=True)
class Figure:
    """A single number has equal ends. `decimals` is of the end that was printed with more of them."""

    low: Decimal
    high: Decimal
    decimals: int = 0

    @property
    def is_range(self) -> bool:
        return self.low != self.high

    @property
    def middle(self) -> Decimal:
        return (self.low + self.high) / 2

    @property
    def shown_decimals(self) -> int:
        """Money is printed in cents or finer, or in whole dollars: 27.5 is $27.50."""
        return max(_CENTS, self.decimals)

    def holds(self, amount: Decimal) -> bool:
        return self.low <= amount <= self.high


def half_up(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def truncated(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)


def money_of(figure: Figure) -> str:
    """As it was printed, in cents at least: $54.05, $30.00 to $40.00."""
    low, high = dollars(figure.low, figure.shown_decimals), dollars(figure.high, figure.shown_decimals)
    return f"{low} to {high}" if figure.is_range else low


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """How much more `part` is than `whole`, in percent; less is negative."""
    return (part / whole - 1) * 100


def signed(amount: Decimal) -> str:
    """+15.0 %"""
    return f"{half_up(amount, 1):+} %"


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def figure(value: Any) -> Figure:
    """54.05, or [30, 40]. Floats are read by their shortest text, which is the number that was written."""
    pair: Sequence[Any] = value if isinstance(value, (list, tuple)) else (value, value)
    if len(pair) != 2:
        raise ValueError
    low, high = to_decimal(pair[0]), to_decimal(pair[1])
    if low > high:
        raise ValueError(f"found [{low}, {high}], expected the lower end first")
    return Figure(low, high, max(_decimals(low), _decimals(high)))


FIGURE = Value("a number such as 54.05, or a range such as [30, 40]", figure)
