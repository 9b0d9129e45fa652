# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of it in one screen: what there has to be, before anything is asked of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import policies
from . import access, capacity, names, network, price, roles
from .wanted import PUBLIC, Wanted


def conflicts(wanted: Wanted, known: Mapping[str, Any]) -> list[str]:
    """What keeps the platform from being made, of what AWS has said. Nothing of others is touched."""
    found = []
    zones = known.get("zones")
    if zones is not None and len(zones) < wanted.zones:
        found.append(f"zones is {wanted.zones}, and {known.get('region')} has {len(zones)} for this account")
    for vpc in known.get("networks") or []:
        tags = vpc.get("tags") or {}
        if (tags.get("slipway:app"), tags.get("slipway:owner")) != (wanted.app, wanted.owner):
            whose = tags.get("slipway:owner") or "nobody that is known"
            found.append(f"{vpc['id']} is called {wanted.app} and belongs to {whose}: choose another name")
        elif vpc["cidr_block"] != wanted.vpc_cidr:
            found.append(f"{vpc['id']} has the range {vpc['cidr_block']}, which cannot be {wanted.vpc_cidr} now")
    return found


def plan(wanted: Wanted, known: Mapping[str, Any]) -> dict[str, Any]:
    """`known` is what AWS has said so far, as the filter's documentation tells it."""
    problems = conflicts(wanted, known)
    if problems:
        raise ValueError("; ".join(problems))
    account = policies.Account(str(known.get("region") or ""), str(known.get("account") or ""))
    tags = {"slipway:app": wanted.app, "slipway:owner": wanted.owner}
    private = wanted.network_profile != PUBLIC
    return {
        "tags": tags,
        "names": {
            "load_balancer": names.load_balancer(wanted.app),
            "log_group": names.log_group(wanted.app),
            "capacity_provider": names.capacity_provider(wanted.app),
        },
        "subnets": network.subnets(wanted),
        "route_tables": network.route_tables(wanted),
        "gateways": network.gateways(wanted),
        "endpoints": network.endpoints(wanted),
        "task_subnets": "private" if private else "public",
        "assign_public_ip": "DISABLED" if private else "ENABLED",
        "rules": {"alb": access.from_outside(wanted), "tasks": access.from_load_balancer(wanted)},
        "target_groups": access.target_groups(wanted),
        "listeners": access.listeners(wanted, dict(known.get("target_groups") or {})),
        "url": access.url(wanted, str(known.get("dns_name") or "")),
        "roles": roles.roles(wanted, account, dict(known.get("policies") or {}), known.get("policies_there")),
        "capacity_providers": capacity.providers(wanted),
        "capacity_provider_strategy": capacity.strategy(wanted),
        "machines": capacity.machines(wanted, tags, known),
        "instance_profile": account.arn("iam", "instance-profile/", f"{wanted.app}-instance", region=""),
        "scenarios": price.scenarios(wanted),
    }
