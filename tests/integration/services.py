# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of services start from: a cluster, a network, a task definition, a load balancer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .definitions import web

Boto = Callable[[str], Any]
PROVIDERS = ["FARGATE", "FARGATE_SPOT"]


@dataclass(frozen=True)
class Ground:
    """An account with what a service needs, by the names that AWS gave it."""

    boto: Boto
    vpc: str
    subnets: list[str]
    groups: list[str]

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

    @cached_property
    def target_group(self) -> str:
        """A target group that a load balancer sends requests to: ECS takes no other."""
        elbv2 = self.boto("elbv2")
        balancer = elbv2.create_load_balancer(Name="web", Subnets=self.subnets[:2])["LoadBalancers"][0]
        group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=self.vpc, TargetType="ip")
        arn = str(group["TargetGroups"][0]["TargetGroupArn"])
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        where = {"Protocol": "HTTP", "Port": 80, "DefaultActions": forward}
        elbv2.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], **where)
        return arn

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

    def make(self, **options: Any) -> None:
        """The service, as somebody else made it, with its first deployment behind it."""
        given = {option: value for option, value in self.service(**options).items() if option != "name"}
        members = {_MEMBERS.get(option, _camel(option)): value for option, value in given.items()}
        self.boto("ecs").create_service(serviceName=options.get("name", "web"), **members)
        while self.primary()["rolloutState"] == "IN_PROGRESS":
            pass  # each look is a step

    def deployments(self) -> list[dict[str, Any]]:
        """The service deployments, newest first."""
        answer = self.boto("ecs").list_service_deployments(cluster="shop", service="web")
        found: list[dict[str, Any]] = answer["serviceDeployments"]
        return found


_MEMBERS = {"enable_ecs_managed_tags": "enableECSManagedTags"}


def _camel(option: str) -> str:
    first, *rest = option.split("_")
    return first + "".join(word.capitalize() for word in rest)


def lay_ground(boto: Boto) -> Ground:
    boto("logs").create_log_group(logGroupName="/ecs/web")
    boto("ecs").create_cluster(clusterName="shop", capacityProviders=PROVIDERS)
    ec2 = boto("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("web", "jobs")
    ]
    ground = Ground(boto, vpc, subnets, groups)
    ground.register()
    ground.register(cpu="512", memory="1024")
    return ground
