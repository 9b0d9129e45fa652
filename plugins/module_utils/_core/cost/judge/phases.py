# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phases: what is spent when. Each costs what a scenario costs, or what is given for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from ...findings import ERROR, Finding
from ...options.schema import Check, Key, Value
from ...options.values import text
from ...rule import Problem
from ...words import did_you_mean
from ..amounts import amount, positive
from ..span import ZERO, Span, always
from .named import NAME, RULE, read_named

_MOST_MONTHS = 1200
_USD = amount(0, "USD")
_SCENARIO = Value("the name of a scenario", text)


@dataclass(frozen=True)
class Phase:
    """A time in which a month costs the same. `cost` is USD a month, or None where it is not known in full.

    Without `months` it has no end. `setup_usd` is spent when it starts.
    """

    name: str
    cost: Span | None
    months: Decimal | None = None
    setup_usd: Decimal = ZERO
    #: Whose cost it is; empty where it was given.
    scenario: str = ""


def _one_cost(options: PhaseOptions) -> Iterator[Problem]:
    """A phase has one cost: `scenario`, `usd_per_month`, or `low` and `high`."""
    given = [name for name in ("scenario", "usd_per_month") if getattr(options, name) is not None]
    given += [name for name in ("low", "expected", "high") if getattr(options, name) is not None][:1]
    if len(given) != 1:
        hint = "with low and high, expected is in their middle unless it is given"
        what = " and ".join(given) or "no cost"
        yield "", f"found {what}, expected one of scenario, usd_per_month, or low and high", hint


def _low_and_high(options: PhaseOptions) -> Iterator[Problem]:
    """`low` and `high` go together, and `expected` lies between them."""
    low, expected, high = options.low, options.expected, options.high
    if low is None and expected is None and high is None:
        return
    if low is None or high is None:
        missing = "low" if low is None else "high"
        yield missing, "the key is missing, expected low and high", "a cost that is one number is usd_per_month"
    elif low > high:
        yield "low", f"found {low}, expected at most high, which is {high}", ""
    elif expected is not None and not low <= expected <= high:
        yield "expected", f"found {expected}, expected {low} to {high}, as low and high say", ""


@dataclass(frozen=True)
class PhaseOptions:
    """A time in which a month costs the same."""

    name: str = ""
    scenario: str | None = None
    usd_per_month: Decimal | None = None
    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None
    months: Decimal | None = None
    setup_usd: Decimal = ZERO
    KEYS: ClassVar[Mapping[str, Key]] = {
        "name": Key(
            NAME,
            "What to call it.",
            {"name": "start", "scenario": "compose", "months": 6},
            "phase 1, phase 2 and so on",
        ),
        "scenario": Key(
            _SCENARIO,
            "The scenario that runs, whose cost it is.",
            {"name": "growth", "scenario": "fargate", "months": 6},
        ),
        "usd_per_month": Key(
            _USD,
            "What a month costs, in place of a scenario.",
            {"name": "start", "usd_per_month": 35, "months": 1},
        ),
        "low": Key(
            _USD,
            "The least that a month costs, in place of a scenario.",
            {"name": "start", "low": 30, "high": 40, "months": 6},
        ),
        "expected": Key(
            _USD,
            "What a month is expected to cost.",
            {"name": "start", "low": 30, "expected": 32.5, "high": 40, "months": 6},
            "the middle of low and high",
        ),
        "high": Key(
            _USD,
            "The most that a month costs.",
            {"name": "start", "low": 30, "high": 40, "months": 6},
        ),
        "months": Key(
            positive("months", _MOST_MONTHS),
            "How long it lasts.",
            {"name": "start", "scenario": "compose", "months": 6},
            "the last phase goes on without end",
        ),
        "setup_usd": Key(
            _USD,
            "What is spent once, when it starts.",
            {"name": "production", "scenario": "eks", "setup_usd": 50},
            "nothing",
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check(ERROR, ("scenario", "usd_per_month", "low", "expected", "high"), _one_cost),
        Check(ERROR, ("low", "expected", "high"), _low_and_high),
    )

    def cost(self, costs: Mapping[str, Span | None]) -> Span | None:
        """USD a month, given what the scenarios cost."""
        if self.scenario is not None:
            return costs.get(self.scenario)
        if self.usd_per_month is not None:
            return always(self.usd_per_month)
        if self.low is None or self.high is None:
            return None
        return Span(self.low, (self.low + self.high) / 2 if self.expected is None else self.expected, self.high)


def read_phases(value: Any, path: str, scenario_names: Iterable[str]) -> tuple[tuple[PhaseOptions, ...], list[Finding]]:
    """The phases of a list, and everything that is wrong with it."""
    named, findings = read_named(PhaseOptions, value, path, "phase")
    phases = tuple(replace(options, name=name) for name, options in named.items())
    findings += _unknown_scenarios(phases, path, list(scenario_names))
    findings += _never_reached(phases, path, {finding.path for finding in findings})
    return phases, findings


def planned(phases: Iterable[PhaseOptions], costs: Mapping[str, Span | None]) -> tuple[Phase, ...]:
    """The phases with what they cost. `costs` has None for a scenario that is incomplete."""
    return tuple(
        Phase(phase.name, phase.cost(costs), phase.months, phase.setup_usd, phase.scenario or "") for phase in phases
    )


def without_end(scenario: str, cost: Span | None) -> tuple[Phase, ...]:
    """A single scenario that goes on as long as the money does."""
    return (Phase(scenario, cost, scenario=scenario),)


def _unknown_scenarios(phases: Iterable[PhaseOptions], path: str, known: list[str]) -> Iterator[Finding]:
    for phase in phases:
        if phase.scenario is not None and phase.scenario not in known:
            hint = did_you_mean(phase.scenario, known, f"the scenarios are {', '.join(known)}" if known else "")
            message = f"found '{phase.scenario}', expected the name of a scenario"
            yield Finding(RULE, ERROR, f"{path}[{phase.name}].scenario", message, hint)


def _never_reached(phases: tuple[PhaseOptions, ...], path: str, refused: set[str]) -> Iterator[Finding]:
    """Only the last phase may go on without end."""
    for phase, following in zip(phases, phases[1:]):
        place = f"{path}[{phase.name}].months"
        if phase.months is None and place not in refused:
            message = f"the key is missing, expected a number of months: '{following.name}' comes after it"
            yield Finding(RULE, ERROR, place, message, "only the last phase may go on without end")
