# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the money lasts: of each scenario, and over the phases of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bars import Amounts, bars
from .layout import Bars, Cell, Column, Row, Section, Table
from .money import budget, duration, exactly, money, quantity
from .reading import LEVELS, Reading, Scenario, label_of

_CREDITS = {"used": "used", "lost": "lost, for it expires", "left": "left"}
_OTHERS = {"high": "At the high cost", "low": "At the low cost"}


def lasting(reading: Reading) -> Iterator[Section]:
    if reading.budget_total is None:
        return
    scenarios = [scenario for scenario in reading.scenarios if scenario.get("runway")]
    phases = reading.result.get("phases") or []
    tables = ([_table(scenarios, reading)] if scenarios else []) + ([_phases(phases, reading)] if phases else [])
    if tables:
        title = f"How long {budget(reading.budget_total)} lasts"
        yield Section("runway", title, tuple(_plan(reading)), _chart(scenarios, reading), tables=tuple(tables))


def _months(scenario: Scenario, level: str) -> Any:
    return (scenario["runway"].get(level) or {}).get("months")


def _chart(scenarios: list[Scenario], reading: Reading) -> Bars | None:
    ending = [one for one in scenarios if all(_months(one, level) is not None for level in LEVELS)]
    if not ending:
        return None
    return bars(
        "Months that the money lasts in each scenario",
        [_amounts(one, reading) for one in ending],
        ("up to the high cost", "from high cost to low", "expected"),
        quantity,
    )


def _amounts(scenario: Scenario, reading: Reading) -> Amounts:
    low, expected, high = (exactly(_months(scenario, level)) for level in LEVELS)
    runway = scenario["runway"]["expected"]
    until = str(runway.get("ends_on") or "")
    value = duration(runway["months"], runway.get("ends_on"))
    return Amounts(
        label_of(scenario), value, f"until {until}" if until else "", low, expected, high, reading.colour(scenario)
    )


def _table(scenarios: list[Scenario], reading: Reading) -> Table:
    ranged = any(_months(one, "low") != _months(one, "high") for one in scenarios)
    others = _OTHERS if ranged else {}
    columns = (
        Column("Scenario"),
        Column("Expected", True),
        Column("Until"),
        *(Column(name, True, quiet=True) for name in others.values()),
    )
    rows = tuple(_row(one, tuple(others), reading.recommends(one)) for one in scenarios)
    return Table("How long the money lasts in each scenario, and until when", columns, rows)


def _row(scenario: Scenario, others: tuple[str, ...], best: bool) -> Row:
    runway = scenario["runway"]
    expected, until = _cell(runway.get("expected")), str((runway.get("expected") or {}).get("ends_on") or "")
    cells = (Cell(label_of(scenario)), Cell(expected.text, kind=expected.kind), Cell(until or "no day"))
    return Row((*cells, *(_cell(runway.get(level)) for level in others)), best)


def _cell(runway: Mapping[str, Any] | None) -> Cell:
    if not runway or runway.get("outcome") == "unknown":
        return Cell("not known", kind="unknown")
    ends_on = runway.get("ends_on")
    return Cell(duration(runway.get("months"), ends_on), str(ends_on or ""))


def _plan(reading: Reading) -> Iterator[str]:
    """Over the phases, and what becomes of credits."""
    runway = reading.result.get("runway") or {}
    if reading.result.get("phases"):
        for level, name in {"expected": "At the expected cost", **_OTHERS}.items():
            said = (runway.get(level) or {}).get("says")
            if said and (level == "expected" or said != (runway.get("expected") or {}).get("says")):
                yield f"{name}, the plan: {said}."
    for credit in (runway.get("expected") or {}).get("credits") or ():
        parts = [f"{money(credit[key])} {words}" for key, words in _CREDITS.items() if credit.get(key)]
        yield f"Credit {credit['name']}: {', '.join(parts) or 'not touched'}."


def _phases(phases: list[Mapping[str, Any]], reading: Reading) -> Table:
    columns = (
        Column("Phase"),
        Column("Scenario"),
        Column("From"),
        Column("Until"),
        Column("Months", True),
        Column("Costs", True),
    )
    return Table("The phases of the plan", columns, tuple(_phase(phase, reading) for phase in phases))


def _phase(phase: Mapping[str, Any], reading: Reading) -> Row:
    months, usd = phase.get("months"), phase.get("usd")
    expected = usd.get("expected") if isinstance(usd, Mapping) else usd
    open_ended = "goes on" if months is None else "not known"
    cells = (
        Cell(str(phase["name"])),
        Cell(reading.label(phase.get("scenario"), "its own cost")),
        Cell(str(phase.get("from") or "")),
        Cell(str(phase.get("until") or "")),
        Cell("no end" if months is None else quantity(months, 2)),
        Cell(open_ended if expected is None else money(expected)),
    )
    return Row(cells)
