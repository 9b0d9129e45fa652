# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The single values of a price: amounts, dates, regions and sources."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from .price import CONFIDENCE

#: A region of AWS, or what a user calls a place of another provider.
REGION = re.compile(r"[a-z][a-z0-9-]*")
#: One line of words: it is shown beside every cost.
SOURCE = re.compile(r"[^\n\r|\"\\]{0,200}[^\s|\"\\][^\n\r|\"\\]{0,200}")
CONFIDENCES = tuple(CONFIDENCE)

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,18})?")


def published(date_text: str) -> datetime.date:
    """The day of a price's date; a month, 2026-10, means its first day. Raises ValueError for anything else."""
    match = _DATE.fullmatch(date_text)
    if not match:
        raise ValueError(f"found '{date_text}', expected a date such as 2026-09-11, or a month, 2026-09")
    year, month, day = match.groups(default="1")
    return datetime.date(int(year), int(month), int(day))


def moment(value: Any) -> datetime.date | None:
    """The same, of what a user wrote; YAML makes a date of its own of 2026-09-11."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return published(value) if isinstance(value, str) else None
    except ValueError:
        return None


def amount(value: Any) -> Decimal | None:
    """US dollars, exactly as written: a number, or text of one. Nothing where it is no number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    if isinstance(value, str):
        return Decimal(value) if _AMOUNT.fullmatch(value) else None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < 10**12 else None
