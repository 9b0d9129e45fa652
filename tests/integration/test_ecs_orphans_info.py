# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and schedules that nobody names any more: those of the app alone, and two calls where there are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.conftest import RunModule, operations
from tests.integration.test_aws_app_info import BOTH, lower, upper
from tools.embedded_aws import EmbeddedAws

ASKED: dict[str, Any] = {"app": "shop", "cluster": "shop", "services": ["web"], "schedules": ["report"]}


def make(boto: Callable[[str], Any], tags: dict[str, str]) -> None:
    ecs, scheduler = boto("ecs"), boto("scheduler")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "x", "memory": 64}])
    for name in ("web", "old-worker"):
        ecs.create_service(cluster="shop", serviceName=name, taskDefinition="web", desiredCount=0, tags=lower(tags))
    ecs.create_service(cluster="shop", serviceName="of-others", taskDefinition="web", desiredCount=0)
    scheduler.create_schedule_group(Name="shop", Tags=upper(tags))
    target = {
        "Arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/shop",
        "RoleArn": "arn:aws:iam::123456789012:role/x",
    }
    for name in ("report", "old-report"):
        scheduler.create_schedule(
            Name=name,
            GroupName="shop",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                **target,
                "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web"},
            },
        )


def test_on_an_empty_account_there_is_nothing(run_module: RunModule) -> None:
    found = run_module("ecs_orphans_info", ASKED, check=True)
    assert (found["changed"], found["resources"]) == (False, [])


def test_what_nobody_names_is_found(boto: Callable[[str], Any], run_module: RunModule, aws: EmbeddedAws) -> None:
    make(boto, BOTH)
    found = run_module("ecs_orphans_info", ASKED)["resources"]
    assert [(one["kind"], one["id"], one["parent"]) for one in found] == [
        ("schedule", "old-report", "shop"),
        ("ecs_service", "old-worker", "shop"),
    ]
    assert all(one["billed"] for one in found)
    for name in ("old-worker", "of-others"):
        boto("ecs").delete_service(cluster="shop", service=name, force=True)
    boto("scheduler").delete_schedule(Name="old-report", GroupName="shop")
    aws.clear_calls()
    assert run_module("ecs_orphans_info", ASKED)["resources"] == []
    assert operations(aws) == {"ListServices": 1, "ListSchedules": 1}


def test_what_lacks_a_tag_is_somebody_elses(boto: Callable[[str], Any], run_module: RunModule) -> None:
    make(boto, {"slipway:app": "shop"})
    assert run_module("ecs_orphans_info", ASKED)["resources"] == []
    assert run_module("ecs_orphans_info", {**ASKED, "owner": "team-b"})["resources"] == []


def test_a_permission_that_is_missing_is_named(run_module: RunModule, aws: EmbeddedAws) -> None:
    denied = {"status": 400, "code": "AccessDeniedException", "message": "not authorized"}
    aws.set_faults([{"operation": "ListServices", **denied}])
    found = run_module("ecs_orphans_info", ASKED)
    assert found.failed and "lack the permission ecs:ListServices" in found["msg"]
