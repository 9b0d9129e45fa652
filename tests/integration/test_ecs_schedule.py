# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_schedule against an AWS over HTTP: what it asks, compares, keeps and sends, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations

Boto = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/shop-scheduler"
ECS = "arn:aws:ecs:eu-central-1:123456789012"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:failed"
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}


def nightly(**options: Any) -> dict[str, Any]:
    return {
        "name": "cleanup",
        "schedule_expression": "cron(0 3 * * ? *)",
        "schedule_expression_timezone": "Europe/Berlin",
        "cluster": "shop",
        "task_definition": "shop-cleanup",
        "role_arn": ROLE,
        "launch_type": "FARGATE",
        "network_configuration": {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-a"]}},
        **options,
    }


def stored(boto: Boto, group: str = "default") -> Any:
    return boto("scheduler").get_schedule(Name="cleanup", GroupName=group)


def test_check_mode_predicts_the_run_and_a_second_run_changes_nothing(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    predicted = run_module("ecs_schedule", nightly(), check=True)
    assert operations(aws) == {"GetSchedule": 1}
    done = run_module("ecs_schedule", nightly())
    aws.clear_calls()
    again = run_module("ecs_schedule", nightly())

    assert operations(aws) == {"GetSchedule": 1}
    assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
    assert predicted["diff"] == done["diff"]
    assert predicted["reasons"] == done["reasons"] == ["schedule default/cleanup does not exist"]
    assert again["diff"]["before"] == again["diff"]["after"] == {} and again["reasons"] == []
    target = stored(boto)["Target"]
    assert target["Arn"] == f"{ECS}:cluster/shop"
    assert target["EcsParameters"]["TaskDefinitionArn"] == f"{ECS}:task-definition/shop-cleanup"
    vpc = target["EcsParameters"]["NetworkConfiguration"]["awsvpcConfiguration"]
    assert vpc == {"Subnets": ["subnet-b", "subnet-a"]}
    assert done["schedule"]["Arn"] == stored(boto)["Arn"]


def test_what_is_not_asked_for_stays(boto: Boto, run_module: RunModule) -> None:
    """UpdateSchedule replaces everything: whatever is left out there is lost."""
    whole = nightly(
        description="Cleans up",
        start_date="2027-01-01T00:00:00Z",
        end_date="2028-01-01T00:00:00+01:00",
        flexible_time_window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        retry_policy={"MaximumRetryAttempts": 3},
        dead_letter_arn=QUEUE,
        input={"containerOverrides": [{"name": "cleanup", "command": ["--all"]}]},
        task_count=2,
        kms_key_arn="arn:aws:kms:eu-central-1:123456789012:key/k",
    )
    run_module("ecs_schedule", whole)
    before = stored(boto)
    run = run_module("ecs_schedule", {"name": "cleanup", "state_enabled": False})
    assert run["changed"] and run["reasons"] == ["State"]
    assert run["diff"]["after"]["State"] == "DISABLED" and "State" not in run["diff"]["before"]
    after = stored(boto)
    kept = [key for key in before if key not in ("State", "LastModificationDate", "ResponseMetadata")]
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert after["State"] == "DISABLED"
    assert not run_module("ecs_schedule", whole)["changed"], "enabled or not was not asked"


#: One after another on one schedule, each with the path that the reasons name.
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"schedule_expression": "rate(1 hour)"}, "ScheduleExpression"),
    ({"schedule_expression_timezone": "UTC"}, "ScheduleExpressionTimezone"),
    ({"description": "Cleans"}, "Description"),
    ({"start_date": "2027-01-01T00:00:00"}, "StartDate"),
    ({"flexible_time_window": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}}, "FlexibleTimeWindow.Mode"),
    ({"cluster": "other"}, "Target.Arn"),
    ({"role_arn": f"{ROLE}-2"}, "Target.RoleArn"),
    ({"task_definition": "shop-cleanup:7"}, "Target.EcsParameters.TaskDefinitionArn"),
    ({"task_count": 2}, "Target.EcsParameters.TaskCount"),
    ({"platform_version": "1.4.0"}, "Target.EcsParameters.PlatformVersion"),
    ({"enable_ecs_managed_tags": True}, "Target.EcsParameters.EnableECSManagedTags"),
    ({"propagate_tags": "TASK_DEFINITION"}, "Target.EcsParameters.PropagateTags"),
    ({"retry_policy": {"MaximumRetryAttempts": 0}}, "Target.RetryPolicy.MaximumRetryAttempts"),
    ({"dead_letter_arn": QUEUE}, "Target.DeadLetterConfig.Arn"),
    ({"input": {"cpu": "512"}}, "Target.Input.cpu"),
    (
        {"network_configuration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}},
        "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets",
    ),
    ({"target": {"EcsParameters": {"Group": "nightly"}}}, "Target.EcsParameters.Group"),
]


