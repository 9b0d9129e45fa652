# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an app laid on a platform: for each step the options of the module that brings it about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Options = dict[str, Any]


class PlatformError(ValueError):
    """The platform lacks something that the plan needs."""


@dataclass(frozen=True)
class Platform:
    """What tasks run on, as the role ecs_platform tells it."""

    cluster: str = ""
    task_subnets: list[str] = field(default_factory=list)
    assign_public_ip: str = "DISABLED"
    security_groups: Mapping[str, str] = field(default_factory=dict)
    load_balancer: Mapping[str, Any] | None = None
    target_groups: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = None
    capacity_provider_strategy: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Platform:
        """Other keys are for others; what is null counts as left out."""
        known = {key: said[key] for key in cls.__dataclass_fields__ if said.get(key) is not None}
        return cls(**known)

    def target_group(self, key: str) -> str:
        if key not in self.target_groups:
            known = ", ".join(self.target_groups) or "none"
            raise PlatformError(f"target_groups: found {known}, expected one called {key}; run ecs_platform again")
        # In check mode a group that is to be made has no ARN yet.
        return self.target_groups[key] or f"target group {key}, to be made"


def options(plan: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, list[Options]]:
    """`steps` in the order in which to act, services and migrations, and `schedules`."""
    platform = Platform.read(said)
    if not platform.cluster:
        raise PlatformError("cluster: found none, expected the name of one; give the result of ecs_platform")
    services = {service["name"]: service for service in plan["services"]}
    migrations = {migration["name"]: migration for migration in plan["migrations"]}
    modes = {task["name"]: task["task_definition"].get("networkMode") for task in plan["tasks"]}
    steps = []
    for step in plan["order"]:
        known = (services if step["kind"] == "service" else migrations)[step["name"]]
        about = {"kind": step["kind"], "name": known["name"], "family": known["family"]}
        if step["kind"] == "service":
            steps.append({**about, "options": _service(known, platform), "scaling": _scaling(known, platform)})
        else:
            one_off = _placed(plan["launch_type"], modes[known["task"]], platform, spot=False)
            steps.append({**about, "options": {**one_off, "once_per": known["once_per"]}})
    return {"steps": steps, "schedules": [_schedule(one, plan, modes, platform) for one in plan["schedules"]]}


def _service(service: Mapping[str, Any], platform: Platform) -> Options:
    capacity = service["capacity"]
    told = {
        # One task for each instance needs no number.
        "desired_count": service["desired_count"] if service["scheduling_strategy"] != "DAEMON" else None,
        "scheduling_strategy": service["scheduling_strategy"],
        "load_balancers": [
            {
                "containerName": one["container"],
                "containerPort": one["port"],
                "targetGroupArn": platform.target_group(one["target_group"]),
            }
            for one in service["load_balancers"]
        ],
        "service_connect_configuration": _connected(service["service_connect"], platform),
        "deployment_configuration": service["deployment_configuration"],
        "availability_zone_rebalancing": service["availability_zone_rebalancing"],
        "health_check_grace_period_seconds": service["health_check_grace_period_seconds"],
        "enable_execute_command": service["execute_command"],
        "enable_ecs_managed_tags": True,
        "propagate_tags": "SERVICE",
    }
    placed = _placed(capacity["launch_type"], service["network_mode"], platform, spot=capacity["spot"])
    return {**placed, **{name: value for name, value in told.items() if value is not None}}


def _placed(launch_type: str, network_mode: str | None, platform: Platform, spot: bool) -> Options:
    """Where tasks run. On Fargate the strategy says how many of them are on Spot, which not all can stand."""
    placed: Options = {}
    if platform.capacity_provider_strategy and (launch_type == "EC2" or spot):
        placed["capacity_provider_strategy"] = platform.capacity_provider_strategy
    else:
        placed["launch_type"] = launch_type
    if network_mode == "awsvpc":
        groups = [platform.security_groups["tasks"]] if platform.security_groups.get("tasks") else []
        addresses: Options = {"subnets": platform.task_subnets, "securityGroups": groups}
        if launch_type == "FARGATE":  # an instance gives its tasks no public addresses
            addresses["assignPublicIp"] = platform.assign_public_ip
        placed["network_configuration"] = {"awsvpcConfiguration": addresses}
    return placed


def _connected(connect: Mapping[str, Any] | None, platform: Platform) -> Options | None:
    if not connect:
        return None
    return {**({"namespace": platform.namespace} if platform.namespace else {}), **connect}


def _scaling(service: Mapping[str, Any], platform: Platform) -> Options:
    if service["max"] is None:
        return {"state": "absent"}
    policies = [_policy(policy, platform) for policy in service["scaling"] or []]
    return {"min_capacity": service["min"], "max_capacity": service["max"], "policies": policies}


def _policy(policy: Mapping[str, Any], platform: Platform) -> Options:
    """That of requests names the load balancer and the target group by the ends of their ARNs."""
    if "target_group" not in policy:
        return dict(policy)
    balancer = str((platform.load_balancer or {}).get("arn") or "").partition(":loadbalancer/")[2]
    group = platform.target_group(policy["target_group"]).rpartition(":")[2]
    kept = {name: value for name, value in policy.items() if name != "target_group"}
    return {**kept, "resource_label": f"{balancer}/{group}"}


def _schedule(
    schedule: Mapping[str, Any], plan: Mapping[str, Any], modes: Mapping[str, Any], platform: Platform
) -> Options:
    placed = _placed(plan["launch_type"], modes[schedule["task"]], platform, spot=False)
    when = {"schedule_expression": schedule["expression"], "role_arn": platform.roles.get("scheduler")}
    return {"name": schedule["name"], "family": schedule["family"], "options": {**placed, **when}}
