# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded AWS's ECS: services have deployments, tasks live and die as the rules of behaviour say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.embedded_aws import EmbeddedAws

Boto = Callable[[str], Any]
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
ROLLED_BACK = "Service deployment rolled back because the circuit breaker threshold was exceeded."


class App:
    """A service named web in a cluster of its own."""

    def __init__(self, boto: Boto) -> None:
        self.ecs = boto("ecs")
        self.ecs.create_cluster(clusterName="app", capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def register(self, image: str = "web:1", family: str = "web", **members: Any) -> str:
        container = {"name": "web", "image": image, "memory": 128, **members}
        answer = self.ecs.register_task_definition(family=family, containerDefinitions=[container])
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def create(self, **members: Any) -> dict[str, Any]:
        asked = {"cluster": "app", "serviceName": "web", "desiredCount": 1, "taskDefinition": "web", **members}
        return dict(self.ecs.create_service(**asked)["service"])

    def update(self, **members: Any) -> dict[str, Any]:
        return dict(self.ecs.update_service(cluster="app", service="web", **members)["service"])

    def service(self, *include: str) -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="app", services=["web"], include=include)["services"][0])

    def deployment(self) -> dict[str, Any]:
        """The newest service deployment."""
        listed = self.ecs.list_service_deployments(cluster="app", service="web")["serviceDeployments"]
        arns = [listed[0]["serviceDeploymentArn"]]
        return dict(self.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0])

    def until(self, status: str, reads: int = 30) -> dict[str, Any]:
        seen = []
        for _read in range(reads):
            deployment = self.deployment()
            seen.append(deployment["status"])
            if deployment["status"] == status:
                return deployment
        raise AssertionError(f"{status} did not come: {seen}")

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="app", serviceName="web", desiredStatus=status)["taskArns"]
        return list(self.ecs.describe_tasks(cluster="app", tasks=arns)["tasks"]) if arns else []

    def events(self) -> list[str]:
        return [event["message"].removeprefix("(service web) ") for event in self.service()["events"]]


@pytest.fixture
def app(aws: EmbeddedAws, boto: Boto) -> App:
    return App(boto)


# -- rolling ------------------------------------------------------------------------------------


