# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Compose file does not say about the place where its app runs.

What is assumed are estimates in round figures, to be replaced by what is known: 500 MiB for a system (Linux, journal,
SSH, and what the firmware keeps), 100 more for a container engine, 150 for that and the agent of ECS, and 500 for
kubelet, containerd, network, kube-proxy, disks and metrics of a Kubernetes node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import ClassVar

from ...extensions.kinds import COUNT
from ...options.schema import Check, Key, MappingOf
from ...options.values import FLAG, matching, number
from ..amounts import SHARE, amount, positive
from ..kinds.fargate import FargateTask
from .checks import CHECKS
from .targets import TARGETS
from .values import (
    ARCHITECTURE,
    CONTROL_PLANES,
    CPUS,
    DISK,
    GIB,
    INSTANCE_TYPE,
    LINUX,
    LOAD_BALANCERS,
    MIB,
    NETWORKS,
    PERCENT,
    PUBLIC,
    SYSTEMS,
    one_of,
)

__all__ = ["TARGETS", "Topology"]

_SERVICE = matching(r"[A-Za-z0-9._-]{1,255}", "the name of a service")
_NODES = number(1, 5_000)


@dataclass(frozen=True)
class Topology:
    """Where an app runs, and what else is there. A figure that is left out is assumed, and its line says so."""

    network: str = PUBLIC
    zones: int = 2
    nat_gateways: int | None = None
    nat_gib: Decimal | None = None
    load_balancer: str | None = None
    lcu: Decimal | None = None
    public_ipv4: bool | None = None
    architecture: str | None = None
    os: str = LINUX
    copies: Mapping[str, int] = field(default_factory=dict)
    instance_type: str | None = None
    cpu_percent: Decimal | None = None
    nodes_min: int | None = None
    nodes_max: int | None = None
    control_planes: int = 1
    control_plane_type: str | None = None
    extended_support: bool = False
    root_gib: Decimal = Decimal(20)
    volume_gib: Decimal | None = None
    system_mib: Decimal | None = None
    system_cpus: Decimal | None = None
    addons_mib: Decimal | None = None
    addons_cpus: Decimal | None = None
    spot_share: Decimal = Decimal(0)
    ephemeral_gib: Decimal = Decimal(20)
    service_connect: bool = True
    scheduled_hours: Decimal | None = None
    deployments_per_month: Decimal | None = None
    deployment_minutes: Decimal | None = None
    logs_gib: Decimal | None = None
    logs_stored_gib: Decimal = Decimal(0)
    egress_gib: Decimal | None = None
    ecr_gib: Decimal = Decimal(0)
    KEYS: ClassVar[Mapping[str, Key]] = {
        "network": Key(
            one_of(*NETWORKS),
            "The subnets of tasks and nodes: public with an address for each, private with NAT gateways, or private"
            " with interface endpoints to AWS's services and no other way out.",
            {"network": "private_nat"},
        ),
        "zones": Key(
            number(1, 6),
            "Availability zones. A load balancer has an address in each, and an endpoint is billed in each.",
            {"zones": 3},
        ),
        "nat_gateways": Key(
            number(1, 6),
            "NAT gateways; one for each zone survives the loss of a zone.",
            {"network": "private_nat", "nat_gateways": 2},
            "1 with `network: private_nat`",
        ),
        "nat_gib": Key(
            GIB,
            "What passes through the NAT gateways in a month, both ways, images among it.",
            {"network": "private_nat", "nat_gib": 50},
            "20, assumed",
        ),
        "load_balancer": Key(
            one_of(*LOAD_BALANCERS),
            "One for the whole app.",
            {"load_balancer": "alb"},
            "none on a host; else alb where a service is public: by `x-ecs.public` or `x-kubernetes.ingress`, or, where"
            " neither stands anywhere, by a published port",
        ),
        "lcu": Key(
            amount(0, "capacity units", 100_000),
            "Load balancer capacity units on average; one is about 25 new connections a second or 1 GB an hour.",
            {"lcu": 1.5},
            "0.25, assumed",
        ),
        "public_ipv4": Key(
            FLAG,
            "Whether each host, node and Fargate task has a public IPv4 address.",
            {"public_ipv4": False},
            "true on a host, and with `network: public_no_nat`",
        ),
        "architecture": Key(
            ARCHITECTURE,
            "The CPU architecture of tasks and nodes.",
            {"architecture": "arm"},
            "what `x-ecs.architecture` or `platform` says, else x86",
        ),
        "os": Key(
            one_of(*SYSTEMS), "The system of the containers; only Fargate has prices for Windows.", {"os": "windows"}
        ),
        "copies": Key(
            MappingOf(_SERVICE, COUNT, "a mapping from services to numbers"),
            "How many copies of a service run everywhere, whatever its fields say, to compare like with like.",
            {"copies": {"web": 3}},
        ),
        "instance_type": Key(
            INSTANCE_TYPE,
            "The type of the host or of the nodes.",
            {"instance_type": "t3.large"},
            "the type with a price in the region, of the app's architecture, with which the whole costs least;"
            " a host has a tenth of its memory to spare",
        ),
        "cpu_percent": Key(
            PERCENT,
            "What hosts or nodes use of their vCPUs on average; above a T type's baseline it costs surplus credits.",
            {"instance_type": "t3.medium", "cpu_percent": 60},
            "no more than the baseline, assumed",
        ),
        "nodes_min": Key(_NODES, "The fewest nodes.", {"nodes_min": 3}, "2"),
        "nodes_max": Key(
            _NODES,
            "The most nodes; the high figure has all of them.",
            {"nodes_min": 2, "nodes_max": 5},
            "as many as the most copies need",
        ),
        "control_planes": Key(CONTROL_PLANES, "Control planes of kubeadm.", {"control_planes": 3}),
        "control_plane_type": Key(
            INSTANCE_TYPE,
            "The instance type of a control plane.",
            {"control_plane_type": "t3.large"},
            "t3.medium, or t4g.medium where the nodes are for arm",
        ),
        "extended_support": Key(
            FLAG,
            "Whether the Kubernetes version of EKS is in extended support.",
            {"extended_support": True},
        ),
        "root_gib": Key(DISK, "The root disk of each host, node and control plane.", {"root_gib": 50}),
        "volume_gib": Key(
            positive("GiB", 16_384),
            "The size of each named volume that `x-kubernetes.storage` says nothing of. On a host, the volume then"
            " has a disk of its own.",
            {"volume_gib": 50},
            "10 on a cluster and in EFS, assumed; on a host it lies on the root disk",
        ),
        "system_mib": Key(MIB, "What the system takes of each host or node.", {"system_mib": 400}, "500, assumed"),
        "system_cpus": Key(CPUS, "What the system takes of each host or node.", {"system_cpus": 0.2}, "0.1, assumed"),
        "addons_mib": Key(
            MIB,
            "What else runs on each: the engine, the agent of ECS, or kubelet, network and metrics.",
            {"addons_mib": 600},
            "0 on systemd, 100 on compose, 150 on ecs_ec2, 500 on kubeadm and eks, assumed",
        ),
        "addons_cpus": Key(
            CPUS,
            "What else runs on each.",
            {"addons_cpus": 0.4},
            "0 on systemd, 0.05 on compose and ecs_ec2, 0.25 on kubeadm and eks, assumed",
        ),
        "spot_share": Key(
            SHARE,
            "The share of the tasks that runs on Fargate Spot; the high figure has none there.",
            {"spot_share": 0.7},
        ),
        "ephemeral_gib": Key(FargateTask.KEYS["ephemeral_gib"].kind, "The disk of each task.", {"ephemeral_gib": 50}),
        "service_connect": Key(
            FLAG,
            "Whether tasks find each other by Service Connect, whose proxy takes room in each task that calls another"
            " or is called.",
            {"service_connect": False},
        ),
        "scheduled_hours": Key(
            positive("hours a month", 744),
            "How long each task with `x-ecs.schedule` runs.",
            {"scheduled_hours": 10},
            "30, assumed: an hour a day",
        ),
        "deployments_per_month": Key(
            amount(0, "deployments", 10_000),
            "Rolling updates, while which there are twice the tasks; in the high figure.",
            {"deployments_per_month": 60},
            "20, assumed",
        ),
        "deployment_minutes": Key(
            amount(0, "minutes", 1440), "How long a rolling update lasts.", {"deployment_minutes": 5}, "10, assumed"
        ),
        "logs_gib": Key(
            GIB,
            "What is written to CloudWatch Logs in a month.",
            {"logs_gib": 20},
            "5 on ECS, assumed; elsewhere logs stay on the disks",
        ),
        "logs_stored_gib": Key(GIB, "What is kept in CloudWatch Logs on average.", {"logs_stored_gib": 30}),
        "egress_gib": Key(GIB, "What leaves for the internet in a month.", {"egress_gib": 100}, "not counted"),
        "ecr_gib": Key(GIB, "Images in private repositories of ECR.", {"ecr_gib": 5}),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = CHECKS

    @property
    def stated(self) -> list[str]:
        """The keys that say something else than nothing would."""
        usual = Topology()
        return [each.name for each in fields(self) if getattr(self, each.name) != getattr(usual, each.name)]
