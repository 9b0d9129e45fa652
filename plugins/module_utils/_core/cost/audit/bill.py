# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What resources cost in any region, for any hours, and how the figure may have been made of its pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..estimate import HOURS
from ..price import Book
from ..scenario import OWN_PRICE, Part, Resource
from ..span import NOTHING, Span, always

#: The smallest Fargate task has a quarter of a vCPU; documents print its price and multiply.
_SMALLEST_TASK = Decimal("0.25")
#: The region whose prices AWS's pages show unless asked for another, so that documents have them.
COPIED = "us-east-1"
#: Nobody rounds each of so many resources.
_MOST_UNITS = 50


@dataclass(frozen=True)
class Amounts:
    """What is used of each price in a month, and what brings its own figure."""

    quantities: Mapping[str, Span]
    own: Span

    def cost(self, book: Book, region: str) -> Span | None:
        """Nothing where a price is missing."""
        cost = self.own
        for key, quantity in self.quantities.items():
            price = book.price(region, key)
            if price is None:
                return None
            cost = cost.plus(quantity.times(price.usd))
        return cost


def amounts(resources: Sequence[Resource], hours: Decimal) -> Amounts:
    quantities: dict[str, Span] = {}
    own = NOTHING
    for resource in resources:
        for usage in resource.usages(hours):
            if usage.key == OWN_PRICE:
                own = own.plus(usage.cost or NOTHING)
            else:
                quantities[usage.key] = quantities.get(usage.key, NOTHING).plus(usage.quantity)
    return Amounts(quantities, own)


@dataclass(frozen=True)
class Bill:
    """The resources of a claim, with a book to price them by."""

    parts: tuple[Part, ...]
    book: Book
    _months: dict[Decimal, Amounts] = field(default_factory=dict, compare=False)
    _units: dict[Decimal, tuple[tuple[int, Amounts], ...]] = field(default_factory=dict, compare=False)

    @property
    def resources(self) -> list[Resource]:
        return [part.resource for part in self.parts]

    def of(self, hours: Decimal = HOURS) -> Amounts:
        if hours not in self._months:
            self._months[hours] = amounts(self.resources, hours)
        return self._months[hours]

    def month(self, region: str, hours: Decimal = HOURS) -> Span | None:
        return self.of(hours).cost(self.book, region)

    def units(self, hours: Decimal) -> tuple[tuple[int, Amounts], ...]:
        """Each resource as how many of what one of it uses; none where there are too many resources."""
        if hours not in self._units:
            few = self.parts if len(self.parts) <= _MOST_UNITS else ()
            split = tuple(_one_of(part.resource) for part in few)
            self._units[hours] = tuple((count, amounts([one], hours)) for count, one in split)
        return self._units[hours]

    @property
    def has_prices(self) -> bool:
        """Whether anything is priced by the book."""
        return bool(self.of().quantities)

    @property
    def is_hourly(self) -> bool:
        """Whether the expected cost is a rate times hours, and nothing is by the month."""
        one, two = self.of(HOURS), self.of(2 * HOURS)
        doubled = (span.expected * 2 == two.quantities[key].expected for key, span in one.quantities.items())
        return self.has_prices and not any(one.own) and all(doubled)

    @property
    def pieces(self) -> tuple[Decimal, ...]:
        """In how many equal pieces the cost may have been thought of: as a whole, by resource, by the smallest task."""
        if len(self.parts) != 1:
            return (Decimal(1),)
        resource = self.parts[0].resource
        count = Decimal(_one_of(resource)[0])
        smallest = count * getattr(resource, "vcpu", _SMALLEST_TASK) / _SMALLEST_TASK
        return tuple(dict.fromkeys((Decimal(1), count, smallest)))

    def missing(self, region: str) -> list[str]:
        return [key for key in self.of().quantities if self.book.price(region, key) is None]

    def regions(self) -> Iterator[str]:
        """Those that have all prices; first the one that documents copy."""
        for region in sorted(self.book.regions, key=lambda name: (name != COPIED, name)):
            if not self.missing(region):
                yield region


def _one_of(resource: Resource) -> tuple[int, Resource]:
    """How many of what; a range of counts is taken as one thing."""
    count: Any = getattr(resource, "count", None)
    if not isinstance(count, int) or count < 2:
        return 1, resource
    one: Any = resource
    single: Resource = replace(one, count=1)
    whole, unit = amounts([resource], HOURS), amounts([single], HOURS)
    even = all(
        span == unit.quantities.get(key, always(Decimal(0))).times(Decimal(count))
        for key, span in whole.quantities.items()
    )
    return (count, single) if even else (1, resource)
