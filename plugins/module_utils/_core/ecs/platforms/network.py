# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets, routes and the ways out.

The places of subnets never move: a VPC is cut into sixteen parts, of which the first six are public and the ninth to
the fourteenth private, one for each zone. So a platform may get more zones, or another profile, and keep what it has.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from ...cost.derive.network import INTERFACES
from .wanted import EC2, ENDPOINTS, NAT, PUBLIC, Wanted

_PARTS_BITS, _FIRST_PRIVATE = 4, 8


def subnets(wanted: Wanted) -> list[dict[str, Any]]:
    parts = list(ipaddress.IPv4Network(wanted.vpc_cidr).subnets(_PARTS_BITS))
    # Fargate gives a task its address where the service asks for one; an instance gets it from its subnet.
    addresses = wanted.network_profile == PUBLIC and wanted.launch_type == EC2
    kinds = [("public", 0, addresses)]
    if wanted.network_profile != PUBLIC:
        kinds.append(("private", _FIRST_PRIVATE, False))
    return [
        {
            "name": f"{wanted.app}-{kind}-{zone + 1}",
            "kind": kind,
            "zone": zone,
            "cidr": str(parts[first + zone]),
            "map_public": public,
        }
        for kind, first, public in kinds
        for zone in range(wanted.zones)
    ]


def route_tables(wanted: Wanted) -> list[dict[str, Any]]:
    """One for all public subnets, and one for each way out of private ones: `way_out` counts NAT gateways."""
    tables: list[dict[str, Any]] = [
        {"name": f"{wanted.app}-public", "kind": "public", "way_out": None, "subnets": _cidrs(wanted, "public")}
    ]
    if wanted.network_profile == PUBLIC:
        return tables
    private = _cidrs(wanted, "private")
    ways = wanted.nat_gateways if wanted.network_profile == NAT else 1
    private_tables = [
        {
            "name": f"{wanted.app}-private-{way + 1}",
            "kind": "private",
            "way_out": way if wanted.network_profile == NAT else None,
            "subnets": private[way::ways],
        }
        for way in range(ways)
    ]
    return [*tables, *private_tables]


def _cidrs(wanted: Wanted, kind: str) -> list[str]:
    return [subnet["cidr"] for subnet in subnets(wanted) if subnet["kind"] == kind]


def gateways(wanted: Wanted) -> list[str]:
    """The public subnets that a NAT gateway stands in."""
    return _cidrs(wanted, "public")[: wanted.nat_gateways] if wanted.network_profile == NAT else []


def endpoints(wanted: Wanted) -> list[dict[str, Any]]:
    """One of S3 for each private route table, and interfaces: an endpoint cannot be given another route table later."""
    made = [
        {"name": f"{table['name']}-s3", "type": "Gateway", "service": "s3", "route_table": table["name"]}
        for table in route_tables(wanted)
        if table["kind"] == "private"
    ]
    needed = interfaces(wanted, wanted.network_profile)
    made += [
        {"name": f"{wanted.app}-{service}", "type": "Interface", "service": service, "route_table": ""}
        for service in needed
    ]
    return made


def interfaces(wanted: Wanted, profile: str) -> list[str]:
    """AWS's services that tasks reach by an endpoint, where they have no other way out."""
    if profile != ENDPOINTS:
        return []
    needed = INTERFACES["ecs_ec2" if wanted.launch_type == EC2 else "fargate"]
    return list(dict.fromkeys((*needed, "logs", *wanted.endpoints)))
