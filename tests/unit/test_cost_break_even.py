# SPDX-License-Identifier: GPL-3.0-or-later
"""At how many copies one scenario gets cheaper than another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.break_even import (
    IMPOSSIBLE,
    BreakEvenOptions,
    break_even,
    break_evens,
    curve,
    read_break_even,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.named import RULE
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import keys_of
from hypothesis import given, settings
from hypothesis import strategies as st

settings.register_profile("break_even", derandomize=True, deadline=None, database=None, max_examples=150)
PROFILE = settings.get_profile("break_even")
Cost = Callable[[int], "Decimal | None"]

HOURS = 730
#: AWS Price List, in USD: an hour of a vCPU and of a GB on Fargate, of a t3.medium, and a GB of gp3 for a month.
PRICES = {
    "us-east-1": ("0.04048", "0.004445", "0.0416", "0.08"),
    "ap-northeast-2": ("0.04656", "0.00511", "0.052", "0.0912"),
}
IPV4, ALB, EKS = (Decimal(usd) * HOURS for usd in ("0.005", "0.0225", "0.10"))


def nodes(copies: int) -> int:
    """A t3.medium holds 3 tasks of 0.5 vCPU and 1 GB; no fewer than two nodes are highly available."""
    return max(2, -(-copies // 3))


def costs_in(region: str) -> dict[str, Cost]:
    """Tasks of 0.5 vCPU and 1 GB with an IPv4 address each, or nodes with 20 GB and one; a load balancer everywhere."""
    vcpu, memory, instance, disk = map(Decimal, PRICES[region])
    task = (vcpu / 2 + memory) * HOURS + IPV4
    node = instance * HOURS + 20 * disk + IPV4
    balancer = ALB + 2 * IPV4
    return {
        "fargate": lambda copies: copies * task + balancer,
        "ecs_ec2": lambda copies: nodes(copies) * node + balancer,
        "kubeadm": lambda copies: (nodes(copies) + 1) * node + balancer,
        "eks": lambda copies: nodes(copies) * node + EKS + balancer,
        "kubeadm_ha": lambda copies: (nodes(copies) + 3) * node + balancer,
    }


@pytest.mark.parametrize(
    ("region", "of", "first", "always"),
    [
        ("us-east-1", "ecs_ec2", 4, 4),
        ("us-east-1", "kubeadm", 5, 5),
        ("us-east-1", "eks", 9, 9),
        ("us-east-1", "kubeadm_ha", 12, 14),
        ("ap-northeast-2", "ecs_ec2", 4, 4),
        ("ap-northeast-2", "kubeadm", 6, 8),
        ("ap-northeast-2", "eks", 9, 11),
        ("ap-northeast-2", "kubeadm_ha", 15, 17),
    ],
)
def test_when_machines_get_cheaper_than_fargate(region: str, of: str, first: int, always: int) -> None:
    costs = costs_in(region)
    made = break_even(costs[of], costs["fargate"], range(1, 61))
    assert (made.first, made.always, made.checked_to) == (first, always, 60)
    assert made.says == f"first cheaper at {first} copies, and always from {always} on, up to the 60 that were checked"


@pytest.mark.parametrize("region", PRICES)
def test_three_control_planes_are_never_cheaper_than_eks(region: str) -> None:
    costs = costs_in(region)
    made = break_even(costs["kubeadm_ha"], costs["eks"], range(1, 1001))
    assert (made.first, made.always, made.says) == (None, None, "never cheaper up to 1000 copies")
    other_way = break_even(costs["eks"], costs["kubeadm_ha"], range(1, 1001))
    assert (other_way.first, other_way.always) == (1, 1)


def test_the_same_cost_is_not_cheaper() -> None:
    def same(copies: int) -> Decimal:
        return Decimal(copies)

    assert break_even(same, same, range(1, 11)).first is None


def test_cheaper_and_dearer_again_at_the_end() -> None:
    """The range ends on a step: what was cheaper before is no promise."""
    costs = costs_in("ap-northeast-2")
    made = break_even(costs["eks"], costs["fargate"], range(1, 11))
    assert (made.first, made.always, made.checked_to) == (9, None, 10)
    assert made.says == "first cheaper at 9 copies, but not at 10"


def test_always_is_said_of_the_copies_that_were_checked() -> None:
    costs = costs_in("ap-northeast-2")
    made = break_even(costs["eks"], costs["fargate"], range(1, 10))
    assert (made.first, made.always) == (9, 9), "and yet not at 10"
    assert made.says.endswith("up to the 9 that were checked")


@pytest.mark.parametrize("unknown", ["of", "against"])
def test_an_unknown_cost_is_no_answer(unknown: str) -> None:
    def partly(copies: int) -> Decimal | None:
        return None if copies == 7 else Decimal(1)

    def known(copies: int) -> Decimal:
        return Decimal(2)

    pair = (partly, known) if unknown == "of" else (known, partly)
    made = break_even(*pair, range(1, 61))
    assert (made.first, made.always, made.checked_to) == (None, None, 60)
    assert made.says == "unknown: there is no complete cost for 7 copies"
    assert break_even(*pair, range(1, 7)).says.startswith("unknown") is False
    assert curve(partly, range(6, 9)) == ((6, 1), (8, 1))


def test_copies_that_do_not_fit_are_dearer_than_anything() -> None:
    """One host holds three copies: it is cheaper as long as they fit, and its curve ends there."""

    def host(copies: int) -> Decimal:
        return Decimal(36) if copies <= 3 else IMPOSSIBLE

    fargate = costs_in("us-east-1")["fargate"]
    made, other_way = break_even(host, fargate, range(1, 7)), break_even(fargate, host, range(1, 7))
    assert (made.first, made.always, made.says) == (1, None, "first cheaper at 1 copy, but not at 6")
    assert (other_way.first, other_way.always) == (4, 4)
    assert break_even(host, host, range(1, 7)).first is None
    assert curve(host, range(2, 6)) == ((2, 36), (3, 36))


def test_a_curve() -> None:
    made = curve(costs_in("us-east-1")["ecs_ec2"], range(3, 8))
    assert [(copies, round(usd, 2)) for copies, usd in made] == [
        (3, Decimal("94.96")),
        (4, Decimal("94.96")),
        (5, Decimal("94.96")),
        (6, Decimal("94.96")),
        (7, Decimal("130.58")),
    ]


@pytest.mark.parametrize("against", [None, "fargate"])
def test_all_of_them_and_each_cost_is_asked_for_once(against: str | None) -> None:
    asked: list[tuple[str, int]] = []

    def counted(name: str, cost: Cost) -> Cost:
        def count(copies: int) -> Decimal | None:
            asked.append((name, copies))
            return cost(copies)

        return count

    costs, copies = costs_in("us-east-1"), range(1, 21)
    made = break_evens({name: counted(name, cost) for name, cost in costs.items()}, copies, against)
    assert sorted(asked) == sorted((name, count) for name in costs for count in copies)
    pairs = {(of, other) for of in costs for other in costs if of != other and against in (None, other)}
    known = {(of, other): break_even(costs[of], costs[other], copies) for of, other in pairs}
    turns = {pair for pair, found in known.items() if found.first is not None and found.first > 1}
    assert turns and (against or len(turns) < len(known))
    assert made.results == {pair: found for pair, found in known.items() if against or pair in turns}
    assert made.curves == {name: curve(cost, copies) for name, cost in costs.items()}


POINTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@PROFILE
@given(POINTS, st.integers(0, 5))
def test_first_and_always(points: list[tuple[int, int]], start: int) -> None:
    copies = range(start, start + len(points))
    of, against = (
        {count: Decimal(point[side]) for count, point in zip(copies, points, strict=True)} for side in (0, 1)
    )
    made = break_even(of.get, against.get, copies)
    cheaper = [count for count in copies if of[count] < against[count]]
    assert made.first == (min(cheaper) if cheaper else None)
    assert made.checked_to == copies[-1]
    if made.always is None:
        assert copies[-1] not in cheaper
    else:
        assert made.first is not None and made.first <= made.always
        assert set(range(made.always, copies.stop)) <= set(cheaper), "always means always"
        assert made.always - 1 not in cheaper, "and from no earlier number"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"service": "web"}, BreakEvenOptions("web", 60, None)),
        ({"service": "web", "to": "1000", "against": "fargate"}, BreakEvenOptions("web", 1000, "fargate")),
        ({"service": "web", "to": None}, BreakEvenOptions("web")),
        ({}, BreakEvenOptions()),
        (None, None),
    ],
)
def test_options(value: Any, expected: BreakEvenOptions | None) -> None:
    assert read_break_even(value, "break_even", ["fargate", "eks"]) == (expected, [])


def test_the_copies_that_are_looked_at() -> None:
    assert [*BreakEvenOptions("web", 3).copies] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "path", "message", "hint"),
    [
        ({"service": "web", "to": 1}, ".to", "found the number 1, expected a whole number from 2 to 1000", ""),
        ({"service": "web", "to": 1001}, ".to", "found the number 1001, expected a whole number from 2 to 1000", ""),
        ({"service": ["web"]}, ".service", "found a list, expected the name of a service", ""),
        ({"service": "web", "until": 5}, ".until", "unknown key", "known are service, to, against"),
        (
            {"service": "web", "against": "fargat"},
            ".against",
            "found 'fargat', expected a scenario that is made from a Compose file",
            "did you mean 'fargate'?",
        ),
        (
            {"service": "web", "against": "mainframe"},
            ".against",
            "found 'mainframe', expected a scenario that is made from a Compose file",
            "they are fargate, eks",
        ),
        ("web", "", "found the text 'web', expected a mapping with service, to, against", ""),
    ],
)
def test_options_that_are_refused(value: Any, path: str, message: str, hint: str) -> None:
    _made, (finding,) = read_break_even(value, "break_even", ["fargate", "eks"])
    assert (finding.rule, finding.path, finding.message, finding.hint) == (RULE, f"break_even{path}", message, hint)


def test_options_describe_themselves() -> None:
    for name, key in keys_of(BreakEvenOptions).items():
        made, findings = read_break_even(key.example, "break_even", ["fargate"])
        assert name in key.example and made is not None and findings == []
