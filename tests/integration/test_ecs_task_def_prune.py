# SPDX-License-Identifier: GPL-3.0-or-later
"""What keep_revisions and state absent remove, and above all what they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations
from .definitions import container, network, web

Boto = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/scheduler"


def register(ecs: Any, count: int) -> list[str]:
    """`count` revisions of web; their ARNs, oldest first. The last is what web() says."""
    images = [f"registry.example.com/web:0.{number}" for number in range(1, count)] + [container()["image"]]
    registered = [
        ecs.register_task_definition(**web(containerDefinitions=[container(image=image)])) for image in images
    ]
    return [entry["taskDefinition"]["taskDefinitionArn"] for entry in registered]


def active(ecs: Any) -> list[int]:
    arns = ecs.list_task_definitions(familyPrefix="web", status="ACTIVE")["taskDefinitionArns"]
    return sorted(int(arn.rpartition(":")[2]) for arn in arns)


def numbers(arns: list[str]) -> list[int]:
    return [int(arn.rpartition(":")[2]) for arn in arns]


def test_the_newest_are_kept(boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    register(ecs, 5)
    arguments = {"definition": web(), "keep_revisions": 2}
    predicted = run_module("ecs_task_def", arguments, check=True)
    assert active(ecs) == [1, 2, 3, 4, 5]
    run = run_module("ecs_task_def", arguments)
    assert numbers(predicted["pruned"]) == numbers(run["pruned"]) == [1, 2, 3]
    assert run["changed"] and active(ecs) == [4, 5]
    assert run["diff"]["before"] == {"old revisions": run["pruned"]}
    assert not run_module("ecs_task_def", arguments)["changed"]


def test_check_mode_counts_the_revision_that_is_coming(boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    register(ecs, 3)
    arguments = {"definition": web(cpu="512", memory="1024"), "keep_revisions": 2}
    predicted = run_module("ecs_task_def", arguments, check=True)
    run = run_module("ecs_task_def", arguments)
    assert numbers(predicted["pruned"]) == numbers(run["pruned"]) == [1, 2] and active(ecs) == [3, 4]


def test_many_are_deleted_in_batches_of_ten(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    register(ecs, 24)
    ecs.deregister_task_definition(taskDefinition="web:1")
    aws.clear_calls()
    run = run_module("ecs_task_def", {"definition": web(), "keep_revisions": 1})
    assert len(run["pruned"]) == 23 and active(ecs) == [24], "also what was deregistered by somebody else"
    assert operations(aws)["DeregisterTaskDefinition"] == 22
    assert operations(aws)["DeleteTaskDefinitions"] == 3


def use_service(boto: Boto, arn: str) -> None:
    boto("ecs").create_cluster(clusterName="main")
    own = {"cluster": "main", "serviceName": "web", "taskDefinition": arn}
    boto("ecs").create_service(**own, desiredCount=1, launchType="FARGATE", networkConfiguration=network(boto))


def use_schedule(boto: Boto, arn: str) -> None:
    cluster = boto("ecs").create_cluster(clusterName="main")["cluster"]["clusterArn"]
    scheduler = boto("scheduler")
    scheduler.create_schedule_group(Name="nightly")
    scheduler.create_schedule(
        Name="clean",
        GroupName="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": cluster, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": arn}},
    )


def use_rule(boto: Boto, arn: str) -> None:
    cluster = boto("ecs").create_cluster(clusterName="main")["cluster"]["clusterArn"]
    events = boto("events")
    events.put_rule(Name="clean", ScheduleExpression="rate(1 day)")
    target = {"Id": "1", "Arn": cluster, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": arn}}
    events.put_targets(Rule="clean", Targets=[target])


def use_task(boto: Boto, arn: str) -> None:
    """A task that was started by hand, as no service knows it."""
    subnet = boto("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}
    boto("ecs").create_cluster(clusterName="main")
    started = boto("ecs").run_task(
        cluster="main", taskDefinition=arn, launchType="FARGATE", networkConfiguration=network
    )
    assert started["tasks"]


USERS = [use_service, use_schedule, use_rule, use_task]


@pytest.mark.parametrize("use", USERS)
def test_what_is_in_use_stays_and_the_revision_before_it(
    use: Callable[[Boto, str], None], boto: Boto, run_module: RunModule
) -> None:
    ecs = boto("ecs")
    use(boto, register(ecs, 6)[2])
    run = run_module("ecs_task_def", {"definition": web(), "keep_revisions": 1})
    assert numbers(run["pruned"]) == [1, 4, 5]
    assert active(ecs) == [2, 3, 6]


@pytest.mark.parametrize("operation", ["ListClusters", "ListSchedules", "ListEventBuses"])
def test_nothing_is_pruned_where_users_could_not_be_read(
    operation: str, aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    ecs = boto("ecs")
    register(ecs, 3)
    message = f"User: arn:aws:iam::123456789012:user/ci is not authorized to perform: x:{operation}"
    aws.set_faults([{"operation": operation, "status": 400, "code": "AccessDeniedException", "message": message}])
    run = run_module("ecs_task_def", {"definition": web(), "keep_revisions": 1})
    assert (run["changed"], run["pruned"], active(ecs)) == (False, [], [1, 2, 3])
    assert "lack the permission" in str(run["warnings"]) and operation in str(run["warnings"])
    absent = run_module("ecs_task_def", {"family": "web", "state": "absent"})
    assert absent.failed and operation in absent["msg"] and active(ecs) == [1, 2, 3]


def test_other_families_are_left_alone(boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    register(ecs, 2)
    for number in (1, 2):
        ecs.register_task_definition(**web(family="web-admin", cpu=str(256 * number), memory="1024"))
    run = run_module("ecs_task_def", {"family": "web", "state": "absent"})
    assert run["changed"] and len(run["pruned"]) == 2
    left = ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    assert [arn.rpartition("/")[2] for arn in left] == ["web-admin:1", "web-admin:2"]
    assert not run_module("ecs_task_def", {"family": "web", "state": "absent"})["changed"]


@pytest.mark.parametrize("use", [use_service, use_schedule, use_rule])
def test_absent_names_who_uses_the_family(use: Callable[[Boto, str], None], boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    use(boto, register(ecs, 2)[0].rpartition(":")[0] if use is use_schedule else register(ecs, 2)[1])
    run = run_module("ecs_task_def", {"family": "web", "state": "absent"})
    assert run.failed and "web is in use by" in run["msg"] and "Nothing was changed" in run["msg"]
    assert len(active(ecs)) >= 2


def test_keeping_none_is_refused(aws: EmbeddedAws, run_module: RunModule) -> None:
    run = run_module("ecs_task_def", {"definition": web(), "keep_revisions": 0})
    assert run.failed and run["msg"] == "keep_revisions: found 0, expected 1 or more" and not aws.calls()


def test_a_revision_is_no_family(boto: Boto, run_module: RunModule) -> None:
    """Somebody who asks for web:1 to go must not be told that all is well."""
    register(boto("ecs"), 1)
    run = run_module("ecs_task_def", {"family": "web:1", "state": "absent"})
    assert run.failed and "family: 'web:1' is no valid family name" in run["msg"] and active(boto("ecs")) == [1]
