# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedule expressions of Amazon EventBridge Scheduler: rate(...), cron(...) and at(...).

Sources: botocore, CreateSchedule (the three forms, the units of a rate); the EventBridge Scheduler user guide,
"Schedule types" (the six fields of cron, their ranges and wildcards).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass

_FORM = re.compile(r"(?P<form>rate|cron|at)\((?P<inside>.*)\)")
_RATE = re.compile(r"0*[1-9][0-9]{0,8} +(?:minute|hour|day)s?")
_AT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class _Field:
    """A field of cron. `names` stand for its numbers; `special` are words such as L that it knows besides."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"

    def holds(self, text: str) -> bool:
        return text == "*" or all(self._part(part) for part in text.split(","))

    def _part(self, part: str) -> bool:
        if re.fullmatch(self.special, part):
            return True
        base, slash, step = part.partition("/")
        first, dash, last = base.partition("-")
        if slash and not (_NUMBER.fullmatch(step) and int(step)):
            return False
        return (base == "*" and bool(slash)) or (self._one(first) and (not dash or self._one(last)))

    def _one(self, text: str) -> bool:
        return text in self.names or bool(_NUMBER.fullmatch(text) and self.lowest <= int(text) <= self.highest)


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_WEEKDAY = f"(?:[1-7]|{'|'.join(_DAYS)})"
_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day-of-month", 1, 31, special=rf"\?|LW?|L-{_DAY}|{_DAY}W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day-of-week", 1, 7, _DAYS, special=rf"\?|{_WEEKDAY}?L|{_WEEKDAY}#[1-5]"),
    _Field("year", 1970, 2199),
)


def schedule(text: str) -> str:
    """The expression itself; ValueError says what is wrong with it, with no text if it has none of the three forms."""
    match = _FORM.fullmatch(text)
    if not match:
        raise ValueError
    _CHECKS[match["form"]](match["inside"])
    return text


def _rate(inside: str) -> None:
    if not _RATE.fullmatch(inside):
        raise ValueError(f"found rate({inside}), expected a number above 0 and minutes, hours or days: rate(5 minutes)")


def _at(inside: str) -> None:
    match = _AT.fullmatch(inside)
    if match:
        year, month, day, hour, minute, second = map(int, match.groups())
        known = year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
        if known and hour <= 23 and minute <= 59 and second <= 59:
            return
    raise ValueError(f"found at({inside}), expected a date and time that exist: at(2027-01-31T03:00:00)")


def _cron(inside: str) -> None:
    texts = inside.split()
    if len(texts) != len(_FIELDS):
        names = " ".join(field.name for field in _FIELDS)
        raise ValueError(f"found {len(texts)} fields in cron({inside}), expected 6: {names}")
    days = texts[2], texts[4]
    if days.count("?") != 1:
        raise ValueError(f"found {days[0]} for day-of-month and {days[1]} for day-of-week, expected ? for one of them")
    for field, text in zip(_FIELDS, texts):
        if not field.holds(text):
            raise ValueError(f"found {text} for {field.name} of cron, expected {field.lowest} to {field.highest}")


_CHECKS = {"rate": _rate, "cron": _cron, "at": _at}
