# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What most usages look like: so many of a thing for so many hours, or so much of a thing."""

from __future__ import annotations

from decimal import Decimal

from ..amounts import digits
from ..scenario import Usage
from ..span import Span, always


def words(count: Decimal, noun: str) -> str:
    """1 task, 3 tasks, 0.9 tasks."""
    return f"{digits(count)} {noun}" if count == 1 else f"{digits(count)} {noun}s"


def hourly(item: str, key: str, counts: Span, noun: str, hours: Decimal, assumption: str = "") -> Usage:
    """Things that are billed for every hour that they are there."""
    formula = f"{words(counts.expected, noun)} x {digits(hours)} h"
    return Usage(item, key, counts.times(hours), formula, True, assumption)


def monthly(item: str, key: str, quantity: Decimal, formula: str, assumption: str = "") -> Usage:
    """What is billed by the month whatever the traffic."""
    return Usage(item, key, always(quantity), formula, True, assumption)


def metered(item: str, key: str, quantity: Decimal, formula: str, assumption: str = "") -> Usage:
    """What grows with traffic."""
    return Usage(item, key, always(quantity), formula, False, assumption)


def gigabytes(item: str, key: str, gib: Decimal, assumption: str = "") -> Usage:
    """Traffic, in AWS's GB of 2**30 bytes."""
    return metered(item, key, gib, f"{digits(gib)} GB", assumption)
