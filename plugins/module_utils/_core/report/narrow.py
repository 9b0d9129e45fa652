# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections for forms that have less room than a page: without columns of detail, and with notes beside their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .layout import Block, Cell, Column, Row, Section, Table


def narrowed(section: Section, brief: bool = False) -> Section:
    """In `brief`, quiet columns are left out as well."""
    return replace(
        section,
        tables=tuple(_table(table, brief) for table in section.tables),
        blocks=tuple(_block(block, brief) for block in section.blocks),
    )


def _block(block: Block, brief: bool) -> Block:
    return replace(block, table=_table(block.table, brief)) if block.table else block


def _table(table: Table, brief: bool) -> Table:
    kept = [not (column.detail or (brief and column.quiet)) for column in table.columns]
    columns = tuple(column for column, keep in zip(table.columns, kept) if keep)
    rows = tuple(_row(row, table.columns, kept) for row in table.rows)
    total = _row(table.total, table.columns, kept) if table.total else None
    return replace(table, columns=columns, rows=rows, total=total)


def _row(row: Row, columns: Sequence[Column], kept: Sequence[bool]) -> Row:
    cells = (_cell(cell, column) for cell, column, keep in zip(row.cells, columns, kept) if keep)
    return replace(row, cells=tuple(cells))


def _cell(cell: Cell, column: Column) -> Cell:
    beside = f" ({cell.note})" if cell.note and not column.quiet else ""
    return replace(cell, text=f"{cell.text}{beside}".strip(), note="")
