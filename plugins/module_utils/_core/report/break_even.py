# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one scenario becomes cheaper than another as copies are added: staircases, sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .charts import SIDE, Point, Scale, apart, counted, from_zero, percent, staircase
from .layout import Block, Cell, Column, Curve, Curves, Mark, Row, Section, Table, Tick
from .money import budget, exactly, money
from .reading import Reading

#: So many patterns of dashes are told apart; the page's style sheet has one for each.
DASHES = 6
#: The chart ends a little after the last thing that happens, and shows at least so many copies.
_LEAST_SHOWN = 10
#: Labels stand so far apart, as a share of the chart's height.
_GAP = Decimal("0.075")
#: So many rows the table has at most.
_ROWS = 12
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Points = Sequence[Point]


def break_even(reading: Reading) -> Iterator[Section]:
    turns, curves = reading.result.get("break_even") or [], _curves(reading)
    if turns or curves:
        tables = (_turns(turns, reading),) if turns else ()
        blocks = (Block("The chart in figures", table=_costs(curves, reading)),) if curves else ()
        says = (
            "Nodes are bought whole, so costs rise in steps, and one scenario may overtake another more than once.",
        )
        chart = _chart(curves, turns, reading) if curves else None
        yield Section("break_even", "As copies are added", says, curves=chart, tables=tables, blocks=blocks)


def _curves(reading: Reading) -> dict[str, Points]:
    """Points by scenario, those left out that have no cost."""
    found: dict[str, Points] = {}
    for curve in reading.result.get("break_even_curves") or []:
        points = [(exactly(number), exactly(cost)) for number, cost in curve["points"] if cost is not None]
        if points:
            found[str(curve["scenario"])] = points
    return found


def _last_shown(curves: Mapping[str, Points], turns: Sequence[Mapping[str, Any]]) -> int:
    """Half as far again as the last break-even: beyond it nothing happens."""
    last = int(max(points[-1][0] for points in curves.values()))
    happens = [turn[key] for turn in turns for key in ("first", "always") if turn.get(key)]
    return min(last, max(_LEAST_SHOWN, int(max(happens) * 3 / 2) if happens else last))


def _chart(curves: Mapping[str, Points], turns: Sequence[Mapping[str, Any]], reading: Reading) -> Curves:
    last = _last_shown(curves, turns)
    shown = {name: [point for point in points if point[0] <= last] for name, points in curves.items()}
    across = counted(int(min(points[0][0] for points in curves.values())), last)
    up = from_zero(cost for points in shown.values() for _number, cost in points)
    ends = [1 - up.share(points[-1][1]) for points in shown.values()]
    best = (reading.best or {}).get("name")
    if best not in shown:  # a single host has no copies; then what is cheapest to start with
        best = min(shown, key=lambda name: shown[name][0][1])
    drawn = [
        Curve(
            reading.label(name),
            _LETTERS[index % len(_LETTERS)],
            staircase(points, across, up),
            index % DASHES,
            name == best,
            percent(height),
        )
        for index, ((name, points), height) in enumerate(zip(shown.items(), apart(ends, _GAP)))
    ]
    return Curves(
        "Cost a month by number of copies",
        tuple(drawn),
        tuple(Tick(across.percent(tick), f"{tick:f}") for tick in across.ticks),
        tuple(Tick(_down(up, tick), budget(tick)) for tick in up.ticks),
        tuple(_marks(shown, turns, across, up)),
        "copies",
        "USD a month",
        SIDE,
    )


def _down(up: Scale, cost: Decimal) -> str:
    """Where a cost lies, from above, as pages measure."""
    return percent(1 - up.share(cost))


def _marks(shown: Mapping[str, Points], turns: Sequence[Mapping[str, Any]], across: Scale, up: Scale) -> Iterator[Mark]:
    """A dot on the cheaper scenario where it takes over for good."""
    dots = {}
    for turn in turns:
        cost = dict(shown.get(str(turn["of"]), ())).get(exactly(turn["always"])) if turn.get("always") else None
        if cost is not None and turn["always"] > 1:
            dots[across.percent(exactly(turn["always"])), _down(up, cost)] = str(turn["always"])
    for (x, y), label in dots.items():
        yield Mark(x, y, label)


def _turns(turns: Sequence[Mapping[str, Any]], reading: Reading) -> Table:
    columns = (
        Column("Scenario"),
        Column("Against"),
        Column("First cheaper at", True),
        Column("Always cheaper from", True),
    )
    rows = tuple(
        Row(
            (
                Cell(reading.label(turn["of"])),
                Cell(reading.label(turn["against"])),
                _at(turn, "first"),
                _at(turn, "always"),
            )
        )
        for turn in turns
    )
    checked = max((turn["checked_to"] for turn in turns if turn.get("checked_to")), default=None)
    besides = f", looked at up to {checked} copies" if checked else ""
    return Table(f"Number of copies at which a scenario becomes the cheaper one{besides}", columns, rows)


def _at(turn: Mapping[str, Any], key: str) -> Cell:
    return Cell(str(turn[key]) if turn.get(key) is not None else "never")


def _costs(curves: Mapping[str, Points], reading: Reading) -> Table:
    """The chart in figures: at numbers of copies spread over it, from the first on."""
    numbers = sorted({number for points in curves.values() for number, _cost in points})
    every = -(-len(numbers) // _ROWS)
    columns = (Column("Copies", True), *(Column(reading.label(name), True) for name in curves))
    known = [dict(points) for points in curves.values()]
    rows = tuple(
        Row((Cell(f"{number:f}"), *(Cell(money(costs.get(number))) for costs in known))) for number in numbers[::every]
    )
    return Table("USD a month by number of copies", columns, rows)
