# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to know: findings, and what was assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..findings import INFO, SEVERITIES
from .layout import Block, Item, Section
from .money import plural
from .reading import Reading, joined, label_of

#: Severities as a reader knows them.
#: So many of them are told in brief.
_MOST = 12
_LABELS = {"error": "Error", "warning": "Warning", "info": "Note"}


def items(found: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """Findings, worst first."""
    return tuple(_item(finding) for finding in sorted(found, key=lambda one: _badness(one.get("severity"))))


def _badness(severity: Any) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _item(finding: Mapping[str, Any]) -> Item:
    severity = str(finding.get("severity") or INFO)
    return Item(
        str(finding["message"]),
        _LABELS.get(severity, severity),
        severity,
        str(finding.get("path") or ""),
        str(finding.get("hint") or ""),
    )


def findings(reading: Reading) -> Iterator[Section]:
    of_all = items(reading.result.get("findings") or ())
    groups = [(label_of(one), items(one.get("findings") or ())) for one in reading.scenarios]
    blocks = tuple(_group(name, found) for name, found in groups if found)
    if of_all or blocks:
        yield Section("findings", "Findings", items=of_all, blocks=blocks)


def warnings(reading: Reading) -> Iterator[Section]:
    """Errors and warnings alone, each once, with the scenarios that it is about."""
    places: dict[Item, dict[str, None]] = {}
    for item in items(reading.result.get("findings") or ()):
        places.setdefault(item, {})
    for scenario in reading.scenarios:
        for item in items(scenario.get("findings") or ()):
            places.setdefault(item, {})[label_of(scenario)] = None
    worst = [
        replace(item, label=", ".join([item.label, *([joined(list(names))] if names else [])]))
        for item, names in places.items()
        if item.kind != INFO
    ]
    if worst:
        more = len(worst) - _MOST
        says = (f"And {more} more, in the whole report.",) if more > 0 else ()
        ordered = sorted(worst, key=lambda item: _badness(item.kind))
        yield Section("warnings", "What would bite", items=tuple(ordered[:_MOST]), paragraphs=says)


def _group(name: str, found: tuple[Item, ...]) -> Block:
    """Open where there is more than a note."""
    counts = {label: sum(item.label == label for item in found) for label in _LABELS.values()}
    figure = ", ".join(plural(count, label.lower()) for label, count in counts.items() if count)
    return Block(name, figure, any(item.kind != INFO for item in found), items=found)


def assumptions(reading: Reading) -> Iterator[Section]:
    """Each once, with where it was made."""
    places: dict[str, dict[str, None]] = {}
    for scenario in reading.scenarios:
        for line in scenario.get("lines") or ():
            for text in filter(None, str(line.get("assumption") or "").split("; ")):
                places.setdefault(text, {})[label_of(scenario)] = None
    if places:
        says = ("Nothing said otherwise, so the estimate takes these for granted.",)
        found = tuple(Item(text, place=_where(names, reading)) for text, names in places.items())
        yield Section("assumptions", "What was assumed", says, items=found)


def _where(names: Iterable[str], reading: Reading) -> str:
    named = list(names)
    return "" if len(named) == len(reading.scenarios) else joined(named)
