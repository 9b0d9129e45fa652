# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of a result as text. A number is rounded here and nowhere else; one that is not there is never zero."""

from __future__ import annotations

from calendar import monthrange
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

NO_PRICE = "no price"
#: Of a duration that has no end, and of one that is not known.
ENDLESS = "without end"
#: Of so many, nobody counts thousandths.
_MANY = 100
CENT = Decimal("0.01")
_DAYS_A_MONTH = Decimal(365) / 12
#: Wide enough for the largest float, so that no number a user can give is too long to round.
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)


def exactly(number: Any) -> Decimal:
    """The decimal number that JSON shows, not the binary one behind it."""
    return Decimal(repr(float(number))) if isinstance(number, float) else Decimal(str(number))


def rounded(number: Any, step: Decimal = CENT) -> Decimal:
    """Half up, as on a bill."""
    return exactly(number).quantize(step, context=_WIDE)


def money(amount: Any) -> str:
    """$1,234.56. What costs less than half a cent is not free."""
    if amount is None:
        return NO_PRICE
    sign = "-" if exactly(amount) < 0 else ""
    cents = rounded(amount).copy_abs()  # `abs` would round to the default precision
    return f"{sign}${cents:,}" if cents or not exactly(amount) else f"{sign}<$0.01"


def change(amount: Any) -> str:
    """A difference, with its sign."""
    text = money(amount)
    return text if amount is None or exactly(amount) <= 0 else f"+{text}"


def budget(amount: Any) -> str:
    """A round sum without cents: $100."""
    whole = exactly(amount) == exactly(amount).to_integral_value()
    return f"${rounded(amount, Decimal(1)):,}" if whole else money(amount)


def unit_price(amount: Any) -> str:
    """All the digits that the price has, and two at least."""
    if amount is None:
        return NO_PRICE
    exact = exactly(amount)
    text = f"{exact.normalize(_WIDE):,f}"
    return f"${text}" if len(text.partition(".")[2]) > 1 else f"${exact.quantize(CENT, context=_WIDE):,}"


def quantity(number: Any, most: int = 4) -> str:
    """1,095 or 1.3698: no digits that say nothing."""
    places = min(most, 4 if abs(exactly(number)) < _MANY else 2)
    text = f"{rounded(number, Decimal(1).scaleb(-places)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plural(count: Any, noun: str, many: str = "") -> str:
    """1 month, 2 months."""
    return f"{quantity(count)} {noun if exactly(count) == 1 else many or noun + 's'}"


def duration(months: Any, ends_on: str | None = None) -> str:
    """2 months and 9 days. Days are rounded down: money that lasts into a day does not last through it."""
    if months is None:
        return ENDLESS
    whole, rest = divmod(exactly(months), 1)
    days = _days(rest, ends_on) if ends_on else int(rest * _DAYS_A_MONTH)
    said = [plural(int(whole), "month")] if whole else []
    said += [plural(days, "day")] if days or not whole else []
    return " and ".join(said)


def _days(rest: Decimal, ends_on: str) -> int:
    """The days that a part of a month has, where it ends on a day: each month has its own length."""
    year, month, day = (int(word) for word in ends_on.split("-"))
    for days in range(day):
        if int(rest * monthrange(year, month)[1]) == days:
            return days
    before = (year - 1, 12) if month == 1 else (year, month - 1)
    return int(rest * monthrange(*before)[1])
