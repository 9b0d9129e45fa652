# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_service against an AWS over HTTP: what it creates, compares, keeps, deploys and deletes, with which calls.

The numbers in comments are issues of community.aws, whose ecs_service does not do what is shown here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations
from .services import Boto, Ground, lay_ground

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
SPOT = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3},
]
Options = dict[str, Any]


@pytest.fixture
def ground(aws: EmbeddedAws, boto: Boto) -> Ground:
    """At a pace that lets a deployment end after few looks."""
    aws.behave([], pace=5)
    return lay_ground(boto)


def changed(run_module: RunModule, arguments: Options) -> Run:
    """Run in check mode, then for real, then again: the first predicts the second, the third changes nothing."""
    predicted = run_module("ecs_service", arguments, check=True)
    done = run_module("ecs_service", arguments)
    assert not done.failed, done["msg"]
    again = run_module("ecs_service", arguments)
    for key in ("changed", "diff", "plan", "reasons", "downtime"):
        assert predicted[key] == done[key], key
    assert not again["changed"], again["reasons"]
    assert (again["plan"], again["reasons"], again["diff"]["before"], again["diff"]["after"]) == ([], [], {}, {})
    return done


def effects(run: Run) -> dict[str, str]:
    return {change["path"]: change["effect"] for change in run["plan"]}


