# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS's ECS: deployments that shift traffic, their hooks, alarms, and the targets of load balancers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.embedded_aws import EmbeddedAws

from .test_embedded_deployments import App

Boto = Callable[[str], Any]
BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:smoke"


@pytest.fixture
def app(aws: EmbeddedAws, boto: Boto) -> App:
    """A service that was deployed by and by; the next task definition is registered."""
    app = App(boto)
    app.register()
    app.create()
    app.until("SUCCESSFUL")
    app.register("web:2")
    return app


def deploy(app: App, **configuration: Any) -> None:
    app.update(taskDefinition="web", deploymentConfiguration=configuration)


def seen(app: App, reads: int = 30) -> list[tuple[str, float]]:
    """Each stage with the production traffic of the new revision, as they are read."""
    found: list[tuple[str, float]] = []
    for _read in range(reads):
        deployment = app.deployment()
        weight = deployment["targetServiceRevision"]["requestedProductionTrafficWeight"]
        if not found or found[-1] != (deployment["lifecycleStage"], weight):
            found.append((deployment["lifecycleStage"], weight))
        if deployment["status"] != "IN_PROGRESS":
            return found
    raise AssertionError(found)


def test_blue_green_goes_through_its_stages(app: App) -> None:
    deploy(app, **BLUE_GREEN)
    both = app.deployment()
    assert both["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"] == 100.0
    assert both["lifecycleStage"] == "SCALE_UP"
    assert seen(app) == [
        ("TEST_TRAFFIC_SHIFT", 0.0),
        ("PRODUCTION_TRAFFIC_SHIFT", 100.0),
        ("BAKE_TIME", 100.0),
        ("CLEAN_UP", 100.0),
    ]
    assert app.deployment()["status"] == "SUCCESSFUL"
    assert len(app.tasks()) == 1 and len(app.service()["deployments"]) == 1


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 20.0}}, [20.0, 100.0]),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 40.0}}, [40.0, 80.0, 100.0]),
        ({"strategy": "CANARY"}, [5.0, 100.0]),
    ],
    ids=str,
)
def test_traffic_shifts_bit_by_bit(app: App, configuration: dict[str, Any], expected: list[float]) -> None:
    deploy(app, **configuration)
    assert [weight for stage, weight in seen(app) if stage == "PRODUCTION_TRAFFIC_SHIFT"] == expected
    assert app.deployment()["status"] == "SUCCESSFUL"


def paused(app: App) -> dict[str, Any]:
    """The deployment, when it waits at its hook."""
    for _read in range(20):
        deployment = app.deployment()
        if any(hook["status"] == "AWAITING_ACTION" for hook in deployment.get("lifecycleHookDetails", [])):
            return deployment
    raise AssertionError(deployment)


@pytest.mark.parametrize(("action", "ends"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")])
def test_a_pause_waits_until_it_is_told(app: App, action: str, ends: str) -> None:
    deploy(app, **BLUE_GREEN, lifecycleHooks=[PAUSE])
    deployment = paused(app)
    assert (deployment["status"], deployment["lifecycleStage"]) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
    assert app.deployment()["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    (hook,) = deployment["lifecycleHookDetails"]
    assert (hook["targetType"], hook["timeoutAction"]) == ("PAUSE", "ROLLBACK")
    asked = {"serviceDeploymentArn": deployment["serviceDeploymentArn"], "hookId": hook["hookId"]}
    app.ecs.continue_service_deployment(**asked, action=action)
    app.until(ends)
    with pytest.raises(ClientError, match="not awaiting"):
        app.ecs.continue_service_deployment(**asked)


def test_a_hook_that_fails_rolls_back(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "hook_fails", "image": "*:smoke"}])
    hook = {"hookTargetArn": FUNCTION, "roleArn": "arn:aws:iam::123456789012:role/hooks"}
    deploy(app, **BLUE_GREEN, lifecycleHooks=[{**hook, "lifecycleStages": ["POST_SCALE_UP"]}])
    deployment = app.until("ROLLBACK_SUCCESSFUL")
    assert deployment["statusReason"] == (
        "Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. "
        f"Lifecycle hook target {FUNCTION} returned FAILED status."
    )
    assert app.service()["taskDefinition"].endswith("web:1")


def test_green_tasks_that_die_trip_the_circuit_breaker(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "exit:1", "image": "web:2"}])
    deploy(app, **BLUE_GREEN, deploymentCircuitBreaker={"enable": True, "rollback": True})
    app.until("ROLLBACK_SUCCESSFUL")
    (task,) = app.tasks()
    assert task["taskDefinitionArn"].endswith("web:1")


