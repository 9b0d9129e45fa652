# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of the charts: scales with round ticks, bars in percent of a width, staircases as paths.

A chart has no size of its own. Lengths are percentages, and paths lie in a square of SIDE that the page stretches, so
that letters and strokes are the same on a phone and on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

SIDE = 1000
#: Steps between ticks that people count in.
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_TICKS = 5
#: A little room beyond the largest value, so that no line runs along the edge.
_ROOM = Decimal("1.02")

Point = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Scale:
    """From `start` to `end`, with a few round ticks between."""

    start: Decimal
    end: Decimal
    ticks: tuple[Decimal, ...]

    def share(self, value: Decimal) -> Decimal:
        """Where a value lies, from 0 at the start to 1 at the end."""
        return (value - self.start) / (self.end - self.start)

    def percent(self, value: Decimal) -> str:
        return percent(self.share(value))


def percent(share: Decimal) -> str:
    """As an attribute of SVG has it."""
    return f"{share * 100:.2f}%"


def step_between(span: Decimal, count: int = _TICKS) -> Decimal:
    """The smallest round step with which `count` steps reach over a span."""
    wanted = span / count
    power = Decimal(1).scaleb(wanted.adjusted())
    return next(step * power for step in _STEPS if step * power >= wanted)


def from_zero(values: Iterable[Decimal]) -> Scale:
    """For amounts: zero is always shown, and the end is a tick."""
    top = max([*values, Decimal(0)]) * _ROOM or Decimal(1)
    step = step_between(top)
    count = int((top / step).to_integral_value(ROUND_CEILING))
    return Scale(Decimal(0), step * count, tuple(step * number for number in range(count + 1)))


def counted(first: int, last: int) -> Scale:
    """For numbers of copies: each has a step of its own width, and ticks are whole."""
    step = max(Decimal(1), step_between(Decimal(max(last - first, 1)), 8).to_integral_value())
    inner = (step * number for number in range(int(first // step) + 1, int(last // step) + 1))
    ticks = tuple(dict.fromkeys((Decimal(first), *(tick for tick in inner if tick >= first + step / 2))))
    return Scale(first - Decimal("0.5"), last + Decimal("0.5"), ticks)


def staircase(points: Sequence[Point], across: Scale, up: Scale) -> str:
    """A path with a level step around each number of copies, in a square of SIDE."""
    path = ""
    for number, cost in points:
        left = _place(across.share(number - Decimal("0.5")))
        height = _place(1 - up.share(cost))
        path += f"V{height}" if path else f"M{left} {height}"
        path += f"H{_place(across.share(number + Decimal('0.5')))}"
    return path


def _place(share: Decimal) -> str:
    return f"{share * SIDE:.1f}"


def apart(heights: Sequence[Decimal], gap: Decimal) -> list[Decimal]:
    """Heights from 0 to 1, moved as little as it takes for labels to stand `gap` apart, their order kept."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    moved = list(heights)
    for before, index in zip([None, *order], order):
        if before is not None:
            moved[index] = max(moved[index], moved[before] + gap)
    limit = Decimal(1)
    for index in reversed(order):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved
