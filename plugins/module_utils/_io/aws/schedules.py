# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules and schedule groups in EventBridge Scheduler: read, create, update, tag, delete."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.ecs.schedules import Group
from .calls import AwsError, call, pages
from .task_definitions import plain

#: Scheduler looks at the role when a schedule is made, and a role is not known everywhere as soon as it is there.
_PAUSES_SECONDS = (1, 2, 4, 8, 16)
_ROLE_NOT_KNOWN = "must allow AWS EventBridge Scheduler to assume the role"


class Schedules:
    """`client` is a client of Scheduler that retries; `done` collects what was changed, for a later failure."""

    def __init__(self, client: Any, done: list[str]) -> None:
        self.client = client
        self.done = done

    def get(self, group: str, name: str) -> dict[str, Any] | None:
        found = self._found("GetSchedule", Name=name, GroupName=group)
        return {key: value for key, value in found.items() if key != "ResponseMetadata"} if found else None

    def group(self, name: str, with_tags: bool, schedule_arn: str | None = None) -> Group:
        """What is known of the group; the ARN of a schedule in it saves a call."""
        if schedule_arn:
            arn = f"{schedule_arn.partition(':schedule/')[0]}:schedule-group/{name}"
        else:
            found = self._found("GetScheduleGroup", Name=name)
            if found is None:
                return Group(exists=False, tags={})
            if found["State"] == "DELETING":
                raise AwsError(f"Schedule group {name} is being deleted. Run again when it is gone.")
            arn = found["Arn"]
        listed = call(self.client, "ListTagsForResource", ResourceArn=arn)["Tags"] if with_tags else []
        return Group(exists=True, tags=tags.read(listed, "Key", "Value"), arn=arn)

    def create_group(self, name: str, tagged: Mapping[str, str]) -> None:
        listed = {"Tags": tags.listed(tagged, "Key", "Value")} if tagged else {}
        call(self.client, "CreateScheduleGroup", Name=name, **listed)
        self.done.append(f"created schedule group {name}")

    def tag(self, arn: str, to_set: Mapping[str, str], to_remove: Iterable[str]) -> None:
        keys = list(to_remove)
        if to_set:
            call(self.client, "TagResource", ResourceArn=arn, Tags=tags.listed(to_set, "Key", "Value"))
        if keys:
            call(self.client, "UntagResource", ResourceArn=arn, TagKeys=keys)
        self.done.append(f"tagged {arn}")

    def put(self, request: Mapping[str, Any], create: bool) -> str:
        """Creates or replaces a schedule, and gives its ARN."""
        operation = "CreateSchedule" if create else "UpdateSchedule"
        for pause in _PAUSES_SECONDS:
            arn = self._tried(operation, request)
            if arn:
                return arn
            time.sleep(pause)
        return self._put(operation, request)

    def _tried(self, operation: str, request: Mapping[str, Any]) -> str | None:
        """None where the role is not known yet."""
        try:
            return self._put(operation, request)
        except AwsError as error:
            if _ROLE_NOT_KNOWN in str(error):
                return None
            raise

    def _put(self, operation: str, request: Mapping[str, Any]) -> str:
        arn = str(call(self.client, operation, **request)["ScheduleArn"])
        self.done.append(f"{'created' if operation == 'CreateSchedule' else 'updated'} {arn}")
        return arn

    def names(self, group: str) -> list[str]:
        found = pages(self.client, "ListSchedules", "Schedules", token="NextToken", GroupName=group)
        return sorted(str(schedule["Name"]) for schedule in found)

    def is_there(self, group: str) -> bool:
        """A group that is being deleted counts as gone."""
        found = self._found("GetScheduleGroup", Name=group)
        return found is not None and found["State"] != "DELETING"

    def delete(self, group: str, name: str) -> None:
        call(self.client, "DeleteSchedule", Name=name, GroupName=group)
        self.done.append(f"deleted schedule {group}/{name}")

    def delete_group(self, name: str) -> None:
        call(self.client, "DeleteScheduleGroup", Name=name)
        self.done.append(f"deleted schedule group {name}")

    def _found(self, operation: str, **parameters: Any) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = plain(call(self.client, operation, **parameters))
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        return found
