# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to what it needs on each target: cases/cost_derive/<situation>/compose.yaml, with topology.yml where the
situation has one, and expected.yml: for the targets that it is about, the parts, what they provide, how copies lie on
nodes, and everything that is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.app import Amount, App, Port, Service
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import unit_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.derive import Derived, derive
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.effects import ONLY, targets_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.targets import CLUSTERS, HOSTS
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.topology import TARGETS, Topology
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.volumes import gib
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import Estimate, Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.fargate import FargateTask
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import PROVISIONS, Scenario
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.target import EcsTarget
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.translate import translate
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import EcsOptions
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, INFO, WARNING, Finding
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import checks_of, keys_of, read
from ansible_collections.slipway.containers.plugins.module_utils._io.compose_project import load

from tools.docs_cost_topology import topology_page
from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "cost_derive"
FOLDERS = sorted(CASES.iterdir())
PROJECTS = sorted(path.parent for path in (ROOT / "tests" / "projects").glob("*/config.out"))
VIRGINIA, IRELAND, SEOUL = REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-2")
GIB = 2**30

#: List prices of autumn 2026, on demand, for REGIONS in order.
PRICES = {
    "fargate.x86.vcpu_hour": ("0.04048", "0.04048", "0.04656"),
    "fargate.x86.gb_hour": ("0.004445", "0.004445", "0.00511"),
    "fargate.arm.vcpu_hour": ("0.03238", "0.03238", "0.03725"),
    "fargate.arm.gb_hour": ("0.00356", "0.00356", "0.00409"),
    "ec2.linux.t3.micro": ("0.0104", "0.0114", "0.013"),
    "ec2.linux.t3.small": ("0.0208", "0.0228", "0.026"),
    "ec2.linux.t3.medium": ("0.0416", "0.0456", "0.052"),
    "ec2.linux.t3.large": ("0.0832", "0.0912", "0.104"),
    "ec2.linux.t4g.small": ("0.0168", "0.0184", "0.0208"),
    "ec2.linux.t4g.medium": ("0.0336", "0.0368", "0.0416"),
    "ec2.linux.m5.large": ("0.096", "0.107", "0.118"),
    "ec2.linux.m7g.large": ("0.0816", "0.0912", "0.1003"),
    "t3.surplus_vcpu_hour": ("0.05", "0.05", "0.05"),
    "ebs.gp3_gb_month": ("0.08", "0.088", "0.0912"),
    "alb.hour": ("0.0225", "0.0252", "0.0225"),
    "alb.lcu_hour": ("0.008", "0.008", "0.008"),
    "nlb.hour": ("0.0225", "0.0252", "0.0225"),
    "nlb.nlcu_hour": ("0.006", "0.006", "0.006"),
    "nat.hour": ("0.045", "0.048", "0.059"),
    "nat.gb": ("0.045", "0.048", "0.059"),
    "ipv4.hour": ("0.005", "0.005", "0.005"),
    "vpc_endpoint.hour": ("0.01", "0.011", "0.013"),
    "vpc_endpoint.gb": ("0.01", "0.01", "0.01"),
    "eks.cluster_hour": ("0.10", "0.10", "0.10"),
    "eks.extended_extra_hour": ("0.50", "0.50", "0.50"),
    "logs.ingest_gb": ("0.50", "0.57", "0.76"),
    "logs.store_gb_month": ("0.03", "0.03", "0.0314"),
    "secret.month": ("0.40", "0.40", "0.40"),
    "egress.gb_first_10tb": ("0.09", "0.09", "0.126"),
    "ecr.gb_month": ("0.10", "0.10", "0.10"),
}


def book() -> Book:
    prices: dict[str, dict[str, Price]] = {region: {} for region in REGIONS}
    for key, amounts in PRICES.items():
        for region, usd in zip(REGIONS, amounts):
            prices[region][key] = Price(region, key, Decimal(usd), unit_of(key), "a list of this test", "2026-10")
    return Book(prices)


