# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where tasks run: shares of Fargate and Fargate Spot, or EC2 instances of an Auto Scaling group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...aws.compare import asked_of
from . import names
from .wanted import EC2, FARGATE, Wanted, is_arm

#: Where AWS says which image is the current one; EC2 looks it up whenever an instance starts.
_IMAGE = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023{}/recommended/image_id"
#: What ECS itself tags the group with; a group without it would be changed by each of us in turn.
_MANAGED = "AmazonECSManaged"


def providers(wanted: Wanted) -> list[str]:
    return [names.capacity_provider(wanted.app)] if wanted.launch_type == EC2 else [FARGATE, "FARGATE_SPOT"]


def strategy(wanted: Wanted) -> list[dict[str, Any]]:
    """The first task is on demand, so that the loss of all Spot capacity does not stop the app."""
    if wanted.launch_type == EC2:
        return [{"capacityProvider": names.capacity_provider(wanted.app), "weight": 1, "base": 0}]
    spot = Fraction(wanted.fargate_spot_share).limit_denominator(100)
    if not spot:
        return [{"capacityProvider": FARGATE, "weight": 1, "base": 0}]
    return [
        {"capacityProvider": FARGATE, "weight": spot.denominator - spot.numerator, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": spot.numerator, "base": 0},
    ]


def machines(wanted: Wanted, tags: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """What instances are made of, and whether their group has to be changed."""
    asked = group(wanted, tags)
    return {
        "image_id": image(wanted),
        "user_data": user_data(wanted),
        "root_gib": wanted.ec2.root_gib,
        "target_capacity": wanted.ec2.target_capacity,
        "group": asked,
        "group_differs": differs(asked, list(known.get("group_subnets") or []), known.get("group")),
    }


def image(wanted: Wanted) -> str:
    return _IMAGE.format("/arm64" if is_arm(wanted.ec2.instance_type) else "")


def user_data(wanted: Wanted) -> str:
    return "\n".join(
        (
            "#!/bin/sh",
            "cat >> /etc/ecs/ecs.config <<'END'",
            f"ECS_CLUSTER={wanted.app}",
            "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
            "ECS_AWSVPC_BLOCK_IMDS=true",
            "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true",
            "END",
            "",
        )
    )


def group(wanted: Wanted, tags: Mapping[str, str]) -> dict[str, Any]:
    """The Auto Scaling group, as options of its module. Between the limits ECS says how many instances there are."""
    ec2 = wanted.ec2
    spot = ec2.spot_share > 0
    distribution = {
        "on_demand_base_capacity": ec2.on_demand_base if spot else 0,
        "on_demand_percentage_above_base_capacity": round(100 * (1 - ec2.spot_share)),
        "spot_allocation_strategy": "price-capacity-optimized" if spot else None,
    }
    return {
        "name": wanted.app,
        "min_size": ec2.min,
        "max_size": ec2.max,
        # ECS takes an instance away when it runs no task, and nobody else does.
        "protected_from_scale_in": True,
        "mixed_instances_policy": {
            "instance_types": list(ec2.types),
            "instances_distribution": {key: value for key, value in distribution.items() if value is not None},
        },
        # Instances get them, too.
        "tags": [{key: value} for key, value in {**tags, "Name": wanted.app, _MANAGED: "true"}.items()],
    }


def differs(asked: Mapping[str, Any], subnets: Sequence[str], there: Mapping[str, Any] | None) -> bool:
    """Whether the Auto Scaling group has to be changed. The module that would do it cannot tell in check mode."""
    if not there:
        return True
    policy, wanted = there.get("mixed_instances_policy") or {}, asked["mixed_instances_policy"]
    template = policy.get("launch_template") or {}
    distribution = policy.get("instances_distribution") or {}
    tags = {tag["key"]: tag["value"] for tag in there.get("tags") or []}
    agreed = (
        there["min_size"] == asked["min_size"],
        there["max_size"] == asked["max_size"],
        there.get("new_instances_protected_from_scale_in") is asked["protected_from_scale_in"],
        sorted(str(there.get("vpc_zone_identifier")).split(",")) == sorted(subnets),
        [override["instance_type"] for override in template.get("overrides") or []] == wanted["instance_types"],
        asked_of(distribution, wanted["instances_distribution"]) == wanted["instances_distribution"],
        all(tags.get(key) == value for tag in asked["tags"] for key, value in tag.items()),
    )
    return not all(agreed)
