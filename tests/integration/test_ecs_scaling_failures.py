# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_scaling where something is wrong: with the options, or with AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations

Boto = Callable[[str], Any]
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}
FULL = {
    "cluster": "shop",
    "service": "web",
    "min_capacity": 2,
    "max_capacity": 10,
    "policies": [{"name": "cpu", "cpu": 70}],
    "scheduled_actions": [{"name": "morning", "schedule": "cron(0 7 * * ? *)", "min_capacity": 2}],
    "tags": {"app": "shop"},
}
WRONG: dict[str, Any] = {
    "cluster": "my shop",
    "service": "web/1",
    "min_capacity": 11,
    "max_capacity": 10,
    "suspended_state": {"ScheduledScalingSuspend": True},
    "policies": [
        {"name": "cpu", "cpu": 170},
        {"name": "requests", "requests_per_target": 1000},
        {"name": "both", "cpu": 50, "memory": 50},
        {"name": "own", "target_tracking_scaling_policy_configuration": {"TargetValue": "much"}},
        {"name": "steps", "step_scaling_policy_configuration": {"AdjustmentType": "ChangeInCapacity"}},
    ],
    "scheduled_actions": [
        {"name": "night:1", "schedule": "cron(0 20 * * *)", "timezone": "Europe/Berln", "max_capacity": 0},
        {"name": "morning", "schedule": "daily", "start_time": "soon"},
    ],
    "tags": {"aws:app": "shop"},
}


@pytest.fixture(autouse=True)
def service(aws: EmbeddedAws, boto: Boto) -> None:
    """The service web in the cluster shop."""
    ecs = boto("ecs")
    ecs.create_cluster(clusterName="shop")
    containers = [{"name": "web", "image": "registry.example.com/web:1", "memory": 64}]
    ecs.register_task_definition(family="web", containerDefinitions=containers)
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    aws.clear_calls()


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_everything_wrong_is_said_at_once_before_any_call(check: bool, aws: EmbeddedAws, run_module: RunModule) -> None:
    """No credentials are needed to hear of it."""
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_module("ecs_scaling", WRONG, check=check, variables=without)
    assert run.failed and not aws.calls() and run["changed"] is False
    assert [finding["path"] for finding in run["findings"]] == [
        "cluster",
        "service",
        "min_capacity",
        "suspended_state.ScheduledScalingSuspend",
        "policies[cpu].cpu",
        "policies[requests].resource_label",
        "policies[both].type",
        "policies[own].target_tracking_scaling_policy_configuration.TargetValue",
        "policies[steps].step_scaling_policy_configuration.StepAdjustments",
        "scheduled_actions[night:1].name",
        "scheduled_actions[night:1].schedule",
        "scheduled_actions[night:1].timezone",
        "scheduled_actions[morning].schedule",
        "scheduled_actions[morning].min_capacity",
        "scheduled_actions[morning].start_time",
        "tags[aws:app]",
    ]
    assert "did you mean 'Europe/Berlin'?" in run["msg"] and "found 5 fields in cron(0 20 * * *)" in run["msg"]


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeScalableTargets",
        "RegisterScalableTarget",
        "DescribeScalingPolicies",
        "PutScalingPolicy",
        "DeleteScalingPolicy",
        "DescribeScheduledActions",
        "PutScheduledAction",
        "DeleteScheduledAction",
        "ListTagsForResource",
        "TagResource",
    ],
)
def test_a_missing_permission_is_named(operation: str, aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    """A target is there with things that have to go, so that every call is needed."""
    scaling = boto("application-autoscaling")
    place = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=1)
    metric = {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}
    tracking = {"TargetValue": 50, "PredefinedMetricSpecification": metric}
    scaling.put_scaling_policy(
        **place, PolicyName="old", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
    )
    action = {"ScheduledActionName": "old", "Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 5}}
    scaling.put_scheduled_action(**place, **action)
    aws.set_faults([{"operation": operation, "code": "AccessDeniedException", "message": "as AWS says"}])
    arguments = {**FULL, "purge_policies": True, "purge_scheduled_actions": True}
    run = run_module("ecs_scaling", arguments)
    assert run.failed and f"lack the permission application-autoscaling:{operation}." in run["msg"]
    aws.clear_faults()
    assert run_module("ecs_scaling", arguments)["changed"], "the next run ends what was begun"
    assert not run_module("ecs_scaling", arguments)["changed"]


def test_an_expired_session(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "*", "code": "ExpiredTokenException", "message": "as AWS says"}])
    run = run_module("ecs_scaling", FULL)
    assert run.failed and "The AWS session has expired" in run["msg"] and "Nothing was changed." in run["msg"]


def test_a_target_that_is_not_known_everywhere_yet_is_waited_for(aws: EmbeddedAws, run_module: RunModule) -> None:
    """AWS's own advice for the moment after a registration."""
    fault = {"times": 1, "message": "No scalable target registered for service namespace: ecs"}
    aws.set_faults(
        [
            {**fault, "operation": "PutScalingPolicy", "code": "ObjectNotFoundException"},
            {**fault, "operation": "PutScheduledAction", "code": "ConcurrentUpdateException"},
        ]
    )
    assert run_module("ecs_scaling", FULL)["changed"] and operations(aws)["PutScalingPolicy"] == 2
    assert not run_module("ecs_scaling", FULL)["changed"]


def test_a_failure_half_way_says_what_was_done(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "PutScheduledAction", "code": "LimitExceededException", "message": "too many"}])
    run = run_module("ecs_scaling", FULL)
    assert run.failed and run["changed"]
    assert "Before it failed: registered service/shop/web; put policy cpu." in run["msg"]


def test_every_third_call_is_throttled(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "*", "every": 3, "code": "ThrottlingException", "message": "Rate exceeded"}])
    runs = [run_module("ecs_scaling", FULL, variables=ONE_TRY) for _number in range(2)]
    assert [run["changed"] for run in runs] == [True, False]
    assert "AWS throttled" in str([run.result.get("warnings") for run in runs])


def test_a_server_error_is_retried(aws: EmbeddedAws, run_module: RunModule) -> None:
    fault = {"operation": "RegisterScalableTarget", "times": 1, "status": 500, "code": "InternalServiceException"}
    aws.set_faults([{**fault, "message": "oops"}])
    assert run_module("ecs_scaling", FULL)["changed"] and operations(aws)["RegisterScalableTarget"] == 2