BOOK = book()


def service(name: str = "web", replicas: int = 1, cpus: str = "0.5", mib: int = 1024, **more: Any) -> Service:
    stated = Amount(Decimal(cpus), mib * 2**20)
    return Service(name, more.pop("keys", {}), reservations=stated, replicas=replicas, **more)


def an_app(*services: Service) -> App:
    return App("shop", {each.name: each for each in services})


def three_tasks() -> App:
    """The published design: three tasks of 0.5 vCPU and 1 GiB behind a load balancer."""
    return an_app(service(replicas=3, ports=(Port(80, "80"),)))


def topology(**options: Any) -> Topology:
    """As a user would write it."""
    made, found = read(Topology, options, "topology", "cost-option")
    assert found == [] and made is not None
    return made


def derived(of: App, target: str, region: str = VIRGINIA, **options: Any) -> Derived:
    return derive(of, target, topology(**options), region, BOOK)


def estimate(made: Derived, region: str = VIRGINIA) -> Estimate:
    return Estimator(BOOK).estimate(Scenario("a scenario", region, made.parts))


def expected(of: App, target: str, region: str = VIRGINIA, **options: Any) -> str:
    """What it is expected to cost a month, to the cent, with a price for every line."""
    found = estimate(derived(of, target, region, **options), region)
    assert found.complete
    return cents(found.total.expected)


def cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def resource(made: Derived, label: str) -> Any:
    return next(part.resource for part in made.parts if part.label == label)


def labels(made: Derived) -> list[str]:
    return [part.label for part in made.parts]


def said(made: Derived, rule: str) -> list[Finding]:
    return [finding for finding in made.findings if finding.rule == rule]


# Known answers: to the cent, recomputed by hand from the prices above.


@pytest.mark.parametrize(
    ("region", "options", "usd"),
    [
        (VIRGINIA, {"network": "private_nat"}, "119.15"),
        (IRELAND, {"network": "private_nat"}, "123.72"),
        (SEOUL, {"network": "private_nat"}, "139.06"),
        (SEOUL, {"network": "private_nat", "nat_gateways": 2}, "185.78"),
        (SEOUL, {}, "102.11"),
        # Without logs: $90 and $98, against one host for $36 and $43.
        (VIRGINIA, {"logs_gib": 0}, "90.20"),
        (SEOUL, {"logs_gib": 0}, "98.31"),
    ],
)
def test_the_published_design_on_fargate(region: str, options: Mapping[str, Any], usd: str) -> None:
    assert expected(three_tasks(), "fargate", region, **options) == usd


@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize(("region", "usd"), [(VIRGINIA, "35.62"), (SEOUL, "43.43")])
def test_one_host_holds_three_tasks(target: str, region: str, usd: str) -> None:
    made = derived(three_tasks(), target, region)
    assert expected(three_tasks(), target, region) == usd
    assert made.fit is not None
    assert (made.fit.instance_type, made.fit.placement) == ("t3.medium", (("web", "web", "web"),))


@pytest.mark.parametrize("target", CLUSTERS)
def test_a_node_holds_three_tasks(target: str) -> None:
    made = derived(an_app(service(replicas=6)), target, instance_type="t3.medium")
    assert made.fit is not None and made.fit.nodes == 2
    assert made.fit.placement == (("web", "web", "web"), ("web", "web", "web"))
    nodes = [part for part in made.parts if part.label.startswith("node")]
    assert cents(estimate(Derived(tuple(nodes), frozenset(), (), None)).total.expected) == "71.23"  # twice 35.618
    seven = derived(an_app(service(replicas=7)), target, instance_type="t3.medium")
    assert seven.fit is not None and seven.fit.nodes == 3


def test_interface_endpoints_in_seoul() -> None:
    """Three of them cost 28.47 in each zone."""
    lines = estimate(derived(three_tasks(), "fargate", SEOUL, network="private_endpoints", zones=1), SEOUL).lines
    endpoints = [line for line in lines if line.part.label == "interface endpoints"]
    assert {line.usage.key: cents(line.cost.expected) for line in endpoints if line.cost} == {
        "vpc_endpoint.hour": "28.47",
        "vpc_endpoint.gb": "0.05",
    }