def test_each_change_is_seen_named_predicted_and_made(run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly())
    for options, reason in CHANGES:
        changed = {"name": "cleanup", **options}
        predicted, done = run_module("ecs_schedule", changed, check=True), run_module("ecs_schedule", changed)
        assert (predicted["changed"], done["changed"]) == (True, True) and reason in done["reasons"], options
        assert predicted["diff"] == done["diff"] and predicted["diff"]["before"] != predicted["diff"]["after"]
    together = {key: value for options, _reason in CHANGES for key, value in options.items()}
    again = run_module("ecs_schedule", nightly(**together))
    assert not again["changed"], again["diff"]


def test_what_means_the_same_is_no_change(run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly(input={"cpu": "512", "memory": "1024"}))
    same = nightly(
        cluster=f"{ECS}:cluster/shop",
        task_definition=f"{ECS}:task-definition/shop-cleanup",
        schedule_expression="cron(0  3 * * ? *)",
        network_configuration={
            "awsvpcConfiguration": {"Subnets": ["subnet-a", "subnet-b"], "assignPublicIp": "DISABLED"}
        },
        input='{"memory": "1024",   "cpu": "512"}',
        retry_policy={"MaximumRetryAttempts": 185},
        flexible_time_window={"Mode": "OFF"},
        task_count=1,
        state_enabled=True,
        enable_execute_command=False,
        action_after_completion="NONE",
    )
    run = run_module("ecs_schedule", same)
    assert not run["changed"], run["diff"]


def test_an_empty_value_takes_away(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly(dead_letter_arn=QUEUE, description="x", input={"cpu": "512"}))
    run = run_module("ecs_schedule", {"name": "cleanup", "dead_letter_arn": "", "description": "", "input": ""})
    assert run["changed"] and run["reasons"] == ["Description", "Target.DeadLetterConfig.Arn", "Target.Input.cpu"]
    assert not stored(boto).get("Description") and not {"DeadLetterConfig", "Input"} & set(stored(boto)["Target"])