def test_a_new_service_starts_its_tasks_and_completes(app: App) -> None:
    arn = app.register()
    created = app.create(desiredCount=2)
    assert (created["status"], created["desiredCount"], created["runningCount"]) == ("ACTIVE", 2, 0)
    first = app.service()
    assert (first["runningCount"], first["deployments"][0]["rolloutState"]) == (2, "IN_PROGRESS")
    deployment = app.until("SUCCESSFUL")
    assert deployment["targetServiceRevision"]["runningTaskCount"] == 2
    (rollout,) = app.service()["deployments"]
    assert (rollout["status"], rollout["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert rollout["rolloutStateReason"] == f"ECS deployment {rollout['id']} completed."
    assert rollout["taskDefinition"] == arn
    assert [task["lastStatus"] for task in app.tasks()] == ["RUNNING", "RUNNING"]
    assert app.events()[:2] == ["has reached a steady state.", f"(deployment {rollout['id']}) deployment completed."]


def test_a_new_task_definition_replaces_the_tasks(app: App) -> None:
    app.register()
    app.create()
    app.until("SUCCESSFUL")
    second = app.register("web:2")
    updated = app.update(taskDefinition="web")
    assert updated["taskDefinition"] == second
    assert updated["currentServiceDeployment"] == app.deployment()["serviceDeploymentArn"]
    assert [each["status"] for each in updated["deployments"]] == ["PRIMARY", "ACTIVE"]
    deployment = app.until("SUCCESSFUL")
    assert len(deployment["sourceServiceRevisions"]) == 1
    assert [task["taskDefinitionArn"] for task in app.tasks()] == [second]
    assert app.tasks("STOPPED")[0]["stopCode"] == "ServiceSchedulerInitiated"
    assert len(app.service()["deployments"]) == 1


@pytest.mark.parametrize(
    ("change", "deploys"),
    [
        ({"desiredCount": 3}, False),
        ({"taskDefinition": "web"}, False),
        ({"healthCheckGracePeriodSeconds": 5}, False),
        ({"deploymentConfiguration": {"maximumPercent": 150}}, False),
        ({"enableExecuteCommand": True}, False),
        ({"forceNewDeployment": True}, True),
        ({"serviceConnectConfiguration": {"enabled": False}}, True),
    ],
    ids=str,
)
def test_what_starts_a_deployment(app: App, change: dict[str, Any], deploys: bool) -> None:
    app.register()
    app.create()
    before = app.until("SUCCESSFUL")["serviceDeploymentArn"]
    app.update(**change)
    assert (app.deployment()["serviceDeploymentArn"] != before) is deploys


def test_the_circuit_breaker_rolls_back(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"image": "web:bad", "behaviour": "exit:3"}])
    good = app.register()
    app.create(deploymentConfiguration=BREAKER)
    app.until("SUCCESSFUL")
    bad = app.register("web:bad")
    app.update(taskDefinition=bad)
    deployment = app.until("ROLLBACK_SUCCESSFUL")
    assert deployment["statusReason"] == ROLLED_BACK
    assert deployment["rollback"]["reason"] == ROLLED_BACK
    assert deployment["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    service = app.service()
    assert service["taskDefinition"] == good
    assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
    assert [task["taskDefinitionArn"] for task in app.tasks()] == [good]
    stopped = [task for task in app.tasks("STOPPED") if task["taskDefinitionArn"] == bad]
    assert len(stopped) == 3
    assert stopped[0]["stopCode"] == "EssentialContainerExited"
    assert stopped[0]["stoppedReason"] == "Essential container in task exited"
    assert stopped[0]["containers"][0]["exitCode"] == 3
    events = " ".join(app.events())
    assert "deployment failed: tasks failed to start." in events
    assert "rolling back to deployment ecs-svc/" in events


def test_while_it_rolls_back_the_failed_rollout_is_still_listed(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"image": "web:bad", "behaviour": "cannot_pull"}])
    app.register()
    app.create(deploymentConfiguration=BREAKER)
    app.until("SUCCESSFUL")
    app.register("web:bad")
    app.update(taskDefinition="web")
    app.until("ROLLBACK_IN_PROGRESS")
    arns = app.ecs.list_service_deployments(cluster="app", service="web")["serviceDeployments"]
    assert arns[0]["status"] == "ROLLBACK_IN_PROGRESS"


def test_a_first_deployment_has_nothing_to_roll_back_to(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "cannot_pull"}])
    app.register("registry.example/web:none")
    app.create(deploymentConfiguration=BREAKER)
    deployment = app.until("ROLLBACK_FAILED")
    assert deployment["statusReason"] == "No rollback candidate was found to run the rollback."
    (rollout,) = app.service()["deployments"]
    assert rollout["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    task = app.tasks("STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "registry.example/web:none: not found" in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


def test_without_the_rollback_option_the_deployment_stops(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"image": "web:bad", "behaviour": "oom"}])
    good = app.register()
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    app.create(deploymentConfiguration=breaker)
    app.until("SUCCESSFUL")
    app.update(taskDefinition=app.register("web:bad"))
    deployment = app.until("STOPPED")
    assert "stoppedAt" in deployment
    service = app.service()
    assert [each["rolloutState"] for each in service["deployments"]] == ["FAILED", "COMPLETED"]
    assert [task["taskDefinitionArn"] for task in app.tasks()] == [good]
    container = app.tasks("STOPPED")[0]["containers"][0]
    assert (container["exitCode"], container["reason"]) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )


def test_without_a_circuit_breaker_it_goes_on_trying(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "exit:1"}])
    app.register()
    app.create()
    for _read in range(12):
        app.service()
    assert app.deployment()["status"] == "IN_PROGRESS"
    assert app.service()["deployments"][0]["failedTasks"] > 3
    assert any("unable to consistently start tasks" in event for event in app.events())


