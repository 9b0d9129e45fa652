# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled actions: new bounds for the capacity at a time, such as none at night.

Sources: botocore, PutScheduledAction (forms of schedules, pattern of names, UTC as the default); the user guide of
Application Auto Scaling, "Scheduled scaling" (an action sets the bounds of the scalable target itself).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...aws import time_zones
from ...aws.instants import instant
from ...extensions.schedules import schedule
from ...findings import ERROR, Finding, shown

#: Members of a scalable target, and of what an action does to it, by option.
BOUNDS = {"min_capacity": "MinCapacity", "max_capacity": "MaxCapacity"}

_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f:/|]{1,256}\Z")
_UTC = "UTC"


@dataclass(frozen=True)
class Action:
    """`start` and `end` are ISO 8601 in UTC. `bounds` has one or both of MinCapacity and MaxCapacity."""

    name: str
    schedule: str
    bounds: Mapping[str, int]
    timezone: str | None = None
    start: str | None = None
    end: str | None = None

    def as_request(self) -> dict[str, Any]:
        """For PutScheduledAction. What it leaves out would stay, but for the times: so the zone is always sent."""
        times = {"StartTime": self.start, "EndTime": self.end}
        return {
            "ScheduledActionName": self.name,
            "Schedule": self.schedule,
            "Timezone": self.timezone or _UTC,
            **{member: value for member, value in times.items() if value is not None},
            "ScalableTargetAction": dict(self.bounds),
        }

    def as_options(self) -> dict[str, Any]:
        """As the module takes it."""
        given = {"timezone": self.timezone, "start_time": self.start, "end_time": self.end}
        return {
            "name": self.name,
            "schedule": self.schedule,
            **{option: value for option, value in given.items() if value is not None},
            **{option: self.bounds[member] for option, member in BOUNDS.items() if member in self.bounds},
        }

    def canonical(self) -> dict[str, Any]:
        """Two actions with the same of it do the same."""
        zone = {} if self.timezone in (None, _UTC) else {"Timezone": self.timezone}
        times = {member: value for member, value in (("StartTime", self.start), ("EndTime", self.end)) if value}
        return {"Schedule": self.schedule, **zone, **times, "ScalableTargetAction": dict(self.bounds)}


def described(action: Mapping[str, Any]) -> Action:
    """From DescribeScheduledActions."""
    bounds = action.get("ScalableTargetAction") or {}
    return Action(
        str(action["ScheduledActionName"]),
        str(action["Schedule"]),
        {member: int(bounds[member]) for member in BOUNDS.values() if bounds.get(member) is not None},
        action.get("Timezone"),
        _time(action.get("StartTime")),
        _time(action.get("EndTime")),
    )


def _time(value: Any) -> str | None:
    return None if value is None else instant(value)


def read(items: Sequence[Mapping[str, Any]]) -> tuple[list[Action], list[Finding]]:
    """From the option, with everything that is wrong with it."""
    actions, findings = [], []
    for item in items:
        place = f"scheduled_actions[{item['name']}]"
        problems = [*_problems(item), *_times_problems(item)]
        findings += [Finding("scheduled-action", ERROR, f"{place}.{option}", said) for option, said in problems]
        if not problems:
            actions.append(_action(item))
    for name, times in Counter(str(item["name"]) for item in items).items():
        if times > 1:
            message = f"the name is used {times} times"
            findings.append(Finding("scheduled-action", ERROR, f"scheduled_actions[{name}]", message))
    return actions, findings


def _action(item: Mapping[str, Any]) -> Action:
    return Action(
        str(item["name"]),
        str(item["schedule"]),
        {member: item[option] for option, member in BOUNDS.items() if item.get(option) is not None},
        item.get("timezone"),
        _time(item.get("start_time")),
        _time(item.get("end_time")),
    )


def _problems(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(option, what is wrong with it)"""
    name = str(item["name"])
    if not _NAME.match(name) or name != name.strip(" "):
        expected = "expected up to 256 characters, none of : / |, no blank at an end"
        yield "name", f"{shown(name)} is no valid name of a scheduled action: {expected}"
    try:
        schedule(str(item["schedule"]))
    except ValueError as error:
        given = shown(str(item["schedule"]))
        yield (
            "schedule",
            str(error) or f"found {given}, expected rate(1 day), cron(0 20 * * ? *) or at(2027-01-31T03:00:00)",
        )
    if item.get("timezone") is not None and time_zones.problem(str(item["timezone"])):
        yield "timezone", time_zones.problem(str(item["timezone"]))
    yield from bounds_problems(item)
    if all(item.get(option) is None for option in BOUNDS):
        yield "min_capacity", "the action sets neither min_capacity nor max_capacity, expected one at least"


def bounds_problems(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the options min_capacity and max_capacity of anything that has them."""
    low, high = (options.get(option) for option in BOUNDS)
    for option in BOUNDS:
        if (options.get(option) or 0) < 0:
            yield option, f"found {options[option]}, expected 0 or more"
    if low is not None and high is not None and low > high:
        yield "min_capacity", f"found {low}, expected at most max_capacity, which is {high}"


def _times_problems(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    read_times: dict[str, str] = {}
    for option in ("start_time", "end_time"):
        if item.get(option) is not None:
            try:
                read_times[option] = instant(item[option])
            except ValueError as error:
                yield option, str(error)
    if len(read_times) == 2 and read_times["start_time"] >= read_times["end_time"]:
        yield "end_time", f"found {item['end_time']}, expected a time after start_time, which is {item['start_time']}"
