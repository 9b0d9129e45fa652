# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a printed figure may have been made: the hours of a month, and where it was rounded. Most plausible first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..amounts import digits, dollars
from ..estimate import HOURS
from ..span import EXPECTED, HIGH, LOW, ZERO, Span
from .bill import Bill
from .claim import HOUR, MONTH, Claim
from .figures import Figure, half_up, truncated

#: The hours of months, and what they are.
MONTHS: Mapping[Decimal, str] = {
    HOURS: "a twelfth of a year",
    Decimal(720): "30 days",
    Decimal(744): "31 days",
}
#: Those of February, which nobody takes for a month without saying so.
RARE_MONTHS: Mapping[Decimal, str] = {Decimal(672): "28 days", Decimal(696): "29 days"}
_Round = Callable[[Decimal, int], Decimal]
_WAYS: Mapping[str, _Round] = {"rounded": half_up, "truncated": truncated}
#: Decimals that hourly rates are printed with.
_RATE_DECIMALS = (5, 4)


@dataclass(frozen=True)
class Quote:
    """What a bill costs in a region for some hours: of a month, or of what else the claim is for."""

    bill: Bill
    region: str
    per: str
    hours: Decimal
    cost: Span
    rate: Span | None

    def units(self) -> Iterator[tuple[int, Span]]:
        for count, amounts in self.bill.units(self.hours) if self.per == MONTH else ():
            cost = amounts.cost(self.bill.book, self.region)
            if cost is not None:
                yield count, cost


def quote(bill: Bill, region: str, per: str, hours: Decimal) -> Quote | None:
    """Nothing where a price is missing."""
    cost = bill.month(region, hours if per == MONTH else HOURS)
    if cost is None:
        return None
    if per != MONTH:
        cost = Span(*(amount * hours / HOURS for amount in cost))
    rate = Span(*(amount / hours for amount in cost)) if bill.is_hourly else None
    return Quote(bill, region, per, hours, cost, rate)


def usual_hours(claim: Claim, month: Decimal) -> list[Decimal]:
    """The hours to try: what the claim says, what the user takes for a month, and months as they are."""
    if claim.per == HOUR:
        return [Decimal(1)]
    if claim.per != MONTH and claim.hours is not None:
        return [claim.hours]
    said = [claim.hours] if claim.hours is not None else []
    return list(dict.fromkeys([*said, month, *MONTHS]))


def rare_hours(claim: Claim) -> list[Decimal]:
    return [*RARE_MONTHS] if claim.per == MONTH else []


def month_in_words(hours: Decimal) -> str:
    return {**MONTHS, **RARE_MONTHS}.get(hours, "as the claim says")


@dataclass(frozen=True)
class Rounding:
    """`before` gives the amount with roundings on the way, `after` is the last rounding; None means: not this way."""

    before: Callable[[Quote, str], Decimal | None]
    after: Callable[[Decimal, Figure], Decimal | None]
    words: Callable[[Quote], str]

    def gives(self, asked: Quote, printed: Figure) -> bool:
        """Whether it makes the printed figure of the cost."""
        if not printed.is_range:
            return self._end(asked, EXPECTED, printed) == printed.low
        if asked.cost.low == asked.cost.high:
            return printed.holds(asked.cost.expected)
        return (self._end(asked, LOW, printed), self._end(asked, HIGH, printed)) == (printed.low, printed.high)

    def _end(self, asked: Quote, level: str, printed: Figure) -> Decimal | None:
        amount = self.before(asked, level)
        return None if amount is None else self.after(amount, printed)


def roundings(bill: Bill) -> Sequence[Rounding]:
    """All ways of rounding, most plausible first."""
    rates = (
        [_rate(pieces, decimals, way) for pieces in bill.pieces for way in _WAYS for decimals in _RATE_DECIMALS]
        if bill.is_hourly
        else []
    )
    return [*_LAST, *rates, *(_unit(way, decimals) for decimals in (0, 2) for way in _WAYS)]


def _as_it_is(asked: Quote, level: str) -> Decimal | None:
    return asked.cost.at(level)


def _to_shown(way: _Round) -> Callable[[Decimal, Figure], Decimal | None]:
    """Nothing small is taken for a printed $0."""
    return lambda amount, printed: way(amount, printed.shown_decimals) if printed.high or not amount else None


def _to_dollars(way: _Round) -> Callable[[Decimal, Figure], Decimal | None]:
    """Only where whole dollars were printed; and never to $0, which anything small would be."""
    return lambda amount, printed: way(amount, 0) if not printed.decimals and printed.low >= 1 else None


def _last(after: Callable[[Decimal, Figure], Decimal | None], words: str) -> Rounding:
    return Rounding(_as_it_is, after, lambda asked: words)


#: Without any rounding on the way. The first of them is how money is shown, and is not worth a word.
_LAST = (
    _last(_to_shown(half_up), ""),
    _last(_to_dollars(half_up), "rounded to whole dollars"),
    _last(_to_shown(truncated), "cut off and not rounded"),
    _last(_to_dollars(truncated), "cut off to whole dollars"),
)


def _rate(pieces: Decimal, decimals: int, way: str) -> Rounding:
    """The hourly rate, of each of so many pieces, rounded before it was multiplied."""

    def before(asked: Quote, level: str) -> Decimal | None:
        if asked.rate is None:
            return None
        return _WAYS[way](asked.rate.at(level) / pieces, decimals) * pieces * asked.hours

    def words(asked: Quote) -> str:
        rate = asked.rate.expected / pieces if asked.rate else ZERO
        rounded = f"{way} to {dollars(_WAYS[way](rate, decimals), decimals)} first"
        if pieces == 1:
            return f"${digits(rate)} an hour {rounded}"
        return f"{digits(pieces)} times ${digits(rate)} an hour, each {rounded}"

    return Rounding(before, _to_shown(half_up), words)


def _unit(way: str, decimals: int) -> Rounding:
    """The month of one of each resource, rounded before it was multiplied and added up."""

    def before(asked: Quote, level: str) -> Decimal | None:
        units = list(asked.units())
        return sum((count * _WAYS[way](cost.at(level), decimals) for count, cost in units), ZERO) if units else None

    to = "cents" if decimals else "whole dollars"
    return Rounding(before, _to_shown(half_up), lambda asked: f"the month of each resource {way} to {to} first")
