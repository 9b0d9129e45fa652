# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would bring a scenario under its budget: the cheapest edits, or sets of them where none alone does.

Every result is priced. One without a price, or without what is required of the scenario, is no answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from ..adjust.commitment import Commitment, SavingsPlan
from ..estimate import Adjustment, Estimate, Estimator, Line
from ..scenario import Part, Scenario
from ..span import NOTHING, Span, total
from .edit import Edit
from .edits_of_copies import compute, edits_of_copies
from .edits_of_network import edits_of_network
from .edits_of_nodes import edits_of_nodes
from .edits_of_tasks import edits_of_tasks
from .gate import level_of

#: So many answers are given, of so many edits at most.
_ANSWERS, _LARGEST_SET = 3, 3
#: Edits of a single part are tried for the dearest parts only, and sets are made of the edits that save most: that
#: keeps it to about a hundred prices.
_PARTS, _POOL = 4, 8


@dataclass(frozen=True)
class EditSet:
    """`result` is what `scenario` costs, with the edits made. `saves` is a month's difference at the gate's level."""

    edits: tuple[str, ...]
    result: Span
    saves: Decimal
    scenario: Scenario
    commitment: Commitment | None = None


@dataclass(frozen=True)
class _Attempt:
    edits: tuple[Edit, ...]
    scenario: Scenario
    cost: Decimal

    @property
    def commitment(self) -> Commitment | None:
        return next((edit.commitment for edit in self.edits if edit.commitment), None)


def edits(
    scenario: Scenario, estimator: Estimator, budget: Decimal, gate: str, requires: Collection[str] = ()
) -> tuple[EditSet, ...]:
    """Up to three, cheapest first; nothing where the budget holds, or where nothing that is known here helps.

    `requires` is what the scenario may not lose.
    """
    level, estimate = level_of(gate), estimator.estimate(scenario)
    before = estimate.total.at(level)
    if before <= budget:
        return ()
    search = _Search(estimate, level, estimator, frozenset(requires) & scenario.provides)
    known = list(_known(estimate, level, before - budget, estimator))
    singles = [attempt for attempt in (search.attempt((edit,)) for edit in known) if attempt]
    found = [attempt for attempt in singles if attempt.cost <= budget]
    pool = _pool(known, singles, before, scenario)
    for size in range(2, _LARGEST_SET + 1):
        if found:
            break
        attempts = (search.attempt(chosen) for chosen in combinations(pool, size))
        found = [attempt for attempt in attempts if attempt and attempt.cost <= budget]
    found.sort(key=lambda attempt: attempt.cost)
    answers = (_answer(attempt, estimator, level, before) for attempt in found[:_ANSWERS])
    return tuple(answer for answer in answers if before - answer.saves <= budget)


def _known(estimate: Estimate, level: str, over: Decimal, estimator: Estimator) -> Iterator[Edit]:
    """In the order in which they are made: whether a load balancer is needed shows after there are fewer copies."""
    scenario, costs = estimate.scenario, _costs(estimate, level)
    committed = any(isinstance(adjustment, SavingsPlan) for adjustment in estimator.adjustments)
    labels = sorted((part.label for part, resource in compute(scenario)), key=lambda label: -costs.get(label, 0))
    dearest = labels[:_PARTS]
    yield from edits_of_copies(scenario, level, over, costs, dearest)
    yield from edits_of_tasks(scenario, committed, dearest)
    yield from edits_of_nodes(scenario, dearest)
    yield from edits_of_network(scenario)


def _costs(estimate: Estimate, level: str) -> dict[str, Decimal]:
    """Of each part, as far as it has prices."""
    costs: dict[str, Decimal] = {}
    for line in estimate.lines:
        cost = line.cost.at(level) if line.cost else Decimal(0)
        costs[line.part.label] = costs.get(line.part.label, Decimal(0)) + cost
    return costs


def _pool(known: Sequence[Edit], singles: Sequence[_Attempt], before: Decimal, scenario: Scenario) -> list[Edit]:
    """What sets are made of, in the order in which it is made.

    That is the edits that save most, and those that apply only when others have been made.
    """
    helpful = sorted((each for each in singles if each.cost < before), key=lambda each: each.cost)
    chosen = [each.edits[0] for each in helpful[:_POOL]]
    return [edit for edit in known if any(edit is each for each in chosen) or edit.apply(scenario) is None]


def _answer(attempt: _Attempt, estimator: Estimator, level: str, before: Decimal) -> EditSet:
    """Priced once more, as a run with these edits would price it."""
    plan = (SavingsPlan(attempt.commitment, estimator.book),) if attempt.commitment else ()
    adjusted = replace(estimator, adjustments=(*estimator.adjustments, *plan))
    result = adjusted.estimate(attempt.scenario).total
    sentences = tuple(edit.sentence for edit in attempt.edits)
    return EditSet(sentences, result, before - result.at(level), attempt.scenario, attempt.commitment)


class _Search:
    """Prices edited scenarios. Parts that are as they were keep their lines."""

    def __init__(self, estimate: Estimate, level: str, estimator: Estimator, required: frozenset[str]) -> None:
        self._start = estimate.scenario
        self._level = level
        self._estimator = estimator
        self._required = required
        self._bare = replace(estimator, adjustments=())
        # By identity, which is quicker than comparing; the parts are kept, so no identity is used twice.
        self._priced: dict[int, tuple[Part, Estimate]] = {}

    def attempt(self, edits: tuple[Edit, ...]) -> _Attempt | None:
        """With all edits made; None where one does not apply or contradicts another, or the result is no answer."""
        if len({edit.topic for edit in edits}) < len(edits):
            return None
        scenario: Scenario | None = self._start
        for edit in edits:
            scenario = edit.apply(scenario) if scenario else None
        if scenario is None or not self._required <= scenario.provides:
            return None
        attempt = _Attempt(edits, scenario, Decimal(0))
        cost = self._cost(scenario, attempt.commitment)
        return None if cost is None else replace(attempt, cost=cost)

    def _cost(self, scenario: Scenario, commitment: Commitment | None) -> Decimal | None:
        estimates = [self._estimate(part) for part in scenario.parts]
        adjustments: list[Adjustment] = list(self._estimator.adjustments)
        if commitment:
            adjustments.append(SavingsPlan(commitment, self._estimator.book))
        lines = [line for estimate in estimates for line in estimate.lines] if adjustments else []
        more = [line for adjustment in adjustments for line in adjustment(lines, scenario.region)]
        if not all(estimate.complete for estimate in estimates):
            return None
        span = total([*(estimate.total for estimate in estimates), _sum(more) or NOTHING])
        return None if _sum(more) is None else span.at(self._level)

    def _estimate(self, part: Part) -> Estimate:
        """Of the part alone."""
        found = self._priced.get(id(part))
        if found is None:
            found = part, self._bare.estimate(replace(self._start, parts=(part,)))
            self._priced[id(part)] = found
        return found[1]


def _sum(lines: Sequence[Line]) -> Span | None:
    """None where a price is missing."""
    costs = [line.cost for line in lines if line.cost is not None]
    return total(costs) if len(costs) == len(lines) else None
