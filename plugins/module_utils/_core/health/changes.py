# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed of the verdicts since the last look, as lines for the journal. Nothing is said where nothing has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .verdict import CRITICAL, NORMAL, UNKNOWN, WARNING, Item

#: syslog's priorities, which systemd takes from the start of a line.
_PRIORITIES = {NORMAL: 5, UNKNOWN: 4, WARNING: 4, CRITICAL: 2}


def states(items: Iterable[Item]) -> dict[str, str]:
    return {item.key: item.state for item in items}


def lines(before: Mapping[str, str], items: Iterable[Item]) -> list[str]:
    """`before` are the states of the last look; empty at the first, after which only what is not normal is news."""
    now = list(items)
    gone = sorted(set(before) - {item.key for item in now})
    return [*_changed(before, now), *(f"<{_PRIORITIES[NORMAL]}>{key}: no longer there" for key in gone)]


def _changed(before: Mapping[str, str], items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        former = before.get(item.key, NORMAL)
        if former != item.state:
            yield f"<{_PRIORITIES[item.state]}>{item.key}: {former} -> {item.state} ({item.message})"
