# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules of Amazon EventBridge Scheduler that run ECS tasks: what is asked for, against what is there.

UpdateSchedule replaces a schedule as a whole, so what is sent is the present one with what is asked for laid over it.
Source of the defaults: botocore, CreateSchedule, and the EventBridge Scheduler user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..aws.compare import unordered, without_defaults
from ..aws.instants import instant
from ..aws.tags import TagChange, change
from ..findings import Finding
from ..secrets import mask, masked_pair, unmask
from ..tree import differing
from .schedule_rules import standing_problems
from .schedule_wish import Wish, overrides_of

#: What GetSchedule tells beside the settings.
_FACTS = ("Arn", "CreationDate", "LastModificationDate", "Name", "GroupName")
_OFF = {"Mode": "OFF"}
_DEFAULTS = {
    "State": "ENABLED",
    "ScheduleExpressionTimezone": "UTC",
    "ActionAfterCompletion": "NONE",
    "FlexibleTimeWindow": _OFF,
}
_RETRY_DEFAULTS = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
_TASK_DEFAULTS = {"TaskCount": 1, "EnableECSManagedTags": False, "EnableExecuteCommand": False}
_EITHER = (("LaunchType", "CapacityProviderStrategy"), ("CapacityProviderStrategy", "LaunchType"))
_SETS = ("Subnets", "SecurityGroups", "CapacityProviderStrategy", "PlacementConstraints", "Tags")


@dataclass(frozen=True)
class Group:
    """A schedule group as it is; `exists` is false where it would have to be made."""

    exists: bool
    tags: Mapping[str, str]
    arn: str = ""


@dataclass(frozen=True)
class Decision:
    """`send` is the whole request, empty where the schedule stays; `before` and `after` are masked."""

    send: dict[str, Any]
    create: bool
    create_group: bool
    tags: TagChange
    before: dict[str, Any]
    after: dict[str, Any]
    reasons: list[str]
    schedule: dict[str, Any]
    findings: list[Finding]

    @property
    def changed(self) -> bool:
        return bool(self.send or self.create_group or self.tags)


def decide(wish: Wish, present: Mapping[str, Any] | None, group: Group | None, region: str) -> Decision:
    """`group` is None where nobody had to look at it."""
    settings = {key: value for key, value in (present or {}).items() if key not in _FACTS and value is not None}
    wanted, findings = _wanted(wish, settings, region)
    findings += standing_problems(wanted, wish)
    before, after = (canonical(settings) if present else {}), canonical(wanted)
    tags = change(group.tags if group else {}, wish.tags, wish.purge_tags)
    make_group = group is not None and not group.exists
    differs = present is None or before != after
    name = {"Name": wish.name, "GroupName": wish.group}
    shown_before, shown_after = masked_pair(before, after) if differs else ({}, {})
    if make_group or tags:
        shown_before = {**shown_before, **({} if make_group else {"group": _group(wish, group.tags if group else {})})}
        shown_after = {**shown_after, "group": _group(wish, tags.wanted)}
    facts = {key: present[key] for key in _FACTS if key in present} if present else name
    return Decision(
        send={**name, **wanted} if differs else {},
        create=present is None,
        create_group=make_group,
        tags=tags,
        before=shown_before,
        after=shown_after,
        reasons=_reasons(wish, present is not None, make_group, shown_before, shown_after),
        schedule={**facts, **mask(wanted)},
        findings=findings,
    )


def _wanted(wish: Wish, settings: Mapping[str, Any], region: str) -> tuple[dict[str, Any], list[Finding]]:
    """The settings that there will be, as they are sent."""
    base = _without_the_other(settings, wish)
    merged = {**base, **{key: _over(base.get(key), value) for key, value in wish.settings.items()}}
    # One thing, though it has two members: the minutes of a former window say nothing beside the mode OFF.
    window = wish.settings.get("FlexibleTimeWindow") or settings.get("FlexibleTimeWindow") or _OFF
    merged["Target"] = _with_arns(merged.get("Target") or {}, region)
    for key in ("StartDate", "EndDate"):
        if merged.get(key):
            merged[key] = instant(merged[key])
    findings = _unmasked(merged, settings)
    return {**_filled(merged), "FlexibleTimeWindow": window}, findings


