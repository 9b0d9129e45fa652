# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compute Savings Plan: a commitment to pay for Fargate for years, at rates of its own.

It is paid in every hour, used or not. So by default it covers what always runs, and what it covers beyond that and
does not run is a line of its own. The rates are those of the price book: "up to 50 % off" is not a rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from ...findings import ERROR, INFO, Finding
from ...options.schema import Check, Key, Value, read
from ...options.values import matching, number
from ...rule import Problem
from ..amounts import digits
from ..catalogue import PLANS, unit_of
from ..estimate import Line
from ..price import INFERRED, Book, Price
from ..scenario import Part, Usage
from ..span import EXPECTED, LOW, Span, total

RULE = "commitment"
NOT_COVERED = "commitment-not-covered"
NO_UPFRONT, ALL_UPFRONT = "no_upfront", "all_upfront"

#: Fargate on demand; Spot is not covered, nor is storage.
COVERED = {
    f"fargate.{architecture}.{unit}": f"Fargate {name} {word}"
    for architecture, name in (("x86", "x86"), ("arm", "ARM"))
    for unit, word in (("vcpu_hour", "vCPU"), ("gb_hour", "memory"))
}
_ONE_OR_THREE = number(1, 3)


def _term(value: Any) -> int:
    years: int = _ONE_OR_THREE.convert(value)
    if years not in (1, 3):
        raise ValueError
    return years


def _rate_is_known(commitment: Commitment) -> Iterator[Problem]:
    """A plan that is paid at the start runs for 3 years."""
    if commitment.payment == ALL_UPFRONT and commitment.term_years == 1:
        yield "payment", "found all_upfront with a term of 1 year, expected no_upfront or 3 years", "no rates are kept"


@dataclass(frozen=True)
class Commitment:
    """A Savings Plan: so much is paid for in every hour, at a lower price, whether it runs or not."""

    # It is also what the lines of the plan belong to, and uses nothing itself.

    plan: str = "compute_savings_plan"
    term_years: int = 1
    payment: str = NO_UPFRONT
    covers: str = LOW
    KIND: ClassVar[str] = "savings_plan"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "plan": Key(
            matching("compute_savings_plan", "compute_savings_plan"),
            "What is committed to. Other plans do not cover Fargate.",
            {"plan": "compute_savings_plan"},
        ),
        "term_years": Key(Value("1 or 3", _term), "For how many years.", {"term_years": 3}),
        "payment": Key(
            matching("no_upfront|all_upfront", "no_upfront or all_upfront"),
            "Whether it is paid month by month or at the start. The report spreads it over the months.",
            {"term_years": 3, "payment": "all_upfront"},
        ),
        "covers": Key(
            matching("low|expected", "low or expected"),
            "How much is committed to: what always runs, or what is expected to run on average.",
            {"covers": "expected"},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("term_years", "payment"), _rate_is_known),)

    @property
    def terms(self) -> str:
        """As keys of prices name them."""
        return f"{self.term_years}y_{self.payment}"

    @property
    def words(self) -> str:
        return PLANS[self.terms]

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        return iter(())


def read_commitment(value: Any, path: str) -> tuple[Commitment | None, list[Finding]]:
    return (None, []) if value is None else read(Commitment, value, path, RULE)


@dataclass(frozen=True)
class SavingsPlan:
    """The adjustment that a commitment is."""

    commitment: Commitment
    book: Book

    def __call__(self, lines: Sequence[Line], region: str) -> Iterable[Line]:
        for key, name in COVERED.items():
            covered = [line for line in lines if line.usage.key == key and _always_runs(line)]
            if covered:
                yield from self._lines(key, name, covered, region)

    def _lines(self, key: str, name: str, covered: Sequence[Line], region: str) -> Iterator[Line]:
        used = total(line.usage.quantity for line in covered)
        committed = used.at(self.commitment.covers)
        rate_key = f"savings_plan.{self.commitment.terms}.{key}"
        rate, on_demand = self.book.price(region, rate_key), covered[0].price
        discounted = Span(*(-min(quantity, committed) for quantity in used))
        formula = f"{digits(committed)} {unit_of(rate_key)}s committed"
        if rate is None:
            usage = Usage(f"Savings Plan for {name}", rate_key, discounted, formula)
            yield Line(self._part(), usage, None, None)
        elif on_demand is not None and any(discounted):
            saving = _saving(on_demand, rate)
            formula = f"{formula}, each ${digits(on_demand.usd)} - ${digits(rate.usd)} cheaper"
            usage = Usage(f"Savings Plan for {name}", rate_key, discounted, formula)
            yield Line(self._part(), usage, saving, discounted.times(saving.usd))
            yield from self._unused(name, used, committed, rate)

    def _unused(self, name: str, used: Span, committed: Decimal, rate: Price) -> Iterator[Line]:
        """What is paid for and does not run."""
        idle = Span(*(max(committed - quantity, Decimal(0)) for quantity in used))
        if any(idle):
            usage = Usage(f"unused Savings Plan for {name}", rate.key, idle, "committed to, and not running")
            yield Line(self._part(), usage, rate, idle.times(rate.usd))

    def _part(self) -> Part:
        said = {
            LOW: f"a commitment of {self.commitment.words}, to what always runs",
            EXPECTED: f"a commitment of {self.commitment.words}, to what runs on average, as if it always ran",
        }[self.commitment.covers]
        share = "" if self.commitment.payment == NO_UPFRONT else "; paid at the start, shown by the month"
        return Part("Savings Plan", self.commitment, f"{said}{share}")


def not_covered(lines: Iterable[Line], path: str = "commitment") -> list[Finding]:
    """What a commitment leaves at the price on demand, one finding for each reason."""
    reasons: dict[str, dict[str, None]] = {}
    for line in lines:
        reason = _why_not(line)
        if reason:
            reasons.setdefault(reason, {})[line.part.label] = None
    return [
        Finding(NOT_COVERED, INFO, path, f"found {', '.join(labels)}, expected at the price on demand: {reason}")
        for reason, labels in reasons.items()
    ]


def _why_not(line: Line) -> str:
    if line.usage.key.startswith("ec2."):
        return "a Compute Savings Plan covers EC2, and the price book has no rates for it"
    if line.usage.key.startswith("fargate.windows."):
        return "the price book has no Savings Plan rates for Windows"
    if line.usage.key in COVERED and not _always_runs(line):
        return "a plan is paid every hour, and this runs in some hours only"
    return ""


def _always_runs(line: Line) -> bool:
    """Whether a task runs in all hours of the month. One with `hours` of its own leaves a plan unused in the others."""
    return getattr(line.part.resource, "hours", None) is None


def _saving(on_demand: Price, rate: Price) -> Price:
    """What a unit is cheaper by. It is as sure as the less sure of both prices."""
    inferred = INFERRED in (on_demand.confidence, rate.confidence)
    return replace(rate, usd=on_demand.usd - rate.usd, confidence=INFERRED if inferred else rate.confidence)
