# SPDX-License-Identifier: GPL-3.0-or-later
"""Following deployments of services over HTTP: to their end, through rollbacks, and to the reason when they fail.

What a user sees of it is in the tests of the modules; here the follower alone is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.retries import RetryingBotoClientWrapper
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rollout import Outcome
from ansible_collections.slipway.containers.plugins.module_utils._io.aws import rollouts
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.calls import RETRY

from tools.embedded_aws import EmbeddedAws

from .conftest import operations

Boto = Callable[[str], Any]
LONG = 60


class Asker:
    """What the follower needs of a module: clients that retry, and warnings."""

    def __init__(self, boto: Boto) -> None:
        self.boto = boto
        self.warnings: list[str] = []

    def client(self, service: str, **_options: Any) -> Any:
        return RetryingBotoClientWrapper(self.boto(service), RETRY)

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)


@pytest.fixture
def asker(boto: Boto) -> Asker:
    return Asker(boto)


def register(boto: Boto, image: str, **container: Any) -> str:
    answer = boto("ecs").register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/web-execution",
        containerDefinitions=[
            {
                "name": "web",
                "image": image,
                "essential": True,
                "environment": [{"name": "DB_PASSWORD", "value": "correct-horse-battery"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/slipway/web",
                        "awslogs-region": "eu-central-1",
                        "awslogs-stream-prefix": "web",
                    },
                },
                **container,
            }
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def create(boto: Boto, image: str = "web:1", **options: Any) -> None:
    boto("logs").create_log_group(logGroupName="/slipway/web")
    boto("ecs").create_cluster(clusterName="shop")
    subnet = boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    boto("ecs").create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition=register(boto, image),
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        **{"deploymentConfiguration": BREAKER, **options},
    )


def follow(asker: Any, before: str | None = None, timeout: int = LONG, arn: str | None = None) -> Outcome:
    return rollouts.follow(asker, "shop", "web", arn, timeout, before)


def deploy(asker: Asker, boto: Boto, image: str, timeout: int = LONG, **container: Any) -> Outcome:
    """A second revision over one that is well."""
    create(boto)
    first = follow(asker)
    assert first.well, first.as_text("web")
    before = rollouts.newest(asker.client("ecs"), "shop", "web")
    boto("ecs").update_service(cluster="shop", service="web", taskDefinition=register(boto, image, **container))
    return follow(asker, before, timeout)


def test_a_deployment_that_is_well(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    outcome = deploy(asker, boto, "web:2")
    assert outcome.well and outcome.failure is None and not outcome.rolled_back
    assert outcome.deployment["status"] == "SUCCESSFUL"
    assert outcome.progress and all(step["seconds"] >= 0 and step["waited_for"] for step in outcome.progress)
    assert "DescribeTasks" not in operations(aws), "nobody asks why where nothing failed"


def test_a_rollback_is_a_failure_though_the_service_is_stable_again(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "exit:3", "image": "web:2", "log": ["password correct-horse-battery", "KeyError: 'X'"]}])
    outcome = deploy(asker, boto, "web:2")
    assert outcome.status == "ROLLBACK_SUCCESSFUL" and outcome.rolled_back and outcome.failure
    service = boto("ecs").describe_services(cluster="shop", services=["web"])["services"][0]
    assert service["runningCount"] == service["desiredCount"], "stable, and yet the deployment failed"
    assert outcome.failure.cause == "exit" and "exit code 3" in outcome.failure.sentence
    assert outcome.failure.log_tail[-1] == "KeyError: 'X'" and "correct-horse" not in outcome.as_text("web")
    assert outcome.failure.containers[0].exit_code == 3
    assert "circuit breaker" in outcome.failure.status_reason
    assert any("deployment failed" in event for event in outcome.failure.events)
    assert outcome.as_text("web").startswith("The deployment of web failed and was rolled back")


FATES = {
    "oom": ("oom", "the next Fargate size is cpu 256, memory 1024"),
    "cannot_pull": ("image", "There is no image web:2"),
    "secret_missing": ("secret", "does not exist"),
}


@pytest.mark.parametrize("fate", FATES)
def test_why_a_deployment_failed(fate: str, aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": fate, "image": "web:2"}])
    outcome = deploy(asker, boto, "web:2")
    cause, words = FATES[fate]
    assert outcome.failure and outcome.failure.cause == cause and words in outcome.failure.sentence


def test_a_health_check_that_fails(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "unhealthy", "image": "web:2"}])
    outcome = deploy(asker, boto, "web:2", healthCheck={"command": ["CMD", "true"]})
    assert outcome.rolled_back and outcome.failure and outcome.failure.cause == "health"
    assert "The health check in the task definition of web fails" in outcome.failure.sentence


def test_no_capacity(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    """No task was ever made: the events alone say why."""
    aws.behave([{"behaviour": "no_capacity", "image": "web:2"}])
    outcome = deploy(asker, boto, "web:2")
    assert outcome.rolled_back and outcome.failure and outcome.failure.cause == "capacity"
    assert not outcome.failure.containers


def test_tasks_that_hang(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "hang", "image": "web:2"}])
    outcome = deploy(asker, boto, "web:2", timeout=2)
    assert outcome.status == "TIMED_OUT" and outcome.failure and outcome.failure.cause == "timeout"
    assert "has not ended in 2 seconds" in outcome.as_text("web")
    assert "PENDING" in outcome.failure.sentence


def test_a_first_deployment_has_nothing_to_go_back_to(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "cannot_pull"}])
    create(boto)
    outcome = follow(asker)
    assert outcome.status == "ROLLBACK_FAILED" and not outcome.rolled_back
    assert "there is no former revision to go back to" in outcome.as_text("web")


def test_a_deployment_that_a_newer_one_replaces(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "hang", "image": "web:1"}])
    create(boto)
    arn = rollouts.newest(asker.client("ecs"), "shop", "web")
    boto("ecs").update_service(cluster="shop", service="web", taskDefinition=register(boto, "web:2"))
    outcome = follow(asker, arn=arn)
    assert outcome.status == "STOPPED" and outcome.as_text("web").startswith("The deployment of web was stopped.")


PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}


def test_a_pause_is_no_failure_and_is_told(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    create(boto)
    assert follow(asker).well
    ecs, before = boto("ecs"), rollouts.newest(asker.client("ecs"), "shop", "web")
    configuration = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": [PAUSE]}
    ecs.update_service(
        cluster="shop", service="web", taskDefinition=register(boto, "web:2"), deploymentConfiguration=configuration
    )
    outcome = follow(asker, before)
    assert outcome.status == "PAUSED" and outcome.well and outcome.failure is None
    assert asker.warnings[0].startswith("The deployment is paused at POST_SCALE_UP until somebody calls Continue")
    arn, (hook,) = outcome.deployment["serviceDeploymentArn"], outcome.deployment["lifecycleHookDetails"]
    ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")
    assert follow(asker, arn=arn).status == "SUCCESSFUL"


def test_no_deployment_was_started(boto: Boto, asker: Asker) -> None:
    create(boto)
    assert follow(asker).well
    outcome = follow(asker, rollouts.newest(asker.client("ecs"), "shop", "web"), timeout=1)
    assert (
        outcome.status == "NOT_STARTED"
        and not outcome.well
        and "No deployment of web was seen" in outcome.as_text("web")
    )


def test_what_may_not_be_read_hides_nothing(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    aws.behave([{"behaviour": "exit:3", "image": "web:2"}])
    denied = {"status": 400, "code": "AccessDeniedException", "message": "no"}
    aws.set_faults([{"operation": "GetLogEvents", **denied}])
    outcome = deploy(asker, boto, "web:2")
    assert outcome.failure and outcome.failure.cause == "exit" and not outcome.failure.log_tail
    assert "lack the permission logs:GetLogEvents" in asker.warnings[0]
    aws.set_faults([{"operation": "ListTasks", **denied}])
    asker.warnings.clear()
    boto("ecs").update_service(cluster="shop", service="web", forceNewDeployment=True, taskDefinition="web:2")
    again = follow(asker, str(outcome.deployment["serviceDeploymentArn"]))
    assert again.rolled_back and again.failure and "lack the permission ecs:ListTasks" in asker.warnings[0]


def test_throttling_while_waiting_is_waited_out(aws: EmbeddedAws, boto: Boto, asker: Asker) -> None:
    create(boto)
    aws.set_faults([{"operation": "DescribeServiceDeployments", "every": 3}])
    assert follow(asker).well
