# SPDX-License-Identifier: GPL-3.0-or-later
"""Free amounts and commitments: what they take off a bill, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.commitment import (
    NOT_COVERED,
    RULE,
    Commitment,
    SavingsPlan,
    not_covered,
    read_commitment,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.free_tier import FREE, free_tier
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import known, unit_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import Estimate, Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.ec2 import Ec2Instance
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.fargate import FargateTask
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.logs import Logs
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.network import Egress
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import Part, Resource, Scenario
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import Span
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, INFO
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import keys_of, read
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
US, SEOUL = "us-east-1", "ap-northeast-2"
#: AWS Price List of September 2026, the Spot feed of 2026-09-28, and the Savings Plan offer of 2026-09-25.
USD: Mapping[str, Mapping[str, str]] = {
    US: {
        "fargate.x86.vcpu_hour": "0.04048",
        "fargate.x86.gb_hour": "0.004445",
        "fargate.arm.vcpu_hour": "0.03238",
        "fargate.arm.gb_hour": "0.00356",
        "fargate.windows.vcpu_hour": "0.046552",
        "fargate.windows.gb_hour": "0.00511175",
        "fargate.windows.os_vcpu_hour": "0.046",
        "fargate_spot.x86.vcpu_hour": "0.01288871",
        "fargate_spot.x86.gb_hour": "0.00141527",
        "savings_plan.1y_no_upfront.fargate.x86.vcpu_hour": "0.032384",
        "savings_plan.1y_no_upfront.fargate.x86.gb_hour": "0.003556",
        "savings_plan.1y_no_upfront.fargate.arm.vcpu_hour": "0.0255",
        "savings_plan.1y_no_upfront.fargate.arm.gb_hour": "0.0028",
        "savings_plan.3y_no_upfront.fargate.x86.vcpu_hour": "0.022264",
        "savings_plan.3y_no_upfront.fargate.x86.gb_hour": "0.00244475",
        "savings_plan.3y_all_upfront.fargate.x86.vcpu_hour": "0.0194304",
        "ec2.linux.t3.medium": "0.0416",
        "egress.gb_first_10tb": "0.09",
        "logs.ingest_gb": "0.50",
        "logs.store_gb_month": "0.03",
    },
    SEOUL: {"fargate.x86.vcpu_hour": "0.04656", "fargate.x86.gb_hour": "0.00511", "egress.gb_first_10tb": "0.126"},
}
BOOK = Book(
    {
        region: {
            key: Price(region, key, Decimal(usd), unit_of(key), "AWS Price List", "2026-09")
            for key, usd in keys.items()
        }
        for region, keys in USD.items()
    }
)
TASKS = FargateTask(Decimal("0.5"), Decimal(1), count=3)
SCALED = FargateTask(Decimal("0.5"), Decimal(1), count_min=2, count_max=10, count_expected=3)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def bill(*resources: Resource, region: str = US, plan: Commitment | None = None, free: bool = False) -> Estimate:
    adjustments = (*([SavingsPlan(plan, BOOK)] if plan else []), *([free_tier] if free else []))
    parts = tuple(Part(f"part {index}", resource) for index, resource in enumerate(resources))
    return Estimator(BOOK, adjustments=adjustments).estimate(Scenario("web", region, parts))


def rounded(estimate: Estimate) -> tuple[str, str, str]:
    low, expected, high = (str(cents(amount)) for amount in estimate.total)
    return low, expected, high


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (None, "54.06"),
        (Commitment(), "43.25"),
        (Commitment(term_years=3), "29.73"),
        (Commitment(covers="expected"), "43.25"),
    ],
    ids=["on-demand", "1-year", "3-years", "1-year-expected"],
)
def test_three_tasks_of_half_a_vcpu(plan: Commitment | None, expected: str) -> None:
    estimate = bill(TASKS, plan=plan)
    assert estimate.complete
    assert rounded(estimate) == (expected, expected, expected)


def test_spot_is_no_commitment_and_has_its_own_price() -> None:
    on_spot = FargateTask(Decimal("0.5"), Decimal(1), count=3, spot_share=Decimal(1))
    assert rounded(bill(on_spot)) == ("17.21", "17.21", "54.06")
    covered = bill(on_spot, plan=Commitment())
    assert covered.total == bill(on_spot).total  # nothing runs on demand for sure


def test_arm_has_rates_of_its_own() -> None:
    estimate = bill(FargateTask(Decimal(1), Decimal(2), architecture="arm"), plan=Commitment())
    assert cents(estimate.total.expected) == cents(730 * (Decimal("0.0255") + 2 * Decimal("0.0028")))


def test_the_plan_is_lines_of_its_own_whose_figures_agree() -> None:
    estimate = bill(TASKS, plan=Commitment())
    plan = [line for line in estimate.lines if line.part.label == "Savings Plan"]
    assert [line.usage.key for line in plan] == [
        "savings_plan.1y_no_upfront.fargate.x86.vcpu_hour",
        "savings_plan.1y_no_upfront.fargate.x86.gb_hour",
    ]
    for line in plan:
        assert line.price is not None and line.cost == line.usage.quantity.times(line.price.usd)
        assert line.cost.expected < 0 < line.price.usd
        assert line.price.source == "AWS Price List"
        assert known(line.usage.key) and line.price.unit == unit_of(line.usage.key)
    assert plan[0].usage.formula == "1095 vCPU-hours committed, each $0.04048 - $0.032384 cheaper"
    assert plan[0].assumption == "a commitment of 1 year, nothing upfront, to what always runs"


def test_what_is_paid_at_the_start_is_said() -> None:
    estimate = bill(TASKS, plan=Commitment(term_years=3, payment="all_upfront"))
    assert estimate.lines[-1].assumption.endswith("to what always runs; paid at the start, shown by the month")


def test_a_plan_covers_what_always_runs() -> None:
    without, covered = bill(SCALED), bill(SCALED, plan=Commitment())
    saved = (
        bill(FargateTask(Decimal("0.5"), Decimal(1), count=2)).total.low
        - bill(FargateTask(Decimal("0.5"), Decimal(1), count=2), plan=Commitment()).total.low
    )
    assert [before - after for before, after in zip(without.total, covered.total)] == [saved, saved, saved]


def test_a_plan_for_more_than_always_runs_is_paid_all_the_same() -> None:
    covered = bill(SCALED, plan=Commitment(covers="expected"))
    three = bill(TASKS, plan=Commitment())
    assert covered.total.low == three.total.low  # two run, and three are paid for
    assert covered.total.expected == three.total.expected
    unused = [line for line in covered.lines if line.usage.item.startswith("unused")]
    assert [line.usage.quantity.low for line in unused] == [Decimal(365), Decimal(730)]
    assert all(line.usage.quantity[1:] == (0, 0) for line in unused)


def test_parts_share_a_plan() -> None:
    apart = bill(
        FargateTask(Decimal("0.5"), Decimal(1), count=1),
        FargateTask(Decimal("0.5"), Decimal(1), count=2),
        plan=Commitment(),
    )
    assert apart.total == bill(TASKS, plan=Commitment()).total
    assert len(apart.lines) == 6


@pytest.mark.parametrize(
    ("region", "plan", "missing"),
    [
        (SEOUL, Commitment(), 2),
        (US, Commitment(term_years=3, payment="all_upfront"), 1),
    ],
    ids=["no-rates-in-the-region", "a-rate-is-missing"],
)
def test_without_a_rate_the_bill_is_not_complete(region: str, plan: Commitment, missing: int) -> None:
    estimate = bill(TASKS, region=region, plan=plan)
    unpriced = [line for line in estimate.lines if line.cost is None]
    assert not estimate.complete
    assert len(unpriced) == missing
    assert all(known(line.usage.key) and line.usage.key.startswith("savings_plan.") for line in unpriced)
    assert all(line.usage.quantity.low < 0 for line in unpriced)


def test_tasks_without_a_price_have_no_discount_either() -> None:
    estimate = bill(TASKS, region="eu-south-2", plan=Commitment())
    assert not estimate.complete and estimate.total == Span(Decimal(0), Decimal(0), Decimal(0))
    priced_rates = Book({US: {key: price for key, price in BOOK.prices[US].items() if key.startswith("savings_plan")}})
    scenario = Scenario("web", US, (Part("web", TASKS),))
    lines = Estimator(priced_rates, adjustments=(SavingsPlan(Commitment(), priced_rates),)).estimate(scenario).lines
    assert [line.usage.key for line in lines] == ["fargate.x86.vcpu_hour", "fargate.x86.gb_hour"]


def test_an_inferred_price_makes_an_inferred_saving() -> None:
    key = "fargate.x86.vcpu_hour"
    inferred = {**BOOK.prices[US], key: Price(US, key, Decimal("0.04"), "vCPU-hour", "half of another", "2026-09", "E")}
    book = Book({US: inferred})
    scenario = Scenario("web", US, (Part("web", TASKS),))
    lines = Estimator(book, adjustments=(SavingsPlan(Commitment(), book),)).estimate(scenario).lines
    said = [line.assumption for line in lines if line.part.label == "Savings Plan"]
    assert ["inferred" in text for text in said] == [True, False]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (Ec2Instance("t3.medium"), "a Compute Savings Plan covers EC2, and the price book has no rates for it"),
        (FargateTask(Decimal(1), Decimal(2), os="windows"), "the price book has no Savings Plan rates for Windows"),
        (FargateTask(Decimal(1), Decimal(2), hours=Decimal(20)), "a plan is paid every hour, and this runs in some"),
    ],
    ids=["ec2", "windows", "some-hours"],
)
def test_what_a_plan_does_not_cover_is_said(resource: Resource, reason: str) -> None:
    without, covered = bill(resource), bill(resource, plan=Commitment())
    assert covered.total == without.total and covered.complete
    (finding,) = not_covered(covered.lines)
    assert (finding.rule, finding.severity, finding.path) == (NOT_COVERED, INFO, "commitment")
    assert "part 0" in finding.message and reason in finding.message


def test_what_is_covered_has_no_finding() -> None:
    assert not_covered(bill(TASKS, Egress(Decimal(1)), plan=Commitment()).lines) == []
    labels = not_covered(bill(Ec2Instance("t3.medium"), Ec2Instance("t3.medium")).lines)
    assert len(labels) == 1 and "part 0, part 1" in labels[0].message


COUNTS = st.integers(0, 20)


@DERANDOMIZED
@given(st.lists(COUNTS, min_size=3, max_size=3).map(sorted), st.sampled_from(["low", "expected"]), st.booleans())
def test_a_plan_never_saves_more_than_its_rate(counts: list[int], covers: str, three_years: bool) -> None:
    """At each level it costs what runs at the plan's rate at least, and what is committed to at least."""
    low, expected, high = counts
    if not expected:
        return
    task = FargateTask(Decimal("0.5"), Decimal(1), count_min=low, count_max=high, count_expected=expected)
    plan = Commitment(term_years=3 if three_years else 1, covers=covers)
    one = bill(FargateTask(Decimal("0.5"), Decimal(1)), plan=plan).total.low
    listed = bill(FargateTask(Decimal("0.5"), Decimal(1))).total.low
    committed = low if covers == "low" else expected
    for count, cost in zip(counts, bill(task, plan=plan).total):
        assert cost == one * committed + listed * max(count - committed, 0)


