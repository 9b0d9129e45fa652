# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in and out: load balancer, NAT gateways, interface endpoints, and the addresses of each.

Sources: the ECS developer guide, "Amazon ECS interface VPC endpoints" (ecr.api and ecr.dkr for images, logs for
awslogs, secretsmanager and ssm where they are used, ssmmessages for ECS Exec; ecs, ecs-agent and ecs-telemetry for
instances); the EKS user guide, "Deploy private clusters with limited internet access". S3, from which ECR's layers
come, has a gateway endpoint, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...ecs.secret_sources import SECRET_ARN
from ...findings import WARNING
from ..kinds.balancers import Alb, Nlb
from ..kinds.network import NatGateway, PublicIpv4, VpcEndpoint
from ..scenario import Resource
from .design import Design, Draft, assumed
from .metered import logs_gib
from .targets import ECS, HOSTS
from .values import ALB, ENDPOINTS, NAT, NONE

#: The interface endpoints that a target cannot do without in subnets with no other way out.
INTERFACES = {
    "fargate": ("ecr.api", "ecr.dkr"),
    "ecs_ec2": ("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry"),
    "kubeadm": ("ecr.api", "ecr.dkr", "ec2", "sts", "elasticloadbalancing"),
    "eks": ("ecr.api", "ecr.dkr", "ec2", "sts", "elasticloadbalancing", "eks-auth"),
}
#: An ALB takes subnets in two zones or more.
_ALB_ZONES = 2
_LCU, _NAT_GIB = "0.25", "20"


def add_network(design: Design, draft: Draft) -> None:
    if design.balancer != NONE:
        _add_balancer(design, draft)
    if design.topology.public_ipv4 is False:
        message = "machines and tasks without an address in public subnets reach nothing, not even the images' registry"
        draft.report("no-way-out", WARNING, "topology.public_ipv4", message, "use network: private_nat")
    if design.target not in HOSTS and design.topology.network == NAT:
        _add_gateways(design, draft)
    if design.target not in HOSTS and design.topology.network == ENDPOINTS:
        _add_endpoints(design, draft)


def _add_balancer(design: Design, draft: Draft) -> None:
    units, says = assumed(design.topology.lcu, _LCU, "{} capacity units on average")
    balancer: Resource = Alb(lcu=units) if design.balancer == ALB else Nlb(nlcu=units)
    draft.add("load balancer", balancer, says)
    zones = max(design.topology.zones, _ALB_ZONES if design.balancer == ALB else 1)
    draft.add("load balancer addresses", PublicIpv4(count=zones))


def _add_gateways(design: Design, draft: Draft) -> None:
    count = design.topology.nat_gateways or 1
    gib, says = assumed(design.topology.nat_gib, _NAT_GIB, "{} GiB a month through it")
    draft.add("NAT gateway", NatGateway(count=count, gib=gib), says)
    draft.add("NAT gateway address", PublicIpv4(count=count))


def _add_endpoints(design: Design, draft: Draft) -> None:
    names = list(_interfaces(design))
    gib = logs_gib(design)[0] if "logs" in names else Decimal(0)
    endpoints = VpcEndpoint(count=len(names), zones=design.topology.zones, gib=gib)
    draft.add("interface endpoints", endpoints, f"for {', '.join(names)}")


def _interfaces(design: Design) -> Iterator[str]:
    yield from INTERFACES[design.target]
    if logs_gib(design)[0] or design.target in ECS:
        yield "logs"
    if design.target in ECS:
        options = [service.ecs for service in design.app.services.values()]
        sources = [source for each in options for source in each.secrets.values()]
        if any(SECRET_ARN.match(source) for source in sources):
            yield "secretsmanager"
        if any(not SECRET_ARN.match(source) for source in sources):
            yield "ssm"
        if any(each.exec for each in options):
            yield "ssmmessages"
