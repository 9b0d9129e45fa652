# SPDX-License-Identifier: GPL-3.0-or-later
"""What brings a scenario under its budget, and the cheapest sizes of Fargate tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.commitment import (
    Commitment,
    SavingsPlan,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.adjust.free_tier import free_tier
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import unit_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import HOURS, Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edit import Edit
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edits import EditSet, Search, edits
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edits_of_copies import edits_of_copies
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edits_of_network import (
    edits_of_network,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edits_of_nodes import edits_of_nodes
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.edits_of_tasks import edits_of_tasks
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.judge.rightsizing import (
    demand,
    fargate_options,
    unpriced_options,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.balancers import Alb, Nlb
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.clusters import EksCluster
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.ec2 import Ec2Instance
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.fargate import FargateTask
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.logs import Logs
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.network import (
    Egress,
    NatGateway,
    PublicIpv4,
    VpcEndpoint,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.secrets import Secret
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.storage import EbsGp3
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import (
    HIGH_AVAILABILITY,
    PROVISIONS,
    Part,
    Resource,
    Scenario,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import LEVELS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.fargate_sizes import LINUX, sizes
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=100)
US, SEOUL = "us-east-1", "ap-northeast-2"
#: AWS Price List of September 2026, the Spot feed of 2026-09-28 and the Savings Plan offer of 2026-09-25. Seoul has no
#: Spot prices and no rates here.
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
        "fargate_spot.arm.vcpu_hour": "0.01030969",
        "fargate_spot.arm.gb_hour": "0.00113349",
        "savings_plan.1y_no_upfront.fargate.x86.vcpu_hour": "0.032384",
        "savings_plan.1y_no_upfront.fargate.x86.gb_hour": "0.003556",
        "savings_plan.1y_no_upfront.fargate.arm.vcpu_hour": "0.0255",
        "savings_plan.1y_no_upfront.fargate.arm.gb_hour": "0.0028",
        "ec2.linux.t3.small": "0.0208",
        "ec2.linux.t3.medium": "0.0416",
        "ec2.linux.t3.large": "0.0832",
        "ec2.linux.t4g.small": "0.0168",
        "ec2.linux.t4g.medium": "0.0336",
        "ec2.linux.t4g.large": "0.0672",
        "ec2.linux.m5.large": "0.096",
        "ec2.linux.m7g.large": "0.0816",
        "ebs.gp3_gb_month": "0.08",
        "alb.hour": "0.0225",
        "alb.lcu_hour": "0.008",
        "nlb.hour": "0.0225",
        "nat.hour": "0.045",
        "nat.gb": "0.045",
        "ipv4.hour": "0.005",
        "vpc_endpoint.hour": "0.01",
        "vpc_endpoint.gb": "0.01",
        "eks.cluster_hour": "0.10",
        "eks.extended_extra_hour": "0.50",
        "logs.ingest_gb": "0.50",
        "logs.store_gb_month": "0.03",
        "egress.gb_first_10tb": "0.09",
        "secret.month": "0.40",
    },
    SEOUL: {
        "fargate.x86.vcpu_hour": "0.04656",
        "fargate.x86.gb_hour": "0.00511",
        "fargate.arm.vcpu_hour": "0.03725",
        "fargate.arm.gb_hour": "0.00409",
        "alb.hour": "0.0225",
        "alb.lcu_hour": "0.008",
        "nat.hour": "0.059",
        "nat.gb": "0.059",
        "ipv4.hour": "0.005",
        "vpc_endpoint.hour": "0.013",
        "vpc_endpoint.gb": "0.01",
        "logs.ingest_gb": "0.76",
    },
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
ESTIMATOR = Estimator(BOOK)
HALF, ONE, TWO = Decimal("0.5"), Decimal(1), Decimal(2)
BOTH = frozenset(PROVISIONS)


def web(vcpu: Decimal = HALF, gib: Decimal = ONE, **options: Any) -> FargateTask:
    return FargateTask(vcpu, gib, **options)


def scenario(parts: Mapping[str, Resource], region: str = US, target: str = "") -> Scenario:
    return Scenario("web", region, tuple(Part(*part) for part in parts.items()), BOTH, target)


def usd(given: Scenario, level: str = "expected") -> Decimal:
    estimate = ESTIMATOR.estimate(given)
    assert estimate.complete
    return estimate.total.at(level)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def known(given: Scenario, level: str = "expected", over: int = 10, committed: bool = False) -> list[Edit]:
    """All edits that are tried of a scenario."""
    costs = {part.label: usd(replace(given, parts=(part,)), level) for part in given.parts}
    labels = list(costs)
    return [
        *edits_of_copies(given, level, Decimal(over), costs, labels),
        *edits_of_tasks(given, committed, labels),
        *edits_of_nodes(given, labels),
        *edits_of_network(given),
    ]


def made(edit: Edit, given: Scenario) -> dict[str, Resource]:
    after = edit.apply(given)
    assert after is not None
    return {part.label: part.resource for part in after.parts}


def only(found: Iterable[Edit], words: str) -> Edit:
    (edit,) = (edit for edit in found if words in edit.sentence)
    return edit


# What each edit does, and what is said of it.


@pytest.mark.parametrize(
    ("parts", "words", "says", "after"),
    [
        (
            {"web": web(count=3), "job": web()},
            "on ARM",
            "run web and job on ARM (architecture: arm)",
            {"web": web(count=3, architecture="arm"), "job": web(architecture="arm")},
        ),
        (
            {"web": web(count=3), "spotted": web(spot_share=HALF)},
            "on Spot",
            "run 70 % of web and spotted on Spot (spot_share: 0.7)",
            {"web": web(count=3, spot_share=Decimal("0.7")), "spotted": web(spot_share=Decimal("0.7"))},
        ),
        (
            {"web": web(count=3)},
            "fewer",
            "one of web fewer (count: 2), only if p95 use allows",
            {"web": web(count=2)},
        ),
        (
            {"web": web(count_min=3, count_max=3), "web addresses": PublicIpv4(3), "web address": PublicIpv4(5)},
            "fewer",
            "one of web fewer (count: 2), only if p95 use allows",
            {
                "web": web(count_min=2, count_max=2, count_expected=2),
                "web addresses": PublicIpv4(2),
                "web address": PublicIpv4(5),
            },
        ),
        (
            {"web": web(count_min=2, count_max=10)},
            "minimum",
            "web at its minimum on average (count_expected: 2), only if p95 use allows",
            {"web": web(count_min=2, count_max=10, count_expected=2)},
        ),
        (
            {"web": web(count_min=0, count_max=10)},
            "minimum",
            "web at its minimum on average (count_expected: 1), only if p95 use allows",
            {"web": web(count_min=0, count_max=10, count_expected=1)},
        ),
        (
            {"web": web()},
            "0.25 vCPU",
            "run web with 0.25 vCPU and 1 GiB (vcpu: 0.25, memory_gib: 1), only if p95 use allows",
            {"web": web(Decimal("0.25"), ONE)},
        ),
        (
            {"web": web(HALF, Decimal(3))},
            "0.5 vCPU and 2 GiB",
            "run web with 0.5 vCPU and 2 GiB (vcpu: 0.5, memory_gib: 2), only if p95 use allows",
            {"web": web(HALF, TWO)},
        ),
        (
            {"web": web(HALF, Decimal(3))},
            "0.25 vCPU and 2 GiB",
            "run web with 0.25 vCPU and 2 GiB (vcpu: 0.25, memory_gib: 2), only if p95 use allows",
            {"web": web(Decimal("0.25"), TWO)},
        ),
        (
            {"web": web(TWO, Decimal(4), os="windows")},
            "1 vCPU",
            "run web with 1 vCPU and 4 GiB (vcpu: 1, memory_gib: 4), only if p95 use allows",
            {"web": web(ONE, Decimal(4), os="windows")},
        ),
        (
            {"nodes": Ec2Instance("t3.medium", 4), "node disks": EbsGp3(Decimal(20), 4), "data disks": EbsGp3(ONE, 4)},
            "fewer",
            "one of nodes fewer (count: 3), only if p95 use allows",
            {"nodes": Ec2Instance("t3.medium", 3), "node disks": EbsGp3(Decimal(20), 3), "data disks": EbsGp3(ONE, 4)},
        ),
        (
            {"nodes": Ec2Instance("t3.large", 4)},
            "smaller",
            "run nodes on the smaller t3.medium (type: t3.medium), only if p95 use allows",
            {"nodes": Ec2Instance("t3.medium", 4)},
        ),
        (
            {"nodes": Ec2Instance("t3.medium", 4), "data": Ec2Instance("m5.large"), "odd": Ec2Instance("t4g.small")},
            "on ARM",
            "run nodes and data on ARM (type: t4g.medium and m7g.large)",
            {
                "nodes": Ec2Instance("t4g.medium", 4),
                "data": Ec2Instance("m7g.large"),
                "odd": Ec2Instance("t4g.small"),
            },
        ),
        (
            {"eks": EksCluster(extended_support=True), "new": EksCluster()},
            "standard support",
            "upgrade eks to a Kubernetes version in standard support (extended_support: false)",
            {"eks": EksCluster(), "new": EksCluster()},
        ),
        (
            {"nat": NatGateway(2, ONE), "other": NatGateway(1, TWO), "NAT addresses": PublicIpv4(3)},
            "one NAT gateway",
            "one NAT gateway (count: 1); when its zone fails, nothing gets out",
            {"nat": NatGateway(1, Decimal(3)), "NAT addresses": PublicIpv4(1)},
        ),
        (
            {"web": web(count=3), "nat": NatGateway(gib=TWO), "NAT address": PublicIpv4(), "addresses": PublicIpv4(2)},
            "public IPv4",
            "public IPv4 addresses on the tasks in place of NAT (public_ipv4 with the count of the tasks, "
            "no nat_gateway)",
            {"web": web(count=3), "addresses": PublicIpv4(2), "web addresses": PublicIpv4(3)},
        ),
        (
            {"web": web(count_min=1, count_max=4), "nat": NatGateway(), "web addresses": PublicIpv4(2)},
            "public IPv4",
            "public IPv4 addresses on the tasks in place of NAT (public_ipv4 with the count of the tasks, "
            "no nat_gateway)",
            {"web": web(count_min=1, count_max=4), "web addresses": PublicIpv4(2)},
        ),
        (
            {"web": web(), "nat": NatGateway(1, TWO)},
            "interface endpoints",
            "interface endpoints in place of NAT (vpc_endpoint with count: 3, zones: 2, no nat_gateway), "
            "only if nothing outside AWS is called",
            {"web": web(), "interface endpoints": VpcEndpoint(3, 2, TWO)},
        ),
        (
            {"web": web(), "nat": NatGateway(), "alb": Alb(), "ALB addresses": PublicIpv4(3), "keys": Secret()},
            "interface endpoints",
            "interface endpoints in place of NAT (vpc_endpoint with count: 4, zones: 3, no nat_gateway), "
            "only if nothing outside AWS is called",
            {
                "web": web(),
                "alb": Alb(),
                "ALB addresses": PublicIpv4(3),
                "keys": Secret(),
                "interface endpoints": VpcEndpoint(4, 3),
            },
        ),
        (
            {"web": web(), "alb": Alb(), "nlb": Nlb(), "load balancer addresses": PublicIpv4(4)},
            "no load balancer",
            "no load balancer for a single task (leave out alb and nlb); its address changes with each start",
            {"web": web(), "address of the task": PublicIpv4(1)},
        ),
        (
            {"web": web(), "alb": Alb(), "NAT address": PublicIpv4(1)},
            "no load balancer",
            "no load balancer for a single task (leave out alb); its address changes with each start",
            {"web": web(), "NAT address": PublicIpv4(1), "address of the task": PublicIpv4(1)},
        ),
        (
            {"web": web(), "alb": Alb(), "addresses": PublicIpv4(3)},
            "no load balancer",
            "no load balancer for a single task (leave out alb); its address changes with each start",
            {"web": web(), "addresses": PublicIpv4(3)},
        ),
        (
            {"a": Logs(TWO, ONE), "b": Logs(ONE), "c": Logs(ONE), "d": Logs(ONE)},
            "half the logs",
            "write half the logs (half of gib_ingested and gib_stored of a, b, c and 1 more)",
            {"a": Logs(ONE, HALF), "b": Logs(HALF), "c": Logs(HALF), "d": Logs(HALF)},
        ),
    ],
    ids=[
        "arm",
        "spot",
        "one-task-fewer",
        "one-task-fewer-with-its-address",
        "expected-to-minimum",
        "expected-to-one",
        "smaller-pair",
        "less-memory",
        "fewer-vcpu",
        "smaller-windows",
        "one-node-fewer-with-its-disk",
        "smaller-type",
        "arm-instances",
        "eks-support",
        "one-nat-gateway",
        "addresses-for-nat",
        "addresses-that-are-there",
        "endpoints-for-nat",
        "endpoints-for-secrets-in-three-zones",
        "no-load-balancer",
        "no-load-balancer-behind-nat",
        "no-load-balancer-addresses-unknown",
        "half-the-logs",
    ],
)
def test_what_an_edit_does(parts: Mapping[str, Resource], words: str, says: str, after: Mapping[str, Resource]) -> None:
    given = scenario(parts)
    edit = only(known(given), words)
    assert edit.sentence == says
    assert made(edit, given) == after


@pytest.mark.parametrize(
    ("over", "lowered"),
    [(1, 9), (18, 9), (19, 8), (100, 4), (1000, 2)],
)
def test_the_most_is_lowered_as_far_as_the_budget_asks(over: int, lowered: int) -> None:
    given = scenario({"web": web(count_min=2, count_max=10), "web addresses": PublicIpv4(None, 2, 10)})
    edit = only(known(given, "high", over), "at most")
    assert edit.sentence == f"at most {lowered} of web (count_max: {lowered})"
    after = made(edit, given)
    assert after == {
        "web": web(count_min=2, count_max=lowered),
        "web addresses": PublicIpv4(None, 2, lowered),
    }


def test_the_most_is_not_lowered_below_what_is_expected() -> None:
    given = scenario({"web": web(count_min=2, count_max=10, count_expected=7)})
    assert "at most 7" in only(known(given, "high", 1000), "at most").sentence


@pytest.mark.parametrize(
    ("parts", "level", "words"),
    [
        ({"web": web(architecture="arm")}, "expected", "on ARM"),
        ({"web": web(ONE, TWO, os="windows")}, "expected", "on ARM"),
        ({"web": web(ONE, TWO, os="windows")}, "expected", "on Spot"),
        ({"web": web(ONE, TWO, os="windows")}, "expected", "Savings Plan"),
        ({"web": web(spot_share=Decimal("0.7"))}, "expected", "on Spot"),
        ({"web": web(count=1)}, "expected", "fewer"),
        ({"web": web()}, "expected", "fewer"),
        ({"control planes": Ec2Instance("t3.medium", 3)}, "expected", "fewer"),
        ({"web": web(count_min=2, count_max=4)}, "expected", "at most"),
        ({"web": web(count_min=2, count_max=4)}, "high", "minimum"),
        ({"web": web(count_min=2, count_max=4, count_expected=2)}, "expected", "minimum"),
        ({"web": web(count_min=2, count_max=4, count_expected=4)}, "high", "at most"),
        ({"web": web(Decimal("0.25"), HALF)}, "expected", "vCPU and"),
        ({"web": web(ONE, TWO, os="windows")}, "expected", "vCPU and"),
        ({"nodes": Ec2Instance("t4g.medium")}, "expected", "on ARM"),
        ({"eks": EksCluster()}, "expected", "standard support"),
        ({"nat": NatGateway()}, "expected", "NAT"),
        ({"nat": NatGateway(), "web": web(), "nodes": Ec2Instance("t3.medium")}, "expected", "NAT"),
        ({"web": web()}, "expected", "NAT"),
        ({"web": web()}, "expected", "load balancer"),
        ({"web": web()}, "expected", "logs"),
        ({"disk": EbsGp3(ONE)}, "expected", ""),
    ],
)
def test_where_an_edit_is_not_tried(parts: Mapping[str, Resource], level: str, words: str) -> None:
    assert [edit.sentence for edit in known(scenario(parts), level) if words in edit.sentence] == []


def test_a_type_that_is_not_known_is_left_alone() -> None:
    given = replace(scenario({}), parts=(Part("nodes", Ec2Instance("x9.huge", 1)),))
    assert list(edits_of_nodes(given, ["nodes"])) == []
    smallest = replace(given, parts=(Part("nodes", Ec2Instance("t4g.nano", 1)),))
    assert list(edits_of_nodes(smallest, ["nodes"])) == []


@pytest.mark.parametrize(
    "others",
    [{"web": web(count=2)}, {"web": web(count_min=1, count_max=2)}, {"web": web(), "nodes": Ec2Instance("t3.small")}],
    ids=["two-tasks", "a-range", "with-nodes"],
)
def test_a_load_balancer_stays_where_it_has_something_to_balance(others: Mapping[str, Resource]) -> None:
    given = scenario({**others, "alb": Alb()})
    assert only(known(given), "no load balancer").apply(given) is None


@pytest.mark.parametrize(
    ("parts", "words", "written"),
    [
        ({"web": web(count=3)}, "on ARM", "(topology: {architecture: arm})"),
        ({"web": web(count=3)}, "on Spot", "(topology: {spot_share: 0.7})"),
        ({"web": web(count=3)}, "fewer", "(topology: {copies: {web: 2}})"),
        ({"web": web(count_min=2, count_max=9)}, "minimum", "(x-ecs: {desired_count: 2})"),
        ({"web": web()}, "0.25 vCPU", "(x-ecs: {cpu: 256, memory: 1024})"),
        ({"nodes": Ec2Instance("t3.medium")}, "on ARM", "(topology: {architecture: arm})"),
        ({"eks": EksCluster(extended_support=True)}, "support", "(topology: {extended_support: false})"),
        ({"nat": NatGateway(2)}, "one NAT", "(topology: {nat_gateways: 1})"),
        ({"web": web(), "nat": NatGateway()}, "public IPv4", "(topology: {network: public_no_nat})"),
        ({"web": web(), "nat": NatGateway()}, "endpoints", "(topology: {network: private_endpoints})"),
        ({"web": web(), "alb": Alb()}, "load balancer", "(topology: {load_balancer: none})"),
        ({"logs": Logs(Decimal(5))}, "logs", "(topology: {logs_gib: 2.5})"),
        ({"web": web()}, "Savings Plan", "(commitment: {term_years: 1, payment: no_upfront})"),
    ],
)
def test_what_comes_from_a_compose_file_is_changed_there(
    parts: Mapping[str, Resource], words: str, written: str
) -> None:
    assert written in only(known(scenario(parts, target="fargate")), words).sentence


def test_the_most_is_said_where_it_is_written() -> None:
    given = scenario({"web": web(count_min=2, count_max=9)}, target="fargate")
    assert "(x-ecs: {max: 8})" in only(known(given, "high", 1), "at most").sentence


@pytest.mark.parametrize("level", LEVELS)
def test_what_was_packed_onto_nodes_stays_there(level: str) -> None:
    given = scenario({"nodes": Ec2Instance("t3.large", 3), "more": Ec2Instance("t3.large", None, 2, 4)}, target="eks")
    assert [edit.topic for edit in known(given, level)] == ["architecture of nodes"]


@pytest.mark.parametrize(
    ("parts", "level", "words", "provides"),
    [
        ({"web": web(count=2)}, "expected", "fewer", frozenset()),
        ({"web": web(count=3)}, "expected", "fewer", {HIGH_AVAILABILITY}),
        ({"web": web(count=3), "w": web(count_min=1, count_max=2)}, "expected", "fewer", BOTH),
        ({"web": web(count_min=2, count_max=9)}, "expected", "minimum", BOTH),
        ({"web": web(count_min=2, count_max=9)}, "high", "at most", {HIGH_AVAILABILITY}),
        ({"web": web(count_min=1, count_max=9)}, "high", "at most", frozenset()),
        ({"web": web(count=3)}, "expected", "on ARM", BOTH),
    ],
)
def test_what_a_scenario_provides_after_an_edit(
    parts: Mapping[str, Resource], level: str, words: str, provides: frozenset[str]
) -> None:
    given = scenario(parts)
    after = only(known(given, level, over=1000), words).apply(given)
    assert after is not None and after.provides == provides


# Which edits are the answer.

#: Three tasks behind a load balancer in private subnets, as a lesson on Fargate draws it.
LESSON: Mapping[str, Resource] = {
    "web": web(count=3),
    "alb": Alb(lcu=Decimal("0.25")),
    "ALB addresses": PublicIpv4(2),
    "nat": NatGateway(gib=Decimal(20)),
    "NAT address": PublicIpv4(),
    "logs": Logs(Decimal(5)),
}


def answers(given: Scenario, budget: str | Decimal, gate: str = "expected", **options: Any) -> tuple[EditSet, ...]:
    return edits(given, options.pop("estimator", ESTIMATOR), Decimal(budget), gate, **options)


def test_within_the_budget_there_is_nothing_to_edit() -> None:
    assert answers(scenario(LESSON), "119.16") == ()
    assert cents(usd(scenario(LESSON))) == Decimal("119.15")


def test_single_edits_are_enough_where_they_are() -> None:
    found = answers(scenario(LESSON, SEOUL), "125")
    assert [len(answer.edits) for answer in found] == [1, 1, 1]
    assert [str(cents(answer.result.expected)) for answer in found] == ["102.11", "113.57", "118.33"]
    assert found[0].edits[0].startswith("public IPv4 addresses on the tasks in place of NAT")
    assert str(cents(found[0].saves)) == "36.95"  # 139.06 with the gateway


def test_sets_where_no_edit_is_enough_alone() -> None:
    found = answers(scenario(LESSON, SEOUL), "100")
    assert [len(answer.edits) for answer in found] == [2, 2, 2]
    assert "on ARM" in found[2].edits[0] and "public IPv4" in found[2].edits[1]
    assert {len(answer.edits) for answer in answers(scenario(LESSON, SEOUL), "70")} == {3}
    assert answers(scenario(LESSON, SEOUL), "5") == ()


def test_a_load_balancer_goes_once_there_is_one_task() -> None:
    given = scenario({"web": web(count=2), "alb": Alb(), "ALB addresses": PublicIpv4(2)})
    found = answers(given, "25")
    assert any("no load balancer" in sentence for answer in found for sentence in answer.edits)
    assert answers(given, "25", requires=[HIGH_AVAILABILITY]) == ()


def test_what_is_required_is_not_edited_away() -> None:
    given = scenario({"web": web(count=2)})
    assert any("fewer" in answer.edits[0] for answer in answers(given, "30"))
    kept = answers(given, "30", requires=[HIGH_AVAILABILITY])
    assert kept and all(HIGH_AVAILABILITY in answer.scenario.provides for answer in kept)
    # What it does not provide anyway cannot be lost.
    assert answers(replace(given, provides=frozenset()), "30", requires=[HIGH_AVAILABILITY])


def test_what_has_no_price_is_no_answer() -> None:
    found = answers(scenario({"web": web(count=3)}, SEOUL), "61")
    assert found and not any("Spot" in each or "Savings" in each for answer in found for each in answer.edits)
    unpriced = scenario({"web": web(count=3), "disk": EbsGp3(ONE)}, SEOUL)
    assert answers(unpriced, "61") == ()


def test_spot_helps_on_average_and_not_at_most() -> None:
    given = scenario({"web": web(count=3)})
    assert "on Spot" in answers(given, "40")[0].edits[0]
    assert not any("Spot" in each for answer in answers(given, "40", "high") for each in answer.edits)


def test_a_gate_that_stops_nothing_judges_what_is_expected() -> None:
    given = scenario(LESSON)
    assert answers(given, "100", "none") == answers(given, "100", "expected")


def test_the_most_is_lowered_under_the_budget() -> None:
    found = answers(scenario({"web": web(count_min=2, count_max=10)}), "100", "high")
    lowered = next(answer for answer in found if "at most 5" in answer.edits[0])
    assert str(cents(lowered.result.high)) == "90.10"


def test_a_savings_plan_is_an_answer_where_there_is_none() -> None:
    given = scenario({"web": web(Decimal("0.25"), HALF, architecture="arm")})
    (plan,) = answers(given, "6", "high")
    assert (str(cents(plan.result.high)), str(cents(plan.saves))) == ("5.68", "1.53")
    assert (plan.scenario, plan.commitment) == (given, Commitment())
    committed = Estimator(BOOK, adjustments=(SavingsPlan(Commitment(), BOOK),))
    assert answers(given, "5", "high", estimator=committed) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("one NAT", "public IPv4"), ("public IPv4", "endpoints"), ("2 GiB", "0.25 vCPU"), ("fewer", "fewer")],
)
def test_edits_that_contradict_are_not_combined(one: str, other: str) -> None:
    given = scenario({"web": web(HALF, Decimal(3), count=2), "nat": NatGateway(3)})
    search = Search(ESTIMATOR.estimate(given), "expected", ESTIMATOR, frozenset())
    pair = tuple(next(edit for edit in known(given) if words in edit.sentence) for words in (one, other))
    assert search.attempt(pair[:1]) and search.attempt(pair[1:])
    assert search.attempt(pair) is None


def test_arm_and_a_smaller_size_go_together() -> None:
    given = scenario({"web": web(ONE, TWO)}, SEOUL)
    found = answers(given, "22")
    assert any("ARM" in " ".join(answer.edits) and "vCPU and" in " ".join(answer.edits) for answer in found)


def test_the_dearest_parts_are_tried() -> None:
    parts: dict[str, Resource] = {f"small {n}": web(Decimal("0.25"), HALF, count=2) for n in range(30)}
    given = scenario({**parts, "large": web(Decimal(8), Decimal(16), count=4)})
    sentences = [sentence for answer in answers(given, usd(given) - 100, "high") for sentence in answer.edits]
    assert any(sentence.startswith("run large with") for sentence in sentences)


@pytest.mark.parametrize(("parts", "expected"), [(200, {2}), (201, set())])
def test_of_very_many_parts_no_sets_are_tried(parts: int, expected: set[int]) -> None:
    arm = web(Decimal("0.25"), HALF, architecture="arm", spot_share=ONE)
    given = scenario({f"task {n}": arm for n in range(parts - 2)} | {"a": Logs(Decimal(80)), "nat": NatGateway(3)})
    budget = usd(given) - 70  # half the logs save 20 dollars, and two NAT gateways 65.70
    assert {len(answer.edits) for answer in answers(given, budget)} == expected


def test_a_plan_without_all_rates_is_no_answer() -> None:
    rates = {
        key: price for key, price in BOOK.prices[US].items() if key != "savings_plan.1y_no_upfront.fargate.arm.gb_hour"
    }
    given = scenario({"web": web(Decimal("0.25"), HALF, architecture="arm")})
    assert answers(given, "6.5", "high") and not answers(given, "6.5", "high", estimator=Estimator(Book({US: rates})))


def test_what_is_free_stays_free() -> None:
    given = scenario({"web": web(Decimal("0.25"), HALF, architecture="arm", count=2), "out": Egress(Decimal(150))})
    assert answers(given, "12", "high") == ()
    (fewer,) = answers(given, "12", "high", estimator=Estimator(BOOK, adjustments=(free_tier,)))
    assert str(cents(fewer.result.high)) == "11.71"  # 7.21 and 4.50


def test_other_adjustments_stay_on_the_bill() -> None:
    given = scenario({"web": web(count=3), "out": Egress(Decimal(150))})
    with_free = Estimator(BOOK, adjustments=(free_tier,))
    for answer in answers(given, "50", estimator=with_free):
        assert answer.result.expected >= Decimal("4.5")
        assert answer.saves == with_free.estimate(given).total.expected - answer.result.expected


COUNTS = st.integers(1, 6)
TASKS = st.builds(
    lambda pair, count, spread, arm: web(
        *pair, count_min=count, count_max=count + spread, architecture="arm" if arm else "x86"
    ),
    st.sampled_from([(Decimal(cpu) / 1024, Decimal(mib) / 1024) for cpu in (256, 512, 1024) for mib in LINUX[cpu]]),
    COUNTS,
    st.integers(0, 8),
    st.booleans(),
)
NODES = st.builds(Ec2Instance, st.sampled_from(["t3.medium", "t3.large", "m5.large"]), COUNTS)
OTHERS = st.sampled_from(
    [
        Alb(),
        NatGateway(2, ONE),
        NatGateway(),
        PublicIpv4(2),
        Logs(Decimal(40)),
        EksCluster(1, True),
        Egress(Decimal(200)),
    ]
)
SCENARIOS = st.lists(st.one_of(TASKS, NODES, OTHERS), min_size=1, max_size=6).map(
    lambda resources: scenario({f"{resource.KIND} {n}": resource for n, resource in enumerate(resources)})
)


@DERANDOMIZED
@given(SCENARIOS, st.integers(20, 99), st.sampled_from(LEVELS), st.booleans(), st.sampled_from([(), PROVISIONS]))
def test_an_answer_is_under_the_budget_when_it_is_priced_again(
    given: Scenario, percent: int, level: str, free: bool, requires: tuple[str, ...]
) -> None:
    estimator = Estimator(BOOK, adjustments=(free_tier,) if free else ())
    before = estimator.estimate(given).total.at(level)
    budget = before * percent / 100
    found = edits(given, estimator, budget, level, requires)
    for answer in found:
        plan = (SavingsPlan(answer.commitment, BOOK),) if answer.commitment else ()
        again = replace(estimator, adjustments=(*estimator.adjustments, *plan)).estimate(answer.scenario)
        assert again.complete and again.total == answer.result
        assert again.total.at(level) <= budget
        assert answer.saves == before - again.total.at(level)
        assert set(requires) <= answer.scenario.provides
        assert len({part.label for part in answer.scenario.parts}) == len(answer.scenario.parts)
    costs = [answer.result.at(level) for answer in found]
    assert costs == sorted(costs) and len(found) <= 3
    assert len({len(answer.edits) for answer in found}) <= 1


# The cheapest sizes.


@pytest.mark.parametrize(
    ("cpus", "gib", "vcpu", "memory"),
    [
        ("0.1", "0.1", "0.25", "0.5"),
        ("0.25", "0.5", "0.25", "0.5"),
        ("0.25", "2.5", "0.5", "3"),
        ("0.26", "0.5", "0.5", "1"),
        ("1", "8.5", "2", "9"),
        ("3", "1", "4", "8"),
        ("4", "30.5", "8", "32"),
        ("16.5", "10", "32", "60"),
    ],
)
def test_the_smallest_pair_that_holds_the_demand(cpus: str, gib: str, vcpu: str, memory: str) -> None:
    for option in fargate_options(Decimal(cpus), Decimal(gib), US, BOOK, HOURS):
        assert (option.vcpu, option.memory_gib) == (Decimal(vcpu), Decimal(memory))


def test_sizes_are_offered_in_the_order_of_their_price() -> None:
    found = fargate_options(HALF, ONE, US, BOOK, HOURS, count=3)
    assert [(each.architecture, each.spot, str(cents(each.usd_per_month))) for each in found] == [
        ("arm", True, "13.77"),
        ("x86", True, "17.21"),
        ("arm", False, "43.25"),
        ("x86", False, "54.06"),
    ]
    assert {each.count for each in found} == {3}


def test_a_size_without_a_price_is_left_out_and_named() -> None:
    found = fargate_options(HALF, ONE, SEOUL, BOOK, HOURS)
    assert [(each.architecture, each.spot) for each in found] == [("arm", False), ("x86", False)]
    assert unpriced_options(SEOUL, BOOK) == [
        "x86 Spot: no price for fargate_spot.x86.vcpu_hour, fargate_spot.x86.gb_hour",
        "arm Spot: no price for fargate_spot.arm.vcpu_hour, fargate_spot.arm.gb_hour",
    ]
    assert unpriced_options(US, BOOK) == unpriced_options(US, BOOK, "windows") == []
    assert fargate_options(HALF, ONE, "mars-1", BOOK, HOURS) == []
    assert len(unpriced_options("mars-1", BOOK)) == 4


def test_windows_has_its_own_sizes_and_three_prices() -> None:
    (found,) = fargate_options(HALF, ONE, US, BOOK, HOURS, os="windows")
    assert (found.architecture, found.spot, found.vcpu, found.memory_gib) == ("x86", False, ONE, TWO)
    assert cents(found.usd_per_month) == cents(730 * (Decimal("0.092552") + 2 * Decimal("0.00511175")))
    assert fargate_options(HALF, ONE, SEOUL, BOOK, HOURS, os="windows") == []
    assert len(unpriced_options(SEOUL, BOOK, "windows")) == 1


def test_a_demand_that_nothing_holds_has_no_size() -> None:
    assert fargate_options(Decimal(64), ONE, US, BOOK, HOURS) == []
    assert fargate_options(ONE, Decimal(300), US, BOOK, HOURS) == []
    assert fargate_options(Decimal(8), ONE, US, BOOK, HOURS, os="windows") == []


def test_a_size_costs_what_the_task_costs() -> None:
    for option in fargate_options(HALF, ONE, US, BOOK, HOURS, count=2):
        share = ONE if option.spot else Decimal(0)
        task = FargateTask(option.vcpu, option.memory_gib, 2, spot_share=share, architecture=option.architecture)
        assert usd(scenario({"web": task})) == option.usd_per_month


def test_what_was_measured_goes_before_what_was_declared() -> None:
    assert demand(TWO) == TWO
    assert demand(TWO, HALF) == Decimal("0.6")


@DERANDOMIZED
@given(
    st.decimals(min_value="0.01", max_value=32, places=2),
    st.decimals(min_value="0.01", max_value=244, places=2),
    st.sampled_from(["linux", "windows"]),
)
def test_no_valid_pair_that_holds_the_demand_is_cheaper(cpus: Decimal, gib: Decimal, os: str) -> None:
    for option in fargate_options(cpus, gib, US, BOOK, ONE, os=os):
        if option.architecture == "x86" and not option.spot:
            name = "windows" if os == "windows" else "x86"
            licence = Decimal("0.046") if os == "windows" else Decimal(0)
            vcpu_hour = BOOK.prices[US][f"fargate.{name}.vcpu_hour"].usd + licence
            gb_hour = BOOK.prices[US][f"fargate.{name}.gb_hour"].usd
            pairs = [
                (Decimal(c) / 1024, Decimal(m) / 1024) for c, all_of in sizes(os == "windows").items() for m in all_of
            ]
            costs = [vcpu * vcpu_hour + each * gb_hour for vcpu, each in pairs if vcpu >= cpus and each >= gib]
            assert option.usd_per_month == min(costs)


# What the book of this release says of Fargate against EC2.


@pytest.mark.parametrize(
    ("region", "instance", "size", "percent"),
    [
        (US, "t3.medium", (2, 4), 137),
        (SEOUL, "t3.medium", (2, 4), 118),
        (US, "c5.large", (2, 4), 16),
        (SEOUL, "c5.large", (2, 4), 18),
        (US, "m5.large", (2, 8), 21),
        (SEOUL, "m5.large", (2, 8), 14),
    ],
)
def test_fargate_is_dearer_than_an_instance_of_its_size(
    region: str, instance: str, size: tuple[int, int], percent: int
) -> None:
    book = shipped()
    per_hour = book.price(region, f"ec2.linux.{instance}")
    options = fargate_options(Decimal(size[0]), Decimal(size[1]), region, book, ONE)
    (fargate,) = (each for each in options if each.architecture == "x86" and not each.spot)
    assert per_hour is not None
    more = (fargate.usd_per_month / per_hour.usd - 1) * 100
    assert more.quantize(ONE, ROUND_HALF_UP) == percent
