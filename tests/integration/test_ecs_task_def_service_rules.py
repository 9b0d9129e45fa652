# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_task_def beside a running service: what its settings add to the findings, and which of them they answer.

What should have no circuit breaker to miss is deployed by CodeDeploy here; the rules over deployment configurations
have their cases in tests/unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations
from .definitions import container, network, web

Boto = Callable[[str], Any]
CreateService = Callable[..., None]
RUNNING = {"compare_to": "running", "cluster": "main", "service": "web"}


def quiet(**fields: Any) -> dict[str, Any]:
    """A definition that gives no reason for a finding itself; `fields` are the container's."""
    tmp = {"tmpfs": [{"containerPath": "/tmp", "size": 64}]}
    return web(containerDefinitions=[container(readonlyRootFilesystem=True, linuxParameters=tmp, **fields)])


@pytest.fixture
def create_service(aws: EmbeddedAws, boto: Boto) -> CreateService:
    """Register a definition, and create a service of it in so many of the default network's subnets."""

    def create(definition: dict[str, Any], zones: int = 2, public: str = "DISABLED", **fields: Any) -> None:
        ecs = boto("ecs")
        arn = ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
        common = {"cluster": "main", "serviceName": "web", "desiredCount": 1, "launchType": "FARGATE"}
        ecs.create_cluster(clusterName="main")
        ecs.create_service(**common, taskDefinition=arn, networkConfiguration=network(boto, zones, public), **fields)
        aws.clear_calls()

    return create


def load_balancer(boto: Boto) -> dict[str, Any]:
    """What sends requests to the container: a target group that a listener uses."""
    elb, subnets = boto("elbv2"), boto("ec2").describe_subnets()["Subnets"]
    balancer = elb.create_load_balancer(Name="web", Subnets=[subnet["SubnetId"] for subnet in subnets[:2]])
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=subnets[0]["VpcId"], TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return {"targetGroupArn": group, "containerName": "web", "containerPort": 8080}


def said(run: Run) -> dict[str, str]:
    """The path of each finding, by its rule."""
    return {finding["rule"]: finding["path"] for finding in run["findings"]}


def test_the_service_is_judged_without_another_call(
    aws: EmbeddedAws, create_service: CreateService, run_module: RunModule
) -> None:
    create_service(quiet(), zones=1, public="ENABLED")
    run = run_module("ecs_task_def", {"definition": quiet(), **RUNNING})
    assert not run["changed"]
    assert said(run) == {
        "one-zone": "service.networkConfiguration.awsvpcConfiguration.subnets",
        "no-circuit-breaker": "service.deploymentConfiguration.deploymentCircuitBreaker",
        "public-ip": "service.networkConfiguration.awsvpcConfiguration.assignPublicIp",
    }
    assert operations(aws) == {"DescribeServices": 1, "DescribeTaskDefinition": 1}
    assert "[one-zone]" in run.output and "[public-ip]" not in run.output, "infos are returned, not warned of"


def test_a_service_in_order_adds_nothing(create_service: CreateService, run_module: RunModule) -> None:
    create_service(quiet(), deploymentController={"type": "CODE_DEPLOY"})
    run = run_module("ecs_task_def", {"definition": quiet(), "fail_on": "warning", **RUNNING})
    assert (run["changed"], run["findings"], run.result.get("warnings", [])) == (False, [], [])


def test_fail_on_warning_stops_at_the_service_and_changes_nothing(
    aws: EmbeddedAws, create_service: CreateService, run_module: RunModule
) -> None:
    create_service(quiet(), zones=1)
    wanted = quiet(image="registry.example.com/web:2.0.0")
    run = run_module("ecs_task_def", {"definition": wanted, "fail_on": "warning", **RUNNING})
    assert run.failed and "[one-zone]" in run["msg"] and "one-zone" in said(run)
    assert operations(aws) == {"DescribeServices": 1}


def test_what_the_service_answers_is_not_supposed(
    aws: EmbeddedAws, boto: Boto, create_service: CreateService, run_module: RunModule
) -> None:
    """Alone, nothing tells ECS whether the container is well. Behind a load balancer something does."""
    unchecked = {"definition": quiet(healthCheck=None), "fail_on": "warning"}
    alone = run_module("ecs_task_def", unchecked, check=True)
    assert alone.failed and "no-health-check" in said(alone) and operations(aws) == {}

    create_service(quiet(), loadBalancers=[load_balancer(boto)], deploymentController={"type": "CODE_DEPLOY"})
    beside = run_module("ecs_task_def", {**unchecked, **RUNNING}, check=True)
    assert beside["changed"]
    assert said(beside) == {"no-health-check-behind-load-balancer": "containerDefinitions[web].healthCheck"}


def test_without_the_service_what_was_supposed_stands(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    boto("ecs").create_cluster(clusterName="main")
    aws.clear_calls()
    run = run_module("ecs_task_def", {"definition": quiet(healthCheck=None), "fail_on": "warning", **RUNNING})
    assert run.failed and "no-health-check" in said(run)
    assert operations(aws) == {"DescribeServices": 1}


def test_what_no_service_could_answer_stops_before_any_call(aws: EmbeddedAws, run_module: RunModule) -> None:
    definition = quiet(healthCheck=None, user="root")
    run = run_module("ecs_task_def", {"definition": definition, "fail_on": "warning", **RUNNING})
    assert run.failed and {"root-user", "no-health-check"} <= said(run).keys()
    assert operations(aws) == {}


def test_a_service_that_leaves_the_revision_to_its_task_sets(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    """The newest revision is what there is to compare with."""
    ecs = boto("ecs")
    ecs.register_task_definition(**quiet())
    ecs.create_cluster(clusterName="main")
    ecs.create_service(cluster="main", serviceName="web", desiredCount=1, deploymentController={"type": "EXTERNAL"})
    run = run_module("ecs_task_def", {"definition": quiet(), **RUNNING})
    assert (run["changed"], run["revision"], run["findings"]) == (False, 1, [])
