# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_service on a bad day: bad input, deployments that fail, and an AWS that refuses, throttles or breaks."""

from __future__ import annotations

from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations
from .definitions import container
from .services import Boto, Ground, lay_ground

ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
NO_ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}


@pytest.fixture
def ground(aws: EmbeddedAws, boto: Boto) -> Ground:
    aws.behave([], pace=5)
    return lay_ground(boto)


def release(number: int) -> list[dict[str, Any]]:
    return [container(image=f"registry.example.com/web:{number}.0.0")]


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_everything_wrong_is_said_at_once_before_any_call(check: bool, aws: EmbeddedAws, run_module: RunModule) -> None:
    arguments = {
        "name": "web app",
        "desired_count": "three",
        "launch_type": "FARGATE",
        "capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 2000}],
        "network_configuration": {"awsvpcConfiguration": {"subnet": ["subnet-a"]}},
        "load_balancers": [{"containerName": "web", "containerPort": 80}],
        "deployment_configuration": {"strategy": "BLUE_GREEN", "deploymentCircuitBreaker": {"enable": True}},
        "enable_execute_command": "perhaps",
        "tags": {"aws:owner": "me"},
    }
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_module("ecs_service", arguments, check=check, variables=without)
    assert run.failed and not run["changed"]
    assert {finding["path"] for finding in run["findings"]} == {
        "name",
        "desired_count",
        "capacity_provider_strategy",
        "capacity_provider_strategy[FARGATE].weight",
        "network_configuration.awsvpcConfiguration.subnet",
        "load_balancers[web]",
        "deployment_configuration.deploymentCircuitBreaker.rollback",
        "enable_execute_command",
        "tags[aws:owner]",
    }
    assert "did you mean 'subnets'?" in run["msg"] and run["msg"].count("\n- ") == len(run["findings"])
    assert aws.calls() == []


def test_a_new_service_needs_more_than_a_name(ground: Ground, run_module: RunModule) -> None:
    run = run_module("ecs_service", {"cluster": "shop", "name": "web"}, check=True)
    assert run.failed and "task_definition: a new service needs" in run["msg"]
    assert "desired_count: a new service needs" in run["msg"]


def test_what_aws_refuses_is_said_in_its_words(ground: Ground, run_module: RunModule) -> None:
    run = run_module("ecs_service", ground.service(network_configuration=None))
    assert run.failed and not run["changed"]
    assert "ecs:CreateService failed. AWS said InvalidParameterException: Network Configuration must be" in run["msg"]


# -- deployments that fail -------------------------------------------------------------------------