def test_a_service_is_created_and_followed(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    arguments = ground.service(deployment_configuration=BREAKER, tags={"app": "web", "cost": 7})
    run = changed(run_module, arguments)
    assert run["changed"] and run["reasons"] == ["service web does not exist in cluster shop"]
    assert run["diff"]["before"] == {} and run["diff"]["after"]["task_definition"] == "web:1"
    assert run["deployment"]["status"] == "SUCCESSFUL" and run["failure"] is None
    assert run["service"]["runningCount"] == 2 and run["service"]["tags"] == {"app": "web", "cost": "7"}
    assert len(run["service"]["events"]) <= 10


def test_check_mode_on_an_empty_account(boto: Boto, aws: EmbeddedAws, run_module: RunModule) -> None:
    """Nothing is there yet: an earlier task of the play would have made the cluster, the family and the network."""
    network = {"awsvpcConfiguration": {"subnets": ["to be made"], "securityGroups": ["to be made"]}}
    arguments = {"cluster": "shop", "name": "web", "task_definition": "web", "desired_count": 1}
    run = run_module("ecs_service", {**arguments, "network_configuration": network}, check=True)
    assert run["changed"] and run["diff"]["after"]["task_definition"] == "web:new"
    assert operations(aws) == {"DescribeServices": 1, "DescribeTaskDefinition": 1}
    real = run_module("ecs_service", arguments)
    assert real.failed and "cluster shop does not exist: make it with ecs_cluster" in real["msg"]
    boto("ecs").create_cluster(clusterName="shop")
    real = run_module("ecs_service", arguments)
    assert real.failed and "task_definition: web has no active revision; register one first" in real["msg"]
    assert not real["changed"] and "CreateService" not in operations(aws)


def test_check_mode_knows_a_revision_that_is_to_come(ground: Ground, run_module: RunModule) -> None:
    ground.make()
    run = run_module("ecs_service", ground.service(task_definition="web:new"), check=True)
    assert effects(run) == {"task_definition": "deployment"}
    real = run_module("ecs_service", ground.service(task_definition="web:new"))
    assert real.failed and not real["changed"] and "web:new has no active revision" in real["msg"]


# -- what is a change ------------------------------------------------------------------------------

#: Of the five that community.aws 12 was seen to miss: what is asked for, its effect, and what AWS then shows.
MISSED: dict[str, tuple[Callable[[Ground], Options], dict[str, str], Callable[[Ground], bool]]] = {
    "subnets": (
        lambda ground: {"network_configuration": {"awsvpcConfiguration": {"subnets": ground.subnets[1:3]}}},
        {"network_configuration.awsvpcConfiguration.subnets": "deployment"},
        lambda ground: (
            network(ground)["subnets"] == ground.subnets[1:3] and network(ground)["securityGroups"] == ground.groups[:1]
        ),
    ),
    "security groups": (
        lambda ground: {"network_configuration": ground.network(securityGroups=ground.groups)},
        {"network_configuration.awsvpcConfiguration.securityGroups": "deployment"},
        lambda ground: network(ground)["securityGroups"] == ground.groups,
    ),
    "public IP": (
        lambda ground: {"network_configuration": ground.network(assignPublicIp="DISABLED")},
        {"network_configuration.awsvpcConfiguration.assignPublicIp": "deployment"},
        lambda ground: network(ground)["assignPublicIp"] == "DISABLED",
    ),
    "circuit breaker": (
        lambda ground: {"deployment_configuration": BREAKER},
        {
            "deployment_configuration.deploymentCircuitBreaker.enable": "in-place",
            "deployment_configuration.deploymentCircuitBreaker.rollback": "in-place",
        },
        lambda ground: ground.described()["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"] is True,
    ),
    "platform version": (
        lambda ground: {"platform_version": "1.4.0"},
        {"platform_version": "deployment"},
        lambda ground: ground.described()["platformVersion"] == "1.4.0",
    ),
}


def network(ground: Ground) -> dict[str, Any]:
    found: dict[str, Any] = ground.described()["networkConfiguration"]["awsvpcConfiguration"]
    return found


@pytest.mark.parametrize("missed", MISSED)
def test_drift_that_others_miss(missed: str, ground: Ground, run_module: RunModule) -> None:
    asked, expected, holds = MISSED[missed]
    ground.make()
    before = len(ground.deployments())
    run = changed(run_module, {"cluster": "shop", "name": "web", **asked(ground)})
    assert run["changed"] and effects(run) == expected and holds(ground)
    started = len(ground.deployments()) - before
    assert started == ("deployment" in expected.values())
    assert (run["deployment"] is not None) is bool(started)


def test_drift_in_everything_else_at_once(ground: Ground, run_module: RunModule) -> None:
    """1137, 1181, 1625, 543, 488, 2320 and more: not detected there, refused, or not known."""
    ground.make()
    run = changed(
        run_module,
        {
            "cluster": "shop",
            "name": "web",
            "load_balancers": [ground.balancer()],
            "health_check_grace_period_seconds": 60,
            "service_registries": [{"registryArn": "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1"}],
            "service_connect_configuration": {"enabled": True, "namespace": "shop", "services": []},
            "capacity_provider_strategy": SPOT,
            "deployment_configuration": {
                "maximumPercent": 150,
                "alarms": {"alarmNames": ["high"], "enable": True, "rollback": True},
                "earlySuccessCriteria": {
                    "enable": True,
                    "healthyPercent": 100,
                    "sourceServiceRevisionCleanup": "BLOCKING",
                },
            },
            "availability_zone_rebalancing": "DISABLED",
            "enable_ecs_managed_tags": True,
            "propagate_tags": "SERVICE",
            "enable_execute_command": True,
            "tags": {"app": "web"},
        },
    )
    assert effects(run) == {
        "load_balancers": "deployment",
        "health_check_grace_period_seconds": "in-place",
        "service_registries": "deployment",
        "service_connect_configuration.enabled": "deployment",
        "service_connect_configuration.namespace": "deployment",
        "capacity_provider_strategy": "needs-force",
        "deployment_configuration.maximumPercent": "in-place",
        "deployment_configuration.alarms.alarmNames": "in-place",
        "deployment_configuration.alarms.enable": "in-place",
        "deployment_configuration.alarms.rollback": "in-place",
        "deployment_configuration.earlySuccessCriteria.enable": "in-place",
        "deployment_configuration.earlySuccessCriteria.healthyPercent": "in-place",
        "deployment_configuration.earlySuccessCriteria.sourceServiceRevisionCleanup": "in-place",
        "availability_zone_rebalancing": "in-place",
        "enable_ecs_managed_tags": "needs-force",
        "propagate_tags": "needs-force",
        "enable_execute_command": "needs-force",
        "tags.app": "in-place",
    }
    assert run["deployment"]["status"] == "SUCCESSFUL" and run["downtime"] is None


def test_settings_that_only_a_revision_shows(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    ground.make()
    metrics = [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]
    arguments = {"cluster": "shop", "name": "web", "monitoring": {"metricConfigurations": metrics}}
    run = run_module("ecs_service", {**arguments, "force_new_deployment": True})
    assert effects(run) == {"monitoring.metricConfigurations": "in-place", "deployment": "deployment"}
    aws.clear_calls()
    assert not run_module("ecs_service", arguments)["changed"]
    assert operations(aws) == {"DescribeServices": 1, "DescribeServiceRevisions": 1}


def test_what_is_written_in_another_way_is_no_change(ground: Ground, run_module: RunModule) -> None:
    """840, 1145, 1212: task definition, launch type and grace period were changes in each run."""
    ground.make(load_balancers=[ground.balancer()], capacity_provider_strategy=SPOT, launch_type=None)
    arn = ground.described()["taskDefinition"]
    same = ground.service(
        launch_type=None,
        desired_count="2",
        capacity_provider_strategy=SPOT[::-1],
        network_configuration={
            "awsvpcConfiguration": {
                "subnets": ground.subnets[1::-1],
                "securityGroups": ground.groups[:1],
                "assignPublicIp": "ENABLED",
            }
        },
        load_balancers=[ground.balancer(containerPort="8080")],
        service_registries=[],
        platform_version="LATEST",
        health_check_grace_period_seconds=0,
        propagate_tags="NONE",
        deployment_configuration={"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING"},
    )
    for task_definition in (arn, "web:1"):
        run = run_module("ecs_service", {**same, "task_definition": task_definition})
        assert not run["changed"], run["reasons"]


def test_what_is_left_out_stays_as_it_is(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """modules-extras 1954: an omitted desired_count was a permanent change."""
    ground.make(desired_count=5, enable_execute_command=True, tags=[{"key": "app", "value": "web"}])
    before = ground.described()
    run = run_module("ecs_service", {"cluster": "shop", "name": "web"})
    assert not run["changed"] and run["service"]["desiredCount"] == 5
    run = run_module("ecs_service", {"cluster": "shop", "name": "web", "task_definition": "web:2"})
    assert run["changed"] and run["diff"]["before"] == {"task_definition": "web:1"}
    after = ground.described()
    for key in ("desiredCount", "networkConfiguration", "enableExecuteCommand", "tags", "launchType"):
        assert after[key] == before[key]


def test_the_newest_revision_of_a_family(ground: Ground, run_module: RunModule) -> None:
    ground.make()
    run = changed(run_module, {"cluster": "shop", "name": "web", "task_definition": "web"})
    assert run["diff"]["after"] == {"task_definition": "web:2"}
    ground.register(cpu="1024", memory="2048")
    run = run_module("ecs_service", {"cluster": "shop", "name": "web", "task_definition": "web"}, check=True)
    assert run["diff"]["after"] == {"task_definition": "web:3"}


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"desired_count": None}, {"DescribeServices": 1}),
        ({}, {"DescribeServices": 1, "DescribeScalableTargets": 1}),
        (
            {"task_definition": "web"},
            {"DescribeServices": 1, "DescribeScalableTargets": 1, "DescribeTaskDefinition": 1},
        ),
    ],
    ids=["one", "two", "three"],
)
def test_calls_of_a_run_that_changes_nothing(
    options: Options, calls: dict[str, int], aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    ground.make(task_definition="web:2")
    aws.clear_calls()
    run = run_module("ecs_service", ground.service(**{"task_definition": "web:2", **options}))
    assert not run["changed"] and operations(aws) == calls


def test_tags_change_in_place(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """543: there a change of tags fails."""
    ground.make(tags=[{"key": "app", "value": "web"}, {"key": "old", "value": "1"}])
    aws.clear_calls()
    run = changed(run_module, {"cluster": "shop", "name": "web", "tags": {"app": "shop"}})
    assert effects(run) == {"tags.app": "in-place", "tags.old": "in-place"}
    assert run["service"]["tags"] == {"app": "shop"}
    assert operations(aws)["TagResource"] == operations(aws)["UntagResource"] == 1
    assert operations(aws)["UpdateService"] == 0
    kept = {"cluster": "shop", "name": "web", "tags": {"more": "2"}, "purge_tags": False}
    assert run_module("ecs_service", kept)["service"]["tags"] == {"app": "shop", "more": "2"}


def test_a_namespace_by_its_name_and_by_its_arn(
    aws: EmbeddedAws, boto: Boto, ground: Ground, run_module: RunModule
) -> None:
    boto("servicediscovery").create_http_namespace(Name="shop")
    arn = boto("servicediscovery").list_namespaces()["Namespaces"][0]["Arn"]
    ground.make(service_connect_configuration={"enabled": True, "namespace": arn})
    asked = {"cluster": "shop", "name": "web"}
    for namespace, differs in (("shop", False), (arn, False), ("other", True)):
        connect = {"enabled": True, "namespace": namespace}
        run = run_module("ecs_service", {**asked, "service_connect_configuration": connect}, check=True)
        assert run["changed"] is differs, namespace
    assert operations(aws)["GetNamespace"] == 2


# -- how many tasks --------------------------------------------------------------------------------


def scalable(boto: Boto, least: int, most: int) -> None:
    boto("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/shop/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=least,
        MaxCapacity=most,
    )


def test_a_count_that_nothing_scales(ground: Ground, run_module: RunModule) -> None:
    ground.make()
    run = changed(run_module, {"cluster": "shop", "name": "web", "desired_count": 3})
    assert effects(run) == {"desired_count": "in-place"} and run["deployment"] is None
    assert "2 become 3" in run["plan"][0]["sentence"] and len(ground.deployments()) == 1
    stopped = run_module("ecs_service", {"cluster": "shop", "name": "web", "desired_count": 0}, check=True)
    assert stopped["downtime"] == "ECS stops all 3 tasks: the service is down until it has some again."


def test_a_scalable_target_has_the_last_word(boto: Boto, ground: Ground, run_module: RunModule) -> None:
    """The number counts at the creation of the service; later it is the target's, within its bounds."""
    ground.make(desired_count=7)
    scalable(boto, 2, 10)
    asked = {"cluster": "shop", "name": "web", "desired_count": 3}
    assert not run_module("ecs_service", asked)["changed"]
    scalable(boto, 8, 10)
    raised = changed(run_module, asked)
    assert raised["diff"]["after"] == {"desired_count": 8}
    scalable(boto, 1, 5)
    assert run_module("ecs_service", asked, check=True)["diff"]["after"] == {"desired_count": 5}


# -- deployments -----------------------------------------------------------------------------------


def test_a_forced_deployment_is_a_change_in_each_run(ground: Ground, run_module: RunModule) -> None:
    """1680: without a task definition."""
    ground.make()
    forced = {"cluster": "shop", "name": "web", "force_new_deployment": True}
    predicted = run_module("ecs_service", forced, check=True)
    for number in (2, 3):
        run = run_module("ecs_service", forced)
        assert run["changed"] and run["diff"] == predicted["diff"] and effects(run) == {"deployment": "deployment"}
        assert len(ground.deployments()) == number
        assert run["deployment"]["serviceDeploymentArn"] == ground.deployments()[0]["serviceDeploymentArn"]


def test_what_waits_for_a_deployment_is_brought_by_a_forced_one(ground: Ground, run_module: RunModule) -> None:
    ground.make()
    asked = {"cluster": "shop", "name": "web", "enable_execute_command": True}
    run = run_module("ecs_service", asked)
    assert effects(run) == {"enable_execute_command": "needs-force"} and len(ground.deployments()) == 1
    assert "until force_new_deployment replaces them" in run["plan"][0]["sentence"]
    forced = run_module("ecs_service", {**asked, "enable_execute_command": False, "force_new_deployment": True})
    assert "the deployment of this run brings it" in forced["plan"][0]["sentence"]
    assert len(ground.deployments()) == 2


def test_without_wait_nothing_is_followed(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    aws.clear_calls()
    run = run_module("ecs_service", ground.service(wait=False))
    assert run["changed"] and run["deployment"] is None
    assert operations(aws) == {"DescribeServices": 1, "CreateService": 1}
    assert run["service"]["serviceName"] == "web"


def test_a_deployment_that_is_under_way_is_followed(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """A run that was broken off left it behind: the next one changes nothing, and yet says how it ended."""
    ground.make()
    aws.behave([], pace=1)
    ground.boto("ecs").update_service(cluster="shop", service="web", taskDefinition="web:2")
    run = run_module("ecs_service", ground.service(task_definition="web:2"))
    assert not run["changed"] and run["deployment"]["status"] == "SUCCESSFUL"
    assert run["service"]["runningCount"] == 2
    assert run_module("ecs_service", ground.service(task_definition="web:2"))["deployment"] is None


def test_launch_type_and_capacity_providers_take_each_others_place(ground: Ground, run_module: RunModule) -> None:
    """840; AWS allows it since 2025-06."""
    ground.make()
    asked = {"cluster": "shop", "name": "web"}
    run = changed(run_module, {**asked, "capacity_provider_strategy": SPOT})
    assert effects(run) == {"capacity_provider_strategy": "needs-force"}
    assert run["deployment"]["status"] == "SUCCESSFUL" and "launchType" not in ground.described()
    run = changed(run_module, {**asked, "launch_type": "FARGATE"})
    assert effects(run) == {"launch_type": "needs-force"}
    assert ground.described()["launchType"] == "FARGATE" and not ground.described().get("capacityProviderStrategy")


def shifted(ground: Ground) -> list[Options]:
    """A load balancer that shifts traffic between two target groups."""
    group = ground.target_group.replace("targetgroup/web", "targetgroup/green")
    role = "arn:aws:iam::123456789012:role/ecs"
    second = {"alternateTargetGroupArn": group, "productionListenerRule": "arn:aws:rule", "roleArn": role}
    return [ground.balancer(advancedConfiguration=second)]


def test_blue_green(ground: Ground, run_module: RunModule) -> None:
    arguments = ground.service(
        load_balancers=shifted(ground),
        deployment_configuration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5},
    )
    changed(run_module, arguments)
    run = changed(run_module, {**arguments, "task_definition": "web:2"})
    assert run["downtime"] is None and run["deployment"]["status"] == "SUCCESSFUL"
    assert ground.described()["taskDefinition"].endswith("web:2")


@pytest.mark.parametrize(
    ("strategy", "more"),
    [
        ("CANARY", {"canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}}),
        ("LINEAR", {"linearConfiguration": {"stepPercent": 50.0}}),
    ],
)
def test_shifting_step_by_step(strategy: str, more: Options, ground: Ground, run_module: RunModule) -> None:
    ground.make(load_balancers=shifted(ground))
    configuration = {"strategy": strategy, "bakeTimeInMinutes": 5, **more}
    arguments = ground.service(task_definition="web:2", deployment_configuration=configuration)
    run = changed(run_module, arguments)
    assert run["deployment"]["status"] == "SUCCESSFUL" and run["downtime"] is None
    assert ground.described()["deploymentConfiguration"]["strategy"] == strategy


def test_downtime_of_what_must_stop_first(ground: Ground, run_module: RunModule) -> None:
    """One task that writes to a volume: the old one stops, then the new one starts."""
    ground.make(desired_count=1, deployment_configuration={"minimumHealthyPercent": 0, "maximumPercent": 100})
    run = changed(run_module, {"cluster": "shop", "name": "web", "task_definition": "web:2"})
    assert run["downtime"].startswith("ECS stops its task before it starts new ones")


def test_what_codedeploy_deploys_is_not_changed_here(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """340."""
    ground.boto("ecs").create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=ground.network(),
        deploymentController={"type": "CODE_DEPLOY"},
    )
    aws.clear_calls()
    asked = {"cluster": "shop", "name": "web", "task_definition": "web:2"}
    run = run_module("ecs_service", asked)
    assert run.failed and not run["changed"] and effects(run) == {"task_definition": "elsewhere"}
    assert "task_definition: the deployment controller is CODE_DEPLOY" in run["msg"]
    assert operations(aws) == {"DescribeServices": 1}
    counted = run_module("ecs_service", {"cluster": "shop", "name": "web", "desired_count": 2})
    assert counted["changed"] and counted["deployment"] is None


# -- replacement -----------------------------------------------------------------------------------


def test_a_replacement_is_refused_unless_allowed(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    ground.register(family="bridge", requiresCompatibilities=["EC2"], networkMode="awsvpc")
    ground.make(load_balancers=[ground.balancer()], tags=[{"key": "app", "value": "web"}])
    aws.clear_calls()
    asked = {"cluster": "shop", "name": "web", "launch_type": "EC2", "task_definition": "bridge:1"}
    for check in (True, False):
        refused = run_module("ecs_service", asked, check=check)
        assert refused.failed and not refused["changed"]
        assert "launch_type: UpdateService takes no launch type" in refused["msg"]
        assert "Set replace to allow a replacement." in refused["msg"]
    assert operations(aws) == {"DescribeServices": 2}
    created = ground.described()["createdAt"]
    run = changed(run_module, {**asked, "replace": True})
    assert effects(run) == {"task_definition": "deployment", "launch_type": "replacement"}
    assert run["downtime"].startswith("Service web is deleted with all 2 tasks and created again: down until")
    service = ground.described()
    assert service["createdAt"] > created and service["launchType"] == "EC2" and service["desiredCount"] == 2
    assert [balancer["containerPort"] for balancer in service["loadBalancers"]] == [8080]
    assert service["tags"] == [{"key": "app", "value": "web"}]


# -- removal ---------------------------------------------------------------------------------------


def test_a_service_is_drained_and_deleted(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    ground.make()
    aws.clear_calls()
    run = changed(run_module, {"cluster": "shop", "name": "web", "state": "absent"})
    assert run["changed"] and run["downtime"] == "Service web ends with all 2 tasks, and nothing takes its place."
    assert run["diff"]["before"] == {"name": "web", "task_definition": "web:1", "desired_count": 2}
    assert ground.described()["status"] == "INACTIVE"
    order = [call["operation"] for call in aws.calls() if call["operation"] in ("UpdateService", "DeleteService")]
    assert order == ["UpdateService", "DeleteService"]
    assert not run_module("ecs_service", {"cluster": "none", "name": "web", "state": "absent"})["changed"]


def test_deleted_at_once(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    ground.make()
    aws.clear_calls()
    gone = {"cluster": "shop", "name": "web", "state": "absent", "force_delete": True, "wait": False}
    assert run_module("ecs_service", gone)["changed"]
    assert operations(aws) == {"DescribeServices": 1, "DeleteService": 1}
    assert not run_module("ecs_service", gone)["changed"]


def test_a_name_is_taken_until_its_tasks_have_stopped(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    ground.make()
    aws.behave([], pace=0)
    ground.boto("ecs").delete_service(cluster="shop", service="web", force=True)
    assert run_module("ecs_service", ground.service(), check=True)["changed"]
    refused = run_module("ecs_service", ground.service(wait=False))
    assert refused.failed and "service web is being deleted" in refused["msg"]
    removed = {"cluster": "shop", "name": "web", "state": "absent", "wait": False}
    assert not run_module("ecs_service", removed)["changed"], "it goes already"
    aws.behave([], pace=1)
    run = run_module("ecs_service", ground.service())
    assert run["changed"] and run["service"]["status"] == "ACTIVE"
