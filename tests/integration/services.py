# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of services start from: a cluster, a network, a task definition, a load balancer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .definitions import web

Boto = Callable[[str], Any]
PROVIDERS = ["FARGATE", "FARGATE_SPOT"]


@dataclass(frozen=True)
class Ground:
    """An account with what a service needs, by the names that AWS gave it."""

    boto: Boto
    subnets: list[str]
    groups: list[str]
    target_group: str

    def service(self, **options: Any) -> dict[str, Any]:
        """The options of a plain Fargate service; None takes one away."""
        network = {"subnets": self.subnets[:2], "securityGroups": self.groups[:1], "assignPublicIp": "ENABLED"}
        plain = {
            "cluster": "shop",
            "name": "web",
            "task_definition": "web:1",
            "desired_count": 2,
            "launch_type": "FARGATE",
            "network_configuration": {"awsvpcConfiguration": network},
        }
        return {key: value for key, value in {**plain, **options}.items() if value is not None}

    def network(self, **members: Any) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": self.subnets[:2], **members}}

    def balancer(self, **members: Any) -> dict[str, Any]:
        return {"targetGroupArn": self.target_group, "containerName": "web", "containerPort": 8080, **members}

    def register(self, **fields: Any) -> str:
        """One more revision; its ARN."""
        answer = self.boto("ecs").register_task_definition(**web(**fields))
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def described(self, name: str = "web") -> dict[str, Any]:
        answer = self.boto("ecs").describe_services(cluster="shop", services=[name], include=["TAGS"])
        service: dict[str, Any] = answer["services"][0]
        return service

    def primary(self) -> dict[str, Any]:
        found: dict[str, Any] = self.described()["deployments"][0]
        return found


def lay_ground(boto: Boto) -> Ground:
    boto("ecs").create_cluster(clusterName="shop", capacityProviders=PROVIDERS)
    ec2 = boto("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("web", "jobs")
    ]
    made = boto("elbv2").create_target_group(
        Name="web", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
    )
    ground = Ground(boto, subnets, groups, made["TargetGroups"][0]["TargetGroupArn"])
    ground.register()
    ground.register(cpu="512", memory="1024")
    return ground
