# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scenario and a price book to the lines of its bill. Unknown is not zero: what has no price has no cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .price import INFERRED, Book, Price
from .scenario import OWN_PRICE, Part, Scenario, Usage
from .span import Span, total

#: AWS's own calculator takes 730 hours for a month.
HOURS = Decimal(730)


@dataclass(frozen=True)
class Line:
    """`cost` is USD a month, unrounded, or None where there is no price."""

    part: Part
    usage: Usage
    price: Price | None
    cost: Span | None

    @property
    def assumption(self) -> str:
        inferred = self.price is not None and self.price.confidence == INFERRED
        said = (self.part.assumption, self.usage.assumption, "the price is inferred, not verified" if inferred else "")
        return "; ".join(text for text in said if text)


#: Makes further lines of those that there are, such as discounts, in a region.
Adjustment = Callable[[Sequence[Line], str], Iterable[Line]]


@dataclass(frozen=True)
class Estimate:
    """`total` is of the lines that have a price; it is what the scenario costs only where it is `complete`."""

    scenario: Scenario
    lines: tuple[Line, ...]
    total: Span
    complete: bool


@dataclass(frozen=True)
class Estimator:
    """All that decides about a cost beside the scenario."""

    book: Book
    hours: Decimal = HOURS
    adjustments: tuple[Adjustment, ...] = ()

    def estimate(self, scenario: Scenario) -> Estimate:
        lines = [line for part in scenario.parts for line in self._lines(part, scenario.region)]
        billed = tuple(lines)
        for adjustment in self.adjustments:
            lines += adjustment(billed, scenario.region)
        costs = [line.cost for line in lines if line.cost is not None]
        return Estimate(scenario, tuple(lines), total(costs), len(costs) == len(lines))

    def _lines(self, part: Part, region: str) -> Iterator[Line]:
        for usage in part.resource.usages(self.hours):
            if usage.key == OWN_PRICE:
                yield Line(part, usage, None, usage.cost)
            else:
                price = self.book.price(region, usage.key)
                yield Line(part, usage, price, None if price is None else usage.quantity.times(price.usd))