# -- fates --------------------------------------------------------------------------------------


def test_no_capacity_is_an_event(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "no_capacity", "family": "w*"}])
    app.register()
    app.create(deploymentConfiguration=BREAKER)
    app.until("ROLLBACK_FAILED")
    assert app.tasks() == app.tasks("STOPPED") == []
    assert any(event.startswith("was unable to place a task. Reason: ") for event in app.events())


def test_a_failing_health_check_stops_the_task(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "unhealthy"}])
    app.register(healthCheck={"command": ["CMD", "true"]})
    app.create(deploymentConfiguration=BREAKER)
    app.until("ROLLBACK_FAILED")
    task = app.tasks("STOPPED")[0]
    assert task["stoppedReason"] == "Task failed container health checks"
    assert task["containers"][0]["healthStatus"] == "UNHEALTHY"
    assert any(event.endswith("failed container health checks.") for event in app.events())


def test_a_secret_that_is_missing(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "secret_missing", "image": "web:*"}])
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"
    app.register(secrets=[{"name": "DB", "valueFrom": arn}])
    app.create(deploymentConfiguration=BREAKER)
    app.until("ROLLBACK_FAILED")
    assert arn in app.tasks("STOPPED")[0]["stoppedReason"]


def test_a_task_that_hangs_stays_pending(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "hang"}])
    app.register()
    app.create()
    for _read in range(5):
        service = app.service()
    assert (service["runningCount"], service["pendingCount"]) == (0, 1)


def test_a_rule_can_hold_for_the_first_tasks_only(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "exit:1", "times": 2}])
    app.register()
    app.create(deploymentConfiguration=BREAKER)
    app.until("SUCCESSFUL")
    assert len(app.tasks("STOPPED")) == 2


@pytest.mark.parametrize("rule", [{"behaviour": "explode"}, {"behaviour": "healthy", "steps": 0}, {"fate": "oom"}])
def test_a_rule_that_cannot_be_is_refused(aws: EmbeddedAws, rule: Any) -> None:
    with pytest.raises(ValueError, match="Error"):
        aws.behave([rule])


# -- deletion -----------------------------------------------------------------------------------


def test_a_deleted_service_drains_and_is_gone(app: App) -> None:
    app.register()
    app.create()
    app.until("SUCCESSFUL")
    with pytest.raises(ClientError, match="scaled above 0"):
        app.ecs.delete_service(cluster="app", service="web")
    with pytest.raises(ClientError, match="ClusterContainsServices"):
        app.ecs.delete_cluster(cluster="app")
    deleted = app.ecs.delete_service(cluster="app", service="web", force=True)["service"]
    assert deleted["status"] == "DRAINING"
    assert app.ecs.list_services(cluster="app")["serviceArns"] == []
    with pytest.raises(ClientError, match="ServiceNotActive"):
        app.update(desiredCount=1)
    assert [app.service()["status"] for _read in range(2)][-1] == "INACTIVE"
    app.ecs.delete_cluster(cluster="app")


# -- RunTask ------------------------------------------------------------------------------------


def run(app: App, **members: Any) -> dict[str, Any]:
    answer = app.ecs.run_task(cluster="app", taskDefinition="web", **members)
    arn = answer["tasks"][0]["taskArn"]
    for _read in range(10):
        (task,) = app.ecs.describe_tasks(cluster="app", tasks=[arn])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
    raise AssertionError(task)


def test_run_task_runs_to_its_end(app: App, aws: EmbeddedAws) -> None:
    app.register()
    task = run(app)
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)
    aws.behave([{"behaviour": "exit:4"}])
    assert run(app)["containers"][0]["exitCode"] == 4


def test_run_task_without_capacity_has_failures(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "no_capacity"}])
    app.register()
    answer = app.ecs.run_task(cluster="app", taskDefinition="web")
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"] == "RESOURCE:MEMORY"


