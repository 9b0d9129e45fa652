# SPDX-License-Identifier: GPL-3.0-or-later
"""What things cost, to the cent: examples of AWS's own pages, real bills, and the figures that three plans print.

Rows are numbered as the plans' figures were when they were checked, one by one. Figures are rounded only to be
compared. Where a figure that was printed is a cent off, it is said why.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import unit_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import HOURS, Estimate, Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.instances import INSTANCES
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import read_parts
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import GLOBAL, Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import Scenario

US, EU, SEOUL = "us-east-1", "eu-west-1", "ap-northeast-2"
#: The prices that the answers were computed with by hand; a dash is a price that nobody knows.
FIGURES = """
fargate.x86.vcpu_hour         0.04048     0.04048     0.04656
fargate.x86.gb_hour           0.004445    0.004445    0.00511
fargate.arm.vcpu_hour         0.03238     0.03238     0.03725
fargate.arm.gb_hour           0.00356     0.00356     0.00409
fargate_spot.x86.vcpu_hour    0.01288871  0.01224056  -
fargate_spot.x86.gb_hour      0.00141527  0.0013441   -
fargate.ephemeral_gb_hour     0.000111    -           -
fargate.windows.vcpu_hour     0.046552    -           -
fargate.windows.gb_hour       0.00511175  -           -
fargate.windows.os_vcpu_hour  0.046       -           -
ec2.linux.t3.small            0.0208      0.0228      0.026
ec2.linux.t3.medium           0.0416      0.0456      0.052
ec2.linux.m5.large            0.096       0.107       0.118
ec2.linux.c5.large            0.085       0.096       0.096
t3.surplus_vcpu_hour          0.05        -           -
ebs.gp3_gb_month              0.08        0.088       0.0912
alb.hour                      0.0225      0.0252      0.0225
alb.lcu_hour                  0.008       0.008       0.008
nat.hour                      0.045       0.048       0.059
nat.gb                        0.045       0.048       0.059
ipv4.hour                     0.005       0.005       0.005
vpc_endpoint.hour             0.01        0.011       0.013
eks.cluster_hour              0.10        0.10        0.10
eks.extended_extra_hour       0.50        -           0.50
s3.standard_gb_month          0.023       0.023       0.025
logs.ingest_gb                0.50        0.57        0.76
logs.store_gb_month           0.03        0.03        0.0314
secret.month                  0.40        0.40        0.40
secret.calls_10k              0.05        0.05        0.05
egress.gb_first_10tb          0.09        0.09        0.126
"""


def _figures() -> Book:
    prices: dict[str, dict[str, Price]] = {US: {}, EU: {}, SEOUL: {}, GLOBAL: {}}
    for line in FIGURES.strip().splitlines():
        key, *listed = line.split()
        for region, usd in zip((US, EU, SEOUL), listed):
            if usd != "-":
                prices[region][key] = Price(region, key, Decimal(usd), unit_of(key), "by hand", "2026-10")
    zone = Price(GLOBAL, "route53.zone_month", Decimal("0.50"), "zone-month", "by hand", "2026-10")
    prices[GLOBAL][zone.key] = zone
    return Book(prices, "figures written by hand")


BOOK = _figures()


def estimate(region: str, resources: str, hours: Any = HOURS, book: Book = BOOK) -> Estimate:
    parts, findings = read_parts(yaml.safe_load(f"[{resources}]"), "resources")
    assert findings == []
    return Estimator(book, Decimal(hours)).estimate(Scenario("a", region, parts))


def exactly(region: str, resources: str, hours: Any = HOURS) -> Decimal:
    made = estimate(region, resources, hours)
    assert made.complete
    return made.total.expected


def cents(usd: Decimal) -> Decimal:
    return usd.quantize(Decimal("0.01"), ROUND_HALF_UP)


def task(vcpu: str, gib: str, more: str = "") -> str:
    return f"{{kind: fargate_task, vcpu: {vcpu}, memory_gib: {gib}{more}}}"


def nodes(count: int, name: str = "t3.medium", more: str = "") -> str:
    return f"{{kind: ec2_instance, type: {name}, count: {count}{more}}}"


def disks(count: int, gib: int = 20) -> str:
    return f"{{kind: ebs_gp3, gib: {gib}, count: {count}}}"


def addresses(count: int) -> str:
    return f"{{kind: public_ipv4, count: {count}}}"


def join(*resources: str) -> str:
    return ", ".join(resources)


HALF = task("0.5", "1")
THREE = task("0.5", "1", ", count: 3")
SEVEN_NODES = join(nodes(6), nodes(1, "t3.small"))
FIVE_DOLLARS = "{kind: custom, name: storage as printed, usd_per_month: 5}"
BALANCER = join("{kind: alb, lcu: 0.25}", addresses(2))
LOGS = "{kind: logs, gib_ingested: 5}"

#: Examples whose answers AWS and its users print: what, region, resources, hours, USD.
PRINTED = [
    ("G1 the vCPU and the memory of a task", US, task("1", "2"), 730, "36.04"),
    ("G2 three nodes", US, nodes(3), 730, "91.10"),
    ("G2 three larger nodes", US, nodes(3, "m5.large"), 730, "210.24"),
    ("G2 one node", US, nodes(1), 730, "30.37"),
    ("G3 a load balancer", US, "{kind: alb}", 730, "16.43"),
    ("G4 a public address", US, addresses(1), 730, "3.65"),
    ("G5 egress, Seoul", SEOUL, "{kind: egress, gib: 10240}", 730, "1290.24"),
    ("G5 egress, us-east-1", US, "{kind: egress, gib: 10240}", 730, "921.60"),
    ("S1 three tasks, us-east-1", US, THREE, 730, "54.06"),
    ("S1 three tasks, Seoul", SEOUL, THREE, 730, "62.17"),
    ("S2 seven nodes, us-east-1", US, SEVEN_NODES, 730, "197.39"),
    ("S2 seven nodes, Seoul", SEOUL, SEVEN_NODES, 730, "246.74"),
]

#: Every month there is, and the three sizes that plan C lists.
MONTHS = [
    (f"5 {vcpu}/{gib} for {hours} h", US, task(vcpu, gib), hours, usd)
    for hours, row in ((720, "8.89 17.77 35.55"), (730, "9.01 18.02 36.04"), (744, "9.18 18.37 36.73"))
    for (vcpu, gib), usd in zip((("0.25", "0.5"), ("0.5", "1"), ("1", "2")), row.split())
]

PLAN_C = [
    *MONTHS,
    ("6 0.25/0.5 in Seoul", SEOUL, task("0.25", "0.5"), 730, "10.36"),
    ("6 0.5/1 in Seoul", SEOUL, HALF, 730, "20.72"),  # 0.02839 x 730 = 20.7247
    ("6 1/2 in Seoul", SEOUL, task("1", "2"), 730, "41.45"),
    # Plan C prints 54.05, which is 730 times the hour rounded to 0.07404.
    ("8 three tasks", US, THREE, 730, "54.06"),
    ("8 three tasks in Seoul", SEOUL, THREE, 730, "62.17"),
    ("10 three tasks on Spot", US, task("0.5", "1", ", count: 3, spot_share: 1"), 730, "17.21"),
    ("the whole design, us-east-1", US, "whole", 730, "119.15"),
    ("the whole design, Ireland", EU, "whole", 730, "123.72"),
    ("the whole design, Seoul", SEOUL, "whole", 730, "139.06"),
    ("the whole design with two NAT gateways", SEOUL, "two gateways", 730, "185.78"),
    ("the whole design in public subnets", SEOUL, "public", 730, "102.11"),
]
DESIGNS = {
    "whole": join(THREE, BALANCER, "{kind: nat_gateway, gib: 20}", addresses(1), LOGS),
    "two gateways": join(THREE, BALANCER, "{kind: nat_gateway, gib: 20, count: 2}", addresses(2), LOGS),
    "public": join(THREE, BALANCER, addresses(3), LOGS),
}

PLAN_E = [
    ("17 a node, us-east-1", US, nodes(1), 730, "30.37"),
    ("17 a node for 720 h", US, nodes(1), 720, "29.95"),
    ("17 a node, Ireland", EU, nodes(1), 730, "33.29"),
    ("17 a node, Seoul", SEOUL, nodes(1), 730, "37.96"),
    ("18 a small node, us-east-1", US, nodes(1, "t3.small"), 730, "15.18"),
    ("18 a small node, Ireland", EU, nodes(1, "t3.small"), 730, "16.64"),
    ("18 a small node, Seoul", SEOUL, nodes(1, "t3.small"), 730, "18.98"),
    ("19 seven nodes, us-east-1", US, SEVEN_NODES, 730, "197.39"),
    ("19 seven nodes, Ireland", EU, SEVEN_NODES, 730, "216.37"),
    ("19 seven nodes, Seoul", SEOUL, SEVEN_NODES, 730, "246.74"),
    ("20 and storage, us-east-1", US, join(SEVEN_NODES, FIVE_DOLLARS), 730, "202.39"),
    ("20 and storage, Ireland", EU, join(SEVEN_NODES, FIVE_DOLLARS), 730, "221.37"),
    ("20 and storage, Seoul", SEOUL, join(SEVEN_NODES, FIVE_DOLLARS), 730, "251.74"),
    ("21 a control plane", US, "{kind: eks_cluster}", 730, "73.00"),
    ("21 in extended support", US, "{kind: eks_cluster, extended_support: true}", 730, "438.00"),
    (
        "23 the same cluster on EKS, Seoul",
        SEOUL,
        join("{kind: eks_cluster}", nodes(5), nodes(1, "t3.small"), FIVE_DOLLARS),
        730,
        "286.78",
    ),
    ("24 the disks that hold data", SEOUL, disks(1, 70), 730, "6.38"),
    ("24 the root disks", SEOUL, disks(7), 730, "12.77"),
    ("24 the load balancer", SEOUL, "{kind: alb}", 730, "16.43"),
    ("24 its LCU", SEOUL, "{kind: alb, lcu: 0.25}", 730, "17.89"),
    ("24 the addresses", SEOUL, addresses(9), 730, "32.85"),
    ("24 the zone", SEOUL, "{kind: route53_zone}", 730, "0.50"),
    (
        "24 all of it",
        SEOUL,
        join(
            *(SEVEN_NODES, FIVE_DOLLARS, disks(1, 70), disks(7), "{kind: alb, lcu: 0.25}", addresses(9)),
            "{kind: route53_zone}",
        ),
        730,
        "322.13",
    ),
    ("25 a control plane of three, us-east-1", US, join(nodes(3), disks(3)), 730, "95.90"),
    ("25 a control plane of three, Seoul", SEOUL, join(nodes(3), disks(3)), 730, "119.35"),
]

MORE = [
    ("T3 at full load", US, nodes(1, more=", cpu_percent: 100"), 730, "88.77"),
    ("an M5 at full load", US, nodes(1, "m5.large", ", cpu_percent: 100"), 730, "70.08"),
    ("a gateway and its address, Seoul", SEOUL, join("{kind: nat_gateway}", addresses(1)), 730, "46.72"),
    ("addresses of three tasks instead", SEOUL, addresses(3), 730, "10.95"),
    ("three endpoints in one zone instead", SEOUL, "{kind: vpc_endpoint, count: 3}", 730, "28.47"),
    ("one host, us-east-1", US, join(nodes(1), disks(1), addresses(1)), 730, "35.62"),
    ("one host, Seoul", SEOUL, join(nodes(1), disks(1), addresses(1)), 730, "43.43"),
    ("three tasks behind a load balancer, us-east-1", US, join(THREE, BALANCER, addresses(3)), 730, "90.20"),
    ("three tasks behind a load balancer, Seoul", SEOUL, join(THREE, BALANCER, addresses(3)), 730, "98.31"),
    # Windows has three prices: 0.046552 + 0.046 for the vCPU, 2 x 0.00511175 for the memory.
    ("a task on Windows", US, task("1", "2", ", os: windows"), 730, "75.03"),
    ("a task on ARM", US, task("0.5", "1", ", architecture: arm"), 730, "14.42"),
]

#: Real bills. AWS rounds the hours that it prints, which the last cents show.
BILLS = [
    # Billed as 15.00 for 595 hours: 0.0252 x 595 is 14.994, so some minutes more were billed.
    ("a load balancer in Ireland", EU, "{kind: alb}", "595.2", "15.00"),
    ("a node in Seoul", SEOUL, nodes(1), "82.124", "4.27"),
    ("a control plane in Seoul", SEOUL, "{kind: eks_cluster}", "43.127", "4.31"),
    ("in extended support", SEOUL, "{kind: eks_cluster, extended_support: true}", "43.127", "25.88"),
]

ANSWERS = [*PRINTED, *PLAN_C, *PLAN_E, *MORE, *BILLS]


@pytest.mark.parametrize(("region", "resources", "hours", "usd"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_to_the_cent(region: str, resources: str, hours: Any, usd: str) -> None:
    assert cents(exactly(region, DESIGNS.get(resources, resources), hours)) == Decimal(usd)


@pytest.mark.parametrize(("region", "resources", "hours", "usd"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_the_book_that_is_shipped_says_the_same(region: str, resources: str, hours: Any, usd: str) -> None:
    """When a refresh of the book changes one of these prices, the answer and FIGURES change with it, knowingly."""
    made = estimate(region, DESIGNS.get(resources, resources), hours, shipped())
    assert made.complete
    assert cents(made.total.expected) == Decimal(usd)


#: An hour of a task, not rounded. Plan C prints 0.01234, 0.02468 (cut off, not rounded) and 0.04936 (4 x 0.01234).
AN_HOUR = [
    ("2", US, task("0.25", "0.5"), "0.0123425"),
    ("3", US, HALF, "0.024685"),
    ("4", US, task("1", "2"), "0.04937"),
    ("6 0.25/0.5", SEOUL, task("0.25", "0.5"), "0.014195"),
    ("6 0.5/1", SEOUL, HALF, "0.02839"),
    ("6 1/2", SEOUL, task("1", "2"), "0.05678"),
    ("7", US, THREE, "0.074055"),
    ("11", US, task("0.25", "0.5", ", count: 2"), "0.024685"),
    ("11 in Seoul", SEOUL, task("0.25", "0.5", ", count: 2"), "0.02839"),
    ("16 a disk of 20 GB is free", US, task("0.25", "0.5", ", ephemeral_gib: 20"), "0.0123425"),
    ("16 a GB above is not", US, task("0.25", "0.5", ", ephemeral_gib: 21"), "0.0124535"),
    ("14 2 vCPU and 4 GB", US, task("2", "4"), "0.09874"),
    ("14 2 vCPU and 8 GB", US, task("2", "8"), "0.11652"),
]


@pytest.mark.parametrize(("region", "resources", "usd"), [a[1:] for a in AN_HOUR], ids=[a[0] for a in AN_HOUR])
def test_an_hour_is_not_rounded(region: str, resources: str, usd: str) -> None:
    assert exactly(region, resources, 1) == Decimal(usd)


@pytest.mark.parametrize(("region", "resources", "usd"), [a[1:] for a in AN_HOUR], ids=[a[0] for a in AN_HOUR])
def test_a_task_that_runs_for_an_hour_costs_the_same(region: str, resources: str, usd: str) -> None:
    assert exactly(region, resources.replace("}", ", hours: 1}")) == Decimal(usd)


#: Row 14: how much dearer Fargate is than an instance of the same size, in percent.
DEARER = [
    ("t3.medium", "4", US, 137),
    ("t3.medium", "4", SEOUL, 118),
    ("c5.large", "4", US, 16),
    ("c5.large", "4", SEOUL, 18),
    ("m5.large", "8", US, 21),
    ("m5.large", "8", SEOUL, 14),
]


@pytest.mark.parametrize(("name", "gib", "region", "percent"), DEARER)
def test_fargate_against_an_instance_of_its_size(name: str, gib: str, region: str, percent: int) -> None:
    assert (INSTANCES[name].vcpu, INSTANCES[name].memory_gib) == (2, Decimal(gib))
    ratio = exactly(region, task("2", gib)) / exactly(region, nodes(1, name)) - 1
    assert (ratio * 100).quantize(Decimal(1), ROUND_HALF_UP) == percent


#: Several lines, each to the cent.
LINES = [
    ("G1", US, task("1", "2"), ["29.55", "6.49"]),
    ("G3", US, "{kind: alb, lcu: 1.3698}", ["16.43", "8.00"]),
    ("G4 logs", US, "{kind: logs, gib_ingested: 1000, gib_stored: 500}", ["500.00", "15.00"]),
    ("G4 a secret", US, "{kind: secret, calls: 100000}", ["0.40", "0.50"]),
    ("T3 at full load", US, nodes(1, more=", cpu_percent: 100"), ["30.37", "58.40"]),
    ("EKS in extended support", SEOUL, "{kind: eks_cluster, extended_support: true}", ["73.00", "365.00"]),
    (
        "the whole design in Seoul",
        SEOUL,
        DESIGNS["whole"],
        ["50.98", "11.19", "16.43", "1.46", "7.30", "43.07", "1.18", "3.65", "3.80"],
    ),
]


@pytest.mark.parametrize(("region", "resources", "usd"), [a[1:] for a in LINES], ids=[a[0] for a in LINES])
def test_lines_to_the_cent(region: str, resources: str, usd: list[str]) -> None:
    costs = [line.cost for line in estimate(region, resources).lines]
    assert [cents(cost.expected) for cost in costs if cost] == [Decimal(each) for each in usd]


def test_g2_surplus_credits() -> None:
    """2100 vCPU hours above the baseline: 1.6 vCPU of a t3.medium at full load, for 1312.5 hours."""
    line = estimate(US, nodes(1, more=", cpu_percent: 100"), "1312.5").lines[1]
    assert line.usage.quantity.expected == 2100
    assert line.cost is not None and line.cost.expected == 105


def test_two_to_ten_tasks_in_seoul() -> None:
    """Plan C scales from 2 to 10 and prints one figure."""
    total = estimate(SEOUL, task("0.5", "1", ", count_min: 2, count_max: 10, count_expected: 3")).total
    # 10 x 0.02839 x 730 is 207.247; 207.23, which is printed elsewhere, is ten times 20.723.
    assert [cents(usd) for usd in total] == [Decimal("41.45"), Decimal("62.17"), Decimal("207.25")]


def test_23_what_eks_costs_more() -> None:
    """Plan E says 93, for it leaves a node and the storage out on one side."""
    own = exactly(SEOUL, join(SEVEN_NODES, FIVE_DOLLARS))
    managed = exactly(SEOUL, join("{kind: eks_cluster}", nodes(5), nodes(1, "t3.small"), FIVE_DOLLARS))
    assert cents(managed - own) == Decimal("35.04")
    assert (100 * (managed - own) / managed).quantize(Decimal("0.1")) == Decimal("12.2")


def test_25_three_nodes_are_dearer_than_a_managed_control_plane() -> None:
    for region in (US, SEOUL):
        assert exactly(region, join(nodes(3), disks(3))) > exactly(region, "{kind: eks_cluster}") == 73


@pytest.mark.parametrize(("region", "percent"), [(US, "68.2"), (EU, "69.8")])
def test_10_spot_is_not_the_price_on_demand(region: str, percent: str) -> None:
    made = estimate(region, task("0.5", "1", ", count: 3, spot_share: 1"))
    on_demand = exactly(region, THREE)
    saved = 100 * (1 - made.total.expected / on_demand)
    assert saved.quantize(Decimal("0.1"), ROUND_HALF_UP) == Decimal(percent)
    assert made.total.high == on_demand
    assert all("the Spot price floats" in line.assumption for line in made.lines if "Spot" in line.usage.item)


def test_spot_in_a_region_whose_spot_price_nobody_knows() -> None:
    made = estimate(SEOUL, task("0.5", "1", ", count: 3, spot_share: 0.5"))
    assert not made.complete
    assert [line.usage.key for line in made.lines if line.cost is None] == [
        "fargate_spot.x86.vcpu_hour",
        "fargate_spot.x86.gb_hour",
    ]


@pytest.mark.parametrize("region", [US, "mars-north-1"])
def test_what_has_no_price_is_no_zero(region: str) -> None:
    made = estimate(region, join(nodes(1, "x9.mega"), FIVE_DOLLARS))
    assert [line.cost is None for line in made.lines] == [True, False]
    assert not made.complete and made.total.expected == 5


def test_own_prices_need_no_book() -> None:
    """Plan A's host, as printed: 30 to 40 dollars."""
    parts, findings = read_parts([{"kind": "custom", "low": 30, "high": 40}], "resources")
    assert findings == []
    made = Estimator(Book()).estimate(Scenario("a", "la-north-2", parts))
    assert made.complete and made.total == (30, 35, 40)
