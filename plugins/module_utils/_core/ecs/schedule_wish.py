# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A schedule as options ask for it: settings of the API, options that are short for parts of the target folded in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..aws.instants import instant
from ..aws.request import option_of, request
from ..aws.shape import MISSING_FIELD, WRONG_TYPE, ApiModel, ShapeWalk
from ..aws.tag_rules import typed
from ..findings import ERROR, Finding

SHAPE = "CreateScheduleInput"
OVERRIDES = "TaskOverride"
#: Options that are a part of the target, by where they belong; those of the task follow from the API's shape.
_TARGET = {
    "cluster": ("Arn",),
    "role_arn": ("RoleArn",),
    "task_definition": ("EcsParameters", "TaskDefinitionArn"),
    "dead_letter_arn": ("DeadLetterConfig", "Arn"),
    "retry_policy": ("RetryPolicy",),
    "input": ("Input",),
}
_SETTINGS = (
    "schedule_expression",
    "schedule_expression_timezone",
    "description",
    "flexible_time_window",
    "kms_key_arn",
    "action_after_completion",
)
#: Members of EcsParameters that are options of their own, by the API's name.
TASK_MEMBERS = (
    "TaskCount",
    "LaunchType",
    "PlatformVersion",
    "NetworkConfiguration",
    "CapacityProviderStrategy",
    "PlacementConstraints",
    "PlacementStrategy",
    "PropagateTags",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
)
_IN_ECS = {"subnets": "Subnets", "securityGroups": "SecurityGroups", "assignPublicIp": "AssignPublicIp"}
#: Members that the API requires and that what is there may have: looked for once that is known.
_LATER = ("target.Arn", "target.RoleArn", "target.EcsParameters.TaskDefinitionArn")


@dataclass(frozen=True)
class Models:
    """Shapes of Scheduler, and of ECS's task overrides."""

    scheduler: ApiModel
    overrides: ApiModel


@dataclass(frozen=True)
class Wish:
    """`settings` are members of the API, those alone that were asked for; `places` says how the user wrote them."""

    name: str
    group: str
    settings: dict[str, Any]
    tags: dict[str, str] | None
    purge_tags: bool
    places: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def place(self, path: str) -> str:
        """The user's name for a member such as Target.EcsParameters.LaunchType."""
        known = next((prefix for prefix in self.places if path == prefix or path.startswith(f"{prefix}.")), None)
        if known:
            return self.places[known] + path[len(known) :]
        top, dot, rest = path.partition(".")
        return option_of(top) + dot + rest


def wish(options: Mapping[str, Any], models: Models) -> Wish:
    """All that is asked for, and all that is wrong with it as far as values and types tell."""
    tags, findings = typed(options["tags"])
    read = request({name: options[name] for name in _SETTINGS}, models.scheduler, SHAPE)
    settings = dict(read.values)
    findings += read.findings
    if options["state_enabled"] is not None:
        settings["State"] = "ENABLED" if options["state_enabled"] else "DISABLED"
    for name, member in (("start_date", "StartDate"), ("end_date", "EndDate")):
        if options[name] is not None:
            settings[member] = _instant(options[name], name, findings)
    places: dict[str, str] = {"State": "state_enabled"}
    target = _target(options, models, places, findings)
    if target:
        settings["Target"] = target
    group = options["group_name"]
    return Wish(options["name"] or "", group, settings, tags, options["purge_tags"], places, tuple(findings))


def _instant(value: Any, option: str, findings: list[Finding]) -> str:
    if value == "":
        return ""
    try:
        return instant(value)
    except ValueError as error:
        findings.append(Finding(WRONG_TYPE, ERROR, option, str(error)))
        return ""


def _target(
    options: Mapping[str, Any], models: Models, places: dict[str, str], findings: list[Finding]
) -> dict[str, Any]:
    target: dict[str, Any] = {}
    if options["target"] is not None:
        walk = ShapeWalk(models.scheduler)
        target = walk.read(options["target"], "Target", "target")
        findings += [one for one in walk.findings if not (one.rule == MISSING_FIELD and one.path in _LATER)]
    for option, path, value in _short(options, models, findings):
        name = ".".join(("Target", *path))
        places[name] = option
        if not _put(target, path, value):
            message = f"found it in target as {'.'.join(path)}, too; expected one of them"
            findings.append(Finding("given-twice", ERROR, option, message))
    overrides = overrides_of(target)
    if overrides is not None:
        walk = ShapeWalk(models.overrides)
        walk.read(overrides, OVERRIDES, "input")
        findings += walk.findings
    return target


def _short(
    options: Mapping[str, Any], models: Models, findings: list[Finding]
) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """Each option that is a part of the target, with its place there and its value as the API has it."""
    for option, path in _TARGET.items():
        value = options[option]
        if value is None:
            continue
        if option == "input":
            value = _as_text(value)
        elif option == "retry_policy":
            walk = ShapeWalk(models.scheduler)
            value = walk.read(value, "RetryPolicy", option)
            findings += walk.findings
        yield option, path, value
    given = {option_of(member): options[option_of(member)] for member in TASK_MEMBERS}
    given["network_configuration"] = _in_scheduler_case(given["network_configuration"])
    read = request(given, models.scheduler, "EcsParameters")
    findings += read.findings
    for member, value in read.values.items():
        yield option_of(member), ("EcsParameters", member), value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _in_scheduler_case(network: Any) -> Any:
    """ECS writes subnets, Scheduler Subnets: so that one variable serves both, either will do."""
    vpc = network.get("awsvpcConfiguration") if isinstance(network, Mapping) else None
    if not isinstance(vpc, Mapping):
        return network
    return {**network, "awsvpcConfiguration": {_IN_ECS.get(key, key): value for key, value in vpc.items()}}


def _put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> bool:
    """Sets a member, however deep; false where it is set already."""
    for key in path[:-1]:
        target = target.setdefault(key, {})
    if path[-1] in target:
        return False
    target[path[-1]] = value
    return True


def overrides_of(target: Mapping[str, Any]) -> Any:
    """What the tasks are run with instead of what their definition says; None where the input is no JSON."""
    try:
        return json.loads(target.get("Input") or "null")
    except ValueError:
        return None