def test_a_launch_type_gives_way_to_a_strategy_and_back(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly())
    spot = {"name": "cleanup", "capacity_provider_strategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    run_module("ecs_schedule", spot)
    assert "LaunchType" not in stored(boto)["Target"]["EcsParameters"]
    assert not run_module("ecs_schedule", spot)["changed"]
    run_module("ecs_schedule", {"name": "cleanup", "launch_type": "FARGATE"})
    parameters = stored(boto)["Target"]["EcsParameters"]
    assert parameters["LaunchType"] == "FARGATE" and "CapacityProviderStrategy" not in parameters


def test_a_result_can_be_given_back(run_module: RunModule) -> None:
    secret = "correct horse battery"
    overrides = [{"name": "cleanup", "environment": [{"name": "DB_PASSWORD", "value": secret}]}]
    first = run_module("ecs_schedule", nightly(input={"containerOverrides": overrides}))
    second = run_module("ecs_schedule", {"name": "cleanup", "target": first["schedule"]["Target"]})
    assert (first["changed"], second["changed"]) == (True, False)
    changed = [{**overrides[0], "environment": [{"name": "DB_PASSWORD", "value": "another one"}]}]
    third = run_module("ecs_schedule", {"name": "cleanup", "input": {"containerOverrides": changed}})
    assert third["changed"] and "another one" not in third.output
    assert secret not in first.output + second.output + third.output
    lost = run_module("ecs_schedule", nightly(name="other", target={"Input": first["schedule"]["Target"]["Input"]}))
    assert lost.failed and "the value is a mask" in lost["msg"]


def test_a_group_is_made_with_its_tags_which_change_in_place(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    tagged = nightly(group_name="shop", tags={"slipway:app": "shop", "cost": 7})
    predicted = run_module("ecs_schedule", tagged, check=True)
    done = run_module("ecs_schedule", tagged)
    assert predicted["diff"] == done["diff"]
    assert done["reasons"] == ["schedule group shop does not exist", "schedule shop/cleanup does not exist"]
    assert done["diff"]["after"]["group"] == {"Name": "shop", "tags": {"slipway:app": "shop", "cost": "7"}}
    aws.clear_calls()
    assert not run_module("ecs_schedule", tagged)["changed"]
    assert operations(aws) == {"GetSchedule": 1, "ListTagsForResource": 1}

    added = {"name": "cleanup", "group_name": "shop", "tags": {"team": "a"}, "purge_tags": False}
    predicted, run = run_module("ecs_schedule", added, check=True), run_module("ecs_schedule", added)
    assert run["diff"] == predicted["diff"], run.output
    assert run["changed"] and run["reasons"] == ["group.tags.team"], run.output
    purged = run_module("ecs_schedule", {"name": "cleanup", "group_name": "shop", "tags": {"team": "a"}})
    assert purged["changed"] and purged["diff"]["after"]["group"]["tags"] == {"team": "a"}
    arn = boto("scheduler").get_schedule_group(Name="shop")["Arn"]
    assert boto("scheduler").list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    second = run_module("ecs_schedule", nightly(name="second", group_name="shop", tags={"team": "a"}))
    assert second["reasons"] == ["schedule shop/second does not exist"]


def test_a_schedule_is_removed(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly())
    gone = {"name": "cleanup", "state": "absent"}
    predicted, done = run_module("ecs_schedule", gone, check=True), run_module("ecs_schedule", gone)
    assert (predicted["changed"], done["changed"]) == (True, True)
    assert predicted["diff"] == done["diff"] == {"before": {"schedule": "default/cleanup"}, "after": {}}
    aws.clear_calls()
    assert not run_module("ecs_schedule", gone)["changed"] and operations(aws) == {"GetSchedule": 1}
    assert not run_module("ecs_schedule", {**gone, "group_name": "nowhere"})["changed"]


def test_a_group_goes_with_all_its_schedules(aws: EmbeddedAws, run_module: RunModule) -> None:
    for name in ("b", "a"):
        run_module("ecs_schedule", nightly(name=name, group_name="shop"))
    gone = {"group_name": "shop", "state": "absent", "delete_group": True}
    predicted, done = run_module("ecs_schedule", gone, check=True), run_module("ecs_schedule", gone)
    assert predicted["diff"] == done["diff"] == {"before": {"group": "shop", "schedules": ["a", "b"]}, "after": {}}
    assert not run_module("ecs_schedule", gone)["changed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"state": "absent"}, "name: found nothing, expected the name of a schedule"),
        ({"state": "absent", "delete_group": True}, "found it with the group default"),
        ({"state": "absent", "delete_group": True, "group_name": "a", "name": "b"}, "found it with name b"),
    ],
)
def test_a_group_does_not_go_by_mistake(
    options: dict[str, Any], message: str, aws: EmbeddedAws, run_module: RunModule
) -> None:
    run = run_module("ecs_schedule", options)
    assert run.failed and message in run["msg"] and aws.calls() == []


def test_everything_wrong_is_said_at_once_and_before_any_call(aws: EmbeddedAws, run_module: RunModule) -> None:
    wrong = nightly(
        name="clean up",
        schedule_expression="cron(0 3 * * *)",
        schedule_expression_timezone="Europe/Berln",
        start_date="tomorrow",
        role_arn="shop-scheduler",
        task_count=11,
        dead_letter_arn=f"{QUEUE}.fifo",
        flexible_time_window={"Mode": "FLEXIBLE"},
        retry_policy={"MaximumRetryAttempts": 186, "MaximumAge": 5},
        capacity_provider_strategy=[{"capacityProvider": "FARGATE_SPOT"}],
        network_configuration={"awsvpcConfiguration": {"subnet": ["a"], "securityGroups": list("abcdef")}},
        input={"containerOverrides": [{"name": "web", "comand": ["x"]}]},
        tags={"aws:x": "1"},
        target={"RoleArn": ROLE},
    )
    run = run_module("ecs_schedule", wrong, check=True)
    assert run.failed and not run["changed"] and aws.calls() == []
    for message in (
        "name: found 'clean up', expected 1 to 64 letters",
        "schedule_expression: found 5 fields in cron(0 3 * * *), expected 6",
        "schedule_expression_timezone: 'Europe/Berln' is no time zone: did you mean 'Europe/Berlin'?",
        "start_date: found 'tomorrow', expected a date and time",
        "role_arn: found it in target as RoleArn, too",
        "task_count: found 11, expected 1 to 10",
        "dead_letter_arn: found",
        "flexible_time_window.MaximumWindowInMinutes: found nothing",
        "retry_policy.MaximumRetryAttempts: found 186, expected 0 to 185",
        "retry_policy.MaximumAge: unknown field",
        "capacity_provider_strategy: found it beside the launch type FARGATE",
        "network_configuration.awsvpcConfiguration.subnet: unknown field 'subnet'",
        "input.containerOverrides[web].comand: unknown field 'comand'",
        "tags[aws:x]",
        "tags: a schedule has no tags, its group has",
    ):
        assert message in run["msg"], run["msg"]


def test_a_new_schedule_needs_all_of_it(aws: EmbeddedAws, run_module: RunModule) -> None:
    run = run_module("ecs_schedule", {"name": "cleanup", "launch_type": "FARGATE"})
    missing = [line.partition(":")[0] for line in run["msg"].splitlines()[1:]]
    needed = ["schedule_expression", "role_arn", "cluster", "task_definition", "network_configuration"]
    assert run.failed and missing == [f"- {option}" for option in needed]
    assert operations(aws) == {"GetSchedule": 1}


def test_a_schedule_of_something_else_is_left_alone(boto: Boto, run_module: RunModule) -> None:
    target = {"Arn": "arn:aws:lambda:eu-central-1:123456789012:function:f", "RoleArn": ROLE}
    boto("scheduler").create_schedule(
        Name="cleanup", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )
    run = run_module("ecs_schedule", {"name": "cleanup", "description": "x"})
    assert run.failed and "expected the ARN of an ECS cluster" in run["msg"]


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "AccessDeniedException", "These credentials lack the permission scheduler:CreateSchedule"),
        (403, "ExpiredTokenException", "The AWS session has expired, so scheduler:CreateSchedule was refused"),
        (500, "InternalServerException", "scheduler:CreateSchedule failed"),
    ],
)
def test_refusals_of_aws(status: int, code: str, message: str, aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "CreateSchedule", "status": status, "code": code, "message": "no"}])
    run = run_module("ecs_schedule", nightly(group_name="shop"), variables=ONE_TRY)
    assert run.failed and message in run["msg"]
    assert "Before it failed: created schedule group shop." in run["msg"] and run["changed"]


