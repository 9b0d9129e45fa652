# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure in USD that is said to be the cost of resources, or a price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from ..catalogue import unit_of
from ..scenario import Part, Usage
from ..span import always
from .bill import Bill
from .claim import HOUR, Claim
from .context import Context
from .figures import money_of
from .hypotheses import Quote
from .search import Match, Search
from .sentences import Words, difference
from .verdicts import NO_PRICE, ODD_HOURS, REPRODUCED, ROUNDED, UNEXPLAINED, WRONG_REGION, Judged


@dataclass(frozen=True)
class _OneOf:
    """A unit of a price, for an hour, so that a price is searched for like a cost by the hour."""

    key: str
    KIND: ClassVar[str] = "price"

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield Usage(self.key, self.key, always(hours), unit_of(self.key))


def judge_price(claim: Claim, context: Context) -> Iterator[Judged]:
    """Figures that are a price of the book."""
    if claim.price and claim.usd:
        bill = Bill((Part(claim.price, _OneOf(claim.price)),), context.book)
        asked = Claim(claim.name, usd=claim.usd, per=HOUR, region=claim.region)
        yield _judge(Search(bill, asked, claim.usd, claim.region, context.hours), unit_of(claim.price))


def judge_cost(claim: Claim, context: Context) -> Iterator[Judged]:
    """Figures that are what resources cost."""
    if claim.resources and claim.usd:
        bill = context.bill(claim.resources)
        yield _judge(Search(bill, claim, claim.usd, context.region(claim), context.hours), "")


def judge_nothing(claim: Claim, context: Context) -> Iterator[Judged]:
    """Figures with nothing to check them by."""
    if claim.usd and not (claim.resources or claim.price or claim.expression):
        says = f"{money_of(claim.usd)}: the claim has no resources and no operands, so there is nothing to check it by."
        yield Judged(NO_PRICE, f"{says} It is unknown, which is not 0.", {"usd": None})


def _judge(search: Search, unit: str) -> Judged:
    if search.bill.has_prices and not any(True for region in search.bill.regions()):
        return _without_price(search)
    found = search.found()
    match = found.match
    named = search.at(search.named)
    facts = {"reproduced_by": _facts(match), "named": _named_facts(search, named)}
    words = Words(search, unit)
    if match is None:
        return Judged(UNEXPLAINED, words.unexplained(named, found.chance), facts)
    says = f"{words.solved(match) if match.solved else words.given(match)}{words.elsewhere(match, named)}."
    return Judged(_verdict(search, match), says, facts)


def _verdict(search: Search, match: Match) -> str:
    if match.solved:
        return ODD_HOURS
    if search.named and match.asked.region not in ("", search.named):
        return WRONG_REGION
    return ROUNDED if match.rounding else REPRODUCED


def _without_price(search: Search) -> Judged:
    keys = ", ".join(search.bill.of().quantities)
    says = f"No region of {search.bill.book.origin} has all prices of {keys}: the cost is unknown, which is not 0."
    return Judged(NO_PRICE, says, {"reproduced_by": None, "named": _named_facts(search, None)})


def _facts(match: Match | None) -> Mapping[str, Any] | None:
    if match is None:
        return None
    asked = match.asked
    return {
        "region": asked.region,
        "also": list(match.also),
        "hours": asked.hours,
        "rounding": match.rounding,
        "usd": asked.cost.expected,
    }


def _named_facts(search: Search, named: Quote | None) -> Mapping[str, Any] | None:
    if not search.named:
        return None
    usd = named.cost.expected if named else None
    off = difference(search.printed, named.cost) if named else None
    return {"region": search.named, "usd": usd, "percent": off}
