# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a schedule, against what is there: decided with values."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import botocore.session
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.schedule_rules import asked_problems
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.schedule_wish import (
    OVERRIDES,
    SHAPE,
    TASK_MEMBERS,
    Models,
    Wish,
    wish,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.schedules import (
    Decision,
    Group,
    canonical,
    decide,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load
from ansible_collections.slipway.containers.plugins.modules.ecs_schedule import ARGUMENTS

SESSION = botocore.session.get_session()
SCHEDULER = load(SESSION.get_service_model("scheduler"), SHAPE)
MODELS = Models(SCHEDULER, load(SESSION.get_service_model("ecs"), OVERRIDES))
ROLE = "arn:aws:iam::123456789012:role/scheduler"
CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
TASK = "arn:aws:ecs:eu-central-1:123456789012:task-definition/job"
PRESENT: dict[str, Any] = {
    "Arn": "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/job",
    "Name": "job",
    "GroupName": "default",
    "ScheduleExpression": "rate(1 day)",
    "ScheduleExpressionTimezone": "UTC",
    "State": "ENABLED",
    "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
    "Target": {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        "EcsParameters": {"TaskDefinitionArn": TASK, "TaskCount": 1},
    },
}


def asked(**options: Any) -> Wish:
    given = {name: specification.get("default") for name, specification in ARGUMENTS.items()}
    return wish({**given, "name": "job", **options}, MODELS)


def decided(*present: dict[str, Any] | None, group: Group | None = None, **options: Any) -> Decision:
    """Against PRESENT, where nothing else is said."""
    return decide(asked(**options), present[0] if present else PRESENT, group, "eu-central-1")


def test_every_setting_of_the_api_has_an_option() -> None:
    """A new member shows here; state and client_token are none of the user's, the rest is written by hand."""
    own = {"Name", "GroupName", "State", "ClientToken", "StartDate", "EndDate"}
    known = {"ScheduleExpression", "ScheduleExpressionTimezone", "Description", "KmsKeyArn", "Target"}
    known |= {"FlexibleTimeWindow", "ActionAfterCompletion"}
    assert set(SCHEDULER.shapes[SHAPE]["members"]) == own | known
    in_target_alone = {"TaskDefinitionArn", "Group", "ReferenceId", "Tags"}
    assert set(SCHEDULER.shapes["EcsParameters"]["members"]) == {*TASK_MEMBERS, *in_target_alone}


def test_nothing_asked_is_nothing_changed() -> None:
    found = decided()
    assert (found.changed, found.send, found.before, found.after, found.findings) == (False, {}, {}, {}, [])


def test_what_is_sent_is_the_whole_schedule() -> None:
    send = decided(description="x").send
    facts = ("Arn",)
    assert send == {**{key: value for key, value in PRESENT.items() if key not in facts}, "Description": "x"}


def test_names_become_arns_in_the_account_of_the_role() -> None:
    target = decided(None, cluster="shop", task_definition="job", role_arn=ROLE.replace("aws", "aws-cn")).send["Target"]
    assert target["Arn"] == CLUSTER.replace("aws", "aws-cn")
    assert target["EcsParameters"]["TaskDefinitionArn"] == TASK.replace("aws", "aws-cn")
    there = decided(cluster="other").send["Target"]
    assert there["Arn"] == CLUSTER.replace("shop", "other"), "the role that is there will do"


def test_a_window_that_goes_off_keeps_no_minutes() -> None:
    assert decided(flexible_time_window={"Mode": "OFF"}).send["FlexibleTimeWindow"] == {"Mode": "OFF"}


@pytest.mark.parametrize("here", ["target", "shorthand"])
def test_a_member_may_stand_in_the_target_or_in_its_option(here: str) -> None:
    options: dict[str, Any] = {"task_count": 3, "dead_letter_arn": "arn:aws:sqs:eu-central-1:123456789012:q"}
    whole = {"EcsParameters": {"TaskCount": 3}, "DeadLetterConfig": {"Arn": options["dead_letter_arn"]}}
    found = asked(**({"target": whole} if here == "target" else options))
    assert found.findings == () and found.settings == {"Target": whole}


def test_either_spelling_of_the_network_will_do() -> None:
    ecs = {"awsvpcConfiguration": {"subnets": ["a"], "securityGroups": ["b"], "assignPublicIp": "ENABLED"}}
    scheduler = {"awsvpcConfiguration": {"Subnets": ["a"], "SecurityGroups": ["b"], "AssignPublicIp": "ENABLED"}}
    assert asked(network_configuration=ecs).settings == asked(network_configuration=scheduler).settings


def test_dates_are_points_in_time() -> None:
    there = {**PRESENT, "StartDate": datetime(2027, 1, 1, 3, tzinfo=timezone.utc)}
    assert not decided(there, start_date="2027-01-01T04:00:00+01:00").changed
    assert decided(there, start_date="2027-01-01T04:00:00").reasons == ["StartDate"]
    (finding,) = decided(there, end_date="2026-12-31T00:00:00Z").findings
    assert (finding.path, finding.rule) == ("end_date", "dates")


def test_what_aws_fills_in_is_no_difference() -> None:
    bare = {key: value for key, value in PRESENT.items() if key not in ("State", "ScheduleExpressionTimezone")}
    target = {"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": TASK}}
    filled = {**PRESENT, "ActionAfterCompletion": "NONE", "KmsKeyArn": None, "Description": ""}
    filled["Target"] = {**PRESENT["Target"], "EcsParameters": {**PRESENT["Target"]["EcsParameters"], "Tags": []}}
    assert canonical(filled) == canonical({**bare, "Target": target})


def test_masked_overrides_stand_for_what_is_there() -> None:
    def with_input(value: str) -> dict[str, Any]:
        overrides = {"containerOverrides": [{"name": "a", "environment": [{"name": "API_KEY", "value": value}]}]}
        return {**PRESENT, "Target": {**PRESENT["Target"], "Input": json.dumps(overrides)}}

    there = with_input("not-to-be-shown")
    shown = decided(there).schedule["Target"]["Input"]
    assert "not-to-be-shown" not in shown
    assert not decided(there, input=shown).changed
    changed = decided(there, input=with_input("something-else")["Target"]["Input"])
    assert changed.changed and "something-else" not in str((changed.before, changed.after, changed.schedule))
    (finding,) = decided(PRESENT, input=shown).findings
    assert finding.path == "input.containerOverrides[a].environment[API_KEY].value"


def test_tags_are_the_groups() -> None:
    new = decided(None, group=Group(exists=False, tags={}), group_name="shop", tags={"a": 1}, role_arn=ROLE)
    assert new.create_group and new.after["group"] == {"Name": "shop", "tags": {"a": "1"}}
    there = {**PRESENT, "GroupName": "shop"}
    more = decided(there, group=Group(exists=True, tags={"b": "2"}), group_name="shop", tags={"a": 1})
    assert (more.send, more.create_group) == ({}, False) and more.changed
    assert more.before == {"group": {"Name": "shop", "tags": {"b": "2"}}}
    assert more.reasons == ["group.tags.b", "group.tags.a"]


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        ({"schedule_expression": "every day"}, "schedule_expression", "expected rate(...), cron(...) or at(...)"),
        ({"flexible_time_window": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "flexible_time_window.", "found 5"),
        ({"flexible_time_window": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 0}}, "flexible_time_window", "1 to"),
        ({"kms_key_arn": "alias/x"}, "kms_key_arn", "expected the ARN of a KMS key"),
        ({"target": {"RoleArn": "x"}}, "target.RoleArn", "expected the ARN of a role"),
        ({"role_arn": "x"}, "role_arn", "expected the ARN of a role"),
        ({"cluster": TASK}, "cluster", "expected the name or ARN of an ECS cluster"),
        ({"task_definition": "job:latest"}, "task_definition", "expected family, family:revision or the ARN"),
        ({"platform_version": "v1"}, "platform_version", "LATEST or numbers"),
        ({"description": "x" * 513}, "description", "found 513 characters, expected at most 512"),
        ({"capacity_provider_strategy": [{"capacityProvider": "a", "base": 1}] * 2}, "capacity", "a base for more"),
        ({"capacity_provider_strategy": [{"capacityProvider": "a"}] * 7}, "capacity", "found 7 capacity providers"),
        (
            {
                "launch_type": "EC2",
                "network_configuration": {"awsvpcConfiguration": {"subnets": ["a"], "assignPublicIp": "ENABLED"}},
            },
            "network_configuration.awsvpcConfiguration.AssignPublicIp",
            "expected it with FARGATE alone",
        ),
        ({"input": "hello"}, "input", "expected task overrides"),
        ({"input": {"taskRoleArn": "x" * 9000}}, "input", "expected at most 8192"),
        ({"launch_type": "EC2", "platform_version": "1.4.0"}, "platform_version", "only Fargate"),
        ({"group_name": "a/b"}, "group_name", "expected 1 to 64 letters"),
        ({"tags": {"a": "b"}}, "tags", "the group default is everybody's"),
    ],
)
def test_what_aws_refuses_is_told_before(options: dict[str, Any], path: str, message: str) -> None:
    found = asked(**options)
    (finding,) = [*found.findings, *asked_problems(found)]
    assert finding.path.startswith(path) and message in finding.message


def test_what_is_right_has_no_findings() -> None:
    found = asked(
        schedule_expression="at(2027-01-31T03:00:00)",
        schedule_expression_timezone="Europe/Berlin",
        flexible_time_window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440},
        retry_policy={"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
        capacity_provider_strategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 1}],
        input={"containerOverrides": [{"name": "a", "command": ["x"]}]},
    )
    assert [*found.findings, *asked_problems(found)] == []
