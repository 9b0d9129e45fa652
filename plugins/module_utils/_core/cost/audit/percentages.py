# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures in percent: how much dearer than something else, or how much cheaper with a discount."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ..amounts import digits, dollars
from ..price import Book
from .bill import COPIED, Bill
from .claim import SPOT, Claim
from .context import Context
from .figures import Figure, half_up, percent, signed
from .verdicts import CEILING, NO_PRICE, REPRODUCED, UNEXPLAINED, WRONG_REGION, Judged

#: What may be bought, by the beginning of its prices' keys, and which prices it stands for.
_SPOT_PRICES = {"fargate_spot.": "Spot"}
_PLANS = {
    "savings_plan.1y_no_upfront.": "a Savings Plan of 1 year, nothing upfront,",
    "savings_plan.3y_no_upfront.": "a Savings Plan of 3 years, nothing upfront,",
    "savings_plan.3y_all_upfront.": "a Savings Plan of 3 years, all upfront,",
}


def _holds(printed: Figure, off: Decimal) -> bool:
    """To the decimals that were printed; a range holds what lies within it."""
    return printed.holds(half_up(off, printed.decimals))


def _printed(figure: Figure) -> str:
    return f"{digits(figure.low)} to {digits(figure.high)} %" if figure.is_range else f"{digits(figure.low)} %"


def judge_than(claim: Claim, context: Context) -> Iterator[Judged]:
    """ "20 to 30 % dearer than EC2\"."""
    if not claim.than or claim.percent is None:
        return
    bill, other = context.bill(claim.resources), context.bill(claim.than)
    found = {}
    for region in _shared(bill, other):
        one, two = bill.month(region, context.hours), other.month(region, context.hours)
        if one is not None and two is not None and two.expected:
            found[region] = percent(one.expected, two.expected)
    named = context.region(claim)
    facts = {"regions": dict(found), "named": {"region": named, "percent": found.get(named)} if named else None}
    holds = [region for region, off in found.items() if _holds(claim.percent, off)]
    says = _told(found, named, holds)
    if not found:
        says = "No region of the book has the prices of both sides: unknown, which is not 0."
        yield Judged(NO_PRICE, says, facts)
    elif named in holds or (holds and not named):
        yield Judged(REPRODUCED, f"{says}; {_printed(claim.percent)} is printed.", facts)
    else:
        yield Judged(WRONG_REGION if holds else UNEXPLAINED, f"{says}; {_printed(claim.percent)} is printed.", facts)


def _shared(bill: Bill, other: Bill) -> list[str]:
    """Regions that have the prices of both."""
    if not bill.has_prices and not other.has_prices:
        return ["any region"]
    both = other.regions() if other.has_prices else bill.regions()
    return [region for region in both if not bill.missing(region)]


def _told(found: dict[str, Decimal], named: str, holds: list[str]) -> str:
    """The named region, one that documents copy or that holds, and how far the others are apart."""
    first = dict.fromkeys(region for region in (named, COPIED, *holds[:1]) if region in found)
    told = [f"{signed(found[region])} in {region}" for region in first]
    others = sorted((off, region) for region, off in found.items() if region not in first)
    ends = dict.fromkeys(f"{signed(off)} ({region})" for off, region in (others[:1] + others[-1:]))
    told += [f"elsewhere {' to '.join(ends)}"] if ends else []
    return f"It is {', '.join(told)}"


def _capital(says: str) -> str:
    return f"{says[:1].upper()}{says[1:]}"


class _Offer(NamedTuple):
    """What one thing to buy takes off `of` some prices in a region; `usd` is nothing where it has not all of them."""

    what: str
    region: str
    percent: Decimal
    usd: Decimal | None
    of: tuple[str, ...]

    @property
    def says(self) -> str:
        left = f", which leaves {dollars(self.usd)}" if self.usd is not None else f" (of {', '.join(self.of)} alone)"
        return f"{self.what} takes off {half_up(self.percent, 1)} % in {self.region}{left}"


def judge_discount(claim: Claim, context: Context) -> Iterator[Judged]:
    """ "up to 70 % off with Spot\"."""
    if not claim.discount or claim.percent is None:
        return
    bill, named = context.bill(claim.resources), context.region(claim)
    sold = _SPOT_PRICES if claim.discount == SPOT else _PLANS
    found = [
        offer
        for region in bill.regions()
        for prefix, what in sold.items()
        for offer in _offer(bill, context.book, region, prefix, what, context.hours)
    ]
    facts = {"offers": [offer._asdict() for offer in found]}
    here = [offer for offer in found if offer.region == named] if named else found
    elsewhere = [offer for offer in found if offer not in here]
    told = [offer.says for offer in here] or [f"the book has no such price in {named}"]
    told += [offer.says for offer in elsewhere] if not here else []
    says = f"{_capital('; '.join(told))}."
    if not found:
        yield Judged(NO_PRICE, "The book has no such prices in any region: unknown, which is not 0.", facts)
    elif any(_holds(claim.percent, offer.percent) for offer in here):
        yield Judged(REPRODUCED, says, facts)
    else:
        yield Judged(CEILING, f"{says} {_printed(claim.percent)} is an upper limit, not a rate.", facts)


def _offer(bill: Bill, book: Book, region: str, prefix: str, what: str, hours: Decimal) -> Iterator[_Offer]:
    """Of the prices that there is one for, how much cheaper they are together."""
    dear = cheap = rest = Decimal(0)
    of = []
    for key, quantity in bill.of(hours).quantities.items():
        price = book.price(region, key)
        other = book.price(region, _offered(key, prefix))
        amount = quantity.expected * price.usd if price else Decimal(0)
        if other is None:
            rest += amount
        else:
            of.append(key)
            dear += amount
            cheap += quantity.expected * other.usd
    if dear:
        yield _Offer(what, region, (1 - cheap / dear) * 100, None if rest else cheap, tuple(of))


def _offered(key: str, prefix: str) -> str:
    return f"{prefix}{key.partition('.')[2]}" if prefix.startswith("fargate_spot") else f"{prefix}{key}"
