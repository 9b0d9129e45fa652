# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many of a thing there are: a count, or a range with what is expected of it.

`count` alone is all three figures. Of a range whose expected count was not told, the middle is taken, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from ...findings import ERROR
from ...options.schema import Check, Key
from ...options.values import number
from ...rule import Problem
from ..amounts import digits
from ..span import Span, always

#: No list of resources means more of one thing; beyond it stands a slip of the finger.
_MOST = 1_000_000
_ONE = Decimal(1)

AT_LEAST_ONE = number(1, _MOST)
_FROM_ZERO = number(0, _MOST)


class Counted(Protocol):
    """A resource whose number may follow the load."""

    @property
    def count(self) -> int | None: ...

    @property
    def count_min(self) -> int | None: ...

    @property
    def count_max(self) -> int | None: ...

    @property
    def count_expected(self) -> int | None: ...


def counts_of(resource: Counted) -> tuple[Span, str]:
    """How many there are, and what was assumed of it. One, where nothing is said."""
    most = resource.count_max
    if most is None:
        return always(_ONE if resource.count is None else Decimal(resource.count)), ""
    least = resource.count_min or 0
    if resource.count_expected is not None:
        return Span(Decimal(least), Decimal(resource.count_expected), Decimal(most)), ""
    middle = Decimal(least + most) / 2
    assumed = "" if least == most else f"expected: midpoint of {least} and {most}, {digits(middle)}"
    return Span(Decimal(least), middle, Decimal(most)), assumed


def count_keys(noun: str, example: Mapping[str, Any]) -> Mapping[str, Key]:
    """The keys of a resource that is counted. `example` has what else it needs."""
    scaled = {**example, "count_min": 2, "count_max": 10}
    return {
        "count": Key(
            AT_LEAST_ONE, f"How many {noun}, where their number never changes.", {**example, "count": 3}, "`1`"
        ),
        "count_min": Key(_FROM_ZERO, f"The fewest {noun}; the low figure.", scaled),
        "count_max": Key(AT_LEAST_ONE, f"The most {noun}, for the whole month; the high figure.", scaled),
        "count_expected": Key(
            AT_LEAST_ONE,
            f"How many {noun} on average; the expected figure.",
            {**scaled, "count_expected": 3},
            "the midpoint of `count_min` and `count_max`",
        ),
    }


def _count_or_range(resource: Counted) -> Iterator[Problem]:
    """`count` stands alone, without a range."""
    for name in ("count_min", "count_max", "count_expected"):
        if resource.count is not None and getattr(resource, name) is not None:
            hint = "count_expected says how many there are on average"
            yield "count", f"found count beside {name}, expected one of them", hint
            return


def _range_is_whole(resource: Counted) -> Iterator[Problem]:
    """`count_min` and `count_max` go together, and `count_expected` goes with them."""
    if resource.count is not None:
        return
    ends = {"count_min": resource.count_min, "count_max": resource.count_max}
    missing = [name for name, end in ends.items() if end is None]
    told = [name for name in (*ends, "count_expected") if getattr(resource, name) is not None]
    if told and missing:
        yield told[0], f"found {told[0]} without {' and '.join(missing)}, expected both ends of the range", ""


def _min_to_max(resource: Counted) -> Iterator[Problem]:
    """`count_min` is at most `count_max`."""
    least, most = resource.count_min, resource.count_max
    if least is not None and most is not None and least > most:
        yield "count_min", f"found {least}, expected at most count_max, which is {most}", ""


def _expected_within(resource: Counted) -> Iterator[Problem]:
    """`count_expected` lies within `count_min` and `count_max`."""
    least, most, mean = resource.count_min, resource.count_max, resource.count_expected
    if least is None or most is None or mean is None:
        return
    if least <= most and not least <= mean <= most:
        yield "count_expected", f"found {mean}, expected {least} to {most}, as count_min and count_max say", ""


_KEYS = ("count", "count_min", "count_max", "count_expected")
COUNT_CHECKS = tuple(
    Check(ERROR, _KEYS, broken) for broken in (_count_or_range, _range_is_whole, _min_to_max, _expected_within)
)
