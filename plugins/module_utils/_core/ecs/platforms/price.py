# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each network profile costs a month, as scenarios for cost_check. Tasks on Fargate are the app's, not in here."""

from __future__ import annotations

from typing import Any

from .network import interfaces
from .wanted import EC2, ENDPOINTS, NAT, PROFILES, PUBLIC, Wanted

#: As cost_check assumes them where a Compose file is all that is known.
_LCU, _NAT_GIB, _LOGS_GIB = "0.25", 20, 5


def scenarios(wanted: Wanted) -> list[dict[str, Any]]:
    """The profile that is wanted comes first."""
    order = sorted(PROFILES, key=lambda profile: profile != wanted.network_profile)
    return [{"name": profile, "resources": [*_common(wanted), *_way_out(wanted, profile)]} for profile in order]


def _common(wanted: Wanted) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = [{"kind": "logs", "name": "logs", "gib_ingested": _LOGS_GIB}]
    if wanted.targets:
        resources.append({"kind": "alb", "name": "load balancer", "lcu": _LCU})
        resources.append({"kind": "public_ipv4", "name": "load balancer addresses", "count": wanted.zones})
    if wanted.launch_type == EC2:
        machine = {"kind": "ec2_instance", "name": "instances", "type": wanted.ec2.instance_type}
        resources.append({**machine, **_instances(wanted)})
        disk = {"kind": "ebs_gp3", "name": "instances' disks", "gib": wanted.ec2.root_gib}
        resources.append({**disk, **_instances(wanted)})
    return resources


def _instances(wanted: Wanted) -> dict[str, int]:
    fewest, most = wanted.ec2.min, wanted.ec2.max
    if fewest == most:
        return {"count": most}
    return {"count_min": fewest, "count_max": most, "count_expected": max(fewest, 1)}


def _way_out(wanted: Wanted, profile: str) -> list[dict[str, Any]]:
    if profile == PUBLIC:
        address = {"kind": "public_ipv4", "name": "addresses of instances"}
        if wanted.launch_type == EC2:
            return [{**address, **_instances(wanted)}]
        tasks = {**address, "name": "addresses of tasks", "count": wanted.task_count}
        return [tasks] if wanted.task_count else []
    if profile == NAT:
        return [
            {"kind": "nat_gateway", "name": "NAT gateway", "count": wanted.nat_gateways, "gib": _NAT_GIB},
            {"kind": "public_ipv4", "name": "NAT gateway address", "count": wanted.nat_gateways},
        ]
    needed = len(interfaces(wanted, ENDPOINTS))
    return [{"kind": "vpc_endpoint", "name": "endpoints", "count": needed, "zones": wanted.zones, "gib": _LOGS_GIB}]
