# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a search, for people who know neither the book nor this code."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..amounts import digits, dollars
from ..span import Span
from .claim import HOUR, MONTH
from .figures import Figure, half_up, money_of, percent, signed
from .hypotheses import Quote, month_in_words
from .search import Match, Search


def difference(printed: Figure, cost: Span) -> Decimal | None:
    """How much more it really is, in percent; of a range, than its nearer end."""
    amount = cost.expected
    end = min(max(amount, printed.low), printed.high)
    return percent(amount, end) if end else None


@dataclass(frozen=True)
class Words:
    """Sentences for people who know neither the book nor this file."""

    search: Search
    unit: str

    def given(self, match: Match) -> str:
        """ "us-east-1's prices at 730 h give $54.06\" and what was rounded on the way."""
        asked = match.asked
        source = f"{asked.region}'s prices" if asked.region else "The given figures"
        said = f"{source}{self._also(match)}{self._period(asked)} give {self._amount(asked)}"
        if self.search.printed.is_range and asked.cost.low == asked.cost.high:
            said += f", which lies within {money_of(self.search.printed)}"
        return f"{said} ({match.rounding}: {money_of(self.search.printed)})" if match.rounding else said

    def solved(self, match: Match) -> str:
        """A month that there is none of."""
        asked = match.asked
        rate = digits(asked.rate.expected) if asked.rate else ""
        month = self.search.at(asked.region)
        usual = f"; at {digits(self.search.month)} h it is {dollars(month.cost.expected)}" if month else ""
        said = f"{money_of(self.search.printed)} at {asked.region}'s ${rate} an hour{self._also(match)}"
        hours = half_up(asked.hours, 1)
        return f"{said} takes {hours} h, and no month has {hours} h{usual}"

    def unexplained(self, named: Quote | None, chance: Match | None) -> str:
        """What it is instead."""
        printed = money_of(self.search.printed)
        if not self.search.bill.has_prices and named is not None:
            return f"The given figures give {self._amount(named)}{self._percent(named)}, not {printed}."
        said = f"No region of the book, month or rounding gives {printed}"
        if chance is not None:
            way = self.solved(chance) if chance.solved else self.given(chance)
            said = f"{printed} is not explained; {way}, which may be chance"
        return f"{said}{self._instead(named) if self.search.named else self._everywhere('')}."

    def elsewhere(self, match: Match, named: Quote | None) -> str:
        """What it is in the named region, or in the others where none is named."""
        if not match.asked.region or match.asked.region == self.search.named:
            return ""
        return self._instead(named) if self.search.named else self._everywhere(match.asked.region)

    def _instead(self, named: Quote | None) -> str:
        region = self.search.named
        if named is None:
            keys = ", ".join(self.search.bill.missing(region))
            return f"; {region}, which the claim names, has no price in the book for {keys}"
        amount = f"{self._amount(named)}{self._percent(named)}{self._period(named)}"
        return f"; in {region}, which the claim names, it is {amount}"

    def _everywhere(self, besides: str) -> str:
        """The cheapest and the dearest region."""
        asked = [self.search.at(region) for region in self.search.bill.regions()]
        found = sorted((each.cost.expected, each.region, each) for each in asked if each and each.region != besides)
        if not found:
            return ""
        ends = dict.fromkeys((found[0][1], found[-1][1]))
        amounts = {region: self._amount(each) for amount, region, each in found}
        listed = " to ".join(f"{amounts[region]} ({region})" for region in ends)
        return f"; the claim names no region, and elsewhere it is {listed}"

    def _also(self, match: Match) -> str:
        return f" (also {', '.join(match.also)})" if match.also else ""

    def _period(self, asked: Quote) -> str:
        if asked.per == HOUR or not asked.bill.has_prices:
            return ""
        hours = f"{digits(asked.hours)} h"
        if asked.per != MONTH:
            return f" for {hours}"
        return f" at {hours}" if asked.hours == self.search.month else f" at {hours} ({month_in_words(asked.hours)})"

    def _amount(self, asked: Quote) -> str:
        cost, decimals = asked.cost, self.search.printed.shown_decimals
        per = f" per {self.unit}" if self.unit else " an hour" if asked.per == HOUR else ""
        if decimals > 2 or asked.per == HOUR:
            return f"${digits(cost.expected)}{per}"
        if cost.low != cost.high and self.search.printed.is_range:
            return f"{dollars(cost.low, decimals)} to {dollars(cost.high, decimals)}"
        return dollars(cost.expected, decimals)

    def _percent(self, asked: Quote) -> str:
        off = difference(self.search.printed, asked.cost)
        if not off:
            return ""
        if not self.search.printed.is_range:
            return f" ({signed(off)})"
        return f" ({half_up(abs(off), 1)} % {'above its upper' if off > 0 else 'below its lower'} end)"
