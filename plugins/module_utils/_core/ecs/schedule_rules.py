# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EventBridge Scheduler and RunTask refuse of a schedule.

Sources: botocore, CreateSchedule (limits, patterns, AwsVpcConfiguration, EcsParameters) and RunTask (launchType,
capacityProviderStrategy, overrides); the ECS developer guide on Fargate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..aws import time_zones
from ..extensions.schedules import schedule
from ..findings import ERROR, WARNING, Finding, shown
from .schedule_wish import Wish, overrides_of

_NAME = re.compile(r"[0-9a-zA-Z_.-]{1,64}")
_FORMS = "rate(...), cron(...) or at(...), such as cron(0 3 * * ? *)"
_PATTERNS = {
    "Target.Arn": (
        r"(?:arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster/)?[a-zA-Z0-9_-]{1,255}",
        "the name or ARN of an ECS cluster",
    ),
    "Target.EcsParameters.TaskDefinitionArn": (
        r"(?:arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task-definition/)?[a-zA-Z0-9_-]{1,255}(?::\d+)?",
        "family, family:revision or the ARN of a task definition",
    ),
    "Target.RoleArn": (r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "the ARN of a role that Scheduler may take"),
    "Target.DeadLetterConfig.Arn": (
        r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+",
        "the ARN of a standard queue of SQS",
    ),
    "KmsKeyArn": (r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)/[0-9a-zA-Z_-]*", "the ARN of a KMS key"),
    "Target.EcsParameters.PlatformVersion": (r"LATEST|\d+(?:\.\d+)*", "LATEST or numbers such as 1.4.0"),
}
_RANGES = {
    "Target.RetryPolicy.MaximumRetryAttempts": (0, 185),
    "Target.RetryPolicy.MaximumEventAgeInSeconds": (60, 86400),
    "Target.EcsParameters.TaskCount": (1, 10),
    "FlexibleTimeWindow.MaximumWindowInMinutes": (1, 1440),
}
_VPC = "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration"
_LENGTHS = {
    f"{_VPC}.Subnets": (16, "subnets"),
    f"{_VPC}.SecurityGroups": (5, "security groups"),
    "Target.EcsParameters.CapacityProviderStrategy": (6, "capacity providers"),
    "Description": (512, "characters"),
}
_MOST_OVERRIDES = 8192


def asked_problems(wish: Wish) -> Iterator[Finding]:
    """What is wrong with the wish itself, before anybody looked at what is there."""
    yield from _names(wish)
    yield from _times(wish)
    yield from _values(wish)
    yield from _tasks(wish)
    if wish.tags is not None and wish.group == "default":
        message = "a schedule has no tags, its group has, and the group default is everybody's"
        yield Finding("tags", ERROR, "tags", message, "name another group with group_name; it is made where missing")


def standing_problems(settings: Mapping[str, Any], wish: Wish) -> list[Finding]:
    """What is missing or does not go together once the wish is laid over what is there."""
    found = []
    needed = (
        ("ScheduleExpression", "schedule_expression", "when the tasks run"),
        ("Target.RoleArn", "role_arn", "the role that Scheduler takes to run them"),
        ("Target.Arn", "cluster", "the cluster that they run in"),
        ("Target.EcsParameters.TaskDefinitionArn", "task_definition", "what is run"),
    )
    for path, option, what in needed:
        if not _at(settings, path):
            message = f"found nothing, expected {what}: there is no schedule {wish.group}/{wish.name} yet"
            found.append(Finding("missing-field", ERROR, option, message))
    arn = str(_at(settings, "Target.Arn") or "")
    if arn.startswith("arn:") and ":cluster/" not in arn:
        message = f"the schedule's target is {shown(arn)}, expected the ARN of an ECS cluster"
        found.append(Finding("other-target", ERROR, "name", message, "choose another name, or remove that schedule"))
    on_fargate = _at(settings, "Target.EcsParameters.LaunchType") == "FARGATE"
    if on_fargate and not _at(settings, f"{_VPC}.Subnets"):
        message = "found no subnets, expected some: tasks on Fargate have an address of their own in them"
        found.append(Finding("missing-field", ERROR, "network_configuration", message))
    start, end = settings.get("StartDate"), settings.get("EndDate")
    if start and end and start >= end:
        found.append(Finding("dates", ERROR, "end_date", f"found {end}, expected a time after start_date, {start}"))
    return found


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _names(wish: Wish) -> Iterator[Finding]:
    for option, name in (("name", wish.name), ("group_name", wish.group)):
        if not _NAME.fullmatch(name):
            message = f"found {shown(name)}, expected 1 to 64 letters, digits, hyphens, underscores and dots"
            yield Finding("name", ERROR, option, message)


