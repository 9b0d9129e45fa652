# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity providers of Auto Scaling groups: what is a change, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import group_providers as core

ARN = "arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:1:autoScalingGroupName/shop"
#: As AWS returns it: with its defaults, and the group by ARN.
THERE: dict[str, Any] = {
    "name": "ec2-shop",
    "status": "ACTIVE",
    "autoScalingGroupProvider": {
        "autoScalingGroupArn": ARN,
        "managedScaling": {
            "status": "ENABLED",
            "targetCapacity": 100,
            "minimumScalingStepSize": 1,
            "maximumScalingStepSize": 10000,
            "instanceWarmupPeriod": 300,
        },
        "managedTerminationProtection": "DISABLED",
        "managedDraining": "DISABLED",
    },
    "tags": {"app": "shop"},
}


def wish(group: dict[str, Any] | None = None, tags: dict[str, str] | None = None, purge: bool = True) -> core.Wish:
    return core.Wish("ec2-shop", group, tags, purge)


@pytest.mark.parametrize(
    "group",
    [
        None,
        {"autoScalingGroupArn": "shop"},
        {"autoScalingGroupArn": ARN, "managedScaling": {"status": "ENABLED"}},
        {"autoScalingGroupArn": "shop", "managedDraining": "DISABLED", "managedScaling": {"targetCapacity": 100}},
    ],
)
def test_what_means_the_same_is_no_change(group: dict[str, Any] | None) -> None:
    decision = core.decide(wish(group), THERE)
    assert (decision.changed, decision.update, decision.reasons) == (False, None, [])


def test_defaults_count_where_aws_returns_none() -> None:
    there = {**THERE, "autoScalingGroupProvider": {"autoScalingGroupArn": ARN}}
    asked = {"autoScalingGroupArn": "shop", "managedScaling": {"status": "DISABLED"}, "managedDraining": "DISABLED"}
    assert not core.decide(wish(asked), there).changed


def test_an_update_keeps_what_was_not_spoken_of() -> None:
    asked = {"autoScalingGroupArn": "shop", "managedScaling": {"targetCapacity": 80}}
    decision = core.decide(wish(asked), THERE)
    assert decision.reasons == ["autoScalingGroupProvider.managedScaling.targetCapacity"]
    assert decision.update is not None and "autoScalingGroupArn" not in decision.update
    assert decision.update["managedScaling"]["status"] == "ENABLED"


def test_tags_are_changed_alone() -> None:
    decision = core.decide(wish(tags={"owner": "ann"}), THERE)
    assert decision.changed and decision.update is None
    assert (decision.tags.to_set, decision.tags.to_remove) == ({"owner": "ann"}, ("app",))


def test_another_group_is_refused() -> None:
    assert core.other_group(wish({"autoScalingGroupArn": "other"}), THERE)
    assert not core.other_group(wish({"autoScalingGroupArn": "shop"}), THERE)
    assert not core.other_group(wish(), THERE) and not core.other_group(wish({"autoScalingGroupArn": "x"}), None)
