# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_capacity_provider: check mode, real, again, wrong input, and what AWS refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import RunModule, operations
from tools.embedded_aws import EmbeddedAws

ARN = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/"
GROUP = {
    "autoScalingGroupArn": f"{ARN}shop",
    "managedScaling": {"status": "ENABLED", "targetCapacity": "90"},
    "managedTerminationProtection": "ENABLED",
    "managedDraining": "ENABLED",
}
WANTED = {"name": "ec2-shop", "auto_scaling_group_provider": GROUP, "tags": {"slipway:app": "shop"}}


def test_check_mode_predicts_creation_and_a_second_run_changes_nothing(aws: EmbeddedAws, run_module: RunModule) -> None:
    predicted = run_module("ecs_capacity_provider", WANTED, check=True)
    assert operations(aws) == {"DescribeCapacityProviders": 1}
    done = run_module("ecs_capacity_provider", WANTED)
    assert predicted["changed"] is done["changed"] is True
    assert predicted["diff"] == done["diff"]
    assert done["capacity_provider"]["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"] == 90
    aws.clear_calls()
    again = run_module("ecs_capacity_provider", WANTED)
    assert (again["changed"], again["reasons"], again["diff"]["before"], again["diff"]["after"]) == (False, [], {}, {})
    assert operations(aws) == {"DescribeCapacityProviders": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"managedScaling": {"targetCapacity": 100}}, "autoScalingGroupProvider.managedScaling.targetCapacity"),
        ({"managedTerminationProtection": "DISABLED"}, "autoScalingGroupProvider.managedTerminationProtection"),
    ],
)
def test_a_setting_that_differs_is_told_and_changed(run_module: RunModule, change: dict[str, Any], reason: str) -> None:
    run_module("ecs_capacity_provider", WANTED)
    wanted = {"name": "ec2-shop", "auto_scaling_group_provider": {"autoScalingGroupArn": "shop", **change}}
    predicted = run_module("ecs_capacity_provider", wanted, check=True)
    done = run_module("ecs_capacity_provider", wanted)
    assert predicted["reasons"] == done["reasons"] == [reason]
    assert predicted["diff"] == done["diff"]
    assert run_module("ecs_capacity_provider", wanted)["changed"] is False
    kept = done["capacity_provider"]["autoScalingGroupProvider"]["managedScaling"]
    assert kept["status"] == "ENABLED"  # nothing was said of it


def test_all_that_is_wrong_is_told_at_once_and_before_any_call(aws: EmbeddedAws, run_module: RunModule) -> None:
    group = {"autoScalingGroupArn": "shop", "managedDrain": "ENABLED"}
    tags = {"aws:app": "shop"}
    arguments = {"name": "fargate-shop", "auto_scaling_group_provider": group, "tags": tags}
    run = run_module("ecs_capacity_provider", arguments)
    assert run.failed
    for part in ("fargate-shop", "managedDrain", "aws:app"):
        assert part in run["msg"]
    assert aws.calls() == []


def test_protection_from_termination_needs_managed_scaling(aws: EmbeddedAws, run_module: RunModule) -> None:
    group = {"autoScalingGroupArn": "shop", "managedTerminationProtection": "ENABLED"}
    run = run_module("ecs_capacity_provider", {"name": "ec2-shop", "auto_scaling_group_provider": group})
    assert run.failed and "without managed scaling" in run["msg"] and aws.calls() == []


def test_the_group_of_a_provider_cannot_be_changed(run_module: RunModule) -> None:
    run_module("ecs_capacity_provider", WANTED)
    other = {"name": "ec2-shop", "auto_scaling_group_provider": {"autoScalingGroupArn": f"{ARN}other"}}
    run = run_module("ecs_capacity_provider", other, check=True)
    assert run.failed and "another Auto Scaling group" in run["msg"]


def test_absent_deletes_and_says_so_beforehand(run_module: RunModule, boto: Callable[[str], Any]) -> None:
    run_module("ecs_capacity_provider", WANTED)
    gone = {"name": "ec2-shop", "state": "absent"}
    predicted, done = run_module("ecs_capacity_provider", gone, check=True), run_module("ecs_capacity_provider", gone)
    assert predicted["changed"] is done["changed"] is True and predicted["diff"] == done["diff"]
    assert run_module("ecs_capacity_provider", gone)["changed"] is False
    assert boto("ecs").describe_capacity_providers(capacityProviders=["ec2-shop"])["capacityProviders"] == []


def test_a_missing_permission_is_named(aws: EmbeddedAws, run_module: RunModule) -> None:
    denied = {"operation": "CreateCapacityProvider", "status": 400, "code": "AccessDeniedException", "message": "no"}
    aws.set_faults([denied])
    run = run_module("ecs_capacity_provider", WANTED)
    assert run.failed and "ecs:CreateCapacityProvider" in run["msg"] and "Nothing was changed" in run["msg"]


def test_throttling_is_retried_and_told(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "DescribeCapacityProviders", "times": 1}])
    run = run_module("ecs_capacity_provider", WANTED, variables={"AWS_MAX_ATTEMPTS": "1"})
    assert run["changed"] is True and "AWS throttled DescribeCapacityProviders" in str(run["warnings"])
