# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constraints first, then the cheapest: what scenarios lack of what is required, and what each requirement costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..scenario import PROVISIONS, Scenario
from .gate import INDETERMINATE, PASS, Judged


@dataclass(frozen=True)
class Requirement:
    """What `requires` costs a month: the cheapest scenario with all requirements against that with all but this one.

    Names are None where no scenario is left to choose, and the cost is None where one of them is.
    """

    requires: str
    cheapest_without: str | None
    cheapest_with: str | None
    usd_per_month: Decimal | None


@dataclass(frozen=True)
class Choice:
    """Names of scenarios. `providing` and `fitting` provide all that is required; `fitting` passes the gate as well."""

    cheapest: str | None
    providing: str | None
    fitting: str | None
    requirements: tuple[Requirement, ...]
    not_comparable: tuple[str, ...]


def lacks(scenario: Scenario, requires: Collection[str]) -> tuple[str, ...]:
    """In the order in which they are always named, whatever the order of `requires`."""
    return tuple(each for each in PROVISIONS if each in requires and each not in scenario.provides)


def choose(judged: Sequence[Judged], requires: Collection[str], gate: str, allow_unpriced: bool = False) -> Choice:
    """The cheapest scenarios at the level of the gate. The first of two that cost the same wins."""
    known = [one for one in judged if _comparable(one, allow_unpriced)]
    providing = _cheapest((one for one in known if not one.lacks), gate)
    fitting = _cheapest((one for one in known if not one.lacks and one.verdict.verdict == PASS), gate)
    return Choice(
        _name(_cheapest(known, gate)),
        _name(providing),
        _name(fitting),
        tuple(_requirement(required, known, providing, gate) for required in PROVISIONS if required in requires),
        tuple(one.name for one in judged if not _comparable(one, allow_unpriced)),
    )


def _comparable(one: Judged, allow_unpriced: bool) -> bool:
    """A scenario whose cost is not known in full is cheaper than others only by what is missing."""
    return one.verdict.verdict != INDETERMINATE and (one.estimate.complete or allow_unpriced)


def _requirement(required: str, known: Sequence[Judged], providing: Judged | None, gate: str) -> Requirement:
    without = _cheapest((one for one in known if set(one.lacks) <= {required}), gate)
    if without is None or providing is None:
        return Requirement(required, _name(without), _name(providing), None)
    return Requirement(required, without.name, providing.name, providing.cost(gate) - without.cost(gate))


def _cheapest(judged: Iterable[Judged], gate: str) -> Judged | None:
    return min(judged, key=lambda one: one.cost(gate), default=None)


def _name(one: Judged | None) -> str | None:
    return None if one is None else one.name
