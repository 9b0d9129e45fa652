# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How old the prices of an estimate are. One finding for each source and date, whatever the number of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ...findings import ERROR, WARNING, Finding, shown
from ..book_values import published
from ..estimate import Line
from ..price import Price

OLD = "price-old"
TOO_OLD = "price-too-old"
FUTURE = "price-from-the-future"
NO_DATE = "price-without-date"

#: AWS changes list prices a few times a year, and Spot prices within days.
WARN_DAYS = 90
WARN_DAYS_SPOT = 7

_SPOT = "fargate_spot."
_USER = "user"
#: So many keys are named; then they are counted.
_NAMED = 3
_REFRESH = "refresh the price book, or give price_overrides"


def ages(lines: Iterable[Line], today: date, max_age: int | None = None) -> list[Finding]:
    """`max_age` in days is `max_price_age_days`: older prices are errors, and their age must be known."""
    return [
        finding
        for (source, said, spot), keys in _groups(lines).items()
        for finding in _age(source, said, spot, _named(keys), today, max_age)
    ]


def _groups(lines: Iterable[Line]) -> dict[tuple[str, str, bool], list[str]]:
    """Keys by source, date and whether they are Spot prices, in order and once each."""
    groups: dict[tuple[str, str, bool], dict[str, None]] = {}
    for price in (line.price for line in lines):
        if price is not None and not _given_now(price):
            groups.setdefault((price.source, price.date, price.key.startswith(_SPOT)), {})[price.key] = None
    return {group: list(keys) for group, keys in groups.items()}


def _given_now(price: Price) -> bool:
    """Who gives a price without a date gives today's."""
    return price.confidence == _USER and not price.date


def _age(source: str, said: str, spot: bool, keys: str, today: date, max_age: int | None) -> Iterator[Finding]:
    try:
        age = (today - published(said)).days
    except ValueError:
        message = f"{keys} of {source}: found {shown(said)}, expected a date such as 2026-09-11 or 2026-10"
        yield Finding(NO_DATE, ERROR, "prices", message, _REFRESH)
        return
    warn = WARN_DAYS_SPOT if spot else WARN_DAYS
    if age < 0:
        message = f"{keys} of {source}: found prices of {said}, expected none after today, {today.isoformat()}"
        yield Finding(FUTURE, ERROR, "prices", message, "check the clock, and where the price book is from")
    elif max_age is not None and age > max_age:
        message = f"{keys} of {source}: found prices of {said}, {_days(age)} old, expected at most {_days(max_age)}"
        yield Finding(TOO_OLD, ERROR, "prices", message, f"{_REFRESH}, or raise max_price_age_days")
    elif age > warn:
        kind = "Spot prices" if spot else "prices"
        message = f"{keys} of {source}: found {kind} of {said}, {_days(age)} old, expected at most {_days(warn)}"
        yield Finding(OLD, WARNING, "prices", message, _REFRESH)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _named(keys: list[str]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"{', '.join(keys[:_NAMED])}{more}"
