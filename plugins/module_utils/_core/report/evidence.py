# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the estimate is held against: figures that somebody printed, and the last result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bill import what
from .layout import Block, Cell, Column, Item, Row, Section, Table
from .money import change, exactly, money, quantity
from .reading import Reading, Scenario, joined, label_of

Claim = Mapping[str, Any]
_CAUSES = {"price": "its price", "quantity": "its quantity"}


def claims(reading: Reading) -> Iterator[Section]:
    found = reading.result.get("claims") or []
    if found:
        says = ("Figures that somebody printed, worked out again.",)
        yield Section("claims", "Printed figures, checked", says, blocks=tuple(map(_claim, found)))


def _claim(one: Claim) -> Block:
    verdict = str(one.get("verdict") or "").replace("_", " ").capitalize()
    says = (f"{verdict}: {one.get('says') or 'nothing to say'}", *filter(None, [_by(one.get("reproduced_by"))]))
    left_out = tuple(Item(str(text), "left out", "left-out") for text in one.get("left_out") or ())
    return Block(str(one["name"]), _printed(one.get("printed")), True, says, items=left_out)


def _printed(figure: Any) -> str:
    """A range is two figures."""
    if isinstance(figure, (list, tuple)):
        return " to ".join(map(money, figure))
    return str(figure) if isinstance(figure, str) else money(figure)


def _by(reproduced: Any) -> str:
    """The prices and the month that give the printed figure."""
    if not isinstance(reproduced, Mapping):
        return ""
    hours = reproduced.get("hours")
    said = (str(reproduced.get("region") or ""), f"{quantity(hours)} hours a month" if hours else "")
    by = ", ".join(filter(None, said))
    return f"Worked out with {by}." if by else ""


def since_last_time(reading: Reading) -> Iterator[Section]:
    changed = [scenario for scenario in reading.scenarios if scenario.get("change")]
    if changed:
        columns = (
            Column("Scenario"),
            Column("By prices", True),
            Column("By quantities", True),
            Column("Together", True),
        )
        table = Table("Change of the expected cost, USD a month", columns, tuple(map(_change, changed)))
        lines = tuple(item for scenario in changed for item in _changed_lines(scenario))
        says = ("What prices did is worked out with the old quantities, what quantities did with the new prices.",)
        yield Section("change", "Since last time", says, tables=(table,), items=lines)


def _change(scenario: Scenario) -> Row:
    figures = scenario["change"]
    unknown = "" if figures.get("complete", True) else "some lines had or have no price"
    names = ("price", "quantity", "total")
    return Row((Cell(label_of(scenario), unknown), *(Cell(change(figures.get(name))) for name in names)))


def _changed_lines(scenario: Scenario) -> Iterator[Item]:
    for line in scenario["change"].get("lines") or ():
        total = line.get("total")
        if total is None or exactly(total):
            place = f"{label_of(scenario)}, {what(line)}"
            yield Item(_because(line), "not known" if total is None else change(total), "change", place)


def _because(line: Mapping[str, Any]) -> str:
    """In the module's words, or else in figures."""
    parts = [f"{change(line[key])} by {name}" for key, name in _CAUSES.items() if line.get(key)]
    return str(line.get("says") or joined(parts))
