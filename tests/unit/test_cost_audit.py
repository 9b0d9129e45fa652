# SPDX-License-Identifier: GPL-3.0-or-later
"""Printed figures of three plans, each explained; and what is refused."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.free_tier import FREE
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.audit import Audited, audit
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.claim import Claim, Spec
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.claims import read_claims
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.figures import figure, money_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.audit.verdicts import VERDICTS
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import read_parts
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import Scenario
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import read

from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "cost_audit"
PLANS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.yml"))}
#: A minute's minimum, and that there is no free tier, are no figures: the second is a test of its own.
NO_FIGURES = {12, 13}
TASK = {"kind": "fargate_task", "vcpu": 0.5, "memory_gib": 1}


def audited(claims: list[dict[str, Any]], book: Book | None = None, **context: Any) -> dict[str, Audited]:
    read_claim, findings = read_claims(claims, "claims", context.get("scenarios"))
    assert not findings, [finding.as_text() for finding in findings]
    return {each.name: each for each in audit(read_claim, book or shipped(), **context)}


def one(claim: dict[str, Any], book: Book | None = None, **context: Any) -> Audited:
    return audited([{"name": "it", **claim}], book, **context)["it"]


def book(*prices: tuple[str, str, str]) -> Book:
    made: dict[str, dict[str, Price]] = {}
    for region, key, usd in prices:
        made.setdefault(region, {})[key] = Price(region, key, Decimal(usd), "hour", "a test", "2026-09-11")
    return Book(made, "the book of the test")


def at(facts: Any, path: str) -> Any:
    for step in path.split("."):
        facts = facts[int(step)] if isinstance(facts, (list, tuple)) else facts[step]
    return facts


def pairs() -> list[Any]:
    return [
        pytest.param(plan, name, id=f"{plan}-{re.sub('[^a-z0-9]+', '-', name.lower())}")
        for plan, case in PLANS.items()
        for name in case["expected"]
    ]


@pytest.fixture(scope="module")
def explained() -> dict[str, dict[str, Audited]]:
    return {plan: audited(case["claims"]) for plan, case in PLANS.items()}


@pytest.mark.parametrize(("plan", "name"), pairs())
def test_a_printed_figure_is_explained(explained: dict[str, dict[str, Audited]], plan: str, name: str) -> None:
    found, expected = explained[plan][name].as_dict(), PLANS[plan]["expected"][name]
    assert found["verdict"] == expected["verdict"]
    assert expected.get("says", "") in found["says"]
    assert found["left_out"] == expected.get("left_out", found["left_out"])
    for key in ("region", "rounding"):
        if key in expected:
            assert found["reproduced_by"][key] == expected[key]
    for path, amount in expected.get("figures", {}).items():
        wanted = Decimal(str(amount))
        facts = found if "regions." not in path else {"regions": found["regions"]}
        actual = facts["regions"][path.partition(".")[2]] if "regions." in path else at(facts, path)
        assert actual.quantize(wanted, ROUND_HALF_UP) == wanted, path


def test_every_claim_of_the_plans_has_its_expectation_and_every_row_a_claim() -> None:
    for case in PLANS.values():
        assert [claim["name"] for claim in case["claims"]] == list(case["expected"])
    rows = {row for case in PLANS.values() for expected in case["expected"].values() for row in expected["rows"]}
    assert rows == set(range(1, 38)) - NO_FIGURES


def test_there_is_no_free_tier_of_fargate() -> None:
    assert not [key for key in FREE if key.startswith("fargate")]


def test_every_verdict_is_seen_in_the_plans(explained: dict[str, dict[str, Audited]]) -> None:
    assert {each.verdict for plan in explained.values() for each in plan.values()} == set(VERDICTS)


def test_the_sentence_is_for_strangers(explained: dict[str, dict[str, Audited]]) -> None:
    assert explained["fargate"]["three tasks"].says == (
        "us-east-1's prices (also eu-west-1, us-east-2, us-west-2) at 730 h give $54.06"
        " (3 times $0.024685 an hour, each truncated to $0.02468 first: $54.05);"
        " in ap-northeast-2, which the claim names, it is $62.17 (+15.0 %) at 730 h."
        " $54.05 is 39 % of what the whole design costs in ap-northeast-2, $139.06."
    )
    assert explained["fargate"]["small month"].says == (
        "$8.97 at us-east-1's $0.0123425 an hour (also eu-west-1, us-east-2, us-west-2) takes 726.8 h,"
        " and no month has 726.8 h; at 730 h it is $9.01;"
        " in ap-northeast-2, which the claim names, it is $10.36 (+15.5 %) at 730 h."
    )


def test_the_same_claims_give_the_same_words() -> None:
    claims = PLANS["kubeadm"]["claims"]
    assert audited(claims) == audited(claims)


# Hours, rounding and regions


@pytest.mark.parametrize(
    ("usd", "hours"),
    [(73.00, 730), (72.00, 720), (74.40, 744), (67.20, 672), (69.60, 696)],
)
def test_months_that_there_are(usd: float, hours: int) -> None:
    found = one({"usd": usd, "region": "eu-west-1", "resources": [{"kind": "eks_cluster"}]})
    assert found.verdict == "reproduced"
    assert found.facts["reproduced_by"]["hours"] == hours


def test_hours_that_no_month_has() -> None:
    found = one({"usd": 72.50, "region": "eu-west-1", "resources": [{"kind": "eks_cluster"}]})
    assert (found.verdict, found.facts["reproduced_by"]["hours"]) == ("odd_hours", 725)


def test_hours_beyond_a_month_explain_nothing() -> None:
    found = one({"usd": 80, "region": "eu-west-1", "resources": [{"kind": "eks_cluster"}]})
    assert (found.verdict, found.facts["reproduced_by"]) == ("unexplained", None)
    assert "it is $73.00 (-8.8 %) at 730 h" in found.says


def test_hours_of_the_claim_and_of_the_user_come_first() -> None:
    cluster = {"usd": 70.00, "region": "eu-west-1", "resources": [{"kind": "eks_cluster"}]}
    assert one({**cluster, "hours": 700}).facts["reproduced_by"]["hours"] == 700
    assert one(cluster, hours=Decimal(700)).facts["reproduced_by"]["hours"] == 700


PRICES = book(
    ("us-east-1", "ec2.linux.t3.medium", "0.0416"),
    ("eu-west-1", "ec2.linux.t3.medium", "0.0456"),
    ("eu-west-2", "ec2.linux.t3.medium", "0.0456"),
    ("xx-test-1", "ec2.linux.t3.medium", "0.054321"),
)
NODES = [{"kind": "ec2_instance", "type": "t3.medium", "count": 2}]


@pytest.mark.parametrize(
    ("usd", "region", "verdict", "given", "rounding"),
    [
        (66.58, "eu-west-1", "reproduced", "eu-west-1", ""),
        (60.74, "us-east-1", "reproduced", "us-east-1", ""),
        (60.73, "us-east-1", "rounded", "us-east-1", "cut off and not rounded"),
        (61, "us-east-1", "rounded", "us-east-1", "rounded to whole dollars"),
        (60, "us-east-1", "rounded", "us-east-1", "cut off to whole dollars"),
        (79.28, "xx-test-1", "rounded", "xx-test-1", "$0.108642 an hour rounded to $0.1086 first"),
        (60.74, "eu-west-1", "wrong_region", "us-east-1", ""),
        (79.31, "eu-west-1", "wrong_region", "xx-test-1", ""),
        (66.58, "us-east-1", "wrong_region", "eu-west-1", ""),
    ],
)
def test_regions_and_roundings(usd: float, region: str, verdict: str, given: str, rounding: str) -> None:
    found = one({"usd": usd, "region": region, "resources": NODES}, PRICES)
    by = found.facts["reproduced_by"]
    assert (found.verdict, by["region"], by["rounding"]) == (verdict, given, rounding)


def test_regions_that_give_the_same_are_told() -> None:
    found = one({"usd": 66.58, "region": "us-east-1", "resources": NODES}, PRICES)
    assert found.facts["reproduced_by"]["also"] == ["eu-west-2"]
    assert "eu-west-1's prices (also eu-west-2)" in found.says


def test_another_region_that_needs_rounding_may_be_chance() -> None:
    found = one({"usd": 79, "region": "us-east-1", "resources": NODES}, PRICES)
    assert (found.verdict, found.facts["reproduced_by"]) == ("unexplained", None)
    assert (
        "xx-test-1's prices at 730 h give $79.31 (rounded to whole dollars: $79.00), which may be chance" in found.says
    )


def test_a_claim_without_a_region_is_told_what_the_others_cost() -> None:
    found = one({"usd": 60.74, "resources": NODES}, PRICES)
    assert found.verdict == "reproduced"
    assert "the claim names no region, and elsewhere it is $66.58 (eu-west-1) to $79.31 (xx-test-1)" in found.says


def test_a_range_of_counts_needs_both_ends() -> None:
    nodes = [{"kind": "ec2_instance", "type": "t3.medium", "count_min": 2, "count_max": 10}]
    found = one({"usd": [60.74, 303.68], "region": "us-east-1", "resources": nodes}, PRICES)
    assert found.verdict == "reproduced"
    assert one({"usd": [60.74, 300], "region": "us-east-1", "resources": nodes}, PRICES).verdict == "unexplained"


def test_a_range_holds_a_single_cost() -> None:
    found = one({"usd": [60, 70], "region": "us-east-1", "resources": NODES}, PRICES)
    assert found.verdict == "reproduced"
    assert "which lies within $60.00 to $70.00" in found.says


# Nothing to check it by


def test_what_has_no_price_is_unknown_and_not_nothing() -> None:
    found = one({"usd": 0, "region": "us-east-1", "resources": [{"kind": "ec2_instance", "type": "x9.nosuch"}]})
    assert found.verdict == "no_price"
    assert (found.facts["named"]["usd"], found.facts["reproduced_by"]) == (None, None)
    assert "ec2.linux.x9.nosuch: the cost is unknown, which is not 0" in found.says


def test_the_named_region_may_have_no_price() -> None:
    found = one({"usd": 60.74, "region": "la-north-2", "resources": NODES}, PRICES)
    assert (found.verdict, found.facts["named"]["usd"]) == ("wrong_region", None)
    assert "la-north-2, which the claim names, has no price in the book for ec2.linux.t3.medium" in found.says


def test_nothing_small_is_taken_for_a_printed_zero() -> None:
    found = one({"usd": 0, "per": "hour", "region": "us-east-1", "resources": NODES}, PRICES)
    assert found.verdict == "unexplained"


def test_the_whole_design_without_a_price_is_unknown() -> None:
    found = one({"usd": 60.74, "region": "us-east-1", "resources": NODES, "full": [*NODES, {"kind": "alb"}]}, PRICES)
    assert found.facts["full"]["usd"] is None
    assert found.left_out == ("alb: no price in the book",)


def test_a_percentage_without_prices() -> None:
    than = {"percent": 20, "resources": NODES, "than": [{"kind": "alb"}]}
    assert one(than, PRICES).verdict == "no_price"
    assert one({"percent": 50, "discount": "spot", "resources": NODES}, PRICES).verdict == "no_price"


def test_division_by_nothing() -> None:
    found = one({"months": 2, "quotient": [100, 0]})
    assert (found.verdict, found.says) == ("unexplained", "100 / 0 divides by 0.")


# What is left out


def test_what_such_resources_need() -> None:
    found = one({"usd": 18.02, "region": "us-east-1", "resources": [TASK]})
    assert any("logs" in sentence for sentence in found.left_out)


# Scenarios


def scenario(name: str, region: str, resources: list[dict[str, Any]]) -> Scenario:
    parts, findings = read_parts(resources, name)
    assert not findings
    return Scenario(name, region, parts)


def test_a_claim_may_speak_of_a_scenario() -> None:
    scenarios = {
        "web": scenario("web", "ap-northeast-2", [{**TASK, "count": 3}]),
        "all": scenario("all", "ap-northeast-2", [{**TASK, "count": 3}, {"kind": "nat_gateway"}]),
    }
    found = one({"usd": 62.17, "resources": "web", "full": "all"}, scenarios=scenarios)
    assert (found.verdict, found.facts["reproduced_by"]["region"]) == ("reproduced", "ap-northeast-2")
    assert found.left_out == ("nat_gateway: $43.07",)


def test_a_scenario_that_is_not_there() -> None:
    claims, findings = read_claims([{"name": "it", "usd": 1, "resources": "wbe"}], "claims", ["web"])
    assert [finding.as_text() for finding in findings] == [
        "claims[it].resources: found 'wbe', expected the name of a scenario (did you mean 'web'?) [cost-claim]"
    ]
    assert audit(claims, shipped())[0].verdict == "no_price"


# Like for like


SIDES = [
    {"name": "nodes", "usd": 61, "resources": NODES},
    {"name": "with a zone", "usd": 62, "resources": [*NODES, {"kind": "route53_zone"}]},
]


@pytest.mark.parametrize(
    ("sums", "verdict"),
    [
        ([["with a zone"], ["nodes"]], "not_like_for_like"),
        ([["with a zone"], ["nodes", "nodes"]], "not_like_for_like"),
        ([["nodes"], ["nodes"]], "reproduced"),
        ([["with a zone"], ["nodes", 5]], "reproduced"),
        ([["with a zone"], ["nodes", {"product": [2, "nodes"]}]], "reproduced"),
    ],
)
def test_sides_are_compared_where_all_of_them_is_known(sums: list[list[Any]], verdict: str) -> None:
    """A number among the operands may be what the other side lacks."""
    low, high = ({"name": f"side {index}", "usd": 7, "sum": names} for index, names in enumerate(sums))
    claims = [*SIDES, low, high, {"name": "it", "usd": 0, "region": "us-east-1", "difference": ["side 0", "side 1"]}]
    assert audited(claims)["it"].verdict == verdict


# Types


@pytest.mark.parametrize(
    ("name", "vcpu", "memory", "verdict"),
    [
        ("t3.small", 2, 2, "reproduced"),
        ("m7g.medium", 1, 4, "reproduced"),
        ("s6.small.1", 1, 1, "reproduced"),
        ("s6.medium.2", 1, 2, "reproduced"),
        ("s6.large.2", 2, 4, "reproduced"),
        ("c7.xlarge.4", 4, 16, "reproduced"),
        ("c6.4xlarge.2", 16, 32, "reproduced"),
        ("s6.xlarge.2", 4, 4, "wrong_spec"),
        ("fargate", 0.25, 2, "reproduced"),
        ("fargate", 0.25, 4, "wrong_spec"),
        ("z9.huge", 1, 1, "unexplained"),
    ],
)
def test_what_types_are_made_of(name: str, vcpu: float, memory: int, verdict: str) -> None:
    assert one({"spec": {"type": name, "vcpu": vcpu, "memory_gib": memory}}).verdict == verdict


# Figures


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (54.05, "$54.05"),
        (27.5, "$27.50"),
        ("27.50", "$27.50"),
        (30, "$30.00"),
        (0.004445, "$0.004445"),
        ([30, 40.5], "$30.00 to $40.50"),
        (-5, "-$5.00"),
        (1234567.89, "$1,234,567.89"),
    ],
)
def test_figures_are_read_as_they_were_printed(written: Any, shown: str) -> None:
    assert money_of(figure(written)) == shown


# Bad input


GOOD = {"name": "it", "usd": 54.06, "resources": [TASK]}


@pytest.mark.parametrize(
    ("claims", "messages"),
    [
        ("three", ["claims: found the text 'three', expected a list of claims"]),
        ([{**GOOD, "name": None}], ["claims[0].name: the key is missing, expected a name"]),
        ([GOOD, GOOD], ["claims[it].name: found the name twice, expected names that differ"]),
        ([{"name": "it"}], ["claims[it]: found no figure, expected usd, months, percent or spec"]),
        ([{**GOOD, "usd": "abc"}], ["claims[it].usd: found the text 'abc', expected a number such as 54.05"]),
        ([{**GOOD, "usd": float("nan")}], ["claims[it].usd: found no finite number"]),
        ([{**GOOD, "usd": [40, 30]}], ["claims[it].usd: found [40, 30], expected the lower end first"]),
        ([{**GOOD, "usd": [1, 2, 3]}], ["claims[it].usd: found a list, expected a number such as 54.05"]),
        ([{**GOOD, "months": 2}], ["claims[it].months: found months beside usd, expected one of them"]),
        ([{"name": "it", "months": 2}], ["claims[it].months: found months without arithmetic, expected both"]),
        ([{"name": "it", "percent": 2}], ["claims[it].percent: found percent alone, expected than, discount"]),
        ([{**GOOD, "discount": "spot"}], ["claims[it].discount: found discount, expected percent and resources"]),
        ([{**GOOD, "discount": "free"}], ["claims[it].discount: found the text 'free', expected spot or savings_plan"]),
        ([{**GOOD, "per": "year"}], ["claims[it].per: found the text 'year', expected hour, month or total"]),
        ([{**GOOD, "per": "total"}], ["claims[it].hours: the key is missing, expected the hours"]),
        ([{**GOOD, "per": "hour", "hours": 2}], ["claims[it].hours: found hours beside per: hour"]),
        ([{**GOOD, "hours": 0}], ["claims[it].hours: found the number 0, expected a number of hours above 0"]),
        ([{**GOOD, "region": "Seoul!"}], ["claims[it].region: found the text 'Seoul!', expected a region"]),
        ([{**GOOD, "regoin": "x"}], ["claims[it].regoin: unknown key (did you mean 'region'?)"]),
        ([{**GOOD, "resources": []}], ["claims[it].resources: found none, expected a list of resources"]),
        (
            [{**GOOD, "resources": [{"kind": "x"}]}],
            ["claims[it].resources[0].kind: found the text 'x'"],
        ),
        (
            [{**GOOD, "resources": [{**TASK, "memory_gib": 9}]}],
            ["claims[it].resources[fargate_task].memory_gib: found 9 GiB with 0.5 vCPU"],
        ),
        ([{"name": "it", "usd": 1, "price": "x.y"}], ["claims[it].price: found the text 'x.y', expected the key of"]),
        ([{**GOOD, "price": "alb.hour"}], ["claims[it].price: found price, expected usd and no resources beside it"]),
        ([{**GOOD, "sum": [1], "product": [1, 2]}], ["claims[it].product: found product beside sum"]),
        ([{**GOOD, "sum": []}], ["claims[it].sum: found 0 operands, expected a list of 1 or more operands"]),
        ([{**GOOD, "sum": 3}], ["claims[it].sum: found the number 3, expected a list of 1 or more operands"]),
        ([{**GOOD, "quotient": [1]}], ["claims[it].quotient: found 1 operands, expected a list of two operands"]),
        ([{**GOOD, "sum": ["other"]}], ["claims[it].sum: found 'other', expected the name of a claim"]),
        ([{**GOOD, "sum": ["it"]}], ["claims[it].sum: found the claim itself, expected another"]),
        ([{**GOOD, "sum": [True]}], ["claims[it].sum[0]: found true, expected a number"]),
        (
            [{**GOOD, "sum": [{"power": [1, 2]}]}],
            ["claims[it].sum[0]: found a mapping with 'power', expected one"],
        ),
        (
            [{**GOOD, "product": ["unknown", 2]}],
            ["claims[it].product[0]: found unknown, expected it in the claim's"],
        ),
        ([{**GOOD, "spec": {"type": "t3.small"}}], ["claims[it].spec.memory_gib: the key is missing", "vcpu"]),
        ([3], ["claims[0]: found the number 3, expected a mapping with name, usd"]),
        ([GOOD] * 1001, ["claims: found 1001 claims, expected at most 1000"]),
    ],
)
def test_what_is_wrong_with_claims_is_told(claims: Any, messages: list[str]) -> None:
    findings = read_claims(claims, "claims")[1]
    assert len(findings) == len(messages)
    for finding, message in zip(findings, messages):
        assert message in finding.as_text()
        assert finding.rule in ("cost-claim", "resource")


def test_too_many_operations_within_one_another() -> None:
    operand: Any = 1
    for _depth in range(20):
        operand = {"sum": [operand]}
    findings = read_claims([{**GOOD, "sum": [operand]}], "claims")[1]
    assert "found more than 5 operations within one another" in findings[0].message


def test_a_claim_without_a_figure_is_no_operand() -> None:
    spec = {"name": "type", "spec": {"type": "t3.small", "vcpu": 2, "memory_gib": 2}}
    findings = read_claims([spec, {**GOOD, "sum": ["type"]}], "claims")[1]
    assert [finding.message for finding in findings] == ["found 'type', expected a claim with a figure"]


def test_no_claims_are_none() -> None:
    assert read_claims(None, "claims") == ((), [])
    assert read_claims([], "claims") == ((), [])


@pytest.mark.parametrize("options", [Claim, Spec])
def test_examples_of_keys_are_valid(options: Any) -> None:
    for name, key in options.KEYS.items():
        others = [{"name": "in the table", "usd": 40}] if name == "same_as" else []
        findings = read(options, key.example, "it", "rule")[1]
        assert name in key.example and not findings, name
        if options is Claim:
            assert not read_claims([*others, key.example], "claims")[1], name


# The page


def test_the_examples_of_the_page_run() -> None:
    page = (ROOT / "docs" / "cost_audit.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    found = [audited(block["claims"]) for block in blocks]
    told = {name: each.verdict for block in found for name, each in block.items()}
    listed = dict(re.findall(r"^\| ([^|]+?) \| `(\w+)` \|", page, re.MULTILINE))
    assert found and listed == told
    quoted = [" ".join(text.replace("\n> ", " ").split()) for text in re.findall(r"(?<=\n> )(.*(?:\n> .*)*)", page)]
    assert len(quoted) == len(blocks)
    assert set(quoted) <= {each.says for block in found for each in block.values()}


def test_the_page_has_every_verdict_and_every_key() -> None:
    page = (ROOT / "docs" / "cost_audit.md").read_text(encoding="utf-8")
    for verdict, sentence in VERDICTS.items():
        assert f"- `{verdict}`: {sentence}" in page
    for name in Claim.KEYS:
        assert f"`{name}`" in page
