# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads services and schedules that nobody names any more. Where there are none, that takes two calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..._core.aws import tags
from ..._core.aws.inventory import Seen
from .calls import AwsError, call, pages
from .task_definitions import batches


def services(ecs: Any, cluster: str, known: Collection[str]) -> Iterator[Seen]:
    """A cluster that is not there has none."""
    asked = _if_there("ClusterNotFoundException", pages(ecs, "ListServices", "serviceArns", cluster=cluster))
    for arns in batches((arn for arn in asked if arn.rpartition("/")[2] not in known), 10):
        for service in call(ecs, "DescribeServices", cluster=cluster, services=arns, include=["TAGS"])["services"]:
            if service["status"] == "ACTIVE":
                yield Seen("ecs_service", {**service, "parent": cluster}, tags.read(service.get("tags") or []))


def schedules(scheduler: Any, group: str, known: Collection[str]) -> Iterator[Seen]:
    """Schedules have no tags: those of their group count. A group that is not there has none."""
    listed = pages(scheduler, "ListSchedules", "Schedules", token="NextToken", GroupName=group)
    found = [one for one in _if_there("ResourceNotFoundException", listed) if one["Name"] not in known]
    if found:
        arn = call(scheduler, "GetScheduleGroup", Name=group)["Arn"]
        own = tags.read(call(scheduler, "ListTagsForResource", ResourceArn=arn).get("Tags") or [], "Key", "Value")
        for schedule in found:
            yield Seen("schedule", {**schedule, "parent": group}, own)


def _if_there(gone: str, listed: Iterator[Any]) -> list[Any]:
    try:
        return list(listed)
    except AwsError as error:
        if error.code != gone:
            raise
        return []
