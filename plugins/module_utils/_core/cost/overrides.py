# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prices that the user gives: read, laid over a book, and asked for where the book has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from ..findings import ERROR, Finding
from ..options.schema import REQUIRED, Check, Key, Value, described, read
from ..options.values import matching
from ..rule import Problem
from ..words import did_you_mean
from .book import CURRENCY
from .book_values import REGION, SOURCE, amount, moment
from .catalogue import ITEMS, is_global, item_of, known, unit_of
from .price import GLOBAL, Book, Price

_RULE = "price-override"
#: What an override without a source is called in reports.
_GIVEN = "given by the user"


def _usd(value: Any) -> Decimal:
    read_amount = amount(value)
    if read_amount is None:
        raise ValueError
    return read_amount


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    if not known(value):
        hint = did_you_mean(value, ITEMS)
        raise ValueError(f"{described(value)}, expected a price key{', ' + hint if hint else ''}")
    return value


def _date(value: Any) -> str:
    day = moment(value)
    if day is None:
        raise ValueError
    return value if isinstance(value, str) else day.isoformat()


def _region_is_given(override: Override) -> Iterator[Problem]:
    """`region` is given, but for what costs the same everywhere."""
    if is_global(override.key):
        return
    if not override.region:
        yield "region", "the key is missing, expected a region such as eu-west-1", ""
    elif override.region == GLOBAL:
        yield "region", f"{described(override.region)}, expected a region such as eu-west-1", ""


def _unit_is_the_catalogues(override: Override) -> Iterator[Problem]:
    """`unit` is the one that the price is counted in, so that a price for a month is not taken for one for an hour."""
    expected = unit_of(override.key)
    if override.unit != expected:
        yield "unit", f"{described(override.unit)}, expected {expected}", f"give the price of one {expected}"


def _currency_is_dollars(override: Override) -> Iterator[Problem]:
    """`currency` is USD, since prices are never converted."""
    if override.currency != CURRENCY:
        message = f"{described(override.currency)}, expected {CURRENCY}"
        yield "currency", message, "prices are never converted; give them in US dollars"


_EXAMPLE = {"key": "nat.hour", "region": "eu-west-1", "usd": 0.048, "unit": "hour"}


@dataclass(frozen=True)
class Override:
    """A price that goes before the one of the book."""

    key: str
    usd: Decimal
    unit: str
    region: str = ""
    source: str = _GIVEN
    date: str = ""
    currency: str = CURRENCY
    KEYS: ClassVar[Mapping[str, Key]] = {
        "region": Key(
            matching(REGION.pattern, "a region such as eu-west-1"),
            "The region that the price is for; not needed where it is the same everywhere.",
            _EXAMPLE,
        ),
        "key": Key(Value("a price key such as alb.hour", _key), "What is priced.", _EXAMPLE, REQUIRED),
        "usd": Key(
            Value("a number of US dollars, 0 or more", _usd), "US dollars for one unit, before tax.", _EXAMPLE, REQUIRED
        ),
        "unit": Key(
            matching(r"[A-Za-z0-9 -]+", "the unit of the price, such as hour"),
            "What the price is for; it has to be the unit of the key.",
            _EXAMPLE,
            REQUIRED,
        ),
        "source": Key(
            matching(SOURCE.pattern, "one line that says where the price is from"),
            "Where the price is from, for the report.",
            {**_EXAMPLE, "source": "our contract of 2026"},
            _GIVEN,
        ),
        "date": Key(
            Value("a date such as 2026-09-11, or a month, 2026-09", _date),
            "When the source said so.",
            {**_EXAMPLE, "date": "2026-09-11"},
        ),
        "currency": Key(
            matching(r"[A-Za-z]{3}", "the code of a currency, such as USD"),
            "The currency; only USD is taken.",
            {**_EXAMPLE, "currency": "USD"},
            CURRENCY,
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check(ERROR, ("region", "key"), _region_is_given),
        Check(ERROR, ("key", "unit"), _unit_is_the_catalogues),
        Check(ERROR, ("currency",), _currency_is_dollars),
    )

    @property
    def price(self) -> Price:
        region = GLOBAL if is_global(self.key) else self.region
        return Price(region, self.key, self.usd, self.unit, self.source, self.date, confidence="user")


def read_overrides(value: Any, path: str) -> tuple[tuple[Price, ...], list[Finding]]:
    """The prices of the option `price_overrides`, and everything that is wrong with it."""
    if value is None:
        return (), []
    if not isinstance(value, list):
        return (), [_finding(path, f"{described(value)}, expected a list of prices")]
    findings: list[Finding] = []
    prices: dict[tuple[str, str], Price] = {}
    for index, item in enumerate(value):
        place = f"{path}[{index}]"
        override, wrong = read(Override, item, place, _RULE)
        findings += wrong
        if override and not wrong:
            price = override.price
            if prices.setdefault((price.region, price.key), price) != price:
                findings.append(_finding(place, f"found a second price of {price.key} in {price.region}, expected one"))
    return tuple(prices.values()), findings


def with_overrides(book: Book, prices: Iterable[Price]) -> Book:
    """The book with these prices in place of its own."""
    regions = {region: dict(entries) for region, entries in book.prices.items()}
    for price in prices:
        regions.setdefault(price.region, {})[price.key] = price
    return replace(book, prices=regions)


def paste(missing: Iterable[tuple[str, str]]) -> str:
    """The option `price_overrides` as YAML for prices, given by region and key, that only want their `usd`."""
    wanted = sorted({(GLOBAL if is_global(key) else region, key) for region, key in missing if known(key)})
    return "".join(["price_overrides:\n", *(_entry(region, key) for region, key in wanted)]) if wanted else ""


def _entry(region: str, key: str) -> str:
    item = item_of(key)
    says = f"{item.says}, by {item.service}" if item else ""
    place = "" if region == GLOBAL else f"    region: {region}\n"
    unit = unit_of(key)
    quoted = f'"{unit}"' if unit[0].isdigit() else unit
    return (
        f"  - key: {key}  # {says}\n{place}"
        f"    usd: null  # USD for one {unit}\n    unit: {quoted}\n    source: null  # where the price is from\n"
    )


def _finding(path: str, message: str) -> Finding:
    return Finding(_RULE, ERROR, path, message)
