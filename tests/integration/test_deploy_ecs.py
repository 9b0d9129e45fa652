# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy_ecs from an empty account on: check mode, for real, again, and what happens to versions that do not work.

Each story is one test, since it starts from what the one before it left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import operations
from tests.integration.ecs_stories import WEB, Boto, Play, changes, extra, image, reference, refused, services, well
from tools.embedded_aws import EmbeddedAws

APP = "fargate-web"


@pytest.fixture
def deploy(playbook: Play) -> Callable[..., Any]:
    """Run deploy_ecs for fargate_web, with images that are there already."""

    def run(*arguments: str, tag: str = "1.0.0", **more: Any) -> Any:
        variables = {"deploy_ecs_source": WEB, "deploy_ecs_images": {"web": reference(tag)}, **more}
        return playbook("slipway.containers.deploy_ecs", *arguments, *extra(**variables))

    return run


def target_groups(boto: Boto) -> dict[str, str]:
    """Type of target by the name of the group."""
    return {
        group["TargetGroupName"]: group["TargetType"]
        for group in boto("elbv2").describe_target_groups()["TargetGroups"]
    }


def test_over_budget_nothing_is_changed_nor_asked(deploy: Callable[..., Any], aws: EmbeddedAws) -> None:
    said = refused(deploy(deploy_ecs_region="ap-northeast-2", deploy_ecs_budget_usd_per_month=50))
    assert "$71.02 of $50.00 a month (expected), $21.02 too much. Nothing was changed." in said
    assert not operations(aws)


def test_a_price_that_is_not_known_closes_the_gate(deploy: Callable[..., Any], aws: EmbeddedAws) -> None:
    said = refused(deploy(deploy_ecs_region="eu-central-1", deploy_ecs_budget_usd_per_month=1000))
    assert "no price for" in said and "Nothing was changed." in said
    assert not operations(aws)


def test_a_finding_that_is_an_error_stops_it(deploy: Callable[..., Any], aws: EmbeddedAws) -> None:
    wrong = {"web": {"containerDefinitions": [{"name": "web", "portMappings": [{"containerPort": 99999}]}]}}
    said = refused(deploy(ecs_app_definitions=wrong))
    assert "99999" in said and "Nothing was changed." in said
    assert not operations(aws)


def test_fargate_from_nothing_to_a_rollback(deploy: Callable[..., Any], boto: Boto, aws: EmbeddedAws) -> None:
    predicted = well(deploy("--check", "--diff"), changed=True)
    assert "service web: would change" in predicted and not changes(aws)

    done = well(deploy(), changed=True)
    assert "service web: changed, 3 running, fargate-web-web:1" in done
    web = services(boto, APP)["web"]
    assert [one["capacityProvider"] for one in web["capacityProviderStrategy"]] == ["FARGATE"]
    assert web["runningCount"] == 3
    assert target_groups(boto) == {"fargate-web-web": "ip"}

    aws.clear_calls()
    again = well(deploy(), changed=False)
    assert "service web: as it was, 3 running" in again and not changes(aws)

    well(deploy(tag="1.1.0"), changed=True)
    assert image(boto, services(boto, APP)["web"]["taskDefinition"]) == reference("1.1.0")
    well(deploy(deploy_ecs_rollback=True), changed=True)
    web = services(boto, APP)["web"]
    assert image(boto, web["taskDefinition"]) == reference("1.0.0") and web["runningCount"] == 3


def test_ec2_by_one_variable(deploy: Callable[..., Any], boto: Boto, aws: EmbeddedAws) -> None:
    well(deploy("--check", deploy_ecs_launch_type="EC2"), changed=True)
    assert not changes(aws)
    well(deploy(deploy_ecs_launch_type="EC2"), changed=True)
    web = services(boto, APP)["web"]
    assert [one["capacityProvider"] for one in web["capacityProviderStrategy"]] == [f"ec2-{APP}"]
    definition = boto("ecs").describe_task_definition(taskDefinition=web["taskDefinition"])["taskDefinition"]
    assert definition["networkMode"] == "bridge"
    assert target_groups(boto) == {"fargate-web-web-ec2": "instance"}
    aws.clear_calls()
    well(deploy(deploy_ecs_launch_type="EC2"), changed=False)
    assert not changes(aws)
