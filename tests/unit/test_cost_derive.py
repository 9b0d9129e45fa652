# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app to what it needs on each target: cases/cost_derive/<situation>/compose.yaml, with topology.yml where the
situation has one, and expected.yml: for the targets that it is about, the parts, what they provide, how copies lie on
nodes, and everything that is said.
"""

from __future__ import annotations

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
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.project import load

from tools.docs_cost_topology import topology_page
from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "cost_derive"
FOLDERS = sorted(CASES.iterdir())
PROJECTS = sorted(path.parent for path in (ROOT / "tests" / "projects").glob("*/config.out"))
VIRGINIA, IRELAND, SEOUL = REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-2")
#: What says that a type is too small.
UNFIT = ("does-not-fit", "memory-tight", "cpu-shared")
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
    assert cents(estimate(Derived(tuple(nodes), frozenset(), (), None)).total.expected) == "71.24"  # twice 35.618
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


# The topology.

#: For each key a value, the targets where it has to have an effect, and what else the topology needs for that.
EFFECTS: dict[str, tuple[Any, tuple[str, ...], Mapping[str, Any]]] = {
    "network": ("private_nat", ("fargate", *CLUSTERS), {}),
    "zones": (3, ("fargate", *CLUSTERS), {}),
    "nat_gateways": (2, ("fargate", *CLUSTERS), {"network": "private_nat"}),
    "nat_gib": (100, ("fargate", *CLUSTERS), {"network": "private_nat"}),
    "load_balancer": ("nlb", TARGETS, {}),
    "lcu": (3, ("fargate", *CLUSTERS), {}),
    "public_ipv4": (False, TARGETS, {}),
    "architecture": ("arm", TARGETS, {}),
    "os": ("windows", ("fargate",), {}),
    "copies": ({"web": 9}, TARGETS, {}),
    "instance_type": ("m5.large", (*HOSTS, *CLUSTERS), {}),
    "cpu_percent": (60, (*HOSTS, *CLUSTERS), {}),
    "nodes_min": (4, CLUSTERS, {}),
    "nodes_max": (5, CLUSTERS, {}),
    "control_planes": (3, ("kubeadm",), {}),
    "control_plane_type": ("t3.large", ("kubeadm",), {}),
    "extended_support": (True, ("eks",), {}),
    "root_gib": (50, (*HOSTS, *CLUSTERS), {}),
    "volume_gib": (50, TARGETS, {}),
    "system_mib": (3000, (*HOSTS, *CLUSTERS), {}),
    "system_cpus": (2, CLUSTERS, {"instance_type": "t3.medium"}),
    "addons_mib": (3000, (*HOSTS, *CLUSTERS), {}),
    "addons_cpus": (2, CLUSTERS, {"instance_type": "t3.medium"}),
    "spot_share": (0.5, ("fargate",), {}),
    "ephemeral_gib": (50, ("fargate",), {}),
    "service_connect": (False, ("fargate",), {}),
    "scheduled_hours": (5, ("fargate",), {}),
    "deployments_per_month": (0, ("fargate",), {}),
    "deployment_minutes": (60, ("fargate",), {}),
    "logs_gib": (50, TARGETS, {}),
    "logs_stored_gib": (50, TARGETS, {}),
    "egress_gib": (50, TARGETS, {}),
    "ecr_gib": (50, TARGETS, {}),
}


def whole_app() -> App:
    """One in which every key of a topology can make a difference."""
    data = "fs-0123456789abcdef0"
    canonical = {
        "name": "shop",
        "services": {
            "web": {
                "image": "shop/web:1",
                "ports": [{"target": 80, "published": "80", "protocol": "tcp", "mode": "ingress"}],
                "environment": {"API": "http://api:8080"},
                "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
                "x-ecs": {"efs": {"data": data}},
                "deploy": {"replicas": 3, "resources": {"reservations": {"cpus": 0.5, "memory": str(GIB)}}},
            },
            "api": {"image": "shop/api:1", "deploy": {"resources": {"reservations": {"cpus": 0.25, "memory": "1000"}}}},
            "job": {
                "image": "shop/job:1",
                "x-ecs": {"schedule": "rate(1 day)"},
                "deploy": {"resources": {"reservations": {"cpus": 0.25, "memory": "1000"}}},
            },
        },
        "volumes": {"data": {}},
    }
    made, found = app(canonical)
    assert found == []
    return made


def test_every_key_is_here() -> None:
    assert set(EFFECTS) == set(keys_of(Topology))
    assert set(keys_of(Topology)) == {each.name for each in fields(Topology)}
    assert set(ONLY) <= set(keys_of(Topology))


@pytest.mark.parametrize("name", EFFECTS)
def test_each_key_changes_the_parts(name: str) -> None:
    """And nothing is said of its having no effect."""
    value, targets, beside = EFFECTS[name]
    for target in targets:
        without, made = derived(whole_app(), target, **beside), derived(whole_app(), target, **beside, **{name: value})
        assert [plain(part) for part in made.parts] != [plain(part) for part in without.parts], target
        assert said(made, "no-effect") == []


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_without_effect_is_told_and_changes_nothing(name: str) -> None:
    value, _targets, beside = EFFECTS[name]
    for target in set(TARGETS) - set(targets_of(name)) if name != "os" else ():
        without, made = derived(whole_app(), target), derived(whole_app(), target, **beside, **{name: value})
        assert made.parts == without.parts
        told = {finding.path: finding for finding in said(made, "no-effect")}
        assert set(told) == {f"topology.{key}" for key in (*beside, name)}
        assert told[f"topology.{name}"].severity == WARNING
        assert f"{name} has no effect on {target}" in told[f"topology.{name}"].message


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (
            "eks",
            {"nat_gib": 5},
            "nat_gib has no effect on eks with network: public_no_nat, where there is no NAT gateway",
        ),
        (
            "fargate",
            {"nat_gateways": 2, "network": "private_endpoints"},
            "nat_gateways has no effect on fargate with netw",
        ),
        ("fargate", {"lcu": 2, "load_balancer": "none"}, "lcu has no effect on fargate without a load balancer"),
        ("compose", {"zones": 3}, "zones has no effect on compose: one host is in one zone"),
        (
            "eks",
            {"public_ipv4": True, "network": "private_nat"},
            "public_ipv4 has no effect on eks with network: private",
        ),
        ("compose", {"public_ipv4": True}, ""),
        ("compose", {"load_balancer": "alb", "zones": 3, "lcu": 2}, ""),
        ("compose", {"nodes_min": None, "network": "public_no_nat"}, ""),
    ],
)
def test_a_key_that_another_makes_useless(target: str, options: Mapping[str, Any], message: str) -> None:
    told = said(derived(three_tasks(), target, **options), "no-effect")
    assert [finding.message.startswith(message) for finding in told] == ([True] if message else [])


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        (
            {"network": "private"},
            "network",
            "found the text 'private', expected one of public_no_nat, private_nat, private_endp",
        ),
        ({"zones": 0}, "zones", "found the number 0, expected a whole number from 1 to 6"),
        ({"zones": True}, "zones", "found true, expected a whole number from 1 to 6"),
        ({"nat_gib": -1}, "nat_gib", "found the number -1, expected a number of GiB from 0"),
        ({"lcu": "many"}, "lcu", "found the text 'many', expected a number of capacity units from 0"),
        ({"lcu": float("nan")}, "lcu", "found no finite number, expected one"),
        ({"load_balancer": "clb"}, "load_balancer", "found the text 'clb', expected one of alb, nlb, none"),
        ({"load_balancer": ["alb"]}, "load_balancer", "found a list, expected one of alb, nlb, none"),
        (
            {"instance_type": "t3.mediun"},
            "instance_type",
            "found the text 't3.mediun', expected an EC2 instance type that is kno",
        ),
        (
            {"instance_type": {"a": 1}},
            "instance_type",
            "found a mapping, expected an EC2 instance type, such as t3.medium",
        ),
        ({"control_plane_type": "t3.micro"}, "control_plane_type", "found t3.micro with 2 vCPU and 1 GiB, expected at"),
        ({"control_planes": 2}, "control_planes", "found the number 2, expected 1, 3 or 5"),
        ({"nodes_min": 3, "nodes_max": 2}, "nodes_min", "found 3, expected at most nodes_max, which is 2"),
        ({"spot_share": 1.5}, "spot_share", "found the number 1.5, expected a share from 0 to 1"),
        ({"cpu_percent": 101}, "cpu_percent", "found the number 101, expected a number of percent from 0 to 100"),
        (
            {"architecture": "sparc"},
            "architecture",
            "found the text 'sparc', expected x86 (or X86_64) or arm (or ARM64)",
        ),
        (
            {"instance_type": "t3.medium", "architecture": "arm"},
            "instance_type",
            "found t3.medium, which is x86, expec",
        ),
        ({"os": "windows", "architecture": "arm"}, "architecture", "found arm for Windows, expected x86"),
        ({"os": "windows", "spot_share": 0.5}, "spot_share", "found a share for Windows, expected 0"),
        ({"os": "macos"}, "os", "found the text 'macos', expected one of linux, windows"),
        ({"ephemeral_gib": 10}, "ephemeral_gib", "found the number 10, expected a whole number of GiB from 20 to 200"),
        ({"root_gib": 0}, "root_gib", "found the number 0, expected a number of GiB above 0"),
        ({"copies": {"web": -1}}, "copies.web", "found the number -1, expected a whole number from 0"),
        ({"copies": 3}, "copies", "found a number, expected a mapping from services to numbers"),
        ({"zone": 3}, "zone", "unknown key"),
    ],
)
def test_nonsense_is_refused(options: Mapping[str, Any], path: str, message: str) -> None:
    made, found = read(Topology, options, "scenarios[a].topology", "cost-option")
    assert made is not None
    assert [(finding.severity, finding.rule, finding.path) for finding in found] == [
        (ERROR, "cost-option", f"scenarios[a].topology.{path}")
    ]
    assert found[0].message.startswith(message)


def test_all_nonsense_is_refused_at_once() -> None:
    options = {"zones": 0, "lcu": -1, "instance_type": "x", "nodes_min": 3, "nodes_max": 2}
    assert len(read(Topology, options, "topology", "cost-option")[1]) == 4


def test_the_hints_help() -> None:
    (finding,) = read(Topology, {"instance_type": "t3.mediun"}, "topology", "x")[1]
    assert "did you mean 't3.medium'?" in finding.message
    (finding,) = read(Topology, {"zone": 3}, "topology", "x")[1]
    assert finding.hint == "did you mean 'zones'?"


def test_text_is_as_good_as_a_number() -> None:
    """Templates make text of everything."""
    written = {"zones": "3", "lcu": "0.5", "extended_support": "true", "copies": {"web": "4"}, "control_planes": "3"}
    assert topology(**written) == topology(
        zones=3, lcu=Decimal("0.5"), extended_support=True, copies={"web": 4}, control_planes=3
    )


@pytest.mark.parametrize("name", keys_of(Topology))
def test_examples_are_right(name: str) -> None:
    example = keys_of(Topology)[name].example
    assert name in example
    assert topology(**example).stated or name in example


def test_the_page() -> None:
    page = topology_page()
    assert all(f"| `{name}` | " in page for name in keys_of(Topology))
    assert all(f"### `{target}`\n" in page for target in TARGETS)
    assert all(check.sentence in page for check in checks_of(Topology))


def test_another_target_is_refused() -> None:
    with pytest.raises(ValueError, match="found the target ecs, expected one of systemd, compose, fargate"):
        derive(three_tasks(), "ecs", Topology(), VIRGINIA, BOOK)


# How many copies.


def test_copies_are_taken_from_the_argument_then_from_the_topology() -> None:
    of, target = an_app(service(replicas=2), service("api", replicas=2)), "fargate"
    made = derive(of, target, topology(copies={"web": 5, "api": 6}), VIRGINIA, BOOK, {"web": 7})
    assert (resource(made, "web").count, resource(made, "api").count) == (7, 6)
    assert derive(of, target, Topology(), VIRGINIA, BOOK, {"web": 2}) == derive(of, target, Topology(), VIRGINIA, BOOK)


def test_copies_of_a_service_that_scales_do_not_scale() -> None:
    scaling = EcsOptions(min=2, max=10, desired_count=3)
    made = derive(an_app(service(ecs=scaling)), "fargate", Topology(), VIRGINIA, BOOK, {"web": 4})
    assert resource(made, "web").count == 4
    assert estimate(made).total.low == estimate(made).total.expected


@pytest.mark.parametrize(("copies", "path"), [({}, "topology.copies.wen"), ({"wen": 2}, "copies.wen")])
def test_copies_of_an_unknown_service(copies: Mapping[str, int], path: str) -> None:
    options = {} if copies else {"copies": {"wen": 2}}
    made = derive(three_tasks(), "fargate", topology(**options), VIRGINIA, BOOK, copies)
    (finding,) = said(made, "unknown-service")
    assert (finding.severity, finding.path, finding.hint) == (ERROR, path, "did you mean 'web'?")
    assert made.provides == frozenset()


def test_the_figures_of_an_autoscaled_service() -> None:
    """Two to ten tasks of 0.5 vCPU and 1 GiB in Seoul, five-fold: 41.45 to 207.25 for the tasks alone."""
    canonical = {"x-ecs": {"min": 2, "max": 10, "scaling": {"cpu": 70}}, "image": "web"}
    canonical["deploy"] = {"resources": {"reservations": {"cpus": 0.5, "memory": str(GIB)}}}
    of, found = app({"name": "shop", "services": {"web": canonical}})
    assert found == []
    made = derived(of, "fargate", SEOUL, deployments_per_month=0)
    lines = [line for line in estimate(made, SEOUL).lines if line.part.label == "web" and line.cost]
    low, expected_usd, high = (
        cents(sum((line.cost.at(level) for line in lines if line.cost), Decimal(0)))
        for level in ("low", "expected", "high")
    )
    assert (low, expected_usd, high) == ("41.45", "124.35", "207.25")
    assert resource(made, "web").count_expected == 6


def test_no_copies_cost_nothing_and_nothing_is_said_to_be_available() -> None:
    made = derive(three_tasks(), "fargate", Topology(), VIRGINIA, BOOK, {"web": 0})
    assert "web" not in labels(made) and "web addresses" not in labels(made)
    assert "load balancer" in labels(made)


def test_an_app_without_services() -> None:
    for target in TARGETS:
        (finding,) = said(derive(App("empty", {}), target, Topology(), VIRGINIA, BOOK), "nothing-to-run")
        assert finding.severity == ERROR


# Which instances.


def test_the_cheapest_type_is_chosen_for_the_whole() -> None:
    """Three small nodes cost less than two medium ones, and two medium ones less than six small ones."""
    for copies, kind, nodes in ((3, "t3.small", 3), (6, "t3.medium", 2)):
        made = derived(an_app(service(replicas=copies)), "ecs_ec2")
        assert made.fit is not None and (made.fit.instance_type, made.fit.nodes) == (kind, nodes)


@pytest.mark.parametrize("target", [*HOSTS, *CLUSTERS])
def test_no_other_type_costs_less(target: str) -> None:
    """Of those with a tenth of the memory left."""
    for copies in (1, 2, 3, 5):
        of = an_app(service(replicas=copies), service("api", cpus="0.25", mib=300))
        chosen = estimate(derived(of, target)).total.expected
        for key in PRICES:
            kind = key.rpartition("linux.")[2]
            if key.startswith("ec2.linux.t3") or key.startswith("ec2.linux.m5"):
                other = derived(of, target, instance_type=kind)
                fits = not [finding for finding in other.findings if finding.rule in UNFIT]
                assert not fits or estimate(other).total.expected >= chosen


def test_a_host_that_is_nearly_full_is_neither_chosen_nor_passed_over_in_silence() -> None:
    """3,480 and 600 of 4,096 MiB are more than nine tenths; 3,080 and 600 are not."""
    full, roomy = an_app(service(mib=3480)), an_app(service(mib=3080))
    assert [derived(of, "compose").fit.instance_type for of in (full, roomy)] == ["t3.large", "t3.medium"]
    stated = derived(full, "compose", instance_type="t3.medium")
    (told,) = (finding for finding in stated.findings if finding.rule == "memory-tight")
    assert told.severity == "warning" and "t3.large is the cheapest" in told.hint


@pytest.mark.parametrize("target", [*HOSTS, *CLUSTERS])
@pytest.mark.parametrize(("platform", "kind"), [("linux/amd64", "t3.medium"), ("linux/arm64", "t4g.medium")])
def test_without_prices_the_usual_type_is_taken(target: str, platform: str, kind: str) -> None:
    of = an_app(service(keys={"platform": platform}))
    made = derive(of, target, Topology(), "nowhere", BOOK)
    assert made.fit is not None and made.fit.instance_type == kind
    assert f"{kind} taken, since no type has a price in the region" in made.parts[-3].assumption + "".join(
        part.assumption for part in made.parts
    )


def test_of_types_that_cost_the_same_the_usual_one_is_taken() -> None:
    prices = dict(BOOK.prices[VIRGINIA])
    prices["ec2.linux.m5.large"] = replace(prices["ec2.linux.t3.medium"], key="ec2.linux.m5.large")
    for smaller in ("t3.micro", "t3.small"):
        del prices[f"ec2.linux.{smaller}"]
    same = Book({VIRGINIA: prices})
    for target in ("compose", "ecs_ec2"):
        made = derive(three_tasks(), target, Topology(), VIRGINIA, same)
        assert made.fit is not None and made.fit.instance_type == "t3.medium"


def test_surplus_credits_count_in_the_choice() -> None:
    """At full load a t3.large costs more than an m5.large."""
    of = an_app(service(replicas=1, cpus="1", mib=6000))
    calm, busy = derived(of, "compose"), derived(of, "compose", cpu_percent=100)
    assert calm.fit is not None and calm.fit.instance_type == "t3.large"
    assert busy.fit is not None and busy.fit.instance_type == "m5.large"


def test_nodes_max_is_what_the_high_figure_has() -> None:
    made = derived(three_tasks(), "eks", instance_type="t3.medium", nodes_min=1, nodes_max=3)
    nodes = resource(made, "nodes")
    assert (nodes.count_min, nodes.count_expected, nodes.count_max) == (1, 1, 3)


def test_nodes_max_may_be_too_few() -> None:
    six = an_app(service(replicas=6))
    (finding,) = said(derived(six, "eks", instance_type="t3.medium", nodes_max=1), "too-few-nodes")
    assert finding.severity == ERROR
    assert finding.message == "the expected copies need 2 nodes of t3.medium, nodes_max is 1"
    assert said(derived(six, "eks", nodes_max=2), "too-few-nodes") == []  # a larger type is chosen
    scaled = an_app(service(replicas=3, kubernetes=replace(service().kubernetes, min=1, max=9, replicas=3)))
    (finding,) = said(derived(scaled, "eks", instance_type="t3.medium", nodes_max=2), "too-few-nodes")
    assert finding.severity == WARNING


def test_what_every_node_runs_may_leave_no_room() -> None:
    agent = service("agent", mib=8000, keys={"deploy": {"mode": "global"}})
    made = derived(an_app(agent), "eks", instance_type="t3.medium")
    (finding,) = said(made, "does-not-fit")
    assert finding.severity == ERROR and "the system and agent take more than that on each" in finding.message


# What is provided.


@pytest.mark.parametrize(
    ("target", "replicas", "options", "available"),
    [
        ("systemd", 3, {}, False),
        ("compose", 3, {}, False),
        ("fargate", 2, {}, True),
        ("fargate", 1, {}, False),
        ("fargate", 2, {"zones": 1}, False),
        ("ecs_ec2", 2, {}, True),
        ("ecs_ec2", 1, {}, False),
        ("ecs_ec2", 2, {"nodes_min": 1, "instance_type": "t3.medium"}, False),
        ("kubeadm", 2, {}, False),
        ("kubeadm", 2, {"control_planes": 3}, True),
        ("eks", 2, {}, True),
        ("eks", 2, {"zones": 1}, False),
    ],
)
def test_high_availability(target: str, replicas: int, options: Mapping[str, Any], available: bool) -> None:
    made = derived(an_app(service(replicas=replicas)), target, **options)
    assert ("high_availability" in made.provides) is available
    assert bool(said(made, "no-high-availability")) is not available
    assert all(finding.severity == INFO for finding in said(made, "no-high-availability"))


@pytest.mark.parametrize("target", TARGETS)
def test_autoscaling(target: str) -> None:
    made = derived(three_tasks(), target)
    assert ("autoscaling" in made.provides) is (target not in HOSTS)
    assert bool(said(made, "no-autoscaling")) is (target in HOSTS)
    assert made.provides <= set(PROVISIONS)


def test_who_runs_once_is_named() -> None:
    many = [service(f"s{index}", cpus="0.1", mib=64) for index in range(8)]
    (finding,) = said(derived(an_app(service("web", 2), *many), "fargate"), "no-high-availability")
    assert finding.path == "services.s0"
    assert finding.message == (
        "s0, s1, s2, s3, s4 and 3 more run once, at least at times: the loss of a machine stops them"
    )


def test_copies_that_have_room_on_one_node_only_do_not_survive_its_loss() -> None:
    blocker = service("block", cpus="1.7", mib=2048)
    made = derived(an_app(blocker, service(replicas=2, cpus="0.5", mib=512)), "ecs_ec2", instance_type="t3.medium")
    assert made.fit is not None and sorted(map(len, made.fit.placement)) == [1, 2]
    told = [finding.message for finding in said(made, "no-high-availability")]
    assert "all copies of web are on one node, since the others have no room for them" in told


# Whole projects.


def project(folder: Path) -> App:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    made, found = app(yaml.load((folder / "config.out").read_text(encoding="utf-8"), Loader=loader))
    assert not any(finding.severity == ERROR for finding in found)
    return made


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_whole_projects(folder: Path, target: str) -> None:
    of = project(folder)
    made = derive(of, target, Topology(), SEOUL, BOOK)
    found = estimate(made, SEOUL)
    assert found.complete
    assert 0 < found.total.low <= found.total.expected <= found.total.high
    assert len(set(labels(made))) == len(made.parts)
    assert made == derive(of, target, Topology(), SEOUL, BOOK)
    for finding in made.findings:
        assert finding.path.startswith(("services", "topology")) or finding.path == ""
        for text in (finding.message, finding.hint):
            assert text == text.strip() and "\n" not in text and not text.endswith(".")
    if made.fit and not said(made, "does-not-fit"):
        assert all(0 < share <= 100 for share in (made.fit.memory_percent,))
        assert len(made.fit.placement) == made.fit.nodes


def test_tasks_have_the_size_that_they_are_deployed_with() -> None:
    """Service Connect's proxy included, also where the address of another task stands in a secret."""
    compared = 0
    for of in map(project, PROJECTS):
        made = derive(of, "fargate", Topology(), VIRGINIA, BOOK)
        sizes = {part.label: part.resource for part in made.parts if isinstance(part.resource, FargateTask)}
        for translation in translate(of, EcsTarget("FARGATE", VIRGINIA)):
            if translation.task in sizes:
                task, stated = sizes[translation.task], translation.definition
                assert task.vcpu * 1024 == Decimal(stated["cpu"]), translation.task
                assert task.memory_gib * 1024 == Decimal(stated["memory"]), translation.task
                compared += 1
    assert compared > 60


