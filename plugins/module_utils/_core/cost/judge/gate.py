# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a scenario fits a budget a month. What is not known never passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...findings import ERROR, WARNING, Finding
from ..amounts import dollars
from ..estimate import Estimate, Line
from ..span import EXPECTED, LEVELS

PASS, FAIL, INDETERMINATE = VERDICTS = ("pass", "fail", "indeterminate")
#: The gate that judges at the expected cost and stops no run.
NEVER = "none"
GATES = (*LEVELS, NEVER)
#: It passes, and its highest cost is over the budget.
OVER_AT_MOST = "over-budget-at-most"

_CENT = Decimal("0.01")
#: So many keys without a price are named; then they are counted.
_NAMED = 3


@dataclass(frozen=True)
class Verdict:
    """`verdict` is one of VERDICTS, or None where there is no budget. `over_by` is what a failed scenario misses by."""

    verdict: str | None
    sentence: str
    over_by: Decimal | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Judged:
    """An estimate and its verdict. `lacks` is what is required of every scenario and this one does not provide."""

    estimate: Estimate
    verdict: Verdict
    lacks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.estimate.scenario.name

    def cost(self, gate: str) -> Decimal:
        return self.estimate.total.at(level_of(gate))


def level_of(gate: str) -> str:
    """The level at which a gate judges."""
    return EXPECTED if gate == NEVER else gate


def stops(verdict: str | None, gate: str) -> bool:
    """Whether a run stops at this verdict. Without a budget, when there is no gate, nobody asks."""
    return gate != NEVER and verdict in (FAIL, INDETERMINATE)


def judge(
    estimate: Estimate,
    budget: Decimal | None,
    level: str,
    allow_unpriced: bool = False,
    doubts: Sequence[Finding] = (),
) -> Verdict:
    """`level` is one of GATES. Errors among `doubts`, findings about the prices, leave the verdict indeterminate."""
    name, cost = estimate.scenario.name, estimate.total.at(level_of(level))
    distrust = next((doubt for doubt in doubts if doubt.severity == ERROR), None)
    if distrust is not None:
        return Verdict(INDETERMINATE, f"{name} cannot be judged: {distrust.message}")
    if budget is None:
        return _without_budget(estimate, cost, level, allow_unpriced)
    figures = f"{dollars(cost)} of {dollars(budget)} a month ({level_of(level)})"
    if cost > budget and (allow_unpriced or _costs_at_least(estimate)):
        besides = f"; {_unpriced(estimate)}, which comes on top" if not estimate.complete else ""
        return Verdict(FAIL, f"{name} does not fit: {figures}, {_missed_by(cost - budget)}{besides}", cost - budget)
    if not (estimate.complete or allow_unpriced):
        return Verdict(INDETERMINATE, f"{name} cannot be judged: {_unpriced(estimate)}; what is priced is {figures}")
    besides = "" if estimate.complete else f" by what is priced; {_unpriced(estimate)}"
    return Verdict(PASS, f"{name} fits: {figures}{besides}", findings=_over_at_most(estimate, budget))


def overall(judged: Sequence[Judged], chosen: str | None = None, level: str = EXPECTED) -> Verdict:
    """One verdict for all scenarios: of the `chosen` one, or of the best that provides what is required."""
    if chosen is not None:
        return _of_chosen(judged, chosen)
    eligible = [one for one in judged if not one.lacks]
    if not eligible:
        return _none_eligible(judged)
    passing = [one for one in eligible if one.verdict.verdict == PASS]
    unjudged = [one for one in eligible if one.verdict.verdict == INDETERMINATE]
    ungated = [one for one in eligible if one.verdict.verdict is None]
    if passing or ungated:
        best = min(passing or ungated, key=lambda one: one.cost(level))
        return Verdict(best.verdict.verdict, best.verdict.sentence)
    if unjudged:
        return Verdict(INDETERMINATE, f"no scenario is known to fit: {unjudged[0].verdict.sentence}")
    # What has no price comes on top, so a complete scenario says more of the least that is missing.
    nearest = min(eligible, key=lambda one: (not one.estimate.complete, one.cost(level)))
    return Verdict(FAIL, f"no scenario fits; the cheapest: {nearest.verdict.sentence}", nearest.verdict.over_by)


def _of_chosen(judged: Sequence[Judged], chosen: str) -> Verdict:
    one = next((one for one in judged if one.name == chosen), None)
    if one is None:
        return Verdict(INDETERMINATE, f"no scenario is called '{chosen}'")
    if one.lacks and one.verdict.verdict == PASS:
        return Verdict(FAIL, f"{chosen} lacks {' and '.join(one.lacks)}; {one.verdict.sentence}")
    return Verdict(one.verdict.verdict, one.verdict.sentence, one.verdict.over_by)


def _none_eligible(judged: Sequence[Judged]) -> Verdict:
    if not judged:
        return Verdict(None, "there is no scenario to judge")
    missing = ", ".join(f"{one.name} lacks {' and '.join(one.lacks)}" for one in judged)
    gated = any(one.verdict.verdict in (PASS, FAIL) for one in judged)
    return Verdict(FAIL if gated else judged[0].verdict.verdict, f"no scenario provides what is required: {missing}")


def _without_budget(estimate: Estimate, cost: Decimal, level: str, allow_unpriced: bool) -> Verdict:
    says = f"{estimate.scenario.name} costs {dollars(cost)} a month ({level_of(level)})"
    if estimate.complete:
        return Verdict(None, f"{says}; there is no budget")
    says = f"{says} by what is priced; {_unpriced(estimate)}"
    return Verdict(None if allow_unpriced else INDETERMINATE, says)


def _costs_at_least(estimate: Estimate) -> bool:
    """Whether the total is a lower bound. A discount without a price could only lower it."""
    return not any(line.cost is None and _lowers(line) for line in estimate.lines)


def _lowers(line: Line) -> bool:
    return min(line.usage.quantity) < 0


def _unpriced(estimate: Estimate) -> str:
    keys = list(dict.fromkeys(line.usage.key for line in estimate.lines if line.cost is None))
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"no price for {', '.join(keys[:_NAMED])}{more} in {estimate.scenario.region}"


def _missed_by(over: Decimal) -> str:
    return f"{dollars(over)} too much" if over >= _CENT else "less than a cent too much"


def _over_at_most(estimate: Estimate, budget: Decimal) -> tuple[Finding, ...]:
    high = estimate.total.high
    if high <= budget:
        return ()
    message = f"found {dollars(high)} a month at most, expected no more than the budget of {dollars(budget)}"
    hint = "set gate: high, or a lower count_max, if that must not happen"
    return (Finding(OVER_AT_MOST, WARNING, f"scenarios[{estimate.scenario.name}]", message, hint),)
