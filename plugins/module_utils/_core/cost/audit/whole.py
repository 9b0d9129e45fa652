# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a figure leaves out, where the whole design is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..amounts import dollars
from ..scenario import Part
from .bill import Bill
from .claim import Claim
from .context import Context
from .figures import half_up, money_of


@dataclass(frozen=True)
class Whole:
    says: str
    left_out: tuple[str, ...]
    facts: Mapping[str, Any]


def whole(claim: Claim, context: Context) -> Whole | None:
    """What share of the design's cost the figure is; nothing where no design is given."""
    if not claim.full or claim.usd is None:
        return None
    parts, region = context.parts(claim.full), context.region(claim)
    bill = Bill(parts, context.book)
    if bill.has_prices and not region:
        return Whole("What the whole design costs depends on the region, and the claim names none.", (), {"usd": None})
    cost = bill.month(region, context.hours)
    beside = _beside(parts, context.parts(claim.resources))
    items = tuple(_priced(part, context, region) for part in beside)
    where = f" in {region}" if region else ""
    if cost is None:
        missing = ", ".join(bill.missing(region))
        says = f"What the whole design costs{where} is unknown: the book has no price for {missing}."
        return Whole(says, items, {"usd": None, "percent": None})
    share = claim.usd.middle / cost.expected * 100 if cost.expected else None
    facts = {"usd": cost.expected, "low": cost.low, "high": cost.high, "percent": share}
    told = f"{half_up(share, 0)} %" if share is not None else "part"
    says = f"{money_of(claim.usd)} is {told} of what the whole design costs{where}, {dollars(cost.expected)}."
    return Whole(says, items, facts)


def _beside(parts: tuple[Part, ...], claimed: tuple[Part, ...]) -> Iterator[Part]:
    """Those of the design that the claim does not have; another number of the same thing is no other thing."""
    left = [part.resource for part in claimed]
    called = {(part.label, part.resource.KIND) for part in claimed}
    for part in parts:
        if part.resource in left:
            left.remove(part.resource)
        elif (part.label, part.resource.KIND) not in called:
            yield part


def _priced(part: Part, context: Context, region: str) -> str:
    cost = Bill((part,), context.book).month(region, context.hours)
    return f"{part.label}: {dollars(cost.expected) if cost else 'no price in the book'}"