def test_logs_are_in_the_group_of_the_container(app: App, aws: EmbeddedAws, boto: Boto) -> None:
    aws.behave([{"behaviour": "exit:1", "log": ["first", "last"]}])
    logs = boto("logs")
    logs.create_log_group(logGroupName="/slipway/app")
    options = {"awslogs-group": "/slipway/app", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "web"}
    app.register(logConfiguration={"logDriver": "awslogs", "options": options})
    identity = run(app)["taskArn"].split("/")[-1]
    events = logs.get_log_events(logGroupName="/slipway/app", logStreamName=f"web/web/{identity}")["events"]
    assert [event["message"] for event in events] == ["first", "last"]


# -- what moto lacks otherwise ------------------------------------------------------------------


def test_a_family_alone_is_its_latest_active_revision(app: App) -> None:
    first, second = app.register(), app.register("web:2")
    app.ecs.deregister_task_definition(taskDefinition=second)
    assert app.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["taskDefinitionArn"] == first
    app.ecs.deregister_task_definition(taskDefinition=first)
    with pytest.raises(ClientError, match="Unable to describe task definition"):
        app.ecs.describe_task_definition(taskDefinition="web")


def test_a_cluster_always_has_its_lists(app: App) -> None:
    app.ecs.create_cluster(clusterName="plain")
    (cluster,) = app.ecs.describe_clusters(clusters=["plain"])["clusters"]
    assert (cluster["capacityProviders"], cluster["defaultCapacityProviderStrategy"]) == ([], [])


def test_the_same_client_token_starts_nothing_again(app: App) -> None:
    app.register()
    asked = {"cluster": "app", "taskDefinition": "web", "clientToken": "once"}
    first, second = app.ecs.run_task(**asked), app.ecs.run_task(**asked)
    assert first["tasks"][0]["taskArn"] == second["tasks"][0]["taskArn"]
    with pytest.raises(ClientError, match="ConflictException"):
        app.ecs.run_task(**asked, count=2)


def test_time_can_stand_still_and_run(app: App, aws: EmbeddedAws) -> None:
    aws.behave([], pace=0)
    app.register()
    app.create()
    for _read in range(5):
        assert app.deployment()["status"] == "IN_PROGRESS"
    aws.behave([], pace=5)
    assert app.deployment()["status"] == "SUCCESSFUL"


def test_tasks_have_the_tags_of_their_service(app: App) -> None:
    app.register()
    app.create(propagateTags="SERVICE", enableECSManagedTags=True, tags=[{"key": "owner", "value": "me"}])
    app.ecs.tag_resource(resourceArn=app.service()["serviceArn"], tags=[{"key": "later", "value": "yes"}])
    assert {tag["key"] for tag in app.service("TAGS")["tags"]} == {"owner", "later"}
    assert "tags" not in app.service()
    arns = app.ecs.list_tasks(cluster="app", serviceName="web")["taskArns"]
    (task,) = app.ecs.describe_tasks(cluster="app", tasks=arns, include=["TAGS"])["tasks"]
    assert {tag["key"] for tag in task["tags"]} == {"owner", "aws:ecs:clusterName", "aws:ecs:serviceName"}