@pytest.mark.parametrize(
    "value",
    [
        {"term_years": 1},
        {"term_years": "3", "payment": "all_upfront"},
        {"plan": "compute_savings_plan", "term_years": 3, "payment": "no_upfront", "covers": "expected"},
        {},
    ],
)
def test_a_commitment_is_read(value: Any) -> None:
    made, findings = read_commitment(value, "commitment")
    assert findings == []
    assert made == Commitment(**{name: int(item) if name == "term_years" else item for name, item in value.items()})


def test_no_commitment_is_none() -> None:
    assert read_commitment(None, "commitment") == (None, [])


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({"term_years": 2}, "commitment.term_years", "found the number 2, expected 1 or 3"),
        ({"term_years": True}, "commitment.term_years", "expected 1 or 3"),
        ({"payment": "partial_upfront"}, "commitment.payment", "expected no_upfront or all_upfront"),
        ({"payment": "all_upfront"}, "commitment.payment", "found all_upfront with a term of 1 year"),
        ({"covers": "high"}, "commitment.covers", "expected low or expected"),
        ({"plan": "ec2_instance_savings_plan"}, "commitment.plan", "expected compute_savings_plan"),
        ({"discount": "50 %"}, "commitment.discount", "unknown key"),
        ("50 %", "commitment", "found the text '50 %', expected a mapping"),
        (50, "commitment", "found the number 50, expected a mapping"),
    ],
)
def test_a_commitment_that_is_wrong_is_refused(value: Any, path: str, message: str) -> None:
    _made, (finding,) = read_commitment(value, "commitment")
    assert (finding.rule, finding.severity, finding.path) == (RULE, ERROR, path)
    assert message in finding.message


