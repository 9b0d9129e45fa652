# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list of resources does not have although they cannot run without it, or bring it along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from ..scenario import Resource
from ..span import ZERO
from .balancers import Alb, Nlb
from .clusters import EksCluster
from .counts import Counted, counts_of
from .ec2 import Ec2Instance
from .fargate import FargateTask
from .lines import words
from .logs import Logs
from .network import Egress, NatGateway, PublicIpv4, VpcEndpoint
from .storage import EbsGp3

_Kind = TypeVar("_Kind")
#: An ALB that faces the internet has an address in each of its zones, of which it needs two.
_ZONES = 2


@dataclass(frozen=True)
class _Listed:
    """The resources, to be asked by kind."""

    resources: Sequence[Resource]

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        return [resource for resource in self.resources if isinstance(resource, kind)]

    def has(self, *kinds: type[Any]) -> bool:
        return any(isinstance(resource, kinds) for resource in self.resources)

    @property
    def gateways(self) -> int:
        return sum(gateway.count for gateway in self.of(NatGateway))

    @property
    def balancers(self) -> int:
        return sum(balancer.count for balancer in self.of(Alb)) + sum(balancer.count for balancer in self.of(Nlb))

    @property
    def addresses_taken(self) -> int:
        """By gateways and balancers; what is more may be of tasks and instances."""
        return self.gateways + self.balancers * _ZONES


def left_out(resources: Iterable[Resource]) -> list[str]:
    """A sentence for each."""
    listed = _Listed(tuple(resources))
    return [sentence for ask in (_disks, _addresses, _way_out, _way_in, _traffic, _nodes) for sentence in ask(listed)]


def _expected(counted: Iterable[Counted]) -> Decimal:
    return sum((counts_of(each)[0].expected for each in counted), ZERO)


def _disks(listed: _Listed) -> Iterator[str]:
    instances, volumes = _expected(listed.of(Ec2Instance)), _expected(listed.of(EbsGp3))
    if instances > volumes:
        have = words(instances, "instance")
        yield f"EC2: {have} and {words(volumes, 'volume')}; each instance needs a root disk (ebs_gp3)."


def _addresses(listed: _Listed) -> Iterator[str]:
    """Of NAT gateways and load balancers."""
    addresses = _expected(listed.of(PublicIpv4))
    if addresses < listed.gateways:
        yield "NAT gateway: it has a public IPv4 address, which costs (public_ipv4)."
    if listed.balancers and addresses < listed.addresses_taken:
        yield "Load balancer: on the internet it has a public IPv4 address in each of two zones or more (public_ipv4)."


def _way_out(listed: _Listed) -> Iterator[str]:
    """Of tasks and instances, where no address is left for them."""
    if listed.has(NatGateway, VpcEndpoint) or _expected(listed.of(PublicIpv4)) > listed.addresses_taken:
        return
    for what, kind in (("Fargate tasks", FargateTask), ("EC2 instances", Ec2Instance)):
        if listed.has(kind):
            yield f"{what}: they have no way out, not even for images (public_ipv4, nat_gateway or vpc_endpoint)."


def _way_in(listed: _Listed) -> Iterator[str]:
    if listed.balancers:
        return
    if listed.has(FargateTask):
        yield "Fargate tasks: no load balancer leads to them (alb or nlb)."
    if _expected(listed.of(Ec2Instance)) > 1:
        yield "EC2 instances: no load balancer spreads requests over them (alb or nlb)."


def _traffic(listed: _Listed) -> Iterator[str]:
    if listed.has(Alb) and not any(balancer.lcu for balancer in listed.of(Alb)):
        yield "ALB: traffic costs LCUs (lcu)."
    if listed.has(Nlb) and not any(balancer.nlcu for balancer in listed.of(Nlb)):
        yield "NLB: traffic costs NLCUs (nlcu)."
    if listed.has(NatGateway) and not any(gateway.gib for gateway in listed.of(NatGateway)):
        yield "NAT gateway: what passes through it costs (gib)."
    if listed.has(FargateTask) and not listed.has(Logs):
        yield "Fargate tasks: they write logs (logs)."
    if listed.has(Alb, Nlb, PublicIpv4) and not listed.has(Egress):
        yield "Internet: answers to it cost (egress)."


def _nodes(listed: _Listed) -> Iterator[str]:
    if listed.has(EksCluster) and not listed.has(Ec2Instance, FargateTask):
        yield "EKS: the control plane runs no pods; they need nodes (ec2_instance or fargate_task)."
