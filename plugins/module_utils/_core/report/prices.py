# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the prices are from, how old they are, how sure, and which are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..cost.price import CONFIDENCE
from .escape import Verbatim
from .findings import items
from .layout import Cell, Code, Column, Item, Row, Section, Table
from .reading import Reading, joined

_NAMED = 6


def prices(reading: Reading) -> Iterator[Section]:
    said = reading.result.get("prices") or {}
    table = _sources(reading)
    codes = tuple(_codes(reading))
    if said or table or codes:
        yield Section(
            "prices",
            "The prices, and how old they are",
            tuple(_paragraphs(said)),
            tables=(table,) if table else (),
            items=(*_listed(said.get("stale"), "warning", "Old"), *_listed(said.get("inferred"), "info", "Inferred")),
            codes=codes,
        )


def age(reading: Reading) -> str:
    """2026-07-20 to 2026-10."""
    said = reading.result.get("prices") or {}
    oldest, newest = said.get("oldest"), said.get("newest")
    return str(oldest or "") if oldest == newest else f"{oldest} to {newest}"


def _paragraphs(said: Mapping[str, Any]) -> Iterator[str]:
    if said.get("origin"):
        dates = f" Those used here are of {said['oldest']} to {said['newest']}." if said.get("oldest") else ""
        yield f"Prices are from {said['origin']}.{dates}"
    if said.get("regions"):
        yield f"It covers {joined(sorted(map(str, said['regions'])))}."


def _listed(found: Any, severity: str, label: str) -> tuple[Item, ...]:
    """Findings, or the keys of prices as plain text."""
    if not found:
        return ()
    if all(isinstance(one, Mapping) and "message" in one for one in found):
        return items(found)
    if severity == "warning":
        return tuple(Item(str(one), label, severity) for one in found)
    texts = [str(one.get("key") if isinstance(one, Mapping) else one) for one in found]
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return (Item(f"{', '.join(texts[:_NAMED])}{more}", label, severity),)


def _sources(reading: Reading) -> Table | None:
    """The sources of the lines that have a price, most used first."""
    dates: dict[tuple[str, str], list[str]] = {}
    for scenario in reading.scenarios:
        for line in scenario.get("lines") or ():
            if line.get("unit_price") is not None:
                source = str(line.get("source") or "not said"), str(line.get("confidence") or "")
                dates.setdefault(source, []).append(str(line.get("date") or ""))
    if not dates:
        return None
    columns = (Column("Source"), Column("How sure"), Column("Lines", True), Column("Oldest"), Column("Newest"))
    ordered = sorted(dates.items(), key=lambda item: (-len(item[1]), item[0]))
    return Table("Sources of the prices that were used", columns, tuple(_source(*item) for item in ordered))


def _source(source: tuple[str, str], dates: Sequence[str]) -> Row:
    name, confidence = source
    sure = CONFIDENCE.get(confidence, confidence)
    grade = f"{confidence}: {sure}" if len(confidence) == 1 else sure
    cells = (name, grade, str(len(dates)), min(dates) or "not said", max(dates) or "not said")
    return Row(tuple(Cell(text) for text in cells))


def missing(reading: Reading) -> Iterator[Section]:
    """What to do about prices that are missing, where some are."""
    codes = tuple(_codes(reading))
    if codes:
        yield Section("missing", "Prices that are missing", codes=codes)


def _codes(reading: Reading) -> Iterator[Code]:
    """What to paste, and what to run, where prices are missing."""
    missing = reading.result.get("missing_prices") or []
    if missing:
        lines = str(reading.result.get("price_overrides_yaml") or "").rstrip("\n").splitlines()
        if lines:
            yield Code("Fill in what is missing, as price_overrides", tuple(map(Verbatim, lines)))
        if reading.result.get("refresh_command"):
            yield Code("Or refresh the price book", (Verbatim(reading.result["refresh_command"]),))