def test_a_role_that_may_not_be_passed_is_told(aws: EmbeddedAws, run_module: RunModule) -> None:
    said = f"User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:PassRole on resource: {ROLE}"
    fault = {"operation": "CreateSchedule", "status": 403, "code": "AccessDeniedException", "message": said}
    aws.set_faults([fault])
    run = run_module("ecs_schedule", nightly())
    assert run.failed and not run["changed"]
    assert "lack the permission iam:PassRole, which scheduler:CreateSchedule needs. AWS said" in run["msg"]


def test_throttling_is_waited_out(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"service": "scheduler", "every": 3, "status": 429, "code": "ThrottlingException"}])
    run = run_module("ecs_schedule", nightly(group_name="shop", tags={"a": "b"}))
    assert run["changed"] and not run_module("ecs_schedule", nightly(group_name="shop", tags={"a": "b"}))["changed"]


def test_a_role_that_is_not_known_yet_is_waited_for(aws: EmbeddedAws, run_module: RunModule) -> None:
    refusal = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    fault = {"operation": "CreateSchedule", "status": 400, "code": "ValidationException", "message": refusal}
    aws.set_faults([{**fault, "times": 1}])
    assert run_module("ecs_schedule", nightly())["changed"]
    assert operations(aws)["CreateSchedule"] == 2


def test_a_verbose_run_shows_no_secret(run_module: RunModule) -> None:
    secret = "hunter2-hunter2"
    value = json.dumps({"containerOverrides": [{"name": "a", "environment": [{"name": "API_TOKEN", "value": secret}]}]})
    for check in (True, False):
        assert secret not in run_module("ecs_schedule", nightly(input=value), check=check).output
