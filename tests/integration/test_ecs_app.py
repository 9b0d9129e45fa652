# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ecs_app on a platform that is there already: in check mode, for real, again, and when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.ecs_stories import (
    WEB,
    Boto,
    Play,
    changes,
    extra,
    image,
    platform,
    reference,
    refused,
    services,
    well,
)
from tools.embedded_aws import EmbeddedAws

APP = "fargate-web"
ROLE: dict[str, Any] = {"name": "slipway.containers.ecs_app"}
BACK: dict[str, Any] = {**ROLE, "tasks_from": "roll_back"}


def play_of(role: dict[str, Any]) -> str:
    task = {"name": "Act", "ansible.builtin.include_role": role}
    return yaml.safe_dump([{"name": "Release", "hosts": "localhost", "gather_facts": False, "tasks": [task]}])


def platform_of(boto: Boto) -> dict[str, Any]:
    """What a service without a load balancer needs of a platform."""
    ec2 = boto("ec2")
    role = "arn:aws:iam::123456789012:role"
    return {
        "cluster": APP,
        "task_subnets": [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2],
        "assign_public_ip": "ENABLED",
        "security_groups": {"tasks": ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]},
        "roles": {key: f"{role}/{APP}-{key}" for key in ("execution", "task", "scheduler")},
    }


@pytest.fixture
def release(playbook: Play, boto: Boto, tmp_path: Path) -> Callable[..., Any]:
    """Run the role for fargate_web on a platform made by hand, or take its services back."""
    there = platform(boto, APP, "web", 8080)

    def run(*arguments: str, tag: str = "1.0.0", back: bool = False, **more: Any) -> Any:
        file = tmp_path / "release.yml"
        file.write_text(play_of(BACK if back else ROLE), encoding="utf-8")
        if back:
            return playbook(file, *arguments, *extra(ecs_app_cluster=APP, **more))
        variables = {"ecs_app_source": WEB, "ecs_app_platform": there, "ecs_app_images": {"web": reference(tag)}}
        return playbook(file, *arguments, *extra(**{**variables, **more}))

    return run


def test_it_is_predicted_then_done_then_nothing_is_left_to_do(
    release: Callable[..., Any], boto: Boto, aws: EmbeddedAws
) -> None:
    aws.clear_calls()
    predicted = well(release("--check"), changed=True)
    assert "service web: would change" in predicted and not changes(aws)

    done = well(release(), changed=True)
    assert "service web: changed, 3 running, fargate-web-web:1" in done
    web = services(boto, APP)["web"]
    assert (web["runningCount"], web["deployments"][0]["rolloutState"]) == (3, "COMPLETED")
    assert {tag["key"]: tag["value"] for tag in web["tags"]} == {"slipway:app": APP, "slipway:owner": "slipway"}
    scaled = boto("application-autoscaling")
    (target,) = scaled.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)

    aws.clear_calls()
    again = well(release(), changed=False)
    assert "service web: as it was" in again and not changes(aws)


def test_a_broken_version_is_taken_back_and_never_gone_back_to(
    release: Callable[..., Any], boto: Boto, aws: EmbeddedAws
) -> None:
    well(release())
    aws.behave([{"image": "*:2.0.0", "behaviour": "cannot_pull"}])
    said = refused(release(tag="2.0.0"))
    assert "CannotPullContainerError" in said and "rolled back" in said
    web = services(boto, APP)["web"]
    assert web["runningCount"] == 3 and image(boto, web["taskDefinition"]) == reference("1.0.0")

    well(release(tag="2.0.1"), changed=True)
    well(release(back=True), changed=True)
    web = services(boto, APP)["web"]
    assert web["runningCount"] == 3 and image(boto, web["taskDefinition"]) == reference("1.0.0")
    assert "found no service with a good deployment of a lower revision" in refused(release(back=True))


def test_what_left_the_compose_file_is_told_and_removed_on_request(
    release: Callable[..., Any], boto: Boto, aws: EmbeddedAws, tmp_path: Path
) -> None:
    one = {"image": reference("1.0.0"), "user": "1000", "healthcheck": {"test": ["CMD", "check"]}}
    report = {"image": reference("1.0.0"), "user": "1000", "x-ecs": {"schedule": "cron(0 3 * * ? *)"}}
    file, both = tmp_path / "compose.yaml", {"name": APP, "services": {"web": one, "old-worker": one}}

    def run(*arguments: str, **more: Any) -> Any:
        return release(*arguments, ecs_app_source=str(tmp_path), ecs_app_platform=platform_of(boto), **more)

    file.write_text(yaml.safe_dump({**both, "services": {**both["services"], "report": report}}), encoding="utf-8")
    assert "is no longer in the Compose file;" not in well(run(), changed=True)
    theirs = [{"name": "x", "image": "x", "memory": 64}]
    boto("ecs").register_task_definition(family="of-others", containerDefinitions=theirs)
    boto("ecs").create_service(cluster=APP, serviceName="of-others", taskDefinition="of-others", desiredCount=0)
    file.write_text(yaml.safe_dump({"name": APP, "services": {"web": one}}), encoding="utf-8")

    told = well(run(), changed=False)
    for what in ("service old-worker", f"schedule {APP}-report"):
        assert f"{what} is no longer in the Compose file; it stays and costs; remove it with" in told
    assert "of-others" not in told

    aws.clear_calls()
    predicted = well(run("--check", ecs_app_remove_orphans=True), changed=True)
    assert "old-worker is no longer in the Compose file; it would be removed" in predicted and not changes(aws)
    assert "old-worker is no longer in the Compose file; it was removed" in well(
        run(ecs_app_remove_orphans=True), changed=True
    )
    assert set(services(boto, APP)) == {"web", "of-others"}
    assert boto("scheduler").list_schedules(GroupName=APP)["Schedules"] == []
    assert "is no longer in the Compose file;" not in well(run(ecs_app_remove_orphans=True), changed=False)


def test_a_redeployment_replaces_all_tasks_though_nothing_changed(
    release: Callable[..., Any], boto: Boto, aws: EmbeddedAws
) -> None:
    well(release())
    before = boto("ecs").list_tasks(cluster=APP)["taskArns"]
    aws.clear_calls()
    well(release(ecs_app_redeploy=True), changed=True)
    assert changes(aws) == {"UpdateService": 1}
    after = boto("ecs").list_tasks(cluster=APP)["taskArns"]
    assert len(after) == 3 and not set(before) & set(after)
