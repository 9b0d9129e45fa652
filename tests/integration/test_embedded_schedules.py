# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS's Scheduler, where it is stricter than moto's and forgets less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Boto = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/shop-scheduler"
TARGET = {"Arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/shop", "RoleArn": ROLE}
PLAIN = {"FlexibleTimeWindow": {"Mode": "OFF"}, "ScheduleExpression": "rate(1 day)", "Target": TARGET}


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"GroupName": "nowhere"}, "ResourceNotFoundException", "Schedule group nowhere does not exist."),
        ({"Name": "a b"}, "ValidationException", "1 validation error detected: Value 'a b' at 'name'"),
        ({"Target": {**TARGET, "RetryPolicy": {"MaximumRetryAttempts": 186}}}, "ValidationException", "at most 185"),
        ({"ScheduleExpression": "rate(1 week)"}, "ValidationException", "Invalid Schedule Expression rate(1 week)."),
    ],
)
def test_what_aws_refuses(asked: dict[str, Any], code: str, words: str, boto: Boto) -> None:
    with pytest.raises(ClientError) as refused:
        boto("scheduler").create_schedule(**{"Name": "a", **PLAIN, **asked})
    assert refused.value.response["Error"]["Code"] == code and words in str(refused.value)


def test_an_update_sets_what_is_left_out_to_its_default(boto: Boto) -> None:
    scheduler = boto("scheduler")
    scheduler.create_schedule(Name="a", State="DISABLED", ActionAfterCompletion="DELETE", Description="x", **PLAIN)
    scheduler.update_schedule(Name="a", **PLAIN)
    found = scheduler.get_schedule(Name="a")
    assert (found["State"], found["ActionAfterCompletion"], found.get("Description")) == ("ENABLED", "NONE", None)


def test_groups(boto: Boto) -> None:
    scheduler = boto("scheduler")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.delete_schedule_group(Name="shop")
    scheduler.create_schedule_group(Name="shop")
    with pytest.raises(scheduler.exceptions.ConflictException):
        scheduler.create_schedule_group(Name="shop")
    scheduler.delete_schedule_group(Name="shop")
    assert scheduler.get_schedule_group(Name="shop")["State"] == "DELETING"
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule_group(Name="shop")
