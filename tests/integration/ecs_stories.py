# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stories of ecs_app, deploy_ecs and remove_ecs share: runs of plays, and looks at what they left."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import REGION, operations
from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT

Play = Callable[..., subprocess.CompletedProcess[str]]
Boto = Callable[[str], Any]
WEB = str(ROOT / "examples" / "fargate_web")
#: Calls that change nothing, by how their names begin.
READS = ("Describe", "List", "Get", "BatchGet", "Filter")


def changes(aws: EmbeddedAws) -> Counter[str]:
    """The calls that changed something, or tried to."""
    return Counter({name: count for name, count in operations(aws).items() if not name.startswith(READS)})


def recap(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """The last line of a run, as numbers."""
    found = re.findall(r"^localhost +: (.*)$", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {key: int(number) for key, number in re.findall(r"(\w+)=(\d+)", found[-1])}


def well(done: subprocess.CompletedProcess[str], changed: bool | None = None) -> str:
    """What a run said that went well, and changed something or not."""
    said = done.stdout + done.stderr
    counted = recap(done)
    assert done.returncode == 0 and counted["failed"] == 0, said
    if changed is not None:
        assert bool(counted["changed"]) is changed, said
    return said


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a run said that failed, as words with single spaces."""
    said = done.stdout + done.stderr
    assert done.returncode != 0 and recap(done)["failed"] == 1, said
    return " ".join(said.split())


def extra(**variables: Any) -> tuple[str, str]:
    return "-e", json.dumps(variables)


def services(boto: Boto, cluster: str) -> dict[str, dict[str, Any]]:
    ecs = boto("ecs")
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    listed = ecs.describe_services(cluster=cluster, services=arns, include=["TAGS"])["services"] if arns else []
    return {service["serviceName"]: service for service in listed}


def image(boto: Boto, task_definition: str) -> str:
    definition = boto("ecs").describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    (found,) = {container["image"] for container in definition["containerDefinitions"]}
    return str(found)


def platform(boto: Boto, app: str, key: str, port: int) -> dict[str, Any]:
    """What ecs_platform would tell, made by hand in the default network."""
    ec2, elb = boto("ec2"), boto("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    balancer = elb.create_load_balancer(Name=f"{app}-alb", Subnets=subnets)["LoadBalancers"][0]
    target = elb.create_target_group(
        Name=f"{app}-{key}", Protocol="HTTP", Port=port, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": target}]
    arn = balancer["LoadBalancerArn"]
    elb.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=forward)
    boto("ecs").create_cluster(clusterName=app)
    role = "arn:aws:iam::123456789012:role"
    return {
        "cluster": app,
        "task_subnets": subnets,
        "assign_public_ip": "ENABLED",
        "security_groups": {"tasks": group},
        "load_balancer": {"arn": arn, "url": f"http://{balancer['DNSName']}"},
        "target_groups": {key: target},
        "roles": {"execution": f"{role}/{app}-execution", "task": f"{role}/{app}-task"},
        "capacity_provider_strategy": [],
    }


def reference(tag: str) -> str:
    return f"123456789012.dkr.ecr.{REGION}.amazonaws.com/fargate-web:{tag}"
