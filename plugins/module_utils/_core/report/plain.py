# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Narrowed sections as lines of text, for a file or a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .escape import printable
from .layout import Block, Code, Item, Section, Table

#: Columns of a text file.
WIDTH = 100
#: What Ansible shows as YAML without folding it once more.
TERMINAL = 72
_GAP = "  "
_INDENT = "  "
#: A column of words is not made narrower than this.
_LEAST = 12


@dataclass(frozen=True)
class _Grid:
    """How wide each column is, and which hold numbers."""

    numeric: tuple[bool, ...]
    widths: tuple[int, ...]

    def lines(self, texts: Sequence[str]) -> Iterator[str]:
        """A row, as many lines high as its longest text needs."""
        cells = [textwrap.wrap(text, width) or [""] for text, width in zip(texts, self.widths)]
        for number in range(max(map(len, cells))):
            row = [cell[number] if number < len(cell) else "" for cell in cells]
            yield _INDENT + _GAP.join(
                text.rjust(width) if numeric else text.ljust(width)
                for text, width, numeric in zip(row, self.widths, self.numeric)
            )

    @property
    def rule(self) -> str:
        return _INDENT + _GAP.join("-" * width for width in self.widths)


@dataclass(frozen=True)
class Paper:
    """Lines of so many columns."""

    width: int = WIDTH

    def wrapped(self, text: str, first: str = "", then: str | None = None) -> list[str]:
        """Words that are longer than a line, such as addresses, are cut: nothing is wider than the paper."""
        rest = " " * len(first) if then is None else then
        return textwrap.wrap(text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

    def lines(self, section: Section) -> tuple[str, ...]:
        return tuple(printable(line).rstrip() for line in self._lines(section))

    def _lines(self, section: Section) -> Iterator[str]:
        for text in section.paragraphs:
            yield from self.wrapped(text)
        for table in section.tables:
            yield ""
            yield from self._table(table)
        for item in section.items:
            yield from self._item(item)
        for block in section.blocks:
            yield from self._block(block)
        for code in section.codes:
            yield from _code(code)

    def _block(self, block: Block) -> Iterator[str]:
        yield ""
        yield from self.wrapped(f"{block.title}{f': {block.figure}' if block.figure else ''}")
        for text in block.paragraphs:
            yield from self.wrapped(text, _INDENT)
        if block.table:
            yield from self._table(block.table)
        for item in block.items:
            yield from self._item(item)

    def _item(self, item: Item) -> Iterator[str]:
        label = f"{item.label}: " if item.label else ""
        place = f"{item.place}: " if item.place else ""
        hint = f" ({item.hint})" if item.hint else ""
        yield from self.wrapped(f"{label}{place}{item.text}{hint}", "- ")

    def _table(self, table: Table) -> Iterator[str]:
        rows = [[cell.text for cell in row.cells] for row in (*table.rows, *([table.total] if table.total else []))]
        head = [column.name for column in table.columns]
        numeric = tuple(column.numeric for column in table.columns)
        grid = _Grid(numeric, self._widths([head, *rows], numeric))
        yield from grid.lines(head)
        yield grid.rule
        for number, row in enumerate(rows):
            if table.total and number == len(table.rows):
                yield grid.rule
            yield from grid.lines(row)

    def _widths(self, rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> tuple[int, ...]:
        """As wide as the longest text. Where that is too wide, the widest columns of words give way."""
        widths = [max(len(row[index]) for row in rows) for index in range(len(numeric))]
        room = self.width - len(_INDENT) - len(_GAP) * (len(widths) - 1)
        while sum(widths) > room:
            words = [index for index, number in enumerate(numeric) if not number and widths[index] > _LEAST]
            widest = max(words or range(len(widths)), key=lambda index: widths[index])
            widths[widest] -= 1
        return tuple(widths)


def _code(code: Code) -> Iterator[str]:
    """To be copied, so nothing is wrapped."""
    yield ""
    yield f"{code.caption}:"
    yield from (f"{_INDENT}{line}" for line in code.lines)
