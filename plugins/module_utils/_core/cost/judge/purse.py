# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Money that is spent over time: credits, and a budget after them.

Time is counted in months from the start, as a Fraction, and money as one, so that nothing is ever rounded. Between two
moments at which something changes, money is spent evenly; so it goes from one such moment to the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .calendar import months_until
from .credits import Credit


@dataclass
class Held:
    """A credit within its time, from `start` to `end`, and what is left of it."""

    credit: Credit
    start: Fraction
    end: Fraction | None
    left: Fraction

    def pays_at(self, moment: Fraction) -> bool:
        return self.left > 0 and self.start <= moment and not self.expired_at(moment)

    def expired_at(self, moment: Fraction) -> bool:
        return self.end is not None and self.end <= moment


def _held(credit: Credit, start: date) -> Held:
    since = months_until(start, credit.since) if credit.since else Fraction(0)
    end = months_until(start, credit.until + timedelta(days=1)) if credit.until else None
    return Held(credit, since, end, Fraction(credit.usd))


class Purse:
    """Without a `budget` it never runs dry; `spent` is then what a budget would have had to be."""

    def __init__(self, budget: Fraction | None, credits: Iterable[Credit], start: date) -> None:
        self.budget = budget
        self.spent = Fraction(0)
        self.moment = Fraction(0)
        # Those that expire first are used first; those that never do, last.
        self.held = [_held(credit, start) for credit in credits]
        self._in_order = sorted(self.held, key=lambda held: (held.end is None, held.end or 0))

    def pay(self, amount: Fraction) -> bool:
        """Pay at once. Where there is too little, all of it is spent, and the answer is False."""
        for held in self._in_order:
            if held.pays_at(self.moment):
                part = min(amount, held.left)
                held.left -= part
                amount -= part
        paid = amount if self.budget is None else min(amount, self.budget - self.spent)
        self.spent += paid
        return paid == amount

    def pay_evenly(self, per_month: Fraction, until: Fraction | None) -> bool:
        """Pay until a moment, or for as long as there is money. False says that it ran out before."""
        while until is None or self.moment < until:
            held = next((held for held in self._in_order if held.pays_at(self.moment)), None)
            following = self._next_change(held, per_month, until)
            amount = (following - self.moment) * per_month
            if held is not None:
                held.left -= amount
            elif per_month and following == self.moment:
                return False
            else:
                self.spent += amount
            self.moment = following
        return True

    def _next_change(self, held: Held | None, per_month: Fraction, until: Fraction | None) -> Fraction:
        """When a phase ends, a credit starts or expires, or what pays now is used up."""
        moments = [other.start for other in self.held if other.left and other.start > self.moment]
        moments += [] if until is None else [until]
        if held is not None:
            moments += [] if held.end is None else [held.end]
            moments += [self.moment + held.left / per_month] if per_month else []
        elif self.budget is not None and per_month:
            moments.append(self.moment + (self.budget - self.spent) / per_month)
        return min(moments)
