# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded AWS's ECS answers has no member and no type that botocore's model does not have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .test_embedded_deployments import BREAKER, App

Boto = Callable[[str], Any]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
}
#: The text of ServiceDeployment.lifecycleStage has it, its enum has not.
TEXT_ONLY = {"PRE_PRODUCTION_TRAFFIC_SHIFT"}


def foreign(shape: Any, value: Any, path: str) -> Iterator[str]:
    """The paths of members that the shape does not have, and of values that it cannot have."""
    if shape.type_name == "structure":
        for key, member in value.items():
            if key in shape.members:
                yield from foreign(shape.members[key], member, f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif shape.type_name == "list":
        for entry in value:
            yield from foreign(shape.member, entry, f"{path}[]")
    elif shape.type_name == "map":
        for entry in value.values():
            yield from foreign(shape.value, entry, f"{path}{{}}")
    elif not fits(shape, value):
        yield f"{path} is {value!r}"


def fits(shape: Any, value: Any) -> bool:
    if not isinstance(value, TYPES[shape.type_name]) or isinstance(value, bool) != (shape.type_name == "boolean"):
        return False
    return not getattr(shape, "enum", None) or value in {*shape.enum, *TEXT_ONLY}


@pytest.fixture
def answers(aws: EmbeddedAws, boto: Boto) -> Iterator[App]:
    """An app whose answers are compared with the model when the test is over."""
    app = App(boto)
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    model = app.ecs.meta.service_model

    def compare(response_dict: dict[str, Any], operation_model: Any, **_more: Any) -> None:
        asked[operation_model.name] += 1
        if response_dict["status_code"] == 200:
            answer = json.loads(response_dict["body"])
            found.update(foreign(operation_model.output_shape, answer, operation_model.name))

    app.ecs.meta.events.register("before-parse.ecs.*", compare)
    yield app
    assert model.service_name == "ecs" and sum(asked.values()) > 10
    assert not found


def test_a_rollback_answers_by_the_model(answers: App, aws: EmbeddedAws) -> None:
    app = answers
    aws.behave([{"image": "web:bad", "behaviour": "cannot_pull"}])
    app.register()
    connect = {"enabled": True, "namespace": "app"}
    app.create(
        deploymentConfiguration={**BREAKER, "alarms": {"alarmNames": ["x"], "enable": True, "rollback": True}},
        serviceConnectConfiguration=connect,
        tags=[{"key": "owner", "value": "me"}],
    )
    app.until("SUCCESSFUL")
    app.register("web:bad")
    app.update(taskDefinition="web")
    revisions = [app.until("ROLLBACK_SUCCESSFUL")["targetServiceRevision"]["arn"], "arn:none"]
    app.service("TAGS")
    app.tasks()
    app.tasks("STOPPED")
    app.ecs.describe_service_revisions(serviceRevisionArns=revisions)
    app.ecs.describe_clusters(clusters=["app"])
    app.ecs.list_services(cluster="app")
    app.ecs.describe_services(cluster="app", services=["none"])
    app.ecs.delete_service(cluster="app", service="web", force=True)


def test_a_blue_green_deployment_answers_by_the_model(answers: App) -> None:
    app = answers
    app.register()
    app.create()
    app.until("SUCCESSFUL")
    hook = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    app.update(forceNewDeployment=True, deploymentConfiguration={"strategy": "CANARY", "lifecycleHooks": [hook]})
    for _read in range(20):
        deployment = app.deployment()
        for hook in deployment.get("lifecycleHookDetails", []):
            if hook["status"] == "AWAITING_ACTION":
                arn = deployment["serviceDeploymentArn"]
                app.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"])
    assert app.deployment()["status"] == "SUCCESSFUL"


def test_tasks_of_their_own_answer_by_the_model(answers: App, aws: EmbeddedAws, boto: Boto) -> None:
    app = answers
    container = [{"name": "web", "image": "web:1"}]
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    app.ecs.register_task_definition(family="web", containerDefinitions=container, **fargate)
    subnet = boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    for behaviour in ("healthy", "oom", "no_capacity", "secret_missing", "hang"):
        aws.behave([{"behaviour": behaviour}])
        asked = {"cluster": "app", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network}
        arns = [task["taskArn"] for task in app.ecs.run_task(**asked)["tasks"]]
        for _read in range(4):
            if arns:
                app.ecs.describe_tasks(cluster="app", tasks=arns, include=["TAGS"])
        for arn in arns:
            app.ecs.stop_task(cluster="app", task=arn)
