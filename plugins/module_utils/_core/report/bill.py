# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of each scenario, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .charts import percent
from .layout import Block, Cell, Column, Row, Section, Table
from .money import exactly, money, plural, quantity, unit_price
from .reading import LEVELS, Reading, Scenario, label_of

Line = Mapping[str, Any]
_INFERRED = "E"


def bill(reading: Reading) -> Iterator[Section]:
    blocks = tuple(_block(reading, scenario) for scenario in reading.scenarios if scenario.get("lines"))
    if blocks:
        says = "USD a month. What follows use is marked; the rest costs the same whatever the traffic."
        yield Section("bill", "The bill, line by line", (says,), blocks=blocks)


def _block(reading: Reading, scenario: Scenario) -> Block:
    figure = money(scenario["expected"])
    return Block(
        label_of(scenario),
        figure if scenario["complete"] else f"from {figure}",
        scenario is reading.best,
        tuple(_fit(scenario)),
        _table(scenario),
    )


def _fit(scenario: Scenario) -> Iterator[str]:
    """How the app lies on machines."""
    fit = scenario.get("fit")
    if fit:
        used = f"CPU {quantity(fit['cpu_percent'], 0)} %, memory {quantity(fit['memory_percent'], 0)} % spoken for"
        yield f"{plural(fit['nodes'], 'machine')} of type {fit['instance_type']}: {used}."
        machines = [", ".join(map(str, machine)) or "nothing" for machine in fit.get("placement") or ()]
        if len(machines) > 1:
            yield f"On them: {'; '.join(machines)}."


def _table(scenario: Scenario) -> Table:
    ranged = any(line["low"] != line["high"] for line in scenario["lines"])
    levels = LEVELS if ranged else ("expected",)
    names = {"low": "Low", "expected": "Expected" if ranged else "A month", "high": "High"}
    columns = (
        Column("What"),
        Column("How much", quiet=True),
        Column("Unit price", True),
        *(Column(names[level], True) for level in levels),
        Column("Source", detail=True),
    )
    rows = tuple(_row(line, levels, exactly(scenario["expected"])) for line in _dearest_first(scenario["lines"]))
    figures = (Cell(money(scenario[level])) for level in levels)
    sum_of = "Total" if scenario["complete"] else "Total of what has a price"
    total = Row((Cell(sum_of), Cell(""), Cell(""), *figures, Cell("")))
    return Table(f"The bill of {label_of(scenario)}", columns, rows, total)


def _dearest_first(lines: list[Line]) -> list[Line]:
    """What has no price may be the dearest of all."""
    return sorted(
        lines, key=lambda line: Decimal("-Infinity") if line["expected"] is None else -exactly(line["expected"])
    )


def _row(line: Line, levels: tuple[str, ...], total: Decimal) -> Row:
    known = line["expected"] is not None
    share = max(exactly(line["expected"]), Decimal(0)) / total if known and total > 0 else Decimal(0)
    cells = (
        Cell(what(line), "" if line.get("fixed", True) else "by use"),
        Cell(str(line.get("formula") or ""), _quantity(line)),
        Cell(_per_unit(line)),
        *(Cell(money(line[level]), kind="" if known else "unknown") for level in levels),
        Cell(str(line.get("source") or ""), _from(line)),
    )
    return Row(cells, share=percent(min(share, Decimal(1))) if share else "")


def what(line: Line) -> str:
    """The part and what is billed of it; a NAT gateway of that name is said once."""
    part, item = str(line["part"]), str(line["item"])
    return item if part.lower() == item.lower() else f"{part}: {item}"


def _brings_its_own(line: Line) -> bool:
    """A line with a figure of its own has no unit price, and lacks none."""
    return line.get("unit_price") is None and line["expected"] is not None


def _per_unit(line: Line) -> str:
    return "" if _brings_its_own(line) else unit_price(line.get("unit_price"))


def _quantity(line: Line) -> str:
    if _brings_its_own(line):
        return ""
    low, high = (line.get(f"quantity_{end}", line["quantity"]) for end in ("low", "high"))
    between = "" if low == high else f", {quantity(low)} to {quantity(high)}"
    return f"{quantity(line['quantity'])} {_unit(line)}{between}"


def _unit(line: Line) -> str:
    """1 hour, 730 hours; GB is the same for many."""
    unit = str(line["unit"])
    return f"{unit}s" if unit.endswith(("hour", "month")) and exactly(line["quantity"]) != 1 else unit


def _from(line: Line) -> str:
    """When the price was so, and whether anybody checked."""
    said = (str(line.get("date") or ""), "inferred" if line.get("confidence") == _INFERRED else "")
    return ", ".join(text for text in said if text)
