# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether scenarios fit a budget, what requirements cost, and whether prices are too old to say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.commitment import (
    Commitment,
    SavingsPlan,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import Estimate, Estimator, Line
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.constraints import (
    Requirement,
    choose,
    lacks,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.gate import (
    FAIL,
    GATES,
    INDETERMINATE,
    OVER_AT_MOST,
    PASS,
    VERDICTS,
    Judged,
    dollars,
    judge,
    overall,
    stops,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.staleness import (
    FUTURE,
    NO_DATE,
    OLD,
    TOO_OLD,
    ages,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.custom import Custom
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.fargate import FargateTask
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.logs import Logs
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.network import NatGateway
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import (
    AUTOSCALING,
    HIGH_AVAILABILITY,
    Part,
    Scenario,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, WARNING, Finding
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
REGION = "eu-north-1"
NO_PRICES = Book()
HUNDRED = Decimal(100)
BOTH = frozenset({HIGH_AVAILABILITY, AUTOSCALING})
SPAN = (Decimal(60), Decimal(80), Decimal(120))


def priced(name: str, *usd: str | Decimal, provides: frozenset[str] = frozenset(), unpriced: bool = False) -> Estimate:
    """A scenario that costs this much, or so much at least, at most and on average."""
    figures = [Decimal(figure) for figure in usd]
    custom = Custom(*figures) if len(figures) == 1 else Custom(None, *figures)
    parts = [Part("all", custom), *([Part("nat", NatGateway(gib=Decimal(1)))] if unpriced else [])]
    return Estimator(NO_PRICES).estimate(Scenario(name, REGION, tuple(parts), provides))


def judged(estimate: Estimate, requires: Sequence[str] = (), **options: Any) -> Judged:
    verdict = judge(estimate, options.pop("budget", HUNDRED), options.pop("level", "expected"), **options)
    return Judged(estimate, verdict, lacks(estimate.scenario, requires))


@pytest.mark.parametrize(
    ("level", "verdict", "over"),
    [("low", PASS, None), ("expected", PASS, None), ("none", PASS, None), ("high", FAIL, Decimal(20))],
)
def test_the_gate_judges_at_its_level(level: str, verdict: str, over: Decimal | None) -> None:
    found = judge(priced("web", *SPAN), HUNDRED, level)
    assert (found.verdict, found.over_by) == (verdict, over)


@pytest.mark.parametrize(
    ("cost", "budget", "sentence"),
    [
        ("42.965", "100", "compose fits: $42.97 of $100.00 a month (expected)"),
        ("100", "100", "compose fits: $100.00 of $100.00 a month (expected)"),
        ("139.0591", "100", "compose does not fit: $139.06 of $100.00 a month (expected), $39.06 too much"),
        ("100.001", "100", "compose does not fit: $100.00 of $100.00 a month (expected), less than a cent too much"),
        ("1290.24", "1000", "compose does not fit: $1,290.24 of $1,000.00 a month (expected), $290.24 too much"),
    ],
)
def test_a_verdict_is_said_in_a_sentence(cost: str, budget: str, sentence: str) -> None:
    assert judge(priced("compose", cost), Decimal(budget), "expected").sentence == sentence


def test_a_budget_that_holds_but_not_at_most_is_a_warning() -> None:
    (finding,) = judge(priced("web", *SPAN), HUNDRED, "expected").findings
    assert (finding.rule, finding.severity, finding.path) == (OVER_AT_MOST, WARNING, "scenarios[web]")
    assert "$120.00" in finding.message and "$100.00" in finding.message
    assert judge(priced("web", "60", "80", "100"), HUNDRED, "expected").findings == ()
    assert judge(priced("web", *SPAN), Decimal(70), "expected").findings == ()  # it fails already


@pytest.mark.parametrize(
    ("verdict", "gate", "expected"),
    [
        (PASS, "expected", False),
        (FAIL, "expected", True),
        (INDETERMINATE, "low", True),
        (None, "high", False),
        (FAIL, "none", False),
        (INDETERMINATE, "none", False),
    ],
)
def test_a_gate_of_none_stops_nothing(verdict: str | None, gate: str, expected: bool) -> None:
    assert stops(verdict, gate) is expected


def test_without_a_budget_there_is_no_gate() -> None:
    found = judge(priced("web", "80"), None, "expected")
    assert (found.verdict, found.sentence) == (None, "web costs $80.00 a month (expected); there is no budget")


@pytest.mark.parametrize(
    ("cost", "budget", "allow", "verdict", "sentence"),
    [
        ("10", None, False, INDETERMINATE, "costs $10.00 a month (expected) by what is priced; no price for nat.hour"),
        ("10", None, True, None, "by what is priced; no price for nat.hour, nat.gb in eu-north-1"),
        ("10", "100", False, INDETERMINATE, "cannot be judged: no price for nat.hour, nat.gb in eu-north-1"),
        ("10", "100", True, PASS, "fits: $10.00 of $100.00 a month (expected) by what is priced; no price for nat"),
        ("110", "100", False, FAIL, "$10.00 too much; no price for nat.hour, nat.gb in eu-north-1, which comes on top"),
        ("110", "100", True, FAIL, "does not fit"),
    ],
)
def test_what_has_no_price_never_passes_by_itself(
    cost: str, budget: str | None, allow: bool, verdict: str | None, sentence: str
) -> None:
    estimate = priced("web", cost, unpriced=True)
    found = judge(estimate, None if budget is None else Decimal(budget), "expected", allow)
    assert found.verdict == verdict
    assert sentence in found.sentence


def test_many_keys_without_a_price_are_counted() -> None:
    parts = (
        Part("web", FargateTask(Decimal(1), Decimal(2), ephemeral_gib=Decimal(30))),
        Part("logs", Logs(Decimal(1), Decimal(1))),
    )
    estimate = Estimator(NO_PRICES).estimate(Scenario("web", REGION, parts))
    sentence = judge(estimate, HUNDRED, "expected").sentence
    assert "fargate.x86.vcpu_hour, fargate.x86.gb_hour, fargate.ephemeral_gb_hour and 2 more" in sentence


def test_over_the_budget_with_a_discount_of_unknown_size_is_not_known() -> None:
    usd = {"fargate.x86.vcpu_hour": Decimal("0.04656"), "fargate.x86.gb_hour": Decimal("0.00511")}
    prices = {key: Price(REGION, key, amount, "", "a source", "2026-10") for key, amount in usd.items()}
    book = Book({REGION: prices})
    task = Part("web", FargateTask(Decimal("0.5"), Decimal(1), count=3))
    scenario = Scenario("web", REGION, (task,))
    estimate = Estimator(book, adjustments=(SavingsPlan(Commitment(), book),)).estimate(scenario)
    assert judge(estimate, Decimal(60), "expected").verdict == INDETERMINATE
    assert judge(estimate, Decimal(60), "expected", allow_unpriced=True).verdict == FAIL
    assert judge(Estimator(book).estimate(scenario), Decimal(60), "expected").verdict == FAIL


@pytest.mark.parametrize("budget", [None, HUNDRED, Decimal(1)])
@pytest.mark.parametrize("allow", [False, True])
def test_prices_that_are_not_trusted_leave_it_open(budget: Decimal | None, allow: bool) -> None:
    doubts = [Finding("a", WARNING, "prices", "old"), Finding("b", ERROR, "prices", "found prices of tomorrow")]
    found = judge(priced("web", "80"), budget, "expected", allow, doubts)
    assert found.verdict == INDETERMINATE
    assert found.sentence == "web cannot be judged: found prices of tomorrow"
    assert judge(priced("web", "80"), HUNDRED, "expected", allow, doubts[:1]).verdict == PASS


AMOUNTS = st.decimals(min_value=0, max_value=1000, places=2)


@DERANDOMIZED
@given(st.lists(AMOUNTS, min_size=3, max_size=3).map(sorted), AMOUNTS, AMOUNTS, st.sampled_from(GATES), st.booleans())
def test_a_larger_budget_is_never_worse(
    costs: list[Decimal], one: Decimal, other: Decimal, level: str, unpriced: bool
) -> None:
    estimate = priced("web", *costs, unpriced=unpriced)
    smaller, larger = (judge(estimate, budget, level).verdict for budget in sorted((one, other)))
    order = [FAIL, INDETERMINATE, PASS]
    assert smaller in VERDICTS and larger in VERDICTS
    assert order.index(str(smaller)) <= order.index(str(larger))


@DERANDOMIZED
@given(AMOUNTS, AMOUNTS)
def test_what_it_misses_by_is_what_is_missing(cost: Decimal, budget: Decimal) -> None:
    found = judge(priced("web", cost), budget, "expected")
    assert (found.verdict == FAIL) == (cost > budget)
    if found.over_by is not None:
        assert judge(priced("web", cost), budget + found.over_by, "expected").verdict == PASS


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.005", "$0.01"),
        ("1234567.891", "$1,234,567.89"),
        ("-2.5", "-$2.50"),
        ("-0.001", "$0.00"),
        ("1e30", "$1" + ",000" * 10 + ".00"),
    ],
)
def test_dollars_are_rounded_half_up_when_shown(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown


COMPOSE = priced("compose", "40")
FARGATE = priced("fargate", "90", provides=BOTH)
KUBEADM = priced("kubeadm", "95", provides=frozenset({HIGH_AVAILABILITY}))
EKS = priced("eks", "240", provides=BOTH)
UNKNOWN = priced("unknown", "10", provides=BOTH, unpriced=True)


def of(*estimates: Estimate, requires: Sequence[str] = (), **options: Any) -> list[Judged]:
    return [judged(estimate, requires, **options) for estimate in estimates]


@pytest.mark.parametrize(
    ("estimates", "requires", "verdict", "sentence"),
    [
        ((FARGATE, COMPOSE), (), PASS, "compose fits: $40.00 of $100.00 a month (expected)"),
        ((FARGATE, COMPOSE), (HIGH_AVAILABILITY,), PASS, "fargate fits: $90.00 of $100.00 a month (expected)"),
        ((EKS, COMPOSE), (HIGH_AVAILABILITY,), FAIL, "no scenario fits; the cheapest: eks does not fit: $240.00 of"),
        ((EKS, UNKNOWN), (), INDETERMINATE, "no scenario is known to fit: unknown cannot be judged"),
        ((UNKNOWN, FARGATE), (), PASS, "fargate fits"),
        ((COMPOSE,), (AUTOSCALING,), FAIL, "no scenario provides what is required: compose lacks autoscaling"),
        ((COMPOSE,), BOTH, FAIL, "compose lacks high_availability and autoscaling"),
        ((), (), None, "there is no scenario to judge"),
    ],
)
def test_all_scenarios_have_one_verdict(
    estimates: Sequence[Estimate], requires: Sequence[str], verdict: str | None, sentence: str
) -> None:
    found = overall(of(*estimates, requires=requires))
    assert found.verdict == verdict
    assert sentence in found.sentence


def test_the_cheapest_that_fails_says_by_how_much() -> None:
    dearer = priced("dearer", "500")
    incomplete = priced("incomplete", "110", unpriced=True)
    assert overall(of(dearer, incomplete, EKS)).over_by == Decimal(140)
    assert overall(of(incomplete)).over_by == Decimal(10)


def test_the_verdict_is_that_of_the_level() -> None:
    steady, bursting = priced("steady", "70", "70", "70"), priced("bursting", "50", "60", "90")
    for level, name in (("expected", "bursting"), ("none", "bursting"), ("high", "steady")):
        assert overall(of(steady, bursting, level=level), level=level).sentence.startswith(name)


@pytest.mark.parametrize(
    ("chosen", "requires", "verdict", "sentence"),
    [
        ("fargate", BOTH, PASS, "fargate fits"),
        ("eks", (), FAIL, "eks does not fit"),
        ("unknown", (), INDETERMINATE, "unknown cannot be judged"),
        ("compose", (AUTOSCALING,), FAIL, "compose lacks autoscaling; compose fits"),
        ("absent", (), INDETERMINATE, "no scenario is called 'absent'"),
    ],
)
def test_a_chosen_scenario_speaks_for_all(chosen: str, requires: Sequence[str], verdict: str, sentence: str) -> None:
    found = overall(of(COMPOSE, FARGATE, EKS, UNKNOWN, requires=requires), chosen)
    assert found.verdict == verdict
    assert sentence in found.sentence


def test_without_a_budget_the_cheapest_is_named() -> None:
    found = overall(of(FARGATE, COMPOSE, UNKNOWN, budget=None))
    assert (found.verdict, found.sentence) == (None, COMPOSE_SAYS)
    assert overall(of(UNKNOWN, budget=None)).verdict == INDETERMINATE
    assert overall(of(COMPOSE, requires=BOTH, budget=None)).verdict is None
    assert overall(of(COMPOSE, requires=BOTH, budget=None), "compose").verdict is None


COMPOSE_SAYS = "compose costs $40.00 a month (expected); there is no budget"


def test_what_a_scenario_lacks_is_in_one_order() -> None:
    assert lacks(COMPOSE.scenario, (AUTOSCALING, HIGH_AVAILABILITY)) == (HIGH_AVAILABILITY, AUTOSCALING)
    assert lacks(KUBEADM.scenario, BOTH) == (AUTOSCALING,)
    assert lacks(KUBEADM.scenario, ()) == ()


def test_requirements_come_first_and_have_a_price() -> None:
    scenarios = (EKS, FARGATE, KUBEADM, COMPOSE, UNKNOWN)
    choice = choose(of(*scenarios, requires=BOTH), BOTH, "expected")
    assert (choice.cheapest, choice.providing, choice.fitting) == ("compose", "fargate", "fargate")
    assert choice.not_comparable == ("unknown",)
    assert choice.requirements == (
        Requirement(HIGH_AVAILABILITY, "fargate", "fargate", Decimal(0)),
        Requirement(AUTOSCALING, "fargate", "fargate", Decimal(0)),
    )


def test_a_requirement_costs_what_the_next_without_it_saves() -> None:
    scenarios = (EKS, KUBEADM, COMPOSE)
    one = (HIGH_AVAILABILITY,)
    assert choose(of(*scenarios, requires=one), one, "expected").requirements == (
        Requirement(HIGH_AVAILABILITY, "compose", "kubeadm", Decimal(55)),
    )
    assert choose(of(*scenarios, requires=BOTH), BOTH, "expected").requirements == (
        Requirement(HIGH_AVAILABILITY, "eks", "eks", Decimal(0)),
        Requirement(AUTOSCALING, "kubeadm", "eks", Decimal(145)),
    )


def test_nothing_is_chosen_where_nothing_can_be() -> None:
    choice = choose(of(COMPOSE, UNKNOWN, requires=(AUTOSCALING,)), (AUTOSCALING,), "expected")
    assert (choice.cheapest, choice.providing, choice.fitting) == ("compose", None, None)
    assert choice.requirements == (Requirement(AUTOSCALING, "compose", None, None),)
    assert choose([], (AUTOSCALING,), "low").requirements == (Requirement(AUTOSCALING, None, None, None),)


def test_over_the_budget_is_cheapest_all_the_same() -> None:
    choice = choose(of(EKS), (), "expected")
    assert (choice.providing, choice.fitting) == ("eks", None)


def test_what_is_not_priced_in_full_is_compared_only_where_allowed() -> None:
    over = priced("over", "101", unpriced=True)
    assert choose(of(UNKNOWN, over, FARGATE), (), "expected").not_comparable == ("unknown", "over")
    allowed = choose(of(UNKNOWN, over, FARGATE, allow_unpriced=True), (), "expected", allow_unpriced=True)
    assert (allowed.cheapest, allowed.fitting, allowed.not_comparable) == ("unknown", "unknown", ())


def test_prices_that_are_not_trusted_are_not_compared() -> None:
    doubts = [Finding("b", ERROR, "prices", "too old")]
    distrusted = judged(COMPOSE, doubts=doubts)
    choice = choose([distrusted, judged(FARGATE)], (), "expected", allow_unpriced=True)
    assert (choice.cheapest, choice.not_comparable) == ("fargate", ("compose",))


TODAY = date(2026, 11, 20)


def line(key: str, said: str, source: str = "AWS Price List", confidence: str = "A") -> Line:
    price = Price(REGION, key, Decimal(1), "hour", source, said, confidence)
    (usage, *_more) = NatGateway().usages(Decimal(730))
    return Line(Part("nat", NatGateway()), usage, price, usage.quantity)


@pytest.mark.parametrize(
    ("key", "said", "max_age", "rule", "severity"),
    [
        ("nat.hour", "2026-08-22", None, None, None),  # 90 days
        ("nat.hour", "2026-08-21", None, OLD, WARNING),
        ("nat.hour", "2026-11", None, None, None),  # from its first day
        ("nat.hour", "2026-08", None, OLD, WARNING),
        ("nat.hour", "2026-11-20", None, None, None),
        ("nat.hour", "2026-11-21", None, FUTURE, ERROR),
        ("nat.hour", "2026-12", None, FUTURE, ERROR),
        ("nat.hour", "2026-12", 10_000, FUTURE, ERROR),
        ("fargate_spot.x86.gb_hour", "2026-11-13", None, None, None),
        ("fargate_spot.x86.gb_hour", "2026-11-12", None, OLD, WARNING),
        ("nat.hour", "2026-11-10", 10, None, None),
        ("nat.hour", "2026-11-09", 10, TOO_OLD, ERROR),
        ("nat.hour", "2026-08-01", 365, OLD, WARNING),
        ("fargate_spot.x86.gb_hour", "2026-11-12", 8, OLD, WARNING),
        ("nat.hour", "", None, NO_DATE, ERROR),
        ("nat.hour", "last week", None, NO_DATE, ERROR),
        ("nat.hour", "2026-02-30", None, NO_DATE, ERROR),
    ],
)
def test_prices_have_an_age(key: str, said: str, max_age: int | None, rule: str | None, severity: str | None) -> None:
    found = [(finding.rule, finding.severity) for finding in ages([line(key, said)], TODAY, max_age)]
    assert found == ([] if rule is None else [(rule, severity)])


def test_one_finding_for_each_source_and_date() -> None:
    old = [line(key, "2026-01-02") for key in ("nat.hour", "nat.gb", "alb.hour", "ipv4.hour", "nat.hour")]
    other = [line("nat.hour", "2026-01-02", "a public table"), line("nat.hour", "2026-01-03")]
    unpriced = Line(old[0].part, old[0].usage, None, None)
    first, *rest = ages([*old, *other, unpriced], TODAY)
    assert len(rest) == 2
    assert first.message == (
        "nat.hour, nat.gb, alb.hour and 1 more of AWS Price List: found prices of 2026-01-02, 322 days old, "
        "expected at most 90 days"
    )
    assert first.hint


def test_a_limit_of_a_day_is_said_as_one() -> None:
    (finding,) = ages([line("nat.hour", "2026-11-18")], TODAY, 1)
    assert "2 days old, expected at most 1 day" in finding.message


def test_who_gives_a_price_now_need_not_date_it() -> None:
    assert ages([line("nat.hour", "", confidence="user")], TODAY, 1) == []
    assert [f.rule for f in ages([line("nat.hour", "2025-01", confidence="user")], TODAY, 1)] == [TOO_OLD]


def test_prices_above_the_limit_close_the_gate() -> None:
    doubts = ages([line("nat.hour", "2026-01")], TODAY, 30)
    assert judge(COMPOSE, HUNDRED, "expected", doubts=doubts).verdict == INDETERMINATE
    assert judge(COMPOSE, HUNDRED, "expected", doubts=ages([line("nat.hour", "2026-01")], TODAY)).verdict == PASS