def test_blue_green_needs_a_bake_time(app: App) -> None:
    with pytest.raises(ClientError, match="bakeTimeInMinutes"):
        deploy(app, strategy="BLUE_GREEN")


def test_a_deployment_that_is_stopped_rolls_back(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "hang", "image": "web:2"}])
    app.update(taskDefinition="web")
    arn = app.deployment()["serviceDeploymentArn"]
    app.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    app.until("ROLLBACK_SUCCESSFUL")
    with pytest.raises(ClientError, match="ConflictException"):
        app.ecs.stop_service_deployment(serviceDeploymentArn=arn)


def test_an_alarm_rolls_back(app: App, aws: EmbeddedAws, boto: Boto) -> None:
    aws.behave([{"behaviour": "hang", "image": "web:2"}])
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Statistic": "Sum"}
    limits = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0, "Period": 60, "EvaluationPeriods": 1}
    boto("cloudwatch").put_metric_alarm(AlarmName="5xx", **metric, **limits)
    deploy(app, alarms={"alarmNames": ["5xx"], "enable": True, "rollback": True})
    assert app.deployment()["alarms"]["status"] == "MONITORING"
    boto("cloudwatch").set_alarm_state(AlarmName="5xx", StateValue="ALARM", StateReason="test")
    deployment = app.until("ROLLBACK_SUCCESSFUL")
    assert deployment["alarms"] == {"status": "TRIGGERED", "alarmNames": ["5xx"], "triggeredAlarmNames": ["5xx"]}
    assert any("deployment failed: alarm detected." in event for event in app.events())


@pytest.mark.parametrize("cleanup", ["BLOCKING", "DEFERRED"])
def test_early_success(app: App, aws: EmbeddedAws, cleanup: str) -> None:
    app.update(desiredCount=2)
    aws.behave([{"behaviour": "healthy", "times": 1}, {"behaviour": "hang"}])
    criteria = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": cleanup}
    deploy(app, earlySuccessCriteria=criteria, minimumHealthyPercent=50)
    app.until("SUCCESSFUL")
    assert sum(task["lastStatus"] == "RUNNING" for task in app.tasks()) < 3


# -- load balancers -----------------------------------------------------------------------------


@pytest.fixture
def groups(boto: Boto) -> list[str]:
    """Two target groups of a load balancer."""
    elb, subnets = boto("elbv2"), boto("ec2").describe_subnets()["Subnets"]
    balancer = elb.create_load_balancer(Name="web", Subnets=[subnet["SubnetId"] for subnet in subnets[:2]])
    arns = []
    for number, name in enumerate(("blue", "green")):
        own = {"Protocol": "HTTP", "Port": 8080, "VpcId": subnets[0]["VpcId"], "TargetType": "ip"}
        arns.append(elb.create_target_group(Name=name, **own)["TargetGroups"][0]["TargetGroupArn"])
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80 + number,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arns[-1]}],
        )
    return arns


def behind(boto: Boto, groups: list[str], aws: EmbeddedAws) -> tuple[App, dict[str, Any]]:
    """An app whose task definition has a port and an address of its own, and what to create its service with."""
    app = App(boto)
    container = {"name": "web", "image": "web:1", "portMappings": [{"containerPort": 8080}]}
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    app.ecs.register_task_definition(family="web", containerDefinitions=[container], **fargate)
    subnet = boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    balancer = {"targetGroupArn": groups[0], "containerName": "web", "containerPort": 8080}
    balancer["advancedConfiguration"] = {
        "alternateTargetGroupArn": groups[1],
        "productionListenerRule": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/web/1/2/3",
        "roleArn": "arn:aws:iam::123456789012:role/ecs-balancers",
    }
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    return app, {"launchType": "FARGATE", "networkConfiguration": network, "loadBalancers": [balancer]}


