# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A price and where it is from, and the book of them. A price that the book does not have is None, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

#: The region of what costs the same everywhere, such as a Route 53 zone.
GLOBAL = "global"

#: How sure a price is, surest first.
CONFIDENCE = {
    "A": "AWS Price List",
    "B": "a bill",
    "C": "a public table made from the price list",
    "D": "public tables written by hand, which agree",
    "E": "inferred, not verified",
    "user": "given by the user",
}
INFERRED = "E"


@dataclass(frozen=True)
class Price:
    """USD for one `unit` of what `key` names. `date` is when the source said so: 2026-09-11, or a month, 2026-10."""

    region: str
    key: str
    usd: Decimal
    unit: str
    source: str
    date: str
    confidence: str = "A"
    #: Of AWS's price list, where the price was read from it.
    sku: str = ""
    rate_code: str = ""
    offer_version: str = ""


@dataclass(frozen=True)
class Book:
    """`prices` by region, then by key. `origin` is the file, or what to call the book that is shipped."""

    prices: Mapping[str, Mapping[str, Price]] = field(default_factory=dict)
    origin: str = "the price book of this release"

    def price(self, region: str, key: str) -> Price | None:
        found = self.prices.get(region, {}).get(key)
        return found or self.prices.get(GLOBAL, {}).get(key)

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(sorted(region for region in self.prices if region != GLOBAL))