def test_three_control_planes_cost_more_than_that_of_eks() -> None:
    made = derived(three_tasks(), "kubeadm", control_planes=3)
    lines = [line for line in estimate(made).lines if line.part.label.startswith("control plane")]
    costs = {line.usage.key: line.cost.expected for line in lines if line.cost}
    assert cents(costs["ec2.linux.t3.medium"] + costs["ebs.gp3_gb_month"]) == "95.90"
    assert cents(sum(costs.values(), Decimal(0))) == "106.85"  # with their addresses


BREAK_EVENS = [
    (VIRGINIA, "ecs_ec2", 1, 4, 4),
    (SEOUL, "ecs_ec2", 1, 4, 4),
    (VIRGINIA, "kubeadm", 1, 5, 5),
    (SEOUL, "kubeadm", 1, 6, 8),
    (VIRGINIA, "eks", 1, 9, 9),
    (SEOUL, "eks", 1, 9, 11),
    (VIRGINIA, "kubeadm", 3, 12, 14),
    (SEOUL, "kubeadm", 3, 15, 17),
]


@pytest.mark.parametrize(("region", "target", "planes", "first", "always"), BREAK_EVENS)
def test_break_evens_against_fargate(region: str, target: str, planes: int, first: int, always: int) -> None:
    """Of tasks with addresses of their own, and nodes of t3.medium, without logs."""
    nodes = replace(topology(instance_type="t3.medium", logs_gib=0), control_planes=planes)
    cheaper = []
    for count in range(1, 31):
        there = derive(three_tasks(), target, nodes, region, BOOK, {"web": count})
        fargate = derive(three_tasks(), "fargate", topology(logs_gib=0), region, BOOK, {"web": count})
        costs = [estimate(made, region).total.expected for made in (there, fargate)]
        cheaper.append(costs[0] < costs[1])
    assert cheaper.index(True) + 1 == first
    assert len(cheaper) - cheaper[::-1].index(False) + 1 == always


# Situations.


@cache
def app_in(file: Path) -> App:
    made, found = app(load({"files": [str(file)]}).canonical())
    assert found == [] or all(finding.severity != ERROR for finding in found)
    return made


def plain(part: Any) -> dict[str, Any]:
    """A part as it would be written, without the defaults of its kind."""
    usual = {each.name: each.default for each in fields(part.resource)}
    has = {each.name: getattr(part.resource, each.name) for each in fields(part.resource)}
    options = {name: number(value) for name, value in has.items() if value is not None and value != usual[name]}
    assumed = {"assumed": part.assumption} if part.assumption else {}
    return {"kind": part.resource.KIND, **options, **assumed}


def number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == int(value) else float(value)


def outcome(folder: Path, target: str) -> dict[str, Any]:
    file = folder / "topology.yml"
    options = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    made = derived(app_in(folder / "compose.yaml"), target, VIRGINIA, **options)
    found: dict[str, Any] = {"parts": {part.label: plain(part) for part in made.parts}}
    if made.provides:
        found["provides"] = sorted(made.provides)
    if made.fit:
        found["nodes"] = [" ".join(names) for names in made.fit.placement]
        found["full"] = f"{made.fit.cpu_percent} % of the CPUs, {made.fit.memory_percent} % of the memory"
    if made.findings:
        found["findings"] = [f"{finding.severity}: {finding.as_text()}" for finding in made.findings]
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_situation_becomes_exactly_this(folder: Path) -> None:
    wanted = yaml.safe_load((folder / "expected.yml").read_text(encoding="utf-8"))
    assert {target: outcome(folder, target) for target in wanted} == wanted


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_case_is_complete(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} - {"topology.yml"} == {"compose.yaml", "expected.yml"}
