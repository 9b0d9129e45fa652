# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to hold between `min`, `max` and a count, wherever a service scales."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..findings import ERROR
from ..options.schema import Check
from ..rule import Problem


class Bounded(Protocol):
    @property
    def min(self) -> int | None: ...

    @property
    def max(self) -> int | None: ...


def min_needs_max(options: Bounded) -> Iterator[Problem]:
    """`min` needs `max`."""
    if options.min is not None and options.max is None:
        yield "min", "found min without max, expected both", "say how many you would pay for"


def min_to_max(options: Bounded) -> Iterator[Problem]:
    """`min` is at most `max`."""
    if options.min is not None and options.max is not None and options.min > options.max:
        yield "min", f"found {options.min}, expected at most max, which is {options.max}", ""


def bounds(count: str) -> tuple[Check, ...]:
    """The checks of options that have `min`, `max`, and a count of this name."""

    def count_within(options: Bounded) -> Iterator[Problem]:
        found, low, high = getattr(options, count), options.min or 0, options.max
        if found is not None and high is not None and low <= high and not low <= found <= high:
            yield count, f"found {found}, expected {low} to {high}, as min and max say", ""

    count_within.__doc__ = f"`{count}` lies within `min` and `max`."
    return (
        Check(ERROR, ("min", "max"), min_needs_max),
        Check(ERROR, ("min", "max"), min_to_max),
        Check(ERROR, (count, "min", "max"), count_within),
    )
