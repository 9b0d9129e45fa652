# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long money lasts: a budget and credits, over phases, from a day on.

It is worked out for each level, so that `low` is how long it lasts at the low cost, which is the longest. A phase's
setup is spent when it starts. Credits are spent before the budget, and what expires is lost. Where the money does not
reach for a setup, it ends there, and what there was is spent. A month costs the same whatever number of days it has;
`calendar` says what a month is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

from ..amounts import dollars
from ..span import EXPECTED, HIGH, LEVELS, LOW, ZERO, Span, always, total
from .calendar import date_after
from .credits import Credit
from .phases import Phase
from .purse import Held, Purse

ENDS = "ends"  # the money does, within a phase
REACHES = "reaches"  # to the end of the last phase
FOREVER = "forever"  # the last phase has no end and costs nothing
UNKNOWN = "unknown"  # what a phase costs is not known in full
OUTCOMES = (ENDS, REACHES, FOREVER, UNKNOWN)


@dataclass(frozen=True)
class CreditUse:
    """What becomes of a credit until the money or the last phase ends: `lost` has expired, `left` has not."""

    name: str
    used: Decimal
    lost: Decimal
    left: Decimal


@dataclass(frozen=True)
class Lasts:
    """How long the money lasts at one level.

    `months` and `whole_months` are None where it lasts forever or nobody knows. `ends_on` is the first day that is not
    paid for in full, in the phase `ends_in`. `spent` is of the budget. `left` and `missing` are of the budget, too, at
    the end of the last phase, and None where it has no end.
    """

    outcome: str
    says: str
    months: Decimal | None = None
    whole_months: int | None = None
    ends_on: date | None = None
    ends_in: str = ""
    spent: Decimal | None = None
    left: Decimal | None = None
    missing: Decimal | None = None
    credits: tuple[CreditUse, ...] = ()


@dataclass(frozen=True)
class Planned:
    """A phase as it is planned, whether the money reaches it or not: `usd` in all, setup included.

    What has no end has no `until`, no `months` and no `usd`. `until` is the first day after it.
    """

    name: str
    scenario: str
    since: date | None
    until: date | None
    months: Decimal | None
    setup_usd: Decimal
    usd: Span | None


@dataclass(frozen=True)
class Runway:
    """`planned_usd` is what all phases cost, and None where one has no end or no known cost."""

    budget_usd: Decimal
    start: date
    low: Lasts
    expected: Lasts
    high: Lasts
    phases: tuple[Planned, ...]
    planned_usd: Span | None

    def at(self, level: str) -> Lasts:
        """At one of the LEVELS."""
        return {LOW: self.low, EXPECTED: self.expected, HIGH: self.high}[level]


def runway(budget_usd_total: Decimal, phases: Sequence[Phase], credits: Sequence[Credit], start: date) -> Runway:
    """How long the budget lasts. There is at least one phase, and only the last may be without end."""
    table = tuple(_planned(phases, start))
    costs = [phase.usd for phase in table]
    low, expected, high = (_lasts(budget_usd_total, phases, credits, start, level) for level in LEVELS)
    planned_usd = None if None in costs else total(usd for usd in costs if usd is not None)
    return Runway(budget_usd_total, start, low, expected, high, table, planned_usd)


def _lasts(budget: Decimal, phases: Sequence[Phase], credits: Sequence[Credit], start: date, level: str) -> Lasts:
    purse = Purse(Fraction(budget), credits, start)
    outcome, phase = _spend(purse, phases, level)
    if outcome == UNKNOWN:
        return Lasts(UNKNOWN, f"unknown: {phase} has no complete cost")
    spent, uses = _exact(purse.spent), tuple(_use(held, purse.moment) for held in purse.held)
    if outcome == FOREVER:
        return Lasts(FOREVER, f"without end: {phase} costs nothing", spent=spent, credits=uses)
    ends_on = date_after(start, purse.moment)
    left, missing = _balance(budget, phases, credits, start, level)
    months = _exact(purse.moment)
    when = f"until {ends_on}" if ends_on else "until after the year 9999"
    besides = f", in {phase}" if len(phases) > 1 else ""
    if outcome == REACHES:
        besides = f", all of the plan; {dollars(left or ZERO)} is left"
    elif missing is not None:
        besides += f"; {dollars(missing)} is missing to the end of the plan"
    says = f"{_rounded(months)} months, {when}{besides}"
    whole = floor(purse.moment)
    return Lasts(outcome, says, months, whole, ends_on, phase, spent, left, missing, uses)


def _spend(purse: Purse, phases: Sequence[Phase], level: str) -> tuple[str, str]:
    """How it ends, and the phase in which it does."""
    name = ""
    for phase in phases:
        name = phase.name
        if phase.cost is None:
            return UNKNOWN, name
        per_month = Fraction(_payable(phase.cost).at(level))
        if not purse.pay(Fraction(phase.setup_usd)):
            return ENDS, name
        if phase.months is None and not per_month:
            return FOREVER, name
        if not purse.pay_evenly(per_month, None if phase.months is None else purse.moment + Fraction(phase.months)):
            return ENDS, name
    return REACHES, name


def _balance(
    budget: Decimal, phases: Sequence[Phase], credits: Sequence[Credit], start: date, level: str
) -> tuple[Decimal | None, Decimal | None]:
    """What is left of the budget at the end of the last phase, and what is missing."""
    if any(phase.months is None for phase in phases):
        return None, None
    purse = Purse(None, credits, start)
    outcome, _name = _spend(purse, phases, level)
    if outcome != REACHES:
        return None, None
    balance = Fraction(budget) - purse.spent
    return _exact(max(balance, Fraction(0))), _exact(max(-balance, Fraction(0)))


def _use(held: Held, moment: Fraction) -> CreditUse:
    rest, expired = _exact(held.left), held.expired_at(moment)
    used = _exact(Fraction(held.credit.usd) - held.left)
    return CreditUse(held.credit.name, used, rest if expired else ZERO, ZERO if expired else rest)


def _planned(phases: Sequence[Phase], start: date) -> Iterator[Planned]:
    moment = Fraction(0)
    for phase in phases:
        since, until, usd = date_after(start, moment), None, None
        if phase.months is not None:
            moment += Fraction(phase.months)
            until = date_after(start, moment)
        if phase.months is not None and phase.cost is not None:
            usd = _payable(phase.cost).times(phase.months).plus(always(phase.setup_usd))
        yield Planned(phase.name, phase.scenario, since, until, phase.months, phase.setup_usd, usd)


def _payable(cost: Span) -> Span:
    """What discounts turn below nothing is no income."""
    return Span(*(max(usd, ZERO) for usd in cost))


def _exact(number: Fraction) -> Decimal:
    """As many digits as Decimal has; Fraction has them all."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def _rounded(months: Decimal) -> str:
    return f"{months.quantize(Decimal('0.01'), ROUND_HALF_UP):,}" if months < 10_000 else "more than 10,000"
