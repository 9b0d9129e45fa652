# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Months and days.

A month is a calendar month from the day of the start: one month after 31 January is the end of February, and two
months after it are 31 March. A part of a month is that part of the days of the month that it falls into, so half a
month from 1 February is 14 days, and half a month from 1 March 15 and a half.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace
from datetime import MAXYEAR, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from ...findings import Finding
from ...options.schema import REFUSED, Value
from .named import RULE

_DECEMBER = 12
_EXPECTED = "a day, such as 2027-01-31"
_ISO = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise ValueError(f"found a day with a time, {value.isoformat(' ')}, expected {_EXPECTED}")
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise ValueError
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"found {value}, which no calendar has, expected {_EXPECTED}") from None


DAY = Value(_EXPECTED, _day)


def read_day(value: Any, path: str) -> tuple[date | None, list[Finding]]:
    """The day that an option names, or what is wrong with it."""
    findings: list[Finding] = []
    day = DAY.read(value, path, findings)
    return (None if day is REFUSED else day), [replace(finding, rule=RULE) for finding in findings]


def add_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def date_after(start: date, months: Fraction) -> date | None:
    """The day into which the end of so many months falls; None where no calendar reaches."""
    if months >= (MAXYEAR - start.year) * 12 + _DECEMBER - start.month:
        return None
    whole = floor(months)
    first = add_months(start, whole)
    days = (add_months(start, whole + 1) - first).days
    return first + timedelta(days=floor((months - whole) * days))


def months_until(start: date, day: date) -> Fraction:
    """How many months lie between the beginnings of two days; nothing where the second is not the later one.

    It is exact: `date_after` gives the day again.
    """
    if day <= start:
        return Fraction(0)
    whole = (day.year - start.year) * 12 + day.month - start.month
    whole -= add_months(start, whole) > day
    first = add_months(start, whole)
    return whole + Fraction((day - first).days, (add_months(start, whole + 1) - first).days)
