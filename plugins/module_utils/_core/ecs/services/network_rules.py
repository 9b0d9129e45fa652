# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of how tasks are reached: subnets, load balancers, service discovery, Service Connect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule
from ...tree import labelled
from .capacity_rules import on_fargate

_DISCOVERY_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")

Settings = Mapping[str, Any]


def addresses(settings: Settings) -> Iterator[Problem]:
    """1 to 16 subnets and up to 5 security groups."""
    network = (settings.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    for key, least, most in (("subnets", 1, 16), ("securityGroups", 0, 5)):
        given = network.get(key)
        if given is not None and not least <= len(given) <= most:
            path = f"network_configuration.awsvpcConfiguration.{key}"
            yield path, f"found {len(given)}, expected {least} to {most}", ""


def platform_version(settings: Settings) -> Iterator[Problem]:
    """Only Fargate has platform versions."""
    if settings.get("platformVersion") and settings.get("launchType") in ("EC2", "EXTERNAL"):
        yield "platform_version", f"launch type {settings['launchType']} has none", "leave it out"


def balancers(settings: Settings) -> Iterator[Problem]:
    """A target group with a container and its port, or the name of a Classic Load Balancer, which Fargate has not."""
    for path, balancer in labelled("load_balancers", settings.get("loadBalancers") or []):
        group, classic = balancer.get("targetGroupArn"), balancer.get("loadBalancerName")
        if bool(group) == bool(classic):
            found = "both" if group else "neither"
            yield path, f"targetGroupArn or loadBalancerName names the load balancer, found {found}", ""
        if classic and on_fargate(settings):
            yield f"{path}.loadBalancerName", "Fargate has no Classic Load Balancers", "give targetGroupArn"
        for key in ("containerName", "containerPort"):
            if balancer.get(key) is None:
                yield f"{path}.{key}", "the load balancer is not told where to send requests", ""


def registries(settings: Settings) -> Iterator[Problem]:
    """One Cloud Map service, reached by a port or by a container and its port."""
    found = settings.get("serviceRegistries") or []
    if len(found) > 1:
        yield "service_registries", f"found {len(found)}, expected at most 1", "ECS takes one Cloud Map service"
    for position, registry in enumerate(found):
        path = f"service_registries[{position}]"
        if not registry.get("registryArn"):
            yield f"{path}.registryArn", "the Cloud Map service is not named", ""
        if registry.get("port") is not None and registry.get("containerName"):
            yield f"{path}.port", "port and containerName are both given", "give one of them"


def connect(settings: Settings) -> Iterator[Problem]:
    """Names that Service Connect can carry: one alias for a port, each name and port once."""
    configuration = settings.get("serviceConnectConfiguration") or {}
    place, called = "service_connect_configuration", Counter[str]()
    for position, service in enumerate(configuration.get("services") or []):
        path, aliases = f"{place}.services[{position}]", service.get("clientAliases") or []
        name = service.get("discoveryName")
        if name and not _DISCOVERY_NAME.fullmatch(name):
            hint = "up to 64 of a-z, 0-9, _ and -, not starting with -"
            yield f"{path}.discoveryName", f"'{name[:70]}' is no name that Cloud Map takes", hint
        if len(aliases) > 1:
            yield f"{path}.clientAliases", f"found {len(aliases)} aliases, expected at most 1", ""
        called.update(f"{alias['dnsName']}:{alias['port']}" for alias in aliases if alias.get("dnsName"))
    for alias, times in called.items():
        if times > 1:
            yield f"{place}.services", f"{alias} is named {times} times", "each name and port leads to one service"
    if configuration.get("accessLogConfiguration") and not configuration.get("logConfiguration"):
        yield f"{place}.accessLogConfiguration", "access logs need logConfiguration", ""


_API = "botocore, CreateService"
RULES = (
    Rule("network-size", ERROR, addresses, "botocore, AwsVpcConfiguration"),
    Rule("platform-version-ec2", ERROR, platform_version, _API),
    Rule("load-balancer", ERROR, balancers, "botocore, LoadBalancer"),
    Rule("service-registry", ERROR, registries, "botocore, ServiceRegistry"),
    Rule("service-connect", ERROR, connect, "botocore, ServiceConnectService"),
)
