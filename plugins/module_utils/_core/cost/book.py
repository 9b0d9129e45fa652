# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The price book of this release, and books that users bring.

A user's book is JSON; docs/reference/price_book.md has its format. It is read as a whole or not at all: with a price
missing by mistake, a cost would look complete and be wrong.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ..findings import ERROR, Finding, shown
from ..options.schema import described
from ..words import did_you_mean
from .book_values import CONFIDENCES, REGION, SOURCE, amount, moment, published
from .catalogue import ITEMS, is_global, item_of, known
from .price import GLOBAL, Book, Price
from .price_book_data import PRICES

__all__ = ["CURRENCY", "FORMAT", "parse_book", "published", "read_book", "shipped"]

#: What a book says it is, so that another JSON file is not taken for one.
FORMAT = "slipway.containers price book 1"
CURRENCY = "USD"
_RULE = "price-book"
_TOP = ("format", "currency", "regions")
_REQUIRED = ("usd", "unit", "source", "date", "confidence")
_OPTIONAL = ("sku", "rate_code", "offer_version", "effective_date")


@lru_cache(maxsize=1)
def shipped() -> Book:
    """The book of this release. A test reads it the careful way, so that this one need not."""
    prices: dict[str, dict[str, Price]] = {}
    region = confidence = date = source = version = ""
    for line in PRICES.splitlines():
        if line.startswith(" "):
            key, usd, *listed = line.split()
            unit = ITEMS[key].unit if key in ITEMS else "hour"
            rate_code = listed[0] if listed else ""
            sku = rate_code.partition(".")[0]
            price = Price(region, key, Decimal(usd), unit, source, date, confidence, sku, rate_code, version)
            prices.setdefault(region, {})[key] = price
        else:
            region, confidence, date, source, version = line.split(" | ")
            version = version.strip("-")
    return Book(prices)


def parse_book(text: str, origin: str, today: datetime.date) -> tuple[Book | None, list[Finding]]:
    """The book in a JSON file; `origin` names the file."""
    try:
        data = json.loads(text, parse_float=Decimal, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        return None, [_finding(origin, f"found no readable JSON, expected a price book: {error}")]
    return read_book(data, origin, today)


def read_book(data: Any, origin: str, today: datetime.date) -> tuple[Book | None, list[Finding]]:
    """A book, or everything that is wrong with it."""
    findings = list(_top(data, origin))
    if findings:
        return None, findings
    prices: dict[str, dict[str, Price]] = {}
    for region, entries in data["regions"].items():
        if not REGION.fullmatch(str(region)):
            findings.append(_finding(origin, f"found the region {shown(str(region))}, expected one such as eu-west-1"))
        elif not isinstance(entries, Mapping):
            findings.append(_finding(origin, f"{region}: {described(entries)}, expected a mapping from keys to prices"))
        else:
            for key, entry in entries.items():
                place = _Place(origin, region, str(key), today)
                wrong = [_finding(origin, f"{region}, {key}: {message}", hint) for message, hint in place.wrong(entry)]
                findings += wrong
                if not wrong:
                    prices.setdefault(region, {})[str(key)] = place.price(entry)
    if not prices and not findings:
        findings.append(_finding(origin, "found no prices, expected at least one"))
    return (None if findings else Book(prices, origin)), findings


def _top(data: Any, origin: str) -> Iterator[Finding]:
    """What a book says of itself."""
    if not isinstance(data, Mapping):
        yield _finding(origin, f"{described(data)}, expected a price book with {', '.join(_TOP)}")
        return
    for name in map(str, data):
        if name not in _TOP:
            yield _finding(origin, f"found {shown(name)}, expected {', '.join(_TOP)} alone", did_you_mean(name, _TOP))
    if data.get("format") != FORMAT:
        yield _finding(origin, f"format: {described(data.get('format'))}, expected '{FORMAT}'")
    if data.get("currency") != CURRENCY:
        message = f"currency: {described(data.get('currency'))}, expected {CURRENCY}"
        yield _finding(origin, message, "prices are never converted; give them in US dollars")
    if not isinstance(data.get("regions"), Mapping):
        yield _finding(origin, f"regions: {described(data.get('regions'))}, expected a mapping from regions to prices")


@dataclass(frozen=True)
class _Place:
    """Where a price stands in a book."""

    origin: str
    region: str
    key: str
    today: datetime.date

    def wrong(self, entry: Any) -> Iterator[tuple[str, str]]:
        """Messages with their hints."""
        if not known(self.key):
            yield "found an unknown key, expected one of the catalogue", did_you_mean(self.key, ITEMS)
            return
        if is_global(self.key) != (self.region == GLOBAL):
            expected = f"it under '{GLOBAL}'" if is_global(self.key) else "it under the region that it is for"
            yield f"found it under '{self.region}', expected {expected}", ""
        if not isinstance(entry, Mapping):
            yield f"{described(entry)}, expected a mapping with {', '.join(_REQUIRED)}", ""
            return
        for name in map(str, entry):
            if name not in _REQUIRED + _OPTIONAL:
                yield f"found {shown(name)}, expected {', '.join(_REQUIRED)}", did_you_mean(name, _REQUIRED)
        yield from ((message, "") for message in self._values(entry))

    def _values(self, entry: Mapping[str, Any]) -> Iterator[str]:
        item = item_of(self.key)
        if amount(entry.get("usd")) is None:
            yield f"usd: {described(entry.get('usd'))}, expected a number of US dollars, 0 or more"
        if item and entry.get("unit") != item.unit:
            yield f"unit: {described(entry.get('unit'))}, expected {item.unit}"
        if not SOURCE.fullmatch(str(entry.get("source") or "")):
            yield f"source: {described(entry.get('source'))}, expected words that say where the price is from"
        if entry.get("confidence") not in CONFIDENCES:
            yield f"confidence: {described(entry.get('confidence'))}, expected one of {', '.join(CONFIDENCES)}"
        date = moment(entry.get("date"))
        if date is None:
            yield f"date: {described(entry.get('date'))}, expected a date such as 2026-09-11, or a month, 2026-09"
        elif date > self.today:
            yield f"date: found {entry['date']}, which is in the future, expected {self.today} or earlier"
        for name in _OPTIONAL:
            if not isinstance(entry.get(name, ""), str):
                yield f"{name}: {described(entry[name])}, expected a text"

    def price(self, entry: Mapping[str, Any]) -> Price:
        listed = {name: str(entry.get(name, "")) for name in ("sku", "rate_code", "offer_version")}
        said = {name: str(entry[name]) for name in ("unit", "source", "date", "confidence")}
        return Price(region=self.region, key=self.key, usd=amount(entry["usd"]) or Decimal(0), **said, **listed)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a name stand twice and keeps the last, which would be a price that nobody sees."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} stands twice")
    return read


def _finding(origin: str, message: str, hint: str = "") -> Finding:
    return Finding(_RULE, ERROR, origin, message, hint)
