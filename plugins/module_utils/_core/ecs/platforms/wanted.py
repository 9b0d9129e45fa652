# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for, as one noun, and all that is wrong with it at once."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

PUBLIC, NAT, ENDPOINTS = PROFILES = ("public_no_nat", "private_nat", "private_endpoints")
FARGATE, EC2 = LAUNCH_TYPES = ("FARGATE", "EC2")
_APP = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_CERTIFICATE = re.compile(r"arn:[\w-]+:acm:[\w-]+:\d{12}:certificate/[\w-]+")
#: Between a /20 and a /27 for each of sixteen subnets: a load balancer needs a /27 with eight free addresses.
_LARGEST, _SMALLEST = 16, 23
_HTTP, _HTTPS = 80, 443


@dataclass(frozen=True)
class Target:
    """What the load balancer leads to: a port of a container, in the shape that the app's plan gives it."""

    key: str
    port: int
    protocol: str = "HTTP"
    health_path: str = "/"
    listener_port: int | None = None


@dataclass(frozen=True)
class Machines:
    """EC2 instances of the launch type EC2."""

    instance_type: str = "t3.medium"
    instance_types: tuple[str, ...] = ()
    min: int = 2
    max: int = 4
    spot_share: float = 0.0
    on_demand_base: int = 1
    root_gib: int = 30
    target_capacity: int = 100

    @property
    def types(self) -> tuple[str, ...]:
        """The first is the one that is counted on; the others do where it is not to be had."""
        return tuple(dict.fromkeys((self.instance_type, *self.instance_types)))


@dataclass(frozen=True)
class Wanted:
    """The variables of the role, without their prefix."""

    app: str
    owner: str = "slipway"
    vpc_cidr: str = "10.0.0.0/16"
    zones: int = 2
    network_profile: str = PUBLIC
    launch_type: str = FARGATE
    targets: tuple[Target, ...] = ()
    certificate_arn: str = ""
    allowed_cidrs: tuple[str, ...] = ("0.0.0.0/0",)
    nat_gateways: int = 1
    endpoints: tuple[str, ...] = ()
    task_count: int = 2
    fargate_spot_share: float = 0.0
    service_connect: bool = False
    ec2: Machines = Machines()


def read(given: Mapping[str, Any]) -> Wanted:
    """From plain values; what is null counts as left out. Raises ValueError with everything that is wrong."""
    options = {key: value for key, value in given.items() if value is not None}
    unknown = sorted(set(options) - {field.name for field in fields(Wanted)})
    if unknown:
        raise ValueError(f"{unknown[0]} is no option of a platform")
    wanted = Wanted(
        **{
            **options,
            "targets": tuple(_only(Target, target) for target in options.get("targets", ())),
            "ec2": _only(Machines, options.get("ec2", {})),
            "allowed_cidrs": tuple(options.get("allowed_cidrs", Wanted.allowed_cidrs)),
            "endpoints": tuple(options.get("endpoints", ())),
        }
    )
    problems = [*_problems(wanted), *_problems_of_targets(wanted), *_problems_of_capacity(wanted)]
    if problems:
        raise ValueError("; ".join(problems))
    return wanted


def _only(noun: Any, values: Mapping[str, Any]) -> Any:
    """The keys that the noun has: a target of an app's plan says more than a load balancer needs."""
    known = {field.name for field in fields(noun)}
    kept = {key: value for key, value in values.items() if key in known and value is not None}
    return noun(**{key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()})


def _problems(wanted: Wanted) -> Iterator[str]:
    if not _APP.fullmatch(wanted.app):
        yield f"app is '{wanted.app}', expected 1 to 50 lower case letters, digits, hyphens and underscores"
    for name, value, choices in (
        ("network_profile", wanted.network_profile, PROFILES),
        ("launch_type", wanted.launch_type, LAUNCH_TYPES),
    ):
        if value not in choices:
            yield f"{name} is '{value}', expected {', '.join(choices)}"
    try:
        network = ipaddress.IPv4Network(wanted.vpc_cidr)
    except ValueError as error:
        yield f"vpc_cidr is '{wanted.vpc_cidr}', expected a network such as 10.0.0.0/16: {error}"
    else:
        if not _LARGEST <= network.prefixlen <= _SMALLEST:
            yield f"vpc_cidr is {wanted.vpc_cidr}, expected a network from /{_LARGEST} to /{_SMALLEST}"
    if not 2 <= wanted.zones <= 6:
        yield f"zones is {wanted.zones}, expected 2 to 6: a load balancer takes subnets in two zones or more"
    if not 1 <= wanted.nat_gateways <= max(wanted.zones, 1):
        yield f"nat_gateways is {wanted.nat_gateways}, expected 1 to zones, which is {wanted.zones}"


def _problems_of_targets(wanted: Wanted) -> Iterator[str]:
    for target in wanted.targets:
        if target.protocol.upper() not in ("HTTP", "HTTPS", "TCP"):
            yield f"targets[{target.key}].protocol is '{target.protocol}', expected HTTP or HTTPS"
        if not target.health_path.startswith("/"):
            yield f"targets[{target.key}].health_path is '{target.health_path}', expected a path such as /health"
    if wanted.certificate_arn and not _CERTIFICATE.fullmatch(wanted.certificate_arn):
        yield f"certificate_arn is '{wanted.certificate_arn}', expected the ARN of a certificate in ACM"
    for key, times in Counter(target.key for target in wanted.targets).items():
        if times > 1:
            yield f"targets has {key} {times} times, expected each key once"
    for port, times in Counter(listener_ports(wanted)).items():
        if times > 1:
            yield f"{times} targets would listen on port {port}, expected one: give them a listener_port"


def _problems_of_capacity(wanted: Wanted) -> Iterator[str]:
    for name, share in (("fargate_spot_share", wanted.fargate_spot_share), ("ec2.spot_share", wanted.ec2.spot_share)):
        if not 0 <= share <= 1:
            yield f"{name} is {share}, expected a share from 0 to 1"
    if not 0 <= wanted.ec2.min <= wanted.ec2.max or wanted.ec2.max < 1:
        found = f"ec2.min is {wanted.ec2.min} and ec2.max {wanted.ec2.max}"
        yield f"{found}, expected 0 <= min <= max and a max of 1 or more"
    if not 1 <= wanted.ec2.target_capacity <= 100:
        yield f"ec2.target_capacity is {wanted.ec2.target_capacity}, expected 1 to 100 percent"
    if wanted.launch_type == EC2 and len({is_arm(name) for name in wanted.ec2.types}) > 1:
        yield f"ec2 has instance types of two architectures ({', '.join(wanted.ec2.types)}), expected one"


def listener_ports(wanted: Wanted) -> tuple[int, ...]:
    """Where each target is reached, and last, with a certificate, where plain HTTP is sent on from.

    The first is at the port of its protocol, the others at their own. A plan that knows of no certificate says 80.
    """
    ports = []
    for number, target in enumerate(wanted.targets):
        port = target.listener_port or (target.port if number else _HTTP)
        ports.append(_HTTPS if wanted.certificate_arn and port == _HTTP else port)
    return (*ports, *((_HTTP,) if wanted.certificate_arn and ports else ()))


def is_arm(instance_type: str) -> bool:
    """Graviton's types have a g right after the generation: t4g, m7gd, c7gn. In g5 it is the family."""
    return bool(re.match(r"[a-z]+\d+g", instance_type))
