# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could be chosen otherwise: edits that fit the budget, sizes of Fargate tasks, and what requirements cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .layout import Block, Cell, Column, Row, Section, Table
from .money import change, money, plural, quantity
from .reading import Reading, Scenario, joined, label_of, words


def edits(reading: Reading) -> Iterator[Section]:
    blocks = tuple(_edits(scenario, reading) for scenario in reading.scenarios if scenario.get("edits"))
    if blocks:
        says = f"The cheapest changes that bring a scenario under {money(reading.budget)} a month."
        yield Section("edits", "Edits that would fit the budget", (says,), blocks=blocks)


def _edits(scenario: Scenario, reading: Reading) -> Block:
    columns = (Column("Edit"), Column("Then a month", True), Column("Saves", True))
    rows = tuple(
        Row((Cell(joined(list(map(str, one["edits"])))), Cell(money(one[reading.level])), Cell(money(one["saves"]))))
        for one in scenario["edits"]
    )
    name = label_of(scenario)
    return Block(name, money(reading.cost(scenario)), True, (), Table(f"Edits of {name}", columns, rows))


def sizes(reading: Reading) -> Iterator[Section]:
    blocks = tuple(_sizes(scenario) for scenario in reading.scenarios if scenario.get("fargate_options"))
    if blocks:
        says = "The smallest size that holds a task all month, by how it is bought. What stands around it comes on top."
        yield Section("sizes", "Sizes of Fargate tasks", (says,), blocks=blocks)


def _sizes(scenario: Scenario) -> Block:
    columns = (Column("Task"), Column("Bought as"), Column("Size"), Column("A month", True))
    options = scenario["fargate_options"]
    cheapest = {part: min(_costs(options, part)) for part in {option.get("part") for option in options}}
    rows = tuple(_size(option, option["usd_per_month"] == cheapest[option.get("part")]) for option in options)
    name = label_of(scenario)
    table = Table(f"A Fargate task of {name}, cheapest first", columns, rows)
    return Block(name, plural(len(cheapest), "task"), True, (), table)


def _costs(options: Sequence[Mapping[str, Any]], part: Any) -> Iterator[Any]:
    return (option["usd_per_month"] for option in options if option.get("part") == part)


def _size(option: Mapping[str, Any], cheapest: bool) -> Row:
    architecture = {"x86": "x86", "arm": "ARM"}.get(str(option["architecture"]), str(option["architecture"]))
    count = option.get("count") or 1
    cells = (
        Cell(str(option.get("part") or "task"), f"{quantity(count)} of them" if count != 1 else ""),
        Cell(f"{architecture}, {'Spot' if option['spot'] else 'on demand'}"),
        Cell(f"{quantity(option['vcpu'])} vCPU, {quantity(option['memory_gib'])} GiB"),
        Cell(money(option["usd_per_month"])),
    )
    return Row(cells, cheapest)


def requirements(reading: Reading) -> Iterator[Section]:
    required = reading.result.get("requirements") or []
    if required:
        columns = (
            Column("Required"),
            Column("Cheapest without"),
            Column("Cheapest with"),
            Column("Costs a month", True),
        )
        table = Table("What each requirement costs", columns, tuple(_requirement(one, reading) for one in required))
        says = "The cheapest scenario that has all that is required, against the cheapest that may lack this."
        yield Section("requirements", "What each requirement costs", (says,), tables=(table,))


def _requirement(one: Mapping[str, Any], reading: Reading) -> Row:
    usd = one.get("usd_per_month")
    cells = (
        Cell(words([str(one["requires"])])),
        Cell(reading.label(one.get("cheapest_without"), "no scenario")),
        Cell(reading.label(one.get("cheapest_with"), "no scenario")),
        Cell("not known" if usd is None else change(usd), kind="unknown" if usd is None else ""),
    )
    return Row(cells)
