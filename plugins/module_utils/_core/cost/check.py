# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cost_check from its options to its result: the whole way in one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..findings import INFO, Finding, worst_first
from .adjust.commitment import SavingsPlan, not_covered
from .adjust.free_tier import free_tier
from .answer import Answer, Answered
from .audit.audit import audit
from .book import parse_book, shipped
from .compare import came_and_went, compare
from .estimate import Adjustment, Estimate, Estimator
from .judge.break_even import IMPOSSIBLE, BreakEvens, Cost, break_evens
from .judge.constraints import choose, lacks
from .judge.edits import EditSet, edits
from .judge.gate import FAIL, Judged, Verdict, judge, overall
from .judge.phases import planned, without_end
from .judge.rightsizing import unpriced_options
from .judge.runway import Runway, runway
from .judge.runway_findings import runway_findings
from .judge.staleness import ages
from .kinds.fargate import FargateTask
from .kinds.left_out import left_out
from .overrides import with_overrides
from .price import Book
from .request import CostError, Request, read_request
from .result import result
from .scenario import Scenario
from .scenarios import Builder, Load, Wished


@dataclass(frozen=True)
class OwnBook:
    """The text of a price book that the user brings, and the file that it is from."""

    text: str
    origin: str


def check(params: Mapping[str, Any], load: Load, today: date, own: OwnBook | None = None) -> dict[str, Any]:
    """The result of the module. Raises CostError or ComposeError with everything that is wrong with what was given."""
    request = read_request(params, today)
    book = with_overrides(_book(own, today), request.overrides)
    estimator = Estimator(book, request.hours, tuple(_adjustments(request, book)))
    builder = Builder(book, load)
    answered = [_answered(builder.build(entry), estimator, request) for entry in request.entries]
    judged = [one.judged for one in answered]
    choice = choose(judged, request.requires, request.gate, request.allow_unpriced)
    lines = [line for one in judged for line in one.estimate.lines]
    answer = Answer(
        request=request,
        book=book,
        answered=tuple(answered),
        choice=choice,
        doubts=tuple(ages(lines, today, request.max_age_days)),
        verdict=overall(judged, request.chosen, request.gate),
        plan=_plan(request, judged, request.chosen or choice.fitting or choice.providing),
        break_evens=_break_evens(request, answered, estimator),
        audited=audit(request.claims, book, {one.name: one.estimate.scenario for one in judged}, request.hours),
    )
    return result(replace(answer, findings=tuple(worst_first(dict.fromkeys(_findings(answer))))))


def _book(own: OwnBook | None, today: date) -> Book:
    if own is None:
        return shipped()
    book, wrong = parse_book(own.text, own.origin, today)
    if book is None:
        raise CostError(wrong)
    return book


def _adjustments(request: Request, book: Book) -> Iterator[Adjustment]:
    if request.commitment:
        yield SavingsPlan(request.commitment, book)
    if request.free_tier:
        yield free_tier


def _answered(wished: Wished, estimator: Estimator, request: Request) -> Answered:
    estimate = estimator.estimate(wished.scenario)
    doubts = ages(estimate.lines, request.today, request.max_age_days)
    verdict = judge(
        estimate, request.budget_per_month, request.gate, request.allow_unpriced, [*wished.impossible, *doubts]
    )
    judged = Judged(estimate, verdict, lacks(wished.scenario, request.requires))
    before = (request.previous or {}).get(judged.name)
    return Answered(
        wished=wished,
        judged=judged,
        edits=_ways_out(wished, verdict, estimator, request),
        runway=_runway_of(request, estimate),
        change=None if before is None else compare(before, estimate),
        findings=(
            *wished.scenario.findings,
            *verdict.findings,
            *_forgotten(wished),
            *_not_compared(wished.scenario, estimator.book),
        ),
    )


def _ways_out(wished: Wished, verdict: Verdict, estimator: Estimator, request: Request) -> tuple[EditSet, ...]:
    """For a scenario over the budget, what would bring it under."""
    if request.budget_per_month is None or verdict.verdict != FAIL:
        return ()
    layouts = wished.layouts(estimator.book)
    return edits(wished.scenario, estimator, request.budget_per_month, request.gate, request.requires, layouts)


def _forgotten(wished: Wished) -> Iterator[Finding]:
    """What given resources need or bring along, and the list does not have."""
    if wished.app is None:
        for sentence in left_out(part.resource for part in wished.scenario.parts):
            yield Finding("left-out", INFO, f"scenarios[{wished.scenario.name}].resources", sentence)


def _not_compared(scenario: Scenario, book: Book) -> Iterator[Finding]:
    """Ways to buy a Fargate task that have no price here, so that nobody takes the dearer ones for all there are."""
    systems = {part.resource.os for part in scenario.parts if isinstance(part.resource, FargateTask)}
    for system in sorted(systems):
        for missing in unpriced_options(scenario.region, book, system):
            yield Finding("fargate-not-compared", INFO, f"scenarios[{scenario.name}]", f"Fargate on {missing}")


def _runway_of(request: Request, estimate: Estimate) -> Runway | None:
    if request.budget_total is None:
        return None
    cost = estimate.total if estimate.complete or request.allow_unpriced else None
    return runway(request.budget_total, without_end(estimate.scenario.name, cost), request.credits, request.start)


def _plan(request: Request, judged: list[Judged], chosen: str | None) -> Runway | None:
    """The runway of the phases; without any, that of the scenario that is or would be chosen."""
    if request.budget_total is None:
        return None
    known = {
        one.name: one.estimate.total if one.estimate.complete or request.allow_unpriced else None for one in judged
    }
    if request.phases:
        phases = planned(request.phases, known)
    elif chosen is not None:
        phases = without_end(chosen, known[chosen])
    else:
        return None
    return runway(request.budget_total, phases, request.credits, request.start)


def _break_evens(request: Request, answered: list[Answered], estimator: Estimator) -> BreakEvens | None:
    """Of the scenarios that are derived from an app; those of resources have no copies to count."""
    options = request.break_even
    derived = [one.wished for one in answered if one.wished.app is not None]
    if options is None or not derived:
        return None
    costs = {wished.scenario.name: _cost_of_copies(wished, options.service, estimator) for wished in derived}
    return break_evens(costs, options.copies, options.against)


def _cost_of_copies(wished: Wished, service: str | None, estimator: Estimator) -> Cost:
    def cost(copies: int) -> Decimal | None:
        scenario = wished.with_copies(service, copies, estimator.book)
        if scenario is None:
            return IMPOSSIBLE
        estimate = estimator.estimate(scenario)
        return estimate.total.expected if estimate.complete else None

    return cost


def _findings(answer: Answer) -> Iterator[Finding]:
    """What is to know of the whole."""
    request = answer.request
    yield from answer.doubts
    if request.commitment:
        yield from not_covered(line for one in answer.answered for line in one.judged.estimate.lines)
    if request.previous is not None:
        yield from came_and_went(request.previous, [one.judged.name for one in answer.answered], "previous")
    if answer.plan is not None:
        yield from runway_findings(answer.plan, request.credits)
