# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of claims: each is looked at in every way that it allows, and the worst is its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..amounts import digits
from ..estimate import HOURS
from ..kinds.left_out import left_out
from ..price import Book
from ..scenario import Scenario
from .arithmetic import judge_arithmetic
from .claim import MONTH, Claim
from .context import Context
from .fairness import judge_fairness
from .figures import Figure, money_of
from .percentages import judge_discount, judge_than
from .priced import judge_cost, judge_nothing, judge_price
from .specs import judge_spec
from .verdicts import NO_PRICE, Judged, worst
from .whole import Whole, whole

_WAYS: tuple[Callable[[Claim, Context], Iterator[Judged]], ...] = (
    judge_spec,
    judge_price,
    judge_cost,
    judge_than,
    judge_discount,
    judge_arithmetic,
    judge_fairness,
    judge_nothing,
)


@dataclass(frozen=True)
class Audited:
    """`facts` has, by the way that the claim was looked at, what was found: amounts are exact, unknown ones None."""

    name: str
    printed: str
    verdict: str
    says: str
    left_out: tuple[str, ...]
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For a result. Amounts are still Decimal."""
        said = {"name": self.name, "printed": self.printed, "verdict": self.verdict, "says": self.says}
        return {**said, "reproduced_by": None, **self.facts, "left_out": list(self.left_out)}


def audit(
    claims: Sequence[Claim], book: Book, scenarios: Mapping[str, Scenario] | None = None, hours: Decimal = HOURS
) -> tuple[Audited, ...]:
    """What is to be said of each claim. `scenarios` are those that claims speak of; `hours` is the user's month."""
    context = Context(book, {claim.name: claim for claim in claims}, scenarios or {}, hours)
    return tuple(_audited(claim, context) for claim in claims)


def _audited(claim: Claim, context: Context) -> Audited:
    strange = [name for key, name in claim.scenarios if name not in context.scenarios]
    if strange:
        nobody = f"No scenario is called '{strange[0]}', so there is nothing to check the figure by."
        return Audited(claim.name, _printed(claim), NO_PRICE, nobody, (), {})
    judged = [each for way in _WAYS for each in way(claim, context)]
    design = whole(claim, context)
    facts: dict[str, Any] = {key: value for each in judged for key, value in each.facts.items()}
    says = [each.says for each in judged]
    if design:
        facts["full"] = design.facts
        says.append(design.says)
    return Audited(claim.name, _printed(claim), worst(judged), " ".join(says), _left_out(claim, context, design), facts)


def _left_out(claim: Claim, context: Context, design: Whole | None) -> tuple[str, ...]:
    """What the whole design has beside it, or else what such resources cannot run without."""
    if design:
        return design.left_out
    if not claim.resources or claim.usd is None or claim.per != MONTH:
        return ()
    return tuple(left_out(part.resource for part in context.parts(claim.resources)))


def _printed(claim: Claim) -> str:
    if claim.usd:
        return money_of(claim.usd)
    return f"{_range(claim.months)} months" if claim.months else f"{_range(claim.percent)} %" if claim.percent else ""


def _range(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{digits(figure.low)} to {digits(figure.high)}" if figure.is_range else digits(figure.low)
