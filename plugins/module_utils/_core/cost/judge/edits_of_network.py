# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of what stands around tasks and nodes: ways out and in, and logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from ..amounts import digits
from ..kinds.balancers import Alb, Nlb
from ..kinds.counts import counts_of
from ..kinds.ec2 import Ec2Instance
from ..kinds.fargate import FargateTask
from ..kinds.logs import Logs
from ..kinds.network import NatGateway, PublicIpv4, VpcEndpoint
from ..kinds.secrets import Secret
from ..scenario import Part, Resource, Scenario
from ..span import ZERO
from .edit import Edit, addresses_of, changed, named, on_each, option, parts_of, topology

#: What Fargate's tasks need of AWS in a private subnet: two endpoints of ECR and one of CloudWatch Logs; one more where
#: there are secrets. S3's costs nothing. Source: the ECS developer guide, "Amazon ECS interface VPC endpoints".
_ENDPOINTS = 3
#: A load balancer needs two zones.
_ZONES = 2
_NAT, _BALANCER = "nat", "alb|nlb|load balancer"


def edits_of_network(scenario: Scenario) -> Iterator[Edit]:
    gateways = parts_of(scenario, NatGateway)
    if sum(gateway.count for part, gateway in gateways) > 1:
        written = option(scenario, "count: 1", topology("nat_gateways: 1"))
        sentence = f"one NAT gateway {written}; when its zone fails, nothing gets out"
        yield Edit(sentence, "way out", _one_gateway)
    if gateways:
        yield from _without_gateways(scenario)
    balancers = [part.label for part, balancer in _balancers(scenario)]
    if balancers:
        written = option(scenario, f"leave out {named(balancers)}", topology("load_balancer: none"))
        sentence = f"no load balancer for a single task {written}; its address changes with each start"
        yield Edit(sentence, "way in", _without_balancer)
    logs = parts_of(scenario, Logs)
    if logs:
        labels = [part.label for part, log in logs]
        gib = sum((log.gib_ingested for part, log in logs), ZERO) / 2
        given = f"half of gib_ingested and gib_stored of {named(labels)}"
        written = option(scenario, given, topology(f"logs_gib: {digits(gib)}"))
        yield Edit(f"write half the logs {written}", "logs", on_each(Logs, labels, _half))


def _balancers(scenario: Scenario) -> list[tuple[Part, Alb | Nlb]]:
    return [*parts_of(scenario, Alb), *parts_of(scenario, Nlb)]


def _without_gateways(scenario: Scenario) -> Iterator[Edit]:
    """For Fargate tasks alone: what they need of AWS is known, and instances go through the gateways as well."""
    if not parts_of(scenario, FargateTask) or parts_of(scenario, Ec2Instance):
        return
    given = "public_ipv4 with the count of the tasks, no nat_gateway"
    written = option(scenario, given, topology("network: public_no_nat"))
    yield Edit(f"public IPv4 addresses on the tasks in place of NAT {written}", "way out", _addresses)
    needed = _needed(scenario)
    given = f"vpc_endpoint with count: {needed.count}, zones: {needed.zones}, no nat_gateway"
    written = option(scenario, given, topology("network: private_endpoints"))
    sentence = f"interface endpoints in place of NAT {written}, only if nothing outside AWS is called"
    yield Edit(sentence, "way out", _endpoints)


def _one_gateway(scenario: Scenario) -> Scenario | None:
    """All traffic through the first; each gateway has an address, where the labels say which that is."""
    gateways = parts_of(scenario, NatGateway)
    if sum(gateway.count for part, gateway in gateways) < 2:
        return None
    first, gib = gateways[0][0].label, sum((gateway.gib for part, gateway in gateways), ZERO)
    resources: dict[str, Resource | None] = {part.label: None for part, gateway in gateways}
    resources[first] = NatGateway(1, gib)
    addresses = [part.label for part, address in addresses_of(scenario, _NAT)]
    resources.update(dict.fromkeys(addresses))
    resources.update({label: PublicIpv4(1) for label in addresses[:1]})
    return changed(scenario, resources)


def _gateways_and_their_addresses(scenario: Scenario) -> dict[str, Resource | None]:
    """What goes with the NAT gateways."""
    labels = [part.label for part, gateway in parts_of(scenario, NatGateway)]
    return dict.fromkeys([*labels, *(part.label for part, address in addresses_of(scenario, _NAT))])


def _addresses(scenario: Scenario) -> Scenario | None:
    """An address for each task."""
    tasks = parts_of(scenario, FargateTask)
    if not tasks or not parts_of(scenario, NatGateway):
        return None
    there = {part.label for part in scenario.parts}
    addresses = [
        Part(label, PublicIpv4(task.count, task.count_min, task.count_max, task.count_expected))
        for label, task in ((f"{part.label} addresses", task) for part, task in tasks)
        if label not in there
    ]
    return changed(scenario, _gateways_and_their_addresses(scenario), addresses)


def _needed(scenario: Scenario) -> VpcEndpoint:
    """In as many zones as the scenario is known to be in. What passed through the gateways passes through them."""
    gateways = [gateway for part, gateway in parts_of(scenario, NatGateway)]
    balancers = sum(balancer.count for part, balancer in _balancers(scenario))
    addresses = [counts_of(address)[0].high for part, address in addresses_of(scenario, _BALANCER)]
    zones = max(_ZONES, sum(gateway.count for gateway in gateways), int(sum(addresses)) // max(balancers, 1))
    gib = sum((gateway.gib for gateway in gateways), ZERO)
    return VpcEndpoint(_ENDPOINTS + (1 if parts_of(scenario, Secret) else 0), zones, gib)


def _endpoints(scenario: Scenario) -> Scenario | None:
    if not parts_of(scenario, NatGateway):
        return None
    endpoints = Part("interface endpoints", _needed(scenario))
    return changed(scenario, _gateways_and_their_addresses(scenario), [endpoints])


def _without_balancer(scenario: Scenario) -> Scenario | None:
    """Only a single task can do without. It then needs an address of its own."""
    tasks = [counts_of(task)[0].high for part, task in parts_of(scenario, FargateTask)]
    balancers = _balancers(scenario)
    if sum(tasks, Decimal(0)) != 1 or parts_of(scenario, Ec2Instance) or not balancers:
        return None
    addresses = [part.label for part, address in addresses_of(scenario, _BALANCER)]
    without = changed(scenario, dict.fromkeys([*(part.label for part, balancer in balancers), *addresses]))
    if len(parts_of(without, PublicIpv4)) > len(addresses_of(without, _NAT)):
        return without
    return replace(without, parts=(*without.parts, Part("address of the task", PublicIpv4(1))))


def _half(logs: Logs) -> Logs:
    return replace(logs, gib_ingested=logs.gib_ingested / 2, gib_stored=logs.gib_stored / 2)
