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
from ..scenario import Part, Resource, Scenario
from ..span import NOTHING, Span, total
from .edit import Edit
from .edits_of_copies import compute, edits_of_copies
from .edits_of_network import edits_of_network
from .edits_of_nodes import edits_of_nodes
from .edits_of_tasks import edits_of_tasks
from .gate import level_of

_ANSWERS = 3
#: How many edits make a set, and of how many that save most sets of this size are made.
_SETS = {2: 8, 3: 6}
#: Edits of a single part are tried for the dearest parts only. Of a scenario with more parts than this no sets are
#: tried. That keeps it to less than a hundred prices.
_PARTS, _MANY = 4, 200
#: Edits may save a little more together than apart: an address less for each task less. Sets that would have to save
#: much more than that are not tried.
_TOGETHER = Decimal("1.25")


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
    scenario: Scenario,
    estimator: Estimator,
    budget: Decimal,
    gate: str,
    requires: Collection[str] = (),
    layouts: Sequence[Edit] = (),
) -> tuple[EditSet, ...]:
    """Up to three, cheapest first; nothing where the budget holds, or where nothing that is known here helps.

    `requires` is what the scenario may not lose. `layouts` are other ways to lay out a derived scenario; they make it
    anew, so they are made before all others.
    """
    level, estimate = level_of(gate), estimator.estimate(scenario)
    before = estimate.total.at(level)
    if before <= budget:
        return ()
    search = Search(estimate, level, estimator, frozenset(requires) & scenario.provides)
    known = [*layouts, *_known(estimate, level, before - budget, estimator)]
    singles = [attempt for attempt in (search.attempt((edit,)) for edit in known) if attempt]
    found = [attempt for attempt in singles if attempt.cost <= budget]
    if not found and len(scenario.parts) <= _MANY:
        pool = _pool(known, singles, before, scenario)
        found = _sets(search, pool, before, budget)
    found.sort(key=lambda attempt: attempt.cost)
    answers = (_answer(attempt, estimator, level, before) for attempt in found[:_ANSWERS])
    return tuple(answer for answer in answers if before - answer.saves <= budget)


def _sets(
    search: Search, pool: Sequence[tuple[Edit, Decimal | None]], before: Decimal, budget: Decimal
) -> list[_Attempt]:
    """The sets of as few edits as possible that bring it under the budget. Edits of the pool have what they save."""
    savings = sorted((saved for edit, saved in pool if saved is not None), reverse=True)
    for size, most in _SETS.items():
        least = savings[most - 1] if len(savings) >= most else Decimal(0)
        found = []
        for chosen in combinations([each for each in pool if each[1] is None or each[1] >= least], size):
            saves = [saved for edit, saved in chosen if saved is not None]
            if len(saves) < size or sum(saves) * _TOGETHER >= before - budget:
                attempt = search.attempt(tuple(edit for edit, saved in chosen))
                found += [attempt] if attempt and attempt.cost <= budget else []
        if found:
            return found
    return []


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


def _pool(
    known: Sequence[Edit], singles: Sequence[_Attempt], before: Decimal, scenario: Scenario
) -> list[tuple[Edit, Decimal | None]]:
    """What sets are made of, in the order in which it is made, with what each edit saves alone.

    That is the edits that save something, and those that apply only when others have been made; what these save is
    not known.
    """
    saves = {id(each.edits[0]): before - each.cost for each in singles if each.cost < before}
    chosen = [edit for edit in known if id(edit) in saves or edit.apply(scenario) is None]
    return [(edit, saves.get(id(edit))) for edit in chosen]


def _answer(attempt: _Attempt, estimator: Estimator, level: str, before: Decimal) -> EditSet:
    """Priced once more, as a run with these edits would price it."""
    plan = (SavingsPlan(attempt.commitment, estimator.book),) if attempt.commitment else ()
    adjusted = replace(estimator, adjustments=(*estimator.adjustments, *plan))
    result = adjusted.estimate(attempt.scenario).total
    sentences = tuple(edit.sentence for edit in attempt.edits)
    return EditSet(sentences, result, before - result.at(level), attempt.scenario, attempt.commitment)


class Search:
    """Prices edited scenarios. Parts that are as they were keep their lines."""

    def __init__(self, estimate: Estimate, level: str, estimator: Estimator, required: frozenset[str]) -> None:
        self._start = estimate.scenario
        self._level = level
        self._estimator = estimator
        self._required = required
        self._bare = replace(estimator, adjustments=())
        #: Of resources, and of parts by identity, which is quicker.
        self._resources: dict[Resource, Estimate] = {}
        self._parts: dict[int, Estimate] = {}
        #: With edits made. It keeps all parts, so that no identity is used twice.
        self._made: dict[tuple[Edit, ...], Scenario | None] = {}

    def attempt(self, edits: tuple[Edit, ...]) -> _Attempt | None:
        """With all edits made; None where one does not apply or contradicts another, or the result is no answer."""
        if len({edit.topic for edit in edits}) < len(edits):
            return None
        scenario = self._with(edits)
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

    def _with(self, edits: tuple[Edit, ...]) -> Scenario | None:
        """Sets that begin alike are made once."""
        if not edits:
            return self._start
        if edits not in self._made:
            before = self._with(edits[:-1])
            self._made[edits] = edits[-1].apply(before) if before else None
        return self._made[edits]

    def _estimate(self, part: Part) -> Estimate:
        """Of the part alone; the label of its lines may be that of another part with the same resource."""
        found = self._parts.get(id(part)) or self._resources.get(part.resource)
        if found is None:
            found = self._resources[part.resource] = self._bare.estimate(replace(self._start, parts=(part,)))
        self._parts[id(part)] = found
        return found


def _sum(lines: Sequence[Line]) -> Span | None:
    """None where a price is missing."""
    costs = [line.cost for line in lines if line.cost is not None]
    return total(costs) if len(costs) == len(lines) else None
