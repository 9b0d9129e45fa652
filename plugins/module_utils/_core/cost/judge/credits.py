# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credits: money that pays only within a time. They lengthen a runway and leave the cost as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from ...findings import ERROR, Finding
from ...options.schema import REQUIRED, Check, Key
from ...rule import Problem
from ..amounts import positive
from .calendar import DAY
from .named import NAME, read_named


@dataclass(frozen=True)
class Credit:
    """It pays from the day `since`, or from the start, to the day `until`, that day included, or without end."""

    name: str
    usd: Decimal
    since: date | None = None
    until: date | None = None


def _from_to_until(options: CreditOptions) -> Iterator[Problem]:
    """`from` is not after `until`."""
    since, until = options.credit.since, options.credit.until
    if since and until and since > until:
        yield "from", f"found {since}, expected a day that is not after until, which is {until}", ""


class CreditOptions:
    """Money that pays only within a time. Credits that expire first are used first."""

    KEYS: ClassVar[Mapping[str, Key]] = {
        "name": Key(
            NAME,
            "What to call it.",
            {"name": "founders", "usd": 200},
            "credit 1, credit 2 and so on",
        ),
        "usd": Key(
            positive("USD"),
            "How much it is.",
            {"name": "founders", "usd": 200},
            REQUIRED,
        ),
        "from": Key(
            DAY,
            "The first day that it pays for.",
            {"usd": 200, "from": "2027-01-01"},
            "the start",
        ),
        "until": Key(
            DAY,
            "The last day that it pays for. What is left of it then is lost.",
            {"usd": 200, "until": "2027-03-31"},
            "it never expires",
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (Check(ERROR, ("from", "until"), _from_to_until),)

    # It is no dataclass, since `from` is a word of Python and so no attribute.
    def __init__(self, usd: Decimal, name: str = "", until: date | None = None, **since: date) -> None:
        self.credit = Credit(name, usd, since.get("from"), until)


def read_credits(value: Any, path: str) -> tuple[tuple[Credit, ...], list[Finding]]:
    """The credits of a list, and everything that is wrong with it."""
    named, findings = read_named(CreditOptions, value, path, "credit")
    return tuple(replace(options.credit, name=name) for name, options in named.items()), findings
