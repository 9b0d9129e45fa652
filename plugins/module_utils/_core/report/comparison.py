# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator

from .bars import Amounts, bars
from .layout import Bars, Cell, Column, Row, Section, Table
from .money import budget, exactly, money
from .reading import LEVELS, VERDICTS, Reading, Scenario, amounts, joined, label_of, words

_NOTE = "List prices in USD, before tax."
_RANGE = (
    "Low is the fewest copies that scaling leaves. High is the most, all on demand, with rolling updates. The most "
    "expensive hour is one with everything that scales at its largest."
)


def comparison(reading: Reading) -> Iterator[Section]:
    scenarios = reading.scenarios
    if scenarios:
        ranged = any(scenario["low"] != scenario["high"] for scenario in scenarios)
        title = "Scenarios side by side" if len(scenarios) > 1 else "What a month costs"
        paragraphs = (f"{_NOTE} {_RANGE}" if ranged else _NOTE, *_incomplete(reading))
        yield Section("scenarios", title, paragraphs, _chart(reading), tables=(_table(reading),))


def _incomplete(reading: Reading) -> Iterator[str]:
    names = [label_of(scenario) for scenario in reading.scenarios if not scenario["complete"]]
    if names:
        yield f"{joined(names)}: something has no price, so the figures say what is known, and more comes on top."


def _chart(reading: Reading) -> Bars:
    limit = None if reading.budget is None else exactly(reading.budget)
    return bars(
        "Cost a month of each scenario",
        [_amounts(reading, scenario) for scenario in reading.scenarios],
        ("up to the low cost", "from low to high", "expected"),
        budget,
        limit,
        "" if limit is None else f"budget, {budget(reading.budget)}",
    )


def _amounts(reading: Reading, scenario: Scenario) -> Amounts:
    return Amounts(
        label_of(scenario),
        _figure(scenario, "expected"),
        verdict(reading, scenario),
        *amounts(scenario),
        reading.colour(scenario),
        not scenario["complete"],
    )


def _figure(scenario: Scenario, level: str) -> str:
    text = money(scenario[level])
    return text if scenario["complete"] else f"from {text}"


def verdict(reading: Reading, scenario: Scenario) -> str:
    """How a scenario was judged, in words. What it lacks comes first: then its price is no matter."""
    if scenario.get("lacks"):
        return f"lacks {words(scenario['lacks'])}"
    said = VERDICTS.get(str(scenario.get("verdict") or ""), "")
    if said == "fits" and _is_cheapest(reading, scenario):
        return f"{said}, the cheapest"
    return said


def _is_cheapest(reading: Reading, scenario: Scenario) -> bool:
    """Several may cost the same."""
    best = reading.best
    return len(reading.scenarios) > 1 and best is not None and reading.cost(scenario) == reading.cost(best)


def _table(reading: Reading) -> Table:
    scenarios = reading.scenarios
    judged = any(verdict(reading, scenario) for scenario in scenarios)
    provides = any(scenario.get("provides") for scenario in scenarios)
    columns = [
        Column("Scenario"),
        Column("Low", True),
        Column("Expected", True),
        Column("High", True),
        Column("Dearest hour", True, detail=True),
        *([Column("Verdict")] if judged else []),
        *([Column("Provides", detail=True)] if provides else []),
    ]
    rows = tuple(_row(reading, scenario, judged, provides) for scenario in scenarios)
    return Table("USD a month of each scenario, cheapest first", tuple(columns), rows)


def _row(reading: Reading, scenario: Scenario, judged: bool, provides: bool) -> Row:
    region = "" if len(reading.regions) == 1 else str(scenario["region"])
    hour = scenario.get("worst_hour")
    cells = [
        Cell(label_of(scenario), region),
        *(Cell(_figure(scenario, level)) for level in LEVELS),
        Cell("not known" if hour is None else money(hour)),
        *([Cell(verdict(reading, scenario), kind=reading.kind(scenario))] if judged else []),
        *([Cell(words(scenario.get("provides") or ()) or "neither")] if provides else []),
    ]
    return Row(tuple(cells), reading.recommends(scenario))