EXAMPLES = {
    ("fargate_web", "systemd"): "20.43",
    ("fargate_web", "compose"): "20.43",
    ("fargate_web", "fargate"): "65.67",
    ("fargate_web", "ecs_ec2"): "68.55",
    ("fargate_web", "kubeadm"): "101.67",
    ("fargate_web", "eks"): "139.05",
    ("streamlit_budget", "systemd"): "35.62",
    ("streamlit_budget", "compose"): "35.62",
    ("streamlit_budget", "fargate"): "67.38",
    ("streamlit_budget", "ecs_ec2"): "98.92",
    ("streamlit_budget", "kubeadm"): "132.84",
    ("streamlit_budget", "eks"): "170.22",
}


@pytest.mark.parametrize(("name", "target"), EXAMPLES)
def test_the_examples(name: str, target: str) -> None:
    of = app_in(ROOT / "examples" / name / "compose.yaml")
    assert expected(of, target) == EXAMPLES[name, target]


@pytest.mark.parametrize(
    ("size", "amount"),
    [("10Gi", "10"), ("512Mi", "0.5"), ("1Ti", "1024"), ("1.5Gi", "1.5"), ("1G", "0.931322574615478515625")],
)
def test_sizes_of_kubernetes(size: str, amount: str) -> None:
    assert gib(size) == Decimal(amount)
