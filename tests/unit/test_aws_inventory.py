# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a resource is, in which order an app's go, and what each of them costs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.inventory import KINDS, Seen, belonging

BOTH = {"slipway:app": "shop", "slipway:owner": "slipway"}
GIB = 1024**3


def cost(kind: str, **raw: Any) -> list[dict[str, Any]]:
    """What is priced of a resource, without the names of its lines."""
    (one,) = belonging([Seen(kind, raw, BOTH)], "shop", "slipway")
    return [{key: value for key, value in line.items() if key != "name"} for line in one["cost"]]


@pytest.mark.parametrize(
    "tags",
    [{}, {"slipway:app": "shop"}, {"slipway:owner": "slipway"}, {**BOTH, "slipway:app": "shops"}],
    ids=["none", "no owner", "no app", "another app"],
)
def test_both_tags_are_needed(tags: dict[str, str]) -> None:
    assert belonging([Seen("vpc", {"VpcId": "vpc-1"}, tags)], "shop", "slipway") == []


def test_what_uses_something_goes_before_it() -> None:
    seen = [Seen("vpc", {"VpcId": "vpc-1"}, BOTH), Seen("subnet", {"SubnetId": "subnet-1"}, BOTH)]
    seen += [Seen("ecs_cluster", {"clusterName": "shop"}, BOTH), Seen("ecs_service", {"serviceName": "web"}, BOTH)]
    order = [one["kind"] for one in belonging(seen, "shop", "slipway")]
    assert order == ["ecs_service", "ecs_cluster", "subnet", "vpc"]


def test_what_keeps_data_says_what_it_is_called() -> None:
    assert {kind.data for kind in KINDS} == {"", "ecr", "efs", "logs", "secrets", "snapshots", "volumes"}


@pytest.mark.parametrize(
    ("kind", "raw", "priced"),
    [
        (
            "load_balancer",
            {
                "LoadBalancerName": "a",
                "Type": "application",
                "Scheme": "internet-facing",
                "AvailabilityZones": [{}, {}],
            },
            [{"kind": "alb"}, {"kind": "public_ipv4", "count": 2}],
        ),
        ("load_balancer", {"LoadBalancerName": "a", "Type": "network", "Scheme": "internal"}, [{"kind": "nlb"}]),
        ("vpc_endpoint", {"VpcEndpointId": "e", "VpcEndpointType": "Gateway"}, []),
        (
            "vpc_endpoint",
            {"VpcEndpointId": "e", "VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]},
            [{"kind": "vpc_endpoint", "zones": 2}],
        ),
        (
            "instance",
            {"InstanceId": "i", "InstanceType": "t3.small", "PublicIpAddress": "192.0.2.1"},
            [{"kind": "ec2_instance", "type": "t3.small"}, {"kind": "public_ipv4"}],
        ),
        (
            "ecs_task",
            {"taskArn": "t", "launchType": "FARGATE", "cpu": "512", "memory": "1024"},
            [{"kind": "fargate_task", "vcpu": 0.5, "memory_gib": 1.0}],
        ),
        ("ecs_task", {"taskArn": "t", "launchType": "EC2", "cpu": "512", "memory": "1024"}, []),
        ("volume", {"VolumeId": "v", "VolumeType": "gp3", "Size": 20}, [{"kind": "ebs_gp3", "gib": 20}]),
        ("volume", {"VolumeId": "v", "VolumeType": "io2", "Size": 20}, []),
        ("file_system", {"FileSystemId": "f", "SizeInBytes": {"Value": 5 * GIB}}, [{"kind": "efs", "gib": 5.0}]),
        ("repository", {"repositoryName": "r", "imageSizeInBytes": 0}, []),
        ("log_group", {"logGroupName": "l", "storedBytes": GIB}, [{"kind": "logs", "gib_stored": 1.0}]),
        ("secret", {"Name": "s"}, [{"kind": "secret"}]),
        ("parameter", {"Name": "s"}, []),
    ],
)
def test_what_a_resource_costs(kind: str, raw: dict[str, Any], priced: list[dict[str, Any]]) -> None:
    assert cost(kind, **raw) == priced