def test_a_rollback_is_a_failure_and_the_old_release_serves(
    aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    """A service is stable after its rollback: who waits for that calls a failed deployment a success."""
    ground.make(deployment_configuration=BREAKER)
    bad = ground.register(containerDefinitions=release(2))
    aws.behave([{"image": "*web:2.*", "behaviour": "exit:3", "log": ["no such table: users"]}], pace=5)
    asked = {"cluster": "shop", "name": "web", "task_definition": bad}
    run = run_module("ecs_service", asked)
    assert run.failed and run["changed"] and run["deployment"]["status"] == "ROLLBACK_SUCCESSFUL"
    assert run["msg"].startswith("The deployment of service web failed and was rolled back: the former revision serves")
    failure = run["failure"]
    assert failure["cause"] == "exit" and failure["containers"][0]["exit_code"] == 3
    assert "circuit breaker" in failure["status_reason"] and "no such table: users" in failure["log_tail"]
    assert "no such table: users" in run["msg"] and failure["sentence"] in run["msg"]
    assert ground.described()["taskDefinition"].endswith("web:1") and ground.described()["runningCount"] == 2
    assert run["service"]["taskDefinition"].endswith("web:1")
    aws.behave([], pace=5)
    again = run_module("ecs_service", asked)
    assert again["changed"] and again["deployment"]["status"] == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [("cannot_pull", "image"), ("oom", "oom"), ("secret_missing", "secret"), ("unhealthy", "health")],
)
def test_the_cause_of_a_failure(
    behaviour: str, cause: str, aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    aws.behave([{"behaviour": behaviour}], pace=5)
    run = run_module("ecs_service", ground.service(deployment_configuration=BREAKER))
    assert run.failed and run["changed"] and run["failure"]["cause"] == cause, run["failure"]
    assert run["failure"]["events"] and run["failure"]["sentence"]


def test_no_capacity_is_waited_for_until_the_time_is_up(
    aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    aws.behave([{"behaviour": "no_capacity"}], pace=5)
    run = run_module("ecs_service", ground.service(wait_timeout=2))
    assert run.failed and run["changed"] and run["failure"]["cause"] == "capacity"
    assert "has not ended in" in run["msg"] and "It goes on at AWS." in run["msg"]
    assert run["progress"]


def test_a_deployment_that_a_hook_stops(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """A canary whose check, a Lambda function, says no: the traffic goes back, and the task fails."""
    hook = {
        "hookTargetArn": "arn:aws:lambda:eu-central-1:123456789012:function:check",
        "roleArn": "arn:aws:iam::123456789012:role/hooks",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
    }
    role = "arn:aws:iam::123456789012:role/ecs"
    second = ground.target_group.replace("targetgroup/web", "targetgroup/green")
    shifting = {"alternateTargetGroupArn": second, "productionListenerRule": "arn:aws:rule", "roleArn": role}
    ground.make(load_balancers=[ground.balancer(advancedConfiguration=shifting)])
    aws.behave([{"behaviour": "hook_fails"}], pace=5)
    configuration = {"strategy": "CANARY", "bakeTimeInMinutes": 5, "lifecycleHooks": [hook]}
    run = run_module("ecs_service", ground.service(task_definition="web:2", deployment_configuration=configuration))
    assert run.failed and run["deployment"]["status"] == "ROLLBACK_SUCCESSFUL"
    assert "lifecycle hook" in run["failure"]["status_reason"]
    assert ground.described()["taskDefinition"].endswith("web:1")


def test_settings_whose_deployment_failed_are_deployed_again(
    aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    """Nothing was rolled back: the service has the settings that are asked for, and no task that serves them."""
    ground.make(deployment_configuration=NO_ROLLBACK)
    bad = ground.register(containerDefinitions=release(2))
    aws.behave([{"image": "*web:2.*", "behaviour": "exit:3"}], pace=5)
    asked = {"cluster": "shop", "name": "web", "task_definition": bad}
    assert run_module("ecs_service", asked).failed
    predicted = run_module("ecs_service", asked, check=True)
    assert predicted["changed"] and [change["path"] for change in predicted["plan"]] == ["deployment"]
    assert "so it is started again" in predicted["plan"][0]["sentence"]
    assert run_module("ecs_service", asked).failed, "and it fails again"
    aws.behave([], pace=5)
    mended = run_module("ecs_service", asked)
    assert mended["diff"] == predicted["diff"] and mended["deployment"]["status"] == "SUCCESSFUL"
    assert not run_module("ecs_service", asked)["changed"]


# -- AWS refuses, throttles, breaks ----------------------------------------------------------------


def fault(aws: EmbeddedAws, operation: str, code: str, **more: Any) -> None:
    aws.set_faults([{"operation": operation, "status": 400, "code": code, "message": "as AWS says", **more}])


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("DescribeServices", "ecs:DescribeServices"),
        ("DescribeTaskDefinition", "ecs:DescribeTaskDefinition"),
        ("DescribeScalableTargets", "application-autoscaling:DescribeScalableTargets"),
        ("ListServiceDeployments", "ecs:ListServiceDeployments"),
        ("UpdateService", "ecs:UpdateService"),
        ("TagResource", "ecs:TagResource"),
        ("DescribeServiceDeployments", "ecs:DescribeServiceDeployments"),
    ],
)
def test_a_missing_permission_is_named(
    operation: str, action: str, aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    ground.make()
    fault(aws, operation, "AccessDeniedException")
    run = run_module("ecs_service", ground.service(task_definition="web", desired_count=3, tags={"app": "web"}))
    assert run.failed and f"These credentials lack the permission {action}." in run["msg"]
    done = operation in ("TagResource", "DescribeServiceDeployments")
    assert run["changed"] is done
    said = "Before it failed: updated taskDefinition, desiredCount of service web" if done else "Nothing was changed."
    assert said in run["msg"]


@pytest.mark.parametrize("operation", ["CreateService", "DeleteService"])
def test_permissions_to_create_and_to_delete(
    operation: str, aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    arguments = ground.service()
    if operation == "DeleteService":
        ground.make()
        arguments = {"cluster": "shop", "name": "web", "state": "absent"}
    fault(aws, operation, "AccessDeniedException")
    run = run_module("ecs_service", arguments)
    assert run.failed and f"lack the permission ecs:{operation}" in run["msg"]
    assert ("Before it failed: updated desiredCount" in run["msg"]) is (operation == "DeleteService")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredTokenException", "The AWS session has expired, so ecs:DescribeServices was refused."),
        ("UnrecognizedClientException", "AWS does not know these credentials"),
    ],
)
def test_credentials_that_are_no_good(code: str, said: str, aws: EmbeddedAws, run_module: RunModule) -> None:
    fault(aws, "*", code)
    run = run_module("ecs_service", {"name": "web"})
    assert run.failed and said in run["msg"] and "Nothing was changed." in run["msg"]


def test_throttling_on_every_third_call_is_waited_out(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    fault(aws, "*", "ThrottlingException", every=3)
    run = run_module("ecs_service", ground.service(tags={"app": "web"}), variables=ONE_TRY)
    assert run["changed"] and run["deployment"]["status"] == "SUCCESSFUL"
    assert "AWS throttled" in str(run["warnings"]) and operations(aws)["CreateService"] >= 1
    aws.clear_faults()
    assert not run_module("ecs_service", ground.service(tags={"app": "web"}))["changed"]


def test_an_aws_that_breaks_is_asked_again(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """The token of the request makes one service of it however often it is sent."""
    aws.set_faults(
        [{"operation": "CreateService", "status": 500, "code": "ServerException", "message": "no", "times": 1}]
    )
    run = run_module("ecs_service", ground.service(), variables=ONE_TRY)
    assert run["changed"] and operations(aws)["CreateService"] == 2


def test_a_removal_that_takes_too_long_says_what_was_done(
    aws: EmbeddedAws, ground: Ground, run_module: RunModule
) -> None:
    ground.make()
    aws.behave([], pace=0)
    removed = {"cluster": "shop", "name": "web", "state": "absent", "wait_timeout": 1}
    run = run_module("ecs_service", removed)
    assert run.failed and run["changed"] and "Service web: it is still draining after 1 seconds." in run["msg"]
    assert "Before it failed: updated desiredCount of service web; deleted service web." in run["msg"]
    aws.behave([], pace=1)
    again = run_module("ecs_service", {**removed, "wait_timeout": 60})
    assert not again.failed and not again["changed"] and ground.described()["status"] == "INACTIVE"


# -- secrets ---------------------------------------------------------------------------------------


def test_secrets_show_nowhere(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    """Neither in a result, nor in a diff, nor in a failure, nor in the invocation that -vvv prints."""
    secret = "correct-horse-battery"
    aws.behave([{"behaviour": "exit:1", "log": [f"DB_PASSWORD={secret}"]}], pace=5)
    log = {"logDriver": "splunk", "options": {"splunk-token": secret}}
    connect = {"enabled": True, "namespace": "shop", "services": [], "logConfiguration": log}
    arguments = ground.service(service_connect_configuration=connect, deployment_configuration=BREAKER)
    runs: list[Run] = [
        run_module("ecs_service", arguments, check=True),
        run_module("ecs_service", arguments),
        run_module("ecs_service", {**arguments, "launch_type": "FARGAT"}),
    ]
    assert [run.failed for run in runs] == [False, True, True]
    for run in runs:
        assert "invocation" in run.result and secret not in run.output
