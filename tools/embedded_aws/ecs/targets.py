# SPDX-License-Identifier: GPL-3.0-or-later
"""Running tasks as targets of their service's target groups, with the health that their fate gives them.

Source: botocore, CreateService.loadBalancers (which tasks are targets) and, of elbv2, TargetHealth (states, reasons).
moto keeps one target for each id and calls it healthy; with bridge mode one instance is a target on many ports. So its
targets are kept by id and port here, and its answer is completed.
"""

from __future__ import annotations

from typing import Any

from .nouns import Task
from .requests import group_of

Health = tuple[str, str]


def follow(groups: dict[str, Any], task: Task) -> None:
    """Register and deregister the task as its state asks for; `groups` are moto's target groups by ARN."""
    goal = wanted(groups, task)
    for arn, identity, port in task.targets:
        if arn in groups and (arn, identity, port) not in goal:
            groups[arn].targets.pop(f"{identity}:{port}", None)
            told(groups[arn]).pop((identity, port), None)
    for arn, identity, port in goal:
        groups[arn].targets[f"{identity}:{port}"] = {"Id": identity, "Port": port}
        told(groups[arn])[identity, port] = health_of(task)
    task.targets = goal


def wanted(groups: dict[str, Any], task: Task) -> list[tuple[str, str, int]]:
    """Where the task should be a target: group, address or instance, port."""
    if task.one_off or task.status != "RUNNING":
        return []
    found = []
    for balancer in task.config.get("loadBalancers", []):
        arn, port = group_of(task.alternate, balancer), int(balancer["containerPort"])
        by_instance = arn in groups and groups[arn].target_type == "instance"
        identity = task.instance if by_instance else task.address
        if arn in groups and identity:
            found.append((arn, identity, task.host_ports.get(port, port) if by_instance else port))
    return found


def told(group: Any) -> dict[tuple[str, int], Health]:
    """The health of the group's targets by id and port, which moto answers from now on."""
    if "slipway_health" not in group.__dict__:
        states: dict[tuple[str, int], Health] = {}
        usual = group.health_for

        def health_for(target: dict[str, Any], ec2: Any) -> Any:
            answer = usual(target, ec2)
            health = states.get((target["Id"], int(target.get("Port") or group.port)))
            if health:
                answer.status, answer.reason, answer.description = (*health, None)
            return answer

        group.slipway_health, group.health_for = states, health_for
    known: dict[tuple[str, int], Health] = group.slipway_health
    return known


def health_of(task: Task) -> Health:
    if task.ready:
        return "healthy", ""
    failing = task.fate.kind == "unhealthy" and task.age > task.fate.steps
    return ("unhealthy", "Target.FailedHealthChecks") if failing else ("initial", "Elb.RegistrationInProgress")
