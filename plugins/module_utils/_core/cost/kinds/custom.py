# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the price book does not know, at the user's own price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...findings import ERROR
from ...options.schema import Check, Key
from ...rule import Problem
from ..amounts import amount, digits
from ..scenario import OWN_PRICE, Usage
from ..span import Span, always

_USD = amount(0, "USD a month")
_ONE = always(Decimal(1))


def _has_a_figure(custom: Custom) -> Iterator[Problem]:
    """`usd_per_month` stands alone; or `low` and `high` stand together."""
    told = [name for name in ("low", "expected", "high") if getattr(custom, name) is not None]
    if custom.usd_per_month is not None and told:
        yield "usd_per_month", f"found usd_per_month beside {told[0]}, expected one of them", ""
    elif custom.usd_per_month is None and (custom.low is None or custom.high is None):
        found = f"found {' and '.join(told)} alone" if told else "found no figure"
        yield "", f"{found}, expected usd_per_month, or low and high", "what is not priced must not look free"


def _low_to_high(custom: Custom) -> Iterator[Problem]:
    """`low` is at most `expected`, and that is at most `high`."""
    if custom.low is None or custom.high is None:
        return
    if custom.low > custom.high:
        yield "low", f"found {digits(custom.low)}, expected at most high, which is {digits(custom.high)}", ""
    elif custom.expected is not None and not custom.low <= custom.expected <= custom.high:
        ends = f"{digits(custom.low)} to {digits(custom.high)}"
        yield "expected", f"found {digits(custom.expected)}, expected {ends}, as low and high say", ""


@dataclass(frozen=True)
class Custom:
    """Anything else, for a figure of your own: another cloud, a licence, a support plan. It needs no price book."""

    usd_per_month: Decimal | None = None
    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None
    KIND: ClassVar[str] = "custom"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "usd_per_month": Key(_USD, "What it costs.", {"usd_per_month": 43.22}),
        "low": Key(_USD, "The least that it costs.", {"low": 30, "high": 40}),
        "expected": Key(
            _USD,
            "What it is expected to cost.",
            {"low": 30, "expected": 33, "high": 40},
            "the midpoint of `low` and `high`",
        ),
        "high": Key(_USD, "The most that it costs.", {"low": 30, "high": 40}),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check(ERROR, ("usd_per_month", "low", "expected", "high"), _has_a_figure),
        Check(ERROR, ("low", "expected", "high"), _low_to_high),
    )

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        cost, assumed = self._cost()
        formula = "no figure" if cost is None else f"{digits(cost.expected)} USD a month, as given"
        yield Usage("Own price", OWN_PRICE, _ONE, formula, True, assumed, cost)

    def _cost(self) -> tuple[Span | None, str]:
        if self.low is None or self.high is None:
            return (None if self.usd_per_month is None else always(self.usd_per_month)), ""
        if self.expected is not None:
            return Span(self.low, self.expected, self.high), ""
        assumed = "" if self.low == self.high else f"expected: midpoint of {digits(self.low)} and {digits(self.high)}"
        return Span(self.low, (self.low + self.high) / 2, self.high), assumed
