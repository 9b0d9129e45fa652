# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An amount that is not one number: the least, what is expected, and the most."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
#: The three figures of a span, in order; options and results call them so.
LOW, EXPECTED, HIGH = LEVELS = ("low", "expected", "high")


class Span(NamedTuple):
    """`low` need not be the smallest: a discount is a span of negative numbers."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def plus(self, other: Span) -> Span:
        return Span(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, factor: Decimal) -> Span:
        return Span(self.low * factor, self.expected * factor, self.high * factor)

    def at(self, level: str) -> Decimal:
        """The figure of one of the LEVELS."""
        return self[LEVELS.index(level)]


def always(amount: Decimal) -> Span:
    """An amount that is the same at every level."""
    return Span(amount, amount, amount)


NOTHING = always(ZERO)


def total(spans: Iterable[Span]) -> Span:
    low = expected = high = ZERO
    for span in spans:
        low, expected, high = low + span.low, expected + span.expected, high + span.high
    return Span(low, expected, high)
