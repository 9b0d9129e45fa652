# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region, hours and rounding give a printed figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..estimate import HOURS
from .bill import COPIED, Bill
from .claim import MONTH, Claim
from .figures import Figure
from .hypotheses import Quote, quote, rare_hours, roundings, usual_hours

#: No month has these hours, nor the hours between them but 730; beyond them a figure is not explained by hours.
_FEWEST, _MOST = Decimal(720), Decimal(744)


@dataclass(frozen=True)
class Match:
    """`also` are further regions that give the figure the same way. `solved`: the hours were found from the figure."""

    asked: Quote
    also: tuple[str, ...] = ()
    rounding: str = ""
    solved: bool = False


@dataclass(frozen=True)
class Found:
    """`chance` is a way that gives the figure and explains nothing."""

    match: Match | None
    chance: Match | None = None


@dataclass(frozen=True)
class Search:
    """`named` is the region of the claim, or nothing; `month` the hours of the user's month."""

    bill: Bill
    claim: Claim
    printed: Figure
    named: str
    month: Decimal

    @property
    def hours(self) -> Decimal:
        """What the claim is for, where it does not leave that open."""
        return usual_hours(self.claim, self.month)[0] if self.claim.per != MONTH else self.month

    def at(self, region: str) -> Quote | None:
        """What it is in a region, in the month that the user takes."""
        return quote(self.bill, region, self.claim.per, self.hours)

    def found(self) -> Found:
        """The most plausible way that is no coincidence, and before it the most plausible one that may be."""
        chance = None
        for match in self._ways():
            if not self._may_be_chance(match):
                return Found(match)
            chance = chance or match
        return Found(None, chance)

    def _may_be_chance(self, match: Match) -> bool:
        """Among so many regions, one is near any figure; exactly on it, or where documents copy from, is no chance."""
        elsewhere = bool(self.named) and match.asked.region not in ("", self.named, COPIED)
        return elsewhere and (match.solved or bool(match.rounding))

    def _ways(self) -> Iterator[Match]:
        """The named region, then the others; and usual months, then February, then hours that no month has."""
        regions = list(self.bill.regions()) if self.bill.has_prices else [""]
        named = [region for region in regions if region == self.named]
        others = [region for region in regions if region != self.named]
        for months in (usual_hours(self.claim, self.month), rare_hours(self.claim)):
            yield from self._given(named, others, months)
            yield from self._given(others, (), months)
        yield from self._solved(named)
        yield from self._solved(others)

    def _given(self, regions: Sequence[str], others: Sequence[str], months: Sequence[Decimal]) -> Iterator[Match]:
        """`others` are told where they give the same."""
        ways = roundings(self.bill)
        for hours in months if regions else ():
            quotes = self._quotes([*regions, *others], hours)
            for way in ways:
                given = [asked for asked in quotes if way.gives(asked, self.printed)]
                if given and given[0].region in regions:
                    also = tuple(asked.region for asked in given[1:])
                    yield Match(given[0], also, way.words(given[0]))

    def _quotes(self, regions: Sequence[str], hours: Decimal) -> list[Quote]:
        asked = (quote(self.bill, region, self.claim.per, hours) for region in regions)
        return [each for each in asked if each is not None]

    def _solved(self, regions: Sequence[str]) -> Iterator[Match]:
        """The regions whose rate needs hours near those of a month; the nearest to 730 first."""
        if self.claim.per != MONTH or self.printed.is_range or not self.bill.is_hourly:
            return
        found = [(hours, region) for region in regions for hours in self._hours(region)]
        for hours, region in sorted(found, key=lambda pair: abs(pair[0] - HOURS)):
            asked = quote(self.bill, region, MONTH, hours)
            if asked is not None:
                also = tuple(other for same, other in found if same == hours and other != region)
                yield Match(asked, also, solved=True)

    def _hours(self, region: str) -> Iterator[Decimal]:
        cost = self.bill.month(region)
        hours = hours_of(self.printed.low, cost.expected / HOURS) if cost is not None else None
        if hours is not None and _FEWEST < hours < _MOST:
            yield hours


def hours_of(amount: Decimal, rate: Decimal) -> Decimal | None:
    return amount / rate if rate else None
