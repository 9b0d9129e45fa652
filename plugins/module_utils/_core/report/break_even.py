# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one scenario becomes cheaper than another as copies are added: staircases, sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
#: So many rows and scenarios the table has at most.
_ROWS = 24
_COLUMNS = 8
_NO_FIGURE = "no figure"
#: So many letters of a name fit beside the chart.
_SHORT = 15
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Points = Sequence[Point]


def break_even(reading: Reading) -> Iterator[Section]:
    turns, curves = reading.result.get("break_even") or [], _curves(reading)
    if turns or curves:
        tables = (_turns(turns, reading),) if turns else ()
        blocks = tuple(_figures(curves, _last_shown(curves, turns), reading)) if curves else ()
        says = (
            "Nodes are bought whole, so costs rise in steps, and one scenario may overtake another more than once.",
        )
        chart = _chart(curves, turns, reading) if curves else None
        yield Section("break_even", "As copies are added", says, curves=chart, tables=tables, blocks=blocks)


def turning_points(reading: Reading) -> Iterator[Section]:
    """The table alone."""
    yield from (replace(section, blocks=()) for section in break_even(reading) if section.tables)


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
    return Curves(
        "Cost a month by number of copies",
        tuple(_drawn(shown, across, up, reading)),
        tuple(Tick(across.percent(tick), f"{tick:f}") for tick in across.ticks),
        tuple(Tick(_down(up, tick), budget(tick)) for tick in up.ticks),
        tuple(_marks(shown, turns, across, up)),
        "copies",
        "USD a month",
        SIDE,
    )


def _drawn(shown: Mapping[str, Points], across: Scale, up: Scale, reading: Reading) -> Iterator[Curve]:
    best = (reading.best or {}).get("name")
    if best not in shown:  # a single host has no copies; then what is cheapest to start with
        best = min(shown, key=lambda name: shown[name][0][1])
    order = [best, *(name for name in shown if name != best)]
    heights = _label_heights(shown, up)
    for index, (name, points) in enumerate(shown.items()):
        label = reading.label(name)
        yield Curve(
            label,
            label if len(label) <= _SHORT else f"{label[: _SHORT - 1]}\N{HORIZONTAL ELLIPSIS}",
            _LETTERS[index % len(_LETTERS)],
            staircase(points, across, up),
            order.index(name) % DASHES,
            name == best,
            across.percent(_end(points)),
            percent(heights[name]),
        )


def _end(points: Points) -> Decimal:
    return points[-1][0] + Decimal("0.5")


def _label_heights(shown: Mapping[str, Points], up: Scale) -> dict[str, Decimal]:
    """Labels of curves that end at the same place make room for each other."""
    heights = {name: 1 - up.share(points[-1][1]) for name, points in shown.items()}
    for end in {_end(points) for points in shown.values()}:
        names = [name for name, points in shown.items() if _end(points) == end]
        heights.update(zip(names, apart([heights[name] for name in names], _GAP)))
    return heights


def _down(up: Scale, cost: Decimal) -> str:
    """Where a cost lies, from above, as pages measure."""
    return percent(1 - up.share(cost))


def _marks(shown: Mapping[str, Points], turns: Sequence[Mapping[str, Any]], across: Scale, up: Scale) -> Iterator[Mark]:
    """A dot on the cheaper scenario where it takes over for good from one that could go on."""
    costs = {name: dict(points) for name, points in shown.items()}
    dots = {}
    for turn in turns:
        always = exactly(turn.get("always") or 0)
        cost, other = (costs.get(str(turn[key]), {}).get(always) for key in ("of", "against"))
        if cost is not None and other is not None and always > 1:
            dots[across.percent(always), _down(up, cost)] = f"{always:f}"
    for (x, y), label in dots.items():
        yield Mark(x, y, label)


def _turns(turns: Sequence[Mapping[str, Any]], reading: Reading) -> Table:
    columns = (
        Column("Scenario"),
        Column("Against"),
        Column("First at", True),
        Column("Always from", True),
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


def _cost(cost: Decimal | None) -> Cell:
    return Cell(_NO_FIGURE if cost is None else money(cost))


def _figures(curves: Mapping[str, Points], last: int, reading: Reading) -> Iterator[Block]:
    """The chart as tables, each with as many scenarios as a page has room for."""
    names = list(curves)
    for start in range(0, len(names), _COLUMNS):
        table = _costs({name: curves[name] for name in names[start : start + _COLUMNS]}, last, reading)
        missing = any(cell.text == _NO_FIGURE for row in table.rows for cell in row.cells)
        says = ("Where there is no figure, so many copies cannot run there, or something has no price.",)
        more = ", continued" if start else ""
        yield Block(f"The chart in figures{more}", paragraphs=says if missing else (), table=table)


def _costs(curves: Mapping[str, Points], last: int, reading: Reading) -> Table:
    """At all numbers of copies that the chart shows, or at every so many of them."""
    numbers = sorted({number for points in curves.values() for number, _cost in points})
    numbers = [number for number in numbers if number <= last]
    every = -(-len(numbers) // _ROWS)
    columns = (Column("Copies", True), *(Column(reading.label(name), True) for name in curves))
    known = [dict(points) for points in curves.values()]
    rows = tuple(
        Row((Cell(f"{number:f}"), *(_cost(costs.get(number)) for costs in known))) for number in numbers[::every]
    )
    return Table("USD a month by number of copies", columns, rows)
