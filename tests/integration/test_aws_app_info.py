# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app has on AWS is found by both tags, and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import REGION, RunModule, operations
from tools.embedded_aws import EmbeddedAws

APP = "shop"
BOTH = {"slipway:app": APP, "slipway:owner": "slipway"}
#: What is left out of BOTH, or is somebody else's.
STRANGERS = ({"slipway:app": APP}, {"slipway:owner": "slipway"}, {**BOTH, "slipway:owner": "team-b"})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def upper(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def lower(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def make_network(ec2: Any, tags: dict[str, str]) -> tuple[str, list[str]]:
    def tagged(resource: str) -> list[dict[str, Any]]:
        return [{"ResourceType": resource, "Tags": upper(tags)}]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.0.{n}.0/24",
            AvailabilityZone=f"{REGION}{zone}",
            TagSpecifications=tagged("subnet"),
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address, TagSpecifications=tagged("natgateway"))
    ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))
    ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))
    ec2.create_security_group(
        GroupName="tasks", Description="tasks", VpcId=vpc, TagSpecifications=tagged("security-group")
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.logs",
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        TagSpecifications=tagged("vpc-endpoint"),
    )
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8, VolumeType="gp3")["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot"))
    return vpc, subnets


def make_app(boto: Callable[[str], Any], tags: dict[str, str], name: str = APP) -> None:
    """One of each kind that the role ecs_platform makes, and of what holds data."""
    vpc, subnets = make_network(boto("ec2"), tags)
    elb, ecs = boto("elbv2"), boto("ecs")
    elb.create_load_balancer(Name=f"{name}-alb", Subnets=subnets, Scheme="internet-facing", Tags=upper(tags))
    elb.create_target_group(Name=f"{name}-web", Protocol="HTTP", Port=80, VpcId=vpc, Tags=upper(tags))
    ecs.create_cluster(clusterName=name, tags=lower(tags))
    container = {"name": "web", "image": "web:1", "memory": 64}
    ecs.register_task_definition(family=f"{name}-web", containerDefinitions=[container], tags=lower(tags))
    ecs.create_service(cluster=name, serviceName="web", taskDefinition=f"{name}-web", desiredCount=0, tags=lower(tags))
    boto("iam").create_role(RoleName=f"{name}-execution", AssumeRolePolicyDocument=TRUST, Tags=upper(tags))
    boto("logs").create_log_group(logGroupName=f"/slipway/{name}", tags=tags)
    boto("ecr").create_repository(repositoryName=f"{name}/web", tags=upper(tags))
    boto("efs").create_file_system(CreationToken=name, Tags=upper(tags))
    boto("secretsmanager").create_secret(Name=f"{name}/key", SecretString="x", Tags=upper(tags))
    boto("ssm").put_parameter(Name=f"/{name}/key", Value="x", Type="String", Tags=upper(tags))
    boto("scheduler").create_schedule_group(Name=name, Tags=upper(tags))


def kinds(result: Any) -> list[str]:
    return list(dict.fromkeys(one["kind"] for one in result["resources"]))


def test_what_carries_both_tags_is_found_in_the_order_of_its_removal(
    boto: Callable[[str], Any], run_module: RunModule, aws: EmbeddedAws
) -> None:
    make_app(boto, BOTH)
    aws.clear_calls()
    found = run_module("aws_app_info", {"app": APP})
    assert not found.failed and not found["changed"], found.output
    assert kinds(found) == [
        *("schedule_group", "ecs_service", "task_definition", "load_balancer", "target_group", "ecs_cluster"),
        *("vpc_endpoint", "nat_gateway", "elastic_ip", "security_group", "subnet", "route_table"),
        *("internet_gateway", "vpc", "iam_role", "snapshot", "file_system", "repository", "log_group", "secret"),
        "parameter",
    ]
    assert {one["data"] for one in found["resources"]} == {None, "snapshots", "efs", "ecr", "logs", "secrets"}
    assert not [name for name in operations(aws) if not name.startswith(("Describe", "List", "Get"))]


def test_what_it_costs_is_for_cost_check(boto: Callable[[str], Any], run_module: RunModule) -> None:
    make_app(boto, BOTH)
    found = run_module("aws_app_info", {"app": APP})
    cost = [(one["kind"], [line["kind"] for line in one["cost"]]) for one in found["resources"] if one["cost"]]
    assert cost == [
        ("load_balancer", ["alb", "public_ipv4"]),
        ("vpc_endpoint", ["vpc_endpoint"]),
        ("nat_gateway", ["nat_gateway"]),
        ("elastic_ip", ["public_ipv4"]),
        ("secret", ["secret"]),
    ]


def test_one_tag_or_another_owner_is_not_enough(boto: Callable[[str], Any], run_module: RunModule) -> None:
    for number, tags in enumerate(STRANGERS):
        make_app(boto, tags, name=f"{APP}-{number}")
    assert run_module("aws_app_info", {"app": APP})["resources"] == []
    of_team_b = run_module("aws_app_info", {"app": APP, "owner": "team-b"})
    assert "vpc" in kinds(of_team_b)


def test_a_missing_permission_is_named(aws: EmbeddedAws, run_module: RunModule) -> None:
    denied = {"status": 400, "code": "AccessDeniedException", "message": "not authorized"}
    aws.set_faults([{"operation": "DescribeRepositories", **denied}])
    found = run_module("aws_app_info", {"app": APP})
    assert found.failed
    assert "lack the permission ecr:DescribeRepositories" in found["msg"] and "Nothing was changed." in found["msg"]


def test_throttling_is_waited_out(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "DescribeVpcs", "times": 1, "code": "RequestLimitExceeded", "status": 503}])
    assert run_module("aws_app_info", {"app": APP})["resources"] == []