def _times(wish: Wish) -> Iterator[Finding]:
    expression = wish.settings.get("ScheduleExpression")
    if expression is not None:
        try:
            schedule(" ".join(expression.split()))
        except ValueError as error:
            message = str(error) or f"found {shown(expression)}, expected {_FORMS}"
            yield Finding("schedule-expression", ERROR, "schedule_expression", message)
    zone = wish.settings.get("ScheduleExpressionTimezone")
    problem = time_zones.problem(zone) if zone else ""
    if problem:
        yield Finding("time-zone", ERROR, "schedule_expression_timezone", problem)
    window = wish.settings.get("FlexibleTimeWindow") or {}
    minutes = window.get("MaximumWindowInMinutes")
    if window.get("Mode") == "FLEXIBLE" and minutes is None:
        message = "found nothing, expected 1 to 1440 minutes with the mode FLEXIBLE"
        yield Finding("time-window", ERROR, "flexible_time_window.MaximumWindowInMinutes", message)
    if window.get("Mode") == "OFF" and minutes is not None:
        message = f"found {minutes}, expected nothing with the mode OFF"
        yield Finding("time-window", ERROR, "flexible_time_window.MaximumWindowInMinutes", message)


def _values(wish: Wish) -> Iterator[Finding]:
    for path, (pattern, expected) in _PATTERNS.items():
        text = _at(wish.settings, path)
        if text and not re.fullmatch(pattern, text):
            yield Finding("format", ERROR, wish.place(path), f"found {shown(text)}, expected {expected}")
    for path, (least, most) in _RANGES.items():
        number = _at(wish.settings, path)
        if number is not None and not least <= number <= most:
            yield Finding("range", ERROR, wish.place(path), f"found {number}, expected {least} to {most}")
    for path, (most, what) in _LENGTHS.items():
        length = len(_at(wish.settings, path) or "")
        if length > most:
            yield Finding("length", ERROR, wish.place(path), f"found {length} {what}, expected at most {most}")


def _tasks(wish: Wish) -> Iterator[Finding]:
    task = _at(wish.settings, "Target.EcsParameters") or {}
    launch_type, strategy = task.get("LaunchType"), task.get("CapacityProviderStrategy")
    if launch_type and strategy:
        message = f"found it beside the launch type {launch_type}, expected one of them"
        yield Finding("capacity", ERROR, wish.place("Target.EcsParameters.CapacityProviderStrategy"), message)
    if sum(bool(item.get("base")) for item in strategy or []) > 1:
        message = "found a base for more than one capacity provider, expected one at most"
        yield Finding("capacity", ERROR, wish.place("Target.EcsParameters.CapacityProviderStrategy"), message)
    if _at(wish.settings, f"{_VPC}.AssignPublicIp") == "ENABLED" and launch_type in ("EC2", "EXTERNAL"):
        message = f"found ENABLED with the launch type {launch_type}, expected it with FARGATE alone"
        yield Finding("public-address", ERROR, wish.place(f"{_VPC}.AssignPublicIp"), message)
    text = _at(wish.settings, "Target.Input")
    if text and not isinstance(overrides_of(wish.settings["Target"]), Mapping):
        message = "found text that is no JSON object, expected task overrides such as {'containerOverrides': [...]}"
        yield Finding("overrides", ERROR, wish.place("Target.Input"), message)
    elif len(text or "") > _MOST_OVERRIDES:
        message = f"found {len(text)} characters, expected at most {_MOST_OVERRIDES}"
        yield Finding("overrides", ERROR, wish.place("Target.Input"), message)
    if launch_type and launch_type != "FARGATE" and task.get("PlatformVersion"):
        message = f"found one with the launch type {launch_type}; only Fargate has platform versions"
        yield Finding("platform-version", WARNING, wish.place("Target.EcsParameters.PlatformVersion"), message)