def _without_the_other(settings: Mapping[str, Any], wish: Wish) -> Mapping[str, Any]:
    """RunTask takes a launch type or a capacity provider strategy: who asks for one of them gives up the other."""
    task = (wish.settings.get("Target") or {}).get("EcsParameters") or {}
    given_up = [other for one, other in _EITHER if task.get(one) and other not in task]
    target = settings.get("Target") or {}
    kept = {key: value for key, value in (target.get("EcsParameters") or {}).items() if key not in given_up}
    return {**settings, "Target": {**target, "EcsParameters": kept}} if given_up else settings


def _over(present: Any, asked: Any) -> Any:
    """What is asked for over what is there; an empty value takes away."""
    if not isinstance(asked, Mapping) or not isinstance(present, Mapping) or not asked:
        return asked
    return {**present, **{key: _over(present.get(key), value) for key, value in asked.items()}}


def _filled(value: Any) -> Any:
    """Without what says nothing: null, empty text, empty lists and dictionaries."""
    if not isinstance(value, Mapping):
        return value
    children = {key: _filled(child) for key, child in value.items()}
    return {key: child for key, child in children.items() if child is not None and child not in ("", [], {})}


def _with_arns(target: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Names of a cluster and of a task definition as ARNs: in the account of the role, in the region of the call."""
    parts = str(target.get("RoleArn", "")).split(":")
    if len(parts) < 6:
        return dict(target)
    base = f"arn:{parts[1]}:ecs:{region}:{parts[4]}"

    def arn(kind: str, name: str) -> str:
        return name if not name or name.startswith("arn:") else f"{base}:{kind}/{name}"

    task = target.get("EcsParameters") or {}
    if task.get("TaskDefinitionArn"):
        task = {**task, "TaskDefinitionArn": arn("task-definition", task["TaskDefinitionArn"])}
    return {**target, "Arn": arn("cluster", str(target.get("Arn", ""))), "EcsParameters": task}


def _unmasked(merged: dict[str, Any], settings: Mapping[str, Any]) -> list[Finding]:
    """Puts back, in place, what a result masked in the overrides: so a result can be fed back."""
    asked, known = overrides_of(merged["Target"]), overrides_of(settings.get("Target") or {})
    if asked is None:
        return []
    value, unknown = unmask(asked, known if known is not None else {})
    if value != asked:
        merged["Target"] = {**merged["Target"], "Input": json.dumps(value)}
    message = "the value is a mask, and no schedule is there that it could stand for"
    return [Finding("mask", "error", f"input.{path}", message, "write the value itself") for path in unknown]


def canonical(settings: Mapping[str, Any]) -> dict[str, Any]:
    """One form for what means the same: without defaults, sets in one order, overrides read."""
    plain = dict(_filled(settings))
    for key in ("StartDate", "EndDate"):
        if key in plain:
            plain[key] = instant(plain[key])
    target = dict(plain.get("Target") or {})
    overrides = overrides_of(target)
    if overrides is not None:
        target["Input"] = overrides
    target["RetryPolicy"] = without_defaults(target.get("RetryPolicy") or {}, _RETRY_DEFAULTS)
    target["EcsParameters"] = _task(target.get("EcsParameters") or {})
    expression = " ".join(str(plain.get("ScheduleExpression", "")).split())
    compared = {**plain, "ScheduleExpression": expression, "Target": target}
    return dict(_filled(without_defaults(compared, _DEFAULTS)))


def _task(parameters: Mapping[str, Any]) -> dict[str, Any]:
    task = _sorted(without_defaults(parameters, _TASK_DEFAULTS))
    strategy = task.get("CapacityProviderStrategy") or []
    task["CapacityProviderStrategy"] = [without_defaults(item, {"base": 0, "weight": 0}) for item in strategy]
    network = (task.get("NetworkConfiguration") or {}).get("awsvpcConfiguration") or {}
    vpc = _sorted(without_defaults(network, {"AssignPublicIp": "DISABLED"}))
    return {**task, "NetworkConfiguration": {"awsvpcConfiguration": vpc}}


def _sorted(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: unordered(child) if key in _SETS else child for key, child in value.items()}


def _group(wish: Wish, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"Name": wish.group, "tags": dict(tags)}


def _reasons(wish: Wish, exists: bool, make_group: bool, before: Any, after: Any) -> list[str]:
    missing = [f"schedule group {wish.group} does not exist"] if make_group else []
    if not exists:
        return [*missing, f"schedule {wish.group}/{wish.name} does not exist"]
    return [*missing, *differing(before, after)]
