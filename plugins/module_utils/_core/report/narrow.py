# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections for forms that have less room than a page: without columns of detail, and with notes beside their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .layout import Block, Cell, Column, Row, Section, Table


def narrowed(section: Section) -> Section:
    return replace(
        section,
        tables=tuple(_table(table) for table in section.tables),
        blocks=tuple(_block(block) for block in section.blocks),
    )


def _block(block: Block) -> Block:
    return replace(block, table=_table(block.table)) if block.table else block


def _table(table: Table) -> Table:
    columns = tuple(column for column in table.columns if not column.detail)
    rows = tuple(_row(row, table.columns) for row in table.rows)
    return replace(table, columns=columns, rows=rows, total=_row(table.total, table.columns) if table.total else None)


def _row(row: Row, columns: Sequence[Column]) -> Row:
    return replace(row, cells=tuple(_cell(*pair) for pair in zip(row.cells, columns) if not pair[1].detail))


def _cell(cell: Cell, column: Column) -> Cell:
    beside = f" ({cell.note})" if cell.note and not column.quiet else ""
    return replace(cell, text=f"{cell.text}{beside}".strip(), note="")
