# SPDX-License-Identifier: GPL-3.0-or-later
"""The price book: what is shipped, what users bring, and what they lay over it."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import (
    CURRENCY,
    FORMAT,
    parse_book,
    published,
    read_book,
    shipped,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import (
    ITEMS,
    is_global,
    known,
    unit_of,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.overrides import (
    Override,
    paste,
    read_overrides,
    with_overrides,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import (
    CONFIDENCE,
    GLOBAL,
    INFERRED,
    Book,
    Price,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import Part, Scenario, Usage
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import always
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import keys_of

from tools import docs_price_book
from tools.prepare import ROOT

TODAY = datetime.date(2026, 11, 21)
FIGURES: dict[str, dict[str, list[str]]] = json.loads(
    (ROOT / "tests/unit/cases/price_list/figures.json").read_text(encoding="utf-8")
)
PRICE = {"usd": "0.048", "unit": "hour", "source": "a bill", "date": "2026-09-25", "confidence": "B"}
SHIPPED = [price for prices in shipped().prices.values() for price in prices.values()]


def book(price: Any = None, key: Any = "nat.hour", region: Any = "eu-west-1", **top: Any) -> dict[str, Any]:
    entry = PRICE if price is None else price
    return {"format": FORMAT, "currency": CURRENCY, "regions": {region: {key: entry}}, **top}


def changed(**values: Any) -> dict[str, Any]:
    return book({name: value for name, value in {**PRICE, **values}.items() if value is not ...})


@pytest.mark.parametrize("region", sorted(FIGURES))
def test_the_figures_that_it_started_from_are_in_the_shipped_book(region: str) -> None:
    for key, (usd, confidence, date) in FIGURES[region].items():
        price = shipped().price(region, key)
        assert price and (price.usd, price.confidence, price.date) == (Decimal(usd), confidence, date), key


@pytest.mark.parametrize("price", SHIPPED, ids=lambda price: f"{price.region}:{price.key}")
def test_every_shipped_price_is_whole(price: Price) -> None:
    assert known(price.key) and price.unit == unit_of(price.key)
    assert (price.region == GLOBAL) == is_global(price.key)
    assert price.usd > 0 and price.source and "report" not in price.source
    assert published(price.date) <= TODAY
    assert price.confidence in CONFIDENCE and price.confidence != "user"


def test_it_covers_ten_regions_and_says_which() -> None:
    assert len(shipped().regions) >= 10
    assert set(FIGURES) <= set(shipped().regions)
    assert GLOBAL not in shipped().regions


class Everything:
    """One of each price of a region."""

    KIND = "everything"

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys

    def usages(self, hours: Decimal) -> Any:
        return (Usage(key, key, always(Decimal(1)), "1") for key in self.keys)


@pytest.mark.parametrize("region", shipped().regions)
def test_inferred_prices_are_told_in_every_line(region: str) -> None:
    prices = shipped().prices[region]
    estimate = Estimator(shipped()).estimate(Scenario("all", region, (Part("all", Everything(list(prices))),)))
    told = {line.usage.key for line in estimate.lines if "inferred" in line.assumption}
    assert told == {key for key, price in prices.items() if price.confidence == INFERRED}


def test_some_prices_are_inferred() -> None:
    """So that the test above has something to find."""
    assert sum(price.confidence == INFERRED for price in SHIPPED) == 10


def test_a_region_or_key_that_nobody_knows_has_no_price() -> None:
    assert shipped().price("la-north-2", "nat.hour") is None
    assert shipped().price("us-east-1", "ec2.linux.x9.mega") is None
    assert shipped().price("la-north-2", "route53.zone_month") is not None


def test_it_is_read_once() -> None:
    assert shipped() is shipped()


def test_a_book_is_read_exactly() -> None:
    read, findings = parse_book(json.dumps(book()).replace('"0.048"', "0.04800000000000000001"), "prices.json", TODAY)
    assert not findings and read
    price = read.price("eu-west-1", "nat.hour")
    assert price == Price(
        "eu-west-1", "nat.hour", Decimal("0.04800000000000000001"), "hour", "a bill", "2026-09-25", "B"
    )
    assert read.origin == "prices.json" and read.regions == ("eu-west-1",)


def test_it_keeps_what_the_price_list_says() -> None:
    listed = {"sku": "K4EX", "rate_code": "K4EX.JRTC.6YS6", "offer_version": "20260911124425"}
    read, findings = read_book(changed(**listed, effective_date="2026-08-01"), "prices.json", TODAY)
    price = read and read.price("eu-west-1", "nat.hour")
    assert not findings and price
    assert {name: getattr(price, name) for name in listed} == listed


BROKEN: dict[str, tuple[Any, str]] = {
    "nothing": (None, "found nothing, expected a price book with format, currency, regions"),
    "a list": ([], "found a list, expected a price book"),
    "no format": ({"currency": CURRENCY, "regions": {}}, f"format: found nothing, expected '{FORMAT}'"),
    "another format": (book(format="prices 7"), f"format: found the text 'prices 7', expected '{FORMAT}'"),
    "another currency": (book(currency="EUR"), "currency: found the text 'EUR', expected USD"),
    "a word too many": (book(hours=730), "found 'hours', expected format, currency, regions alone"),
    "regions as a list": (book(regions=[]), "regions: found a list, expected a mapping from regions to prices"),
    "no regions": (book(regions={}), "found no prices, expected at least one"),
    "a region without prices": (book(regions={"eu-west-1": {}}), "found no prices, expected at least one"),
    "a region that is a number": (book(region=7), "found the region '7', expected one such as eu-west-1"),
    "prices as a list": (book(regions={"eu-west-1": []}), "eu-west-1: found a list, expected a mapping from keys"),
    "an unknown key": (book(key="nat.hours"), "eu-west-1, nat.hours: found an unknown key"),
    "an unknown instance": (book(key="ec2.linux.T3"), "eu-west-1, ec2.linux.T3: found an unknown key"),
    "global in a region": (
        book({**PRICE, "unit": "zone-month"}, "route53.zone_month"),
        "found it under 'eu-west-1', expected it under 'global'",
    ),
    "a region's under global": (book(region="global"), "found it under 'global', expected it under the region"),
    "a bare number": (book(0.048), "eu-west-1, nat.hour: found the number 0.048, expected a mapping with usd"),
    "no price": (changed(usd=...), "eu-west-1, nat.hour: usd: found nothing, expected a number of US dollars"),
    "a price in words": (changed(usd="cheap"), "usd: found the text 'cheap', expected a number of US dollars"),
    "a negative price": (changed(usd=-1), "usd: found the number -1, expected a number of US dollars, 0 or more"),
    "a negative text": (changed(usd="-0.1"), "usd: found the text '-0.1'"),
    "not a number": (changed(usd=float("nan")), "usd: found the number nan"),
    "infinite": (changed(usd="Infinity"), "usd: found the text 'Infinity'"),
    "true": (changed(usd=True), "usd: found true, expected a number"),
    "no unit": (changed(unit=...), "eu-west-1, nat.hour: unit: found nothing, expected hour"),
    "another unit": (changed(unit="month"), "eu-west-1, nat.hour: unit: found the text 'month', expected hour"),
    "no source": (changed(source=""), "source: found the text '', expected words that say where the price is from"),
    "a source of lines": (changed(source="a\nb"), "source: found the text 'a b', expected words"),
    "no date": (changed(date=...), "date: found nothing, expected a date such as 2026-09-11"),
    "no such day": (changed(date="2026-02-30"), "date: found the text '2026-02-30', expected a date"),
    "from tomorrow": (changed(date="2026-11-22"), "date: found 2026-11-22, which is in the future"),
    "from next month": (changed(date="2026-12"), "date: found 2026-12, which is in the future"),
    "unsure": (changed(confidence="F"), "confidence: found the text 'F', expected one of A, B, C, D, E, user"),
    "a word that no price has": (changed(prize="1"), "found 'prize', expected usd, unit, source, date, confidence"),
    "a SKU that is a list": (changed(sku=["a"]), "sku: found a list, expected a text"),
}


@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_book_is_refused_in_one_clear_message(data: Any, message: str) -> None:
    read, findings = read_book(data, "/etc/prices.json", TODAY)
    assert read is None
    (finding,) = findings
    assert finding.path == "/etc/prices.json" and message in finding.message
    assert "found" in finding.message and "expected" in finding.message


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1, "a": 2}', "\x00"], ids=range(5))
def test_a_file_that_is_no_json_is_refused(text: str) -> None:
    read, (finding,) = parse_book(text, "/etc/prices.json", TODAY)
    assert read is None and finding.path == "/etc/prices.json"
    assert finding.message.startswith("found no readable JSON, expected a price book: ")


def test_a_price_that_stands_twice_is_no_price() -> None:
    price = json.dumps(PRICE)
    text = json.dumps(book()).replace(f'"nat.hour": {price}', f'"nat.hour": {price}, "nat.hour": {price}')
    read, (finding,) = parse_book(text, "prices.json", TODAY)
    assert read is None and "'nat.hour' stands twice" in finding.message


def test_everything_wrong_is_told_at_once() -> None:
    data = book(
        regions={"eu-west-1": {"nat.hour": {**PRICE, "usd": -1, "unit": "GB"}, "nat.gb": PRICE, "nat.hr": PRICE}}
    )
    read, findings = read_book(data, "prices.json", TODAY)
    assert read is None
    assert [finding.message.split(": ")[0] for finding in findings] == [
        *("eu-west-1, nat.hour", "eu-west-1, nat.hour", "eu-west-1, nat.gb", "eu-west-1, nat.hr"),
    ]
    assert findings[-1].hint == "did you mean 'nat.hour'?"


@pytest.mark.parametrize(
    ("text", "day"), [("2026-10", datetime.date(2026, 10, 1)), ("2026-09-11", datetime.date(2026, 9, 11))]
)
def test_dates(text: str, day: datetime.date) -> None:
    assert published(text) == day


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "11.9.2026", "2026-9-1"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        published(text)


def test_the_catalogue_has_units_and_services() -> None:
    assert all(item.unit and item.says and item.service for item in ITEMS.values())
    assert unit_of("ec2.linux.t3.medium") == "hour" and unit_of("ec2.linux") == unit_of("custom") == ""
    assert not known("ec2.linux.") and not known("savings_plan.9y.fargate.x86.vcpu_hour")


GIVEN = {"key": "nat.hour", "region": "eu-west-1", "usd": 0.05, "unit": "hour"}


def test_an_override_goes_before_the_book() -> None:
    prices, findings = read_overrides([GIVEN], "price_overrides")
    assert not findings
    laid = with_overrides(shipped(), prices)
    price = laid.price("eu-west-1", "nat.hour")
    assert price == Price("eu-west-1", "nat.hour", Decimal("0.05"), "hour", "given by the user", "", "user")
    assert laid.price("eu-west-1", "nat.gb") == shipped().price("eu-west-1", "nat.gb")
    before = shipped().price("eu-west-1", "nat.hour")
    assert before and before.usd == Decimal("0.048"), "the shipped book must not change"


def test_what_is_global_needs_no_region() -> None:
    zone = {"key": "route53.zone_month", "usd": "1.25", "unit": "zone-month"}
    prices, findings = read_overrides([zone], "price_overrides")
    price = with_overrides(Book(), prices).price("anywhere-1", "route53.zone_month")
    assert not findings and price and price.usd == Decimal("1.25")


def test_values_may_be_text_and_dates() -> None:
    item = {**GIVEN, "usd": "0.05", "date": datetime.date(2026, 9, 1), "source": "our contract", "currency": "USD"}
    (price,), findings = read_overrides([item], "price_overrides")
    assert not findings and (price.date, price.source) == ("2026-09-01", "our contract")


REFUSED: dict[str, tuple[Any, str, str]] = {
    "no unit": ({**GIVEN, "unit": None}, ".unit", "the key is missing, expected the unit of the price"),
    "another unit": ({**GIVEN, "unit": "month"}, ".unit", "found the text 'month', expected hour"),
    "no price": ({**GIVEN, "usd": None}, ".usd", "the key is missing, expected a number of US dollars, 0 or more"),
    "a price in words": ({**GIVEN, "usd": "abc"}, ".usd", "found the text 'abc', expected a number of US dollars"),
    "a negative price": ({**GIVEN, "usd": -1}, ".usd", "found the number -1, expected a number of US dollars"),
    "an unknown key": ({**GIVEN, "key": "nat.hours"}, ".key", "expected a price key, did you mean 'nat.hour'?"),
    "no key": ({**GIVEN, "key": None}, ".key", "the key is missing, expected a price key such as alb.hour"),
    "no region": ({**GIVEN, "region": None}, ".region", "the key is missing, expected a region such as eu-west-1"),
    "global": (
        {**GIVEN, "region": "global"},
        ".region",
        "found the text 'global', expected a region such as eu-west-1",
    ),
    "euros": ({**GIVEN, "currency": "EUR"}, ".currency", "found the text 'EUR', expected USD"),
    "no such day": ({**GIVEN, "date": "2026-02-30"}, ".date", "found the text '2026-02-30', expected a date"),
    "an unknown word": ({**GIVEN, "prise": 1}, ".prise", "unknown key"),
    "a number": (7, "", "found the number 7, expected a mapping with region, key, usd"),
}


@pytest.mark.parametrize(("item", "place", "message"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_override_is_refused(item: Any, place: str, message: str) -> None:
    prices, (finding,) = read_overrides([item], "price_overrides")
    assert prices == ()
    assert finding.path == f"price_overrides[0]{place}" and message in finding.message
    assert finding.severity == "error"


@pytest.mark.parametrize("value", [{}, "nat.hour", 7])
def test_overrides_are_a_list(value: Any) -> None:
    prices, (finding,) = read_overrides(value, "price_overrides")
    assert prices == () and finding.message.endswith("expected a list of prices")


def test_two_prices_for_one_thing_are_refused() -> None:
    prices, (finding,) = read_overrides([GIVEN, GIVEN, {**GIVEN, "usd": 0.06}], "price_overrides")
    assert len(prices) == 1 and finding.path == "price_overrides[2]"
    assert finding.message == "found a second price of nat.hour in eu-west-1, expected one"


def test_nothing_is_no_override() -> None:
    assert read_overrides(None, "price_overrides") == read_overrides([], "price_overrides") == ((), [])


MISSING = [("eu-west-2", "s3.put_1k"), ("eu-west-2", "ec2.linux.m5.large"), ("eu-west-2", "route53.zone_month")]


def test_missing_prices_are_ready_to_paste() -> None:
    text = paste([*MISSING, *MISSING])
    option = yaml.safe_load(text)["price_overrides"]
    assert [item["key"] for item in option] == ["ec2.linux.m5.large", "s3.put_1k", "route53.zone_month"]
    assert "usd: null  # USD for one 1000 requests" in text
    findings = read_overrides(option, "price_overrides")[1]
    assert [finding.path for finding in findings] == [f"price_overrides[{index}].usd" for index in range(3)]


def test_what_was_pasted_and_filled_in_is_the_missing_price() -> None:
    option = yaml.safe_load(paste(MISSING).replace("usd: null", "usd: 0.1"))["price_overrides"]
    prices, findings = read_overrides(option, "price_overrides")
    laid = with_overrides(Book(), prices)
    assert not findings
    prices = [laid.price(region, key) for region, key in MISSING]
    assert [price.usd for price in prices if price] == [Decimal("0.1")] * 3


@pytest.mark.parametrize("key", ITEMS)
def test_every_key_can_be_pasted(key: str) -> None:
    option = yaml.safe_load(paste([("eu-west-1", key)]).replace("usd: null", "usd: 2"))["price_overrides"]
    assert not read_overrides(option, "price_overrides")[1]


def test_nothing_missing_is_nothing_to_paste() -> None:
    assert paste([]) == paste([("eu-west-1", "no.such.key")]) == ""


@pytest.mark.parametrize(("name", "key"), keys_of(Override).items())
def test_examples_of_overrides_are_right(name: str, key: Any) -> None:
    assert name in key.example
    assert not read_overrides([key.example], "price_overrides")[1]


def test_examples_of_the_page_are_right() -> None:
    read, findings = parse_book(docs_price_book.EXAMPLE, "prices.json", TODAY)
    assert not findings and read and read.regions == ("eu-west-1",)
    prices, findings = read_overrides(yaml.safe_load(docs_price_book.OVERRIDES)["price_overrides"], "price_overrides")
    assert not findings and len(prices) == 2


def test_the_page_is_up_to_date() -> None:
    page = Path(ROOT / "docs/reference/price_book.md").read_text(encoding="utf-8")
    assert page == docs_price_book.price_book_page(), "run `make generate`"
