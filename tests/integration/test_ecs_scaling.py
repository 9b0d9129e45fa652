# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_scaling against an AWS over HTTP: what it registers, compares and removes, and with which calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations

Boto = Callable[[str], Any]
SERVICE = {"cluster": "shop", "service": "web"}
TARGET = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/web", "ScalableDimension": "ecs:service:DesiredCount"}
LABEL = "app/shop-alb/778d41231b141a0f/targetgroup/shop-web/943f017f100becff"
CPU = {"name": "cpu", "cpu": 70}
NIGHT = {
    "name": "night",
    "schedule": "cron(0 20 * * ? *)",
    "timezone": "Europe/Berlin",
    "min_capacity": 0,
    "max_capacity": 0,
}
MORNING = {**NIGHT, "name": "morning", "schedule": "cron(0 7 * * ? *)", "min_capacity": 2, "max_capacity": 10}
BASE = {**SERVICE, "min_capacity": 2, "max_capacity": 10}
FULL = {**BASE, "policies": [CPU], "scheduled_actions": [NIGHT, MORNING]}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 100, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 100, "ScalingAdjustment": 3},
    ],
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


def target(boto: Boto) -> dict[str, Any]:
    found = boto("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return found[0] if found else {}


def bounds(boto: Boto) -> tuple[int, int]:
    there = target(boto)
    return there["MinCapacity"], there["MaxCapacity"]


def policies(boto: Boto) -> dict[str, Any]:
    found = boto("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    return {policy["PolicyName"]: policy for policy in found}


def actions(boto: Boto) -> dict[str, Any]:
    found = boto("application-autoscaling").describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    return {action["ScheduledActionName"]: action for action in found}


def changed(run_module: RunModule, arguments: dict[str, Any]) -> Run:
    """Run in check mode, then for real, then again: the first predicts the second, the third changes nothing."""
    predicted = run_module("ecs_scaling", arguments, check=True)
    done = run_module("ecs_scaling", arguments)
    again = run_module("ecs_scaling", arguments)
    assert not done.failed, done["msg"]
    assert (predicted["changed"], predicted["diff"]) == (done["changed"], done["diff"])
    assert predicted["reasons"] == done["reasons"]
    assert not again["changed"] and again["reasons"] == [] and again["diff"]["before"] == again["diff"]["after"] == {}
    return done


def test_a_service_that_scales_by_load_and_by_the_clock(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    run = changed(run_module, FULL)
    assert run["changed"] and run["reasons"] == ["service/shop/web is no scalable target"]
    assert bounds(boto) == (2, 10)
    assert policies(boto)["cpu"]["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 70,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    night = actions(boto)["night"]
    assert (night["Schedule"], night["Timezone"]) == ("cron(0 20 * * ? *)", "Europe/Berlin")
    assert night["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}
    assert run["policy_arns"]["cpu"] == policies(boto)["cpu"]["PolicyARN"]
    assert "warnings" not in run.result
    aws.clear_calls()
    run_module("ecs_scaling", FULL)
    reads = ("DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions")
    assert operations(aws) == dict.fromkeys(reads, 1)


def test_check_mode_needs_no_service(aws: EmbeddedAws, run_module: RunModule) -> None:
    """A play in check mode on an empty account comes here before there is anything."""
    aws.reset()
    run = run_module("ecs_scaling", FULL, check=True)
    assert run["changed"] and run["scalable_target"]["MaxCapacity"] == 10 and len(run["scheduled_actions"]) == 2
    assert operations(aws) == {"DescribeScalableTargets": 1}
    for_real = run_module("ecs_scaling", FULL)
    assert for_real.failed and "application-autoscaling:RegisterScalableTarget failed." in for_real["msg"]


def test_what_is_left_out_stays_as_it_is(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    aws.clear_calls()
    for arguments in ({}, {"max_capacity": 10}, {"policies": [CPU]}, {"scheduled_actions": [NIGHT]}, {"policies": []}):
        assert not run_module("ecs_scaling", {**SERVICE, **arguments})["changed"]
    assert len(policies(boto)) == 1 and len(actions(boto)) == 2
    assert not [call for call in operations(aws) if not call.startswith("Describe")]


def test_no_run_at_night_starts_what_the_night_has_stopped(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    boto("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=0, MaxCapacity=0)
    assert not run_module("ecs_scaling", FULL)["changed"] and bounds(boto) == (0, 0)
    more = {**FULL, "max_capacity": 12, "scheduled_actions": [NIGHT, {**MORNING, "max_capacity": 12}]}
    assert changed(run_module, more)["reasons"] == ["scheduled_actions.morning.ScalableTargetAction.MaxCapacity"]
    assert bounds(boto) == (0, 0), "in the morning, the action brings the new bound"
    boto("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=10)
    assert changed(run_module, more)["reasons"] == ["scalable_target.MaxCapacity"]
    assert bounds(boto) == (2, 12), "by day it is set at once"


def test_without_its_schedule_a_bound_is_brought_back(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    boto("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=0, MaxCapacity=0)
    suspended = {**FULL, "suspended_state": {"ScheduledScalingSuspended": True}}
    run = changed(run_module, suspended)
    assert run["changed"] and bounds(boto) == (2, 10)
    boto("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=0, MaxCapacity=0)
    gone = {**BASE, "scheduled_actions": [], "purge_scheduled_actions": True}
    assert changed(run_module, gone)["changed"] and bounds(boto) == (2, 10) and actions(boto) == {}


def test_a_bound_that_the_schedule_takes_away_is_told(run_module: RunModule) -> None:
    told = "says otherwise: night (0), morning (2). So 3 counts only until the first of them has run."
    first = run_module("ecs_scaling", {**FULL, "min_capacity": 3})
    assert first["scalable_target"]["MinCapacity"] == 3 and told in str(first["warnings"])
    run_module("ecs_scaling", FULL)
    later = run_module("ecs_scaling", {**SERVICE, "min_capacity": 3})
    assert not later["changed"] and told in str(later["warnings"])


def test_nothing_scales_out_of_zero(run_module: RunModule) -> None:
    run = run_module("ecs_scaling", {**BASE, "min_capacity": 0, "policies": [CPU]})
    assert run["changed"] and "at 0 tasks there is nothing to measure" in str(run["warnings"])


@pytest.mark.parametrize(
    ("change", "reasons", "calls"),
    [
        (
            {"min_capacity": 1, "scheduled_actions": [{**MORNING, "min_capacity": 1}]},
            ["scalable_target.MinCapacity", "scheduled_actions.morning.ScalableTargetAction.MinCapacity"],
            ["PutScheduledAction", "RegisterScalableTarget"],
        ),
        (
            {"suspended_state": {"DynamicScalingInSuspended": "true"}},
            ["scalable_target.DynamicScalingInSuspended"],
            ["RegisterScalableTarget"],
        ),
        (
            {"policies": [{**CPU, "cpu": 50.5}]},
            ["policies.cpu.TargetTrackingScalingPolicyConfiguration.TargetValue"],
            ["PutScalingPolicy"],
        ),
        (
            {"policies": [{"name": "cpu", "memory": 70}]},
            [
                "policies.cpu.TargetTrackingScalingPolicyConfiguration."
                "PredefinedMetricSpecification.PredefinedMetricType"
            ],
            ["PutScalingPolicy"],
        ),
        (
            {"policies": [{**CPU, "scale_in_cooldown": 60}]},
            ["policies.cpu.TargetTrackingScalingPolicyConfiguration.ScaleInCooldown"],
            ["PutScalingPolicy"],
        ),
        ({"policies": [{"name": "steps", "step_scaling_policy_configuration": STEPS}]}, None, ["PutScalingPolicy"]),
        (
            {"policies": [{"name": "requests", "requests_per_target": 1000, "resource_label": LABEL}]},
            None,
            ["PutScalingPolicy"],
        ),
        (
            {"policies": [{"name": "cpu", "step_scaling_policy_configuration": STEPS}]},
            None,
            ["DeleteScalingPolicy", "PutScalingPolicy"],
        ),
        (
            {"policies": [{"name": "processor", "cpu": 70}], "purge_policies": True},
            None,
            ["DeleteScalingPolicy", "PutScalingPolicy"],
        ),
        (
            {"scheduled_actions": [{**NIGHT, "schedule": "cron(0 22 * * ? *)"}]},
            ["scheduled_actions.night.Schedule"],
            ["PutScheduledAction"],
        ),
        (
            {"scheduled_actions": [{key: value for key, value in NIGHT.items() if key != "timezone"}]},
            ["scheduled_actions.night.Timezone"],
            ["PutScheduledAction"],
        ),
        (
            {"scheduled_actions": [{**NIGHT, "start_time": "2027-01-31T03:00:00Z", "end_time": "2027-02-28 04:00"}]},
            ["scheduled_actions.night.StartTime", "scheduled_actions.night.EndTime"],
            ["PutScheduledAction"],
        ),
        ({"scheduled_actions": [MORNING], "purge_scheduled_actions": True}, None, ["DeleteScheduledAction"]),
    ],
)
def test_each_change_is_seen_and_sent_alone(
    change: dict[str, Any], reasons: list[str] | None, calls: list[str], aws: EmbeddedAws, run_module: RunModule
) -> None:
    run_module("ecs_scaling", FULL)
    aws.clear_calls()
    run = changed(run_module, {**FULL, **change})
    assert run["changed"] and run["reasons"] == (reasons or run["reasons"])
    assert [call for call in sorted(operations(aws)) if not call.startswith("Describe")] == calls


def test_what_means_the_same_is_no_change(run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    written_out = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": "300",
        "DisableScaleIn": False,
    }
    policy = {"name": "cpu", "target_tracking_scaling_policy_configuration": written_out}
    no_suspension = {"suspended_state": {"DynamicScalingInSuspended": False}}
    same = {**FULL, "policies": [policy], "scheduled_actions": [MORNING, NIGHT], **no_suspension}
    assert not run_module("ecs_scaling", same)["changed"]
    turned = {**STEPS, "StepAdjustments": STEPS["StepAdjustments"][::-1], "Cooldown": 300}
    steps = {"name": "steps", "step_scaling_policy_configuration": STEPS}
    run_module("ecs_scaling", {**SERVICE, "policies": [steps]})
    again = {**SERVICE, "policies": [{**steps, "type": "StepScaling", "step_scaling_policy_configuration": turned}]}
    assert not run_module("ecs_scaling", again)["changed"]


def test_what_is_returned_can_be_fed_back(run_module: RunModule) -> None:
    times = {"start_time": "2027-01-31T03:00:00Z"}
    first = run_module("ecs_scaling", {**FULL, "scheduled_actions": [{**NIGHT, **times}, MORNING]})
    back = {"policies": first["policies"], "scheduled_actions": first["scheduled_actions"]}
    again = run_module("ecs_scaling", {**BASE, **back, "purge_policies": True, "purge_scheduled_actions": True})
    assert not again["changed"]


def test_a_metric_is_tracked_by_one_policy(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    """AWS refuses a second one, and an emulator takes it."""
    run_module("ecs_scaling", FULL)
    aws.clear_calls()
    run = run_module("ecs_scaling", {**SERVICE, "policies": [{"name": "processor", "cpu": 50}]}, check=True)
    assert run.failed and "policies[processor]: the metric is tracked by cpu as well" in run["msg"]
    assert set(policies(boto)) == {"cpu"}


def test_a_service_that_is_not_scaled_yet_needs_both_bounds(aws: EmbeddedAws, run_module: RunModule) -> None:
    run = run_module("ecs_scaling", {**SERVICE, "min_capacity": 2, "policies": [CPU]})
    assert run.failed and "max_capacity: service/shop/web is no scalable target yet" in run["msg"]
    assert operations(aws) == {"DescribeScalableTargets": 1}
    run_module("ecs_scaling", BASE)
    crossed = run_module("ecs_scaling", {**SERVICE, "min_capacity": 11})
    assert crossed.failed and "MinCapacity would be 11 and MaxCapacity 10" in crossed["msg"]


def test_a_label_is_made_of_arns(boto: Boto, run_module: RunModule) -> None:
    prefix = "arn:aws:elasticloadbalancing:eu-central-1:123456789012"
    arns = {
        "load_balancer_arn": f"{prefix}:loadbalancer/app/shop-alb/778d41231b141a0f",
        "target_group_arn": f"{prefix}:targetgroup/shop-web/943f017f100becff",
    }
    run_module("ecs_scaling", {**BASE, "policies": [{"name": "requests", "requests_per_target": 1000, **arns}]})
    tracked = policies(boto)["requests"]["TargetTrackingScalingPolicyConfiguration"]
    assert tracked["PredefinedMetricSpecification"]["ResourceLabel"] == LABEL


def test_a_cluster_may_be_given_by_its_arn(run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
    assert not run_module("ecs_scaling", {**FULL, "cluster": arn})["changed"]


def test_tags_change_alone(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    changed(run_module, {**BASE, "tags": {"app": "shop", "cost": 7}})
    aws.clear_calls()
    run = changed(run_module, {**BASE, "tags": {"app": "shop", "team": "a"}})
    assert run["reasons"] == ["tags.cost", "tags.team"]
    sent = [call for call in sorted(operations(aws)) if not call.startswith(("Describe", "List"))]
    assert sent == ["TagResource", "UntagResource"]
    changed(run_module, {**BASE, "tags": {"more": "1"}, "purge_tags": False})
    assert not run_module("ecs_scaling", BASE)["changed"]
    arn = target(boto)["ScalableTargetARN"]
    there = boto("application-autoscaling").list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert there == {"app": "shop", "team": "a", "more": "1"}


def test_policies_and_actions_end_with_the_target(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    run_module("ecs_scaling", {**SERVICE, "state": "absent"})
    assert policies(boto) == actions(boto) == {}
    assert changed(run_module, FULL)["changed"] and len(actions(boto)) == 2


def test_scaling_ends(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_scaling", FULL)
    absent = {**SERVICE, "state": "absent"}
    predicted, done = run_module("ecs_scaling", absent, check=True), run_module("ecs_scaling", absent)
    again = run_module("ecs_scaling", absent)
    assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
    assert predicted["diff"] == done["diff"] and again["diff"]["before"] == again["diff"]["after"] == {}
    assert target(boto) == {} and operations(aws)["DeregisterScalableTarget"] == 1