def test_spot_and_on_demand_are_shared_out(app: App) -> None:
    strategy = [{"capacityProvider": "FARGATE", "base": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    app.register()
    app.create(desiredCount=3, capacityProviderStrategy=strategy)
    service = app.service()
    assert "launchType" not in service and service["platformVersion"] == "LATEST"
    names = sorted(task["capacityProviderName"] for task in app.tasks())
    assert names == ["FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"]
    with pytest.raises(ClientError, match="not associated with the cluster"):
        app.update(capacityProviderStrategy=[{"capacityProvider": "other"}], forceNewDeployment=True)
    with pytest.raises(ClientError, match="you must force a new deployment"):
        app.update(capacityProviderStrategy=strategy[:1])
    assert app.update(capacityProviderStrategy=[], forceNewDeployment=True)["launchType"] == "FARGATE"


def test_what_aws_fills_in(app: App) -> None:
    app.register()
    created = app.create()
    assert created["deploymentConfiguration"] == {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    assert created["availabilityZoneRebalancing"] == "ENABLED"
    assert (created["schedulingStrategy"], created["propagateTags"]) == ("REPLICA", "NONE")
    assert created["deploymentController"] == {"type": "ECS"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"cluster": "none"}, "ClusterNotFound"),
        ({"taskDefinition": "none"}, "TaskDefinition not found"),
        ({"launchType": "FARGATE", "capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]}, "Specifying both"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}}, "not valid for the given"),
    ],
    ids=str,
)
def test_a_service_that_cannot_be_is_refused(app: App, members: dict[str, Any], message: str) -> None:
    app.register()
    with pytest.raises(ClientError, match=message):
        app.create(**members)


def test_a_name_is_taken_until_the_service_is_gone(app: App) -> None:
    app.register()
    app.create()
    with pytest.raises(ClientError, match="not idempotent"):
        app.create()
    app.ecs.delete_service(cluster="app", service="web", force=True)
    with pytest.raises(ClientError, match="still Draining"):
        app.create()
    app.service()
    app.create()


def test_spot_can_be_taken_away_and_can_be_out(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "interrupted", "capacity_provider": "FARGATE_SPOT", "times": 1, "steps": 3}])
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    app.register()
    app.create(capacityProviderStrategy=spot)
    app.until("SUCCESSFUL")
    for _read in range(4):
        app.service()
    task = app.tasks("STOPPED")[0]
    assert (task["stopCode"], task["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert [task["lastStatus"] for task in app.tasks()] == ["RUNNING"]
    aws.behave([{"behaviour": "no_capacity", "capacity_provider": "FARGATE_SPOT"}])
    asked = {"cluster": "app", "taskDefinition": "web"}
    answer = app.ecs.run_task(**asked, capacityProviderStrategy=spot)
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")
    assert app.ecs.run_task(**asked, capacityProviderStrategy=[{"capacityProvider": "FARGATE"}])["failures"] == []


def test_a_newer_deployment_takes_the_place_of_one_on_its_way(app: App, aws: EmbeddedAws) -> None:
    aws.behave([{"behaviour": "hang", "image": "web:2"}])
    app.register()
    app.create()
    app.until("SUCCESSFUL")
    app.update(taskDefinition=app.register("web:2"))
    app.update(taskDefinition=app.register("web:3"))
    app.until("SUCCESSFUL")
    listed = app.ecs.list_service_deployments(cluster="app", service="web")["serviceDeployments"]
    assert [each["status"] for each in listed] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    stopped = app.ecs.list_service_deployments(cluster="app", service="web", status=["STOPPED"], maxResults=1)
    assert len(stopped["serviceDeployments"]) == 1


def test_the_waiter_for_stable_services_is_content_with_a_rollback(app: App, aws: EmbeddedAws) -> None:
    """Why a module that waits has to follow the deployment."""
    aws.behave([{"image": "web:bad", "behaviour": "exit:3"}])
    app.register()
    app.create(deploymentConfiguration=BREAKER)
    app.until("SUCCESSFUL")
    app.update(taskDefinition=app.register("web:bad"))
    app.ecs.get_waiter("services_stable").wait(cluster="app", services=["web"], WaiterConfig={"Delay": 0})
    assert app.deployment()["status"] == "ROLLBACK_SUCCESSFUL"


def test_an_execution_role_that_may_not_pull_keeps_the_task_from_starting(app: App, boto: Boto) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = boto("iam").create_role(RoleName="pull", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    container = {"name": "web", "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1", "memory": 128}
    app.ecs.register_task_definition(family="web", containerDefinitions=[container], executionRoleArn=role["Arn"])
    app.create(deploymentConfiguration=BREAKER)
    app.until("ROLLBACK_FAILED")
    assert "is not authorized to perform: ecr:GetAuthorizationToken" in app.tasks("STOPPED")[0]["stoppedReason"]
    assert "ecr:GetAuthorizationToken" in run(app)["stoppedReason"]