def health(boto: Boto, group: str) -> list[str]:
    described = boto("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [each["TargetHealth"]["State"] for each in described]


def test_running_tasks_are_targets(aws: EmbeddedAws, boto: Boto, groups: list[str]) -> None:
    app, members = behind(boto, groups, aws)
    created = app.create(**members, desiredCount=2)
    assert created["healthCheckGracePeriodSeconds"] == 0
    assert created["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert health(boto, groups[0]) == []
    app.service()
    assert health(boto, groups[0]) == ["initial", "initial"]
    app.until("SUCCESSFUL")
    assert health(boto, groups[0]) == ["healthy", "healthy"]
    app.update(desiredCount=0)
    app.service()
    assert health(boto, groups[0]) == []


def test_a_target_that_fails_its_checks(aws: EmbeddedAws, boto: Boto, groups: list[str]) -> None:
    aws.behave([{"behaviour": "unhealthy"}])
    app, members = behind(boto, groups, aws)
    app.create(**members, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})
    app.until("ROLLBACK_FAILED")
    task = app.tasks("STOPPED")[0]
    assert task["stoppedReason"] == f"Task failed ELB health checks in (target-group {groups[0]})"
    assert any("is unhealthy in (target-group" in event for event in app.events())


def test_green_takes_the_alternate_target_group(aws: EmbeddedAws, boto: Boto, groups: list[str]) -> None:
    app, members = behind(boto, groups, aws)
    app.create(**members, deploymentConfiguration=BLUE_GREEN)
    app.until("SUCCESSFUL")
    app.update(forceNewDeployment=True)
    app.until("SUCCESSFUL")
    assert (health(boto, groups[0]), health(boto, groups[1])) == ([], ["healthy"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"containerName": "other"}, "does not exist in the task definition"),
        ({"containerPort": 1}, "did not have a container port 1"),
        ({"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/1"}, "not exist"),
    ],
    ids=str,
)
def test_a_load_balancer_that_does_not_fit_is_refused(
    aws: EmbeddedAws, boto: Boto, groups: list[str], change: dict[str, Any], message: str
) -> None:
    app, members = behind(boto, groups, aws)
    members["loadBalancers"][0].update(change)
    with pytest.raises(ClientError, match=message):
        app.create(**members)


def test_tasks_of_one_instance_are_targets_on_their_ports(aws: EmbeddedAws, boto: Boto) -> None:
    """Bridge mode with dynamic host ports, on the instances of a capacity provider's Auto Scaling group."""
    app, ec2, elb, scaling = App(boto), boto("ec2"), boto("elbv2"), boto("autoscaling")
    subnets = ec2.describe_subnets()["Subnets"]
    scaling.create_launch_configuration(LaunchConfigurationName="app", ImageId="ami-12c6146b", InstanceType="t3.micro")
    members = {"LaunchConfigurationName": "app", "MinSize": 1, "MaxSize": 1}
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="app",
        **members,
        VPCZoneIdentifier=subnets[0]["SubnetId"],
        NewInstancesProtectedFromScaleIn=True,
    )
    arn = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    app.ecs.create_capacity_provider(name="ec2", autoScalingGroupProvider={"autoScalingGroupArn": arn})
    app.ecs.put_cluster_capacity_providers(
        cluster="app", capacityProviders=["ec2"], defaultCapacityProviderStrategy=[{"capacityProvider": "ec2"}]
    )
    balancer = elb.create_load_balancer(Name="app", Subnets=[subnet["SubnetId"] for subnet in subnets[:2]])
    own = {"Protocol": "HTTP", "Port": 8080, "VpcId": subnets[0]["VpcId"], "TargetType": "instance"}
    group = elb.create_target_group(Name="app", **own)["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    app.register(portMappings=[{"containerPort": 8080}])
    balancers = [{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}]
    app.create(desiredCount=2, loadBalancers=balancers)
    app.until("SUCCESSFUL")
    described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [each["TargetHealth"]["State"] for each in described] == ["healthy", "healthy"]
    bound = {task["containers"][0]["networkBindings"][0]["hostPort"] for task in app.tasks()}
    assert {each["Target"]["Port"] for each in described} == bound
    assert len({each["Target"]["Id"] for each in described}) == 1
