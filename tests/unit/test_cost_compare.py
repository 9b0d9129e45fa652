# SPDX-License-Identifier: GPL-3.0-or-later
"""What prices and quantities did since last time, to the last digit, and former results that are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.commitment import (
    Commitment,
    SavingsPlan,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.compare import (
    Change,
    Former,
    came_and_went,
    compare,
    read_previous,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import (
    Adjustment,
    Estimate,
    Estimator,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import read_parts
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import Scenario

REGION = "ap-northeast-2"
TASKS = {"kind": "fargate_task", "name": "web", "vcpu": 0.5, "memory_gib": 1, "count": 3}
S3 = {"kind": "custom", "name": "S3", "usd_per_month": 5}


def book(changes: Mapping[str, str] | None = None, region: str = REGION) -> Book:
    """The shipped prices of a region, with some of them changed."""
    prices = dict(shipped().prices[region])
    for key, usd in (changes or {}).items():
        prices[key] = replace(prices[key], usd=Decimal(usd))
    return Book({region: prices})


def estimate(
    resources: list[dict[str, Any]], prices: Book, region: str = REGION, adjustments: tuple[Adjustment, ...] = ()
) -> Estimate:
    parts, findings = read_parts(resources, "resources")
    assert not findings
    return Estimator(prices, adjustments=adjustments).estimate(Scenario("web", region, parts))


def result(priced: Estimate) -> dict[str, Any]:
    """What the module returned then: through JSON, with its numbers as floats."""
    lines = [
        {
            "part": line.part.label,
            "item": line.usage.item,
            "key": line.usage.key,
            "quantity": float(line.usage.quantity.expected),
            "unit_price": None if line.price is None else float(line.price.usd),
            "expected": None if line.cost is None else float(line.cost.expected),
        }
        for line in priced.lines
    ]
    scenario = {"name": priced.scenario.name, "region": priced.scenario.region, "lines": lines}
    read: dict[str, Any] = json.loads(json.dumps({"changed": False, "scenarios": [scenario]}))
    return read


def former(priced: Estimate) -> Former:
    read, findings = read_previous(result(priced), "previous")
    assert read is not None and not findings
    return read["web"]


def changed(old: Estimate, new: Estimate) -> Change:
    change = compare(former(old), new)
    assert change.total == change.price + change.quantity
    assert all(line.total is None or line.total == (line.price or 0) + (line.quantity or 0) for line in change.lines)
    if change.complete:
        assert change.total == new.total.expected - old.total.expected
    return change


def test_nothing_changed() -> None:
    priced = estimate([TASKS, S3, {"kind": "nat_gateway", "gib": 20}], book())
    assert changed(priced, priced) == Change(Decimal(0), Decimal(0), Decimal(0), True, ())


def test_a_price_changed() -> None:
    change = changed(estimate([TASKS], book()), estimate([TASKS], book({"fargate.x86.vcpu_hour": "0.05"})))
    assert (change.price, change.quantity) == ((Decimal("0.05") - Decimal("0.04656")) * 1095, 0)
    assert [(line.part, line.key, line.item) for line in change.lines] == [
        ("web", "fargate.x86.vcpu_hour", "Fargate vCPU")
    ]


def test_a_quantity_changed() -> None:
    change = changed(estimate([TASKS], book()), estimate([{**TASKS, "count": 4}], book()))
    assert (change.price, change.quantity) == (0, 365 * Decimal("0.04656") + 730 * Decimal("0.00511"))


def test_both_changed() -> None:
    """The price change is of the old quantity, the quantity change at the new price."""
    change = changed(
        estimate([TASKS], book()), estimate([{**TASKS, "count": 4}], book({"fargate.x86.vcpu_hour": "0.05"}))
    )
    assert change.price == Decimal("0.00344") * 1095
    assert change.quantity == 365 * Decimal("0.05") + 730 * Decimal("0.00511")


def test_lines_that_came_and_went_are_quantity() -> None:
    change = changed(estimate([TASKS, {"kind": "alb"}], book()), estimate([TASKS, {"kind": "public_ipv4"}], book()))
    assert (change.price, change.quantity) == (0, 730 * (Decimal("0.005") - Decimal("0.0225")))
    assert [(line.part, line.says) for line in change.lines] == [
        ("alb", "the line is gone"),
        ("public_ipv4", "the line is new"),
    ]


def test_an_own_figure_is_quantity() -> None:
    change = changed(estimate([S3], book()), estimate([{**S3, "usd_per_month": 7.25}], book()))
    assert (change.price, change.quantity) == (0, Decimal("2.25"))
    assert change.lines[0].says == "an own figure: it was $5.00 and is $7.25"


def test_a_line_without_a_price_is_unknown() -> None:
    priced, unpriced = estimate([TASKS, {"kind": "alb"}], book()), estimate([TASKS, {"kind": "alb"}], Book())
    change = changed(priced, unpriced)
    assert (change.total, change.complete) == (0, False)
    assert {line.total for line in change.lines} == {None}
    assert change.lines[0].says == "unknown: the line had a price before, and now has none"
    assert changed(unpriced, priced).lines[0].says == "unknown: the line had no price before, and now has a price"
    assert changed(unpriced, unpriced).lines[0].says == "unknown: the line had no price before, and now has none"
    new = changed(estimate([TASKS], Book()), unpriced).lines[-1]
    assert (new.part, new.says) == ("alb", "unknown: the line was not there before, and now has none")


def test_what_is_known_is_summed_beside_what_is_not() -> None:
    without = Book({REGION: {key: price for key, price in book().prices[REGION].items() if key != "alb.hour"}})
    change = changed(
        estimate([TASKS, {"kind": "alb"}], without), estimate([{**TASKS, "count": 4}, {"kind": "alb"}], without)
    )
    assert (change.complete, change.quantity) == (False, 365 * Decimal("0.04656") + 730 * Decimal("0.00511"))


def test_another_region_is_a_price_change() -> None:
    there = book(region="us-east-1")
    change = changed(estimate([TASKS], book()), estimate([TASKS], there, "us-east-1"))
    assert round(change.price, 2) == Decimal("-8.11")
    assert change.quantity == 0
    assert change.says == "the region was ap-northeast-2 and is us-east-1: price changes are those between the two"


def test_a_discount_is_a_line_like_others() -> None:
    prices = shipped()
    plan = SavingsPlan(Commitment(), prices)
    plain, discounted = (estimate([TASKS], prices, "us-east-1", given) for given in ((), (plan,)))
    change = changed(plain, discounted)
    assert (change.price, round(change.quantity, 2)) == (0, Decimal("-10.81"))
    assert {line.part for line in change.lines} == {"Savings Plan"}


def test_lines_that_look_the_same_are_told_apart() -> None:
    priced = estimate([TASKS], book())
    twice = replace(priced, lines=priced.lines * 2)
    assert compare(former(twice), twice).lines == ()
    assert len(compare(former(priced), twice).lines) == 2


@pytest.mark.parametrize("usd", ["0.1", "0.0000000308", "0.04656", "123456.789"])
def test_floats_are_read_as_they_were_written(usd: str) -> None:
    prices = Book({REGION: {"alb.hour": Price(REGION, "alb.hour", Decimal(usd), "hour", "a test", "2026-09")}})
    priced = estimate([{"kind": "alb"}], prices)
    assert former(priced).lines[0].unit_price == Decimal(usd)
    assert changed(priced, priced).lines == ()


def test_numbers_that_json_cannot_hold_have_not_changed() -> None:
    priced = estimate([TASKS], book())
    first = priced.lines[0]
    assert first.price is not None
    third = first.usage.quantity.times(Decimal(1) / 3)
    line = replace(first, usage=replace(first.usage, quantity=third), cost=third.times(first.price.usd))
    endless = replace(priced, lines=(line,))
    assert compare(former(endless), endless).lines == ()


def test_scenarios_that_only_one_result_has_are_named() -> None:
    previous = {"web": former(estimate([TASKS], book())), "old": former(estimate([TASKS], book()))}
    assert [finding.message for finding in came_and_went(previous, ["web", "new"], "previous")] == [
        "'new' was not in the former result: its cost is compared with nothing",
        "'old' was in the former result and is not asked for now",
    ]


# Bad input


def damaged(**line: Any) -> dict[str, Any]:
    good = {"part": "web", "item": "a", "key": "k", "quantity": 2, "unit_price": 3.5, "expected": 7.0}
    return {"scenarios": [{"name": "web", "region": REGION, "lines": [{**good, **line}]}]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("yesterday", "previous: found the text 'yesterday', expected the registered result of an earlier cost_check"),
        ([], "previous: found a list, expected the registered result"),
        ({}, "previous: found a mapping without a list of scenarios, expected the registered result"),
        ({"scenarios": {}}, "previous: found a mapping without a list of scenarios"),
        ({"scenarios": [3]}, "previous.scenarios[0]: found the number 3, expected a mapping"),
        ({"scenarios": [{"name": "a"}]}, "previous.scenarios[0].lines: found nothing, expected the lines of a bill"),
        ({"scenarios": [{"lines": []}]}, "previous.scenarios[0].name: found nothing, expected a text"),
        ({"scenarios": [{"name": "a", "lines": []}]}, "previous.scenarios[0].region: found nothing, expected a text"),
        (
            {"scenarios": [{"name": "a", "region": REGION, "lines": []}] * 2},
            "previous.scenarios[1].name: found a second scenario 'a'",
        ),
        (damaged(quantity=None), "previous.scenarios[0].lines[0].quantity: found nothing, expected a number"),
        (damaged(quantity="many"), "lines[0].quantity: found the text 'many', expected a number"),
        (damaged(unit_price=True), "lines[0].unit_price: found true, expected a number"),
        (damaged(expected=float("inf")), "lines[0].expected: found"),
        (damaged(expected=8), "lines[0]: found 2 at 3.5 each and a cost of 8, expected 7.0: the line was changed"),
        (damaged(expected=None), "lines[0]: found 2 at 3.5 each and a cost of None, expected 7.0"),
        (damaged(part=1), "lines[0].part: found the number 1, expected a text"),
    ],
)
def test_what_is_no_former_result_gets_one_message(value: Any, message: str) -> None:
    read, findings = read_previous(value, "previous")
    assert read is None
    assert len(findings) == 1
    assert message in findings[0].as_text()


def test_the_first_run_has_no_former_result() -> None:
    assert read_previous(None, "previous") == (None, [])
