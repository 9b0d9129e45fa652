# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report is made of, whatever its form: sections with paragraphs, tables, charts and findings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """`kind` is a class of the page: fits, over, unknown."""

    text: str
    note: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """What is `detail` has room on a page alone, and so have the notes of a `quiet` column."""

    name: str
    numeric: bool = False
    detail: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Row:
    """The first cell is the row's header. `share` is a width, of a line in its bill."""

    cells: tuple[Cell, ...]
    marked: bool = False
    share: str = ""


@dataclass(frozen=True)
class Table:
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None


@dataclass(frozen=True)
class Item:
    """One of a list: a finding, or something that was assumed. `kind` is a severity, or nothing."""

    text: str
    label: str = ""
    kind: str = ""
    place: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Tick:
    """`anchor` keeps the text of the first and the last within the chart."""

    at: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Bar:
    """From nothing to `low` it is solid, from there to `high` hatched, with a mark at `expected`; all in percent.

    `rest` is the width between low and high. `is_open`: the end is not known, for something has no price.
    """

    label: str
    value: str
    note: str
    low: str
    expected: str
    high: str
    rest: str
    kind: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Bars:
    """`limit` is where the budget lies, or nothing."""

    caption: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    legend: tuple[str, str, str]
    limit: str = ""
    limit_label: str = ""
    open_label: str = ""


@dataclass(frozen=True)
class Curve:
    """`dash` is the number of a pattern of dashes. `short` and `letter` name it where the label has no room."""

    label: str
    short: str
    letter: str
    path: str
    dash: int
    marked: bool
    label_x: str
    label_y: str


@dataclass(frozen=True)
class Mark:
    """A point of a chart, and what it says."""

    x: str
    y: str
    label: str


@dataclass(frozen=True)
class Curves:
    caption: str
    curves: tuple[Curve, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    across_label: str
    up_label: str
    side: int


@dataclass(frozen=True)
class Block:
    """A part of a section that a reader may fold away."""

    title: str
    figure: str = ""
    is_open: bool = False
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines to copy."""

    caption: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    bars: Bars | None = None
    curves: Curves | None = None
    tables: tuple[Table, ...] = ()
    items: tuple[Item, ...] = ()
    blocks: tuple[Block, ...] = ()
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Headline:
    """The verdict. `kind` is pass, fail, indeterminate, none or error; `word` says it, `icon` is a path of 16 by 16."""

    kind: str
    word: str
    text: str
    more: tuple[str, ...] = ()
    icon: str = ""
