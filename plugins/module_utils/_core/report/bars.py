# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts of bars: a bar for each scenario, from low to high, on one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .charts import Scale, from_zero, percent
from .layout import Bar, Bars, Tick


@dataclass(frozen=True)
class Amounts:
    """What a bar shows. `low` may be above `high`: where the cost is low, the money lasts long."""

    label: str
    value: str
    note: str
    low: Decimal
    expected: Decimal
    high: Decimal
    kind: str = ""
    is_open: bool = False


def bars(
    caption: str,
    amounts: Sequence[Amounts],
    legend: tuple[str, str, str],
    shown: Callable[[Decimal], str],
    limit: Decimal | None = None,
    limit_label: str = "",
) -> Bars:
    """`shown` writes a tick. `limit` is a line across all bars."""
    values = [value for one in amounts for value in (one.low, one.expected, one.high)]
    scale = from_zero([*values, *([limit] if limit is not None else [])])
    return Bars(
        caption,
        tuple(_bar(one, scale) for one in amounts),
        ticks(scale, shown),
        legend,
        "" if limit is None else scale.percent(limit),
        limit_label,
        "more, without a price" if any(one.is_open for one in amounts) else "",
    )


def ticks(scale: Scale, shown: Callable[[Decimal], str]) -> tuple[Tick, ...]:
    """The first and the last stand within the chart."""
    anchors = {scale.start: "start", scale.end: "end"}
    return tuple(Tick(scale.percent(tick), shown(tick), anchors.get(tick, "middle")) for tick in scale.ticks)


def _bar(one: Amounts, scale: Scale) -> Bar:
    # A discount can take a total below nothing, where no bar can go.
    low, high = (max(value, Decimal(0)) for value in sorted((one.low, one.high)))
    return Bar(
        one.label,
        one.value,
        one.note,
        scale.percent(low),
        scale.percent(max(one.expected, Decimal(0))),
        scale.percent(high),
        percent(scale.share(high) - scale.share(low)),
        one.kind,
        one.is_open,
    )