@pytest.mark.parametrize("name", sorted(keys_of(Commitment)))
def test_examples_are_right(name: str) -> None:
    entry = keys_of(Commitment)[name]
    assert name in entry.example
    assert read(Commitment, entry.example, "commitment", RULE)[1] == []


@pytest.mark.parametrize(
    ("gib", "billed"),
    [("60", "0.00"), ("100", "0.00"), ("10240", "912.60")],
)
def test_the_first_100_gb_of_egress_are_free(gib: str, billed: str) -> None:
    assert str(cents(bill(Egress(Decimal(gib)), free=True).total.expected)) == billed


def test_the_free_tier_is_off_by_default() -> None:
    assert str(cents(bill(Egress(Decimal(10240))).total.expected)) == "921.60"
    assert str(cents(bill(Egress(Decimal(10240)), region=SEOUL).total.expected)) == "1290.24"


def test_what_is_free_is_a_negative_line_of_its_own() -> None:
    estimate = bill(Logs(Decimal(12), Decimal(7)), Egress(Decimal(30)), free=True)
    free = [line for line in estimate.lines if line.part.label == "free tier"]
    assert {line.usage.key: (line.usage.quantity.expected, line.cost and line.cost.expected) for line in free} == {
        "egress.gb_first_10tb": (Decimal(-30), Decimal("-2.70")),
        "logs.ingest_gb": (Decimal(-5), Decimal("-2.50")),
    }
    assert {line.assumption for line in free} == {"if nothing else in the account uses it"}
    assert all(line.usage.fixed is False for line in free)


def test_parts_share_what_is_free() -> None:
    estimate = bill(Logs(Decimal(3)), Logs(Decimal(4)), free=True)
    assert [line.usage.quantity.expected for line in estimate.lines[2:]] == [Decimal(-5)]


def test_what_has_no_price_is_not_made_free() -> None:
    estimate = bill(Logs(Decimal(3)), region=SEOUL, free=True)
    assert not estimate.complete and len(estimate.lines) == 1


def test_where_nothing_is_used_nothing_is_free() -> None:
    assert len(bill(TASKS, free=True).lines) == 2


def test_free_keys_are_known() -> None:
    assert all(known(key) for key in FREE)


def test_adjustments_see_the_bill_and_not_each_other() -> None:
    both = bill(TASKS, Egress(Decimal(30)), plan=Commitment(), free=True).total.expected
    assert cents(both) == Decimal("43.25")
