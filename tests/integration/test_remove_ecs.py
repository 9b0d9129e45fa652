# SPDX-License-Identifier: GPL-3.0-or-later
"""remove_ecs: only when confirmed, only what has both tags, and data only when it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.ecs_stories import Boto, Play, changes, extra, refused, well
from tests.integration.test_aws_app_info import BOTH, upper
from tools.embedded_aws import EmbeddedAws

APP = "shop"
OF_ANOTHER = {**BOTH, "slipway:owner": "team-b"}
IMAGE = "registry.example.com/shop:1.0.0"
#: One of each: a public service, one that it calls, a migration that both wait for, and a run by the clock.
COMPOSE = f"""
name: {APP}
services:
  web:
    image: {IMAGE}
    user: "1000"
    ports: ["8080:8080"]
    environment: {{API_URL: "http://api:9000"}}
    depends_on: {{api: {{condition: service_started}}}}
    healthcheck: {{test: [CMD, check]}}
    x-ecs: {{public: true, health_path: /health, min: 1, max: 3, scaling: {{cpu: 70, requests_per_target: 1000}}}}
  api:
    image: {IMAGE}
    user: "1000"
    expose: ["9000"]
    depends_on: {{migrate: {{condition: service_completed_successfully}}}}
    healthcheck: {{test: [CMD, check]}}
  migrate:
    image: {IMAGE}
    user: "1000"
    command: [migrate]
    restart: "no"
  report:
    image: {IMAGE}
    user: "1000"
    command: [report]
    x-ecs: {{schedule: "cron(0 3 * * ? *)"}}
"""


@pytest.fixture
def remove(playbook: Play) -> Callable[..., Any]:
    def run(*arguments: str, **more: Any) -> Any:
        return playbook("slipway.containers.remove_ecs", *arguments, *extra(remove_ecs_app=APP, **more))

    return run


def make_what_others_have(boto: Boto) -> None:
    """Networks with one tag, or of another owner, and data of the app."""
    ec2, own = boto("ec2"), upper(BOTH)
    for number, tags in enumerate((upper({"slipway:app": APP}), upper(OF_ANOTHER))):
        specification = [{"ResourceType": "vpc", "Tags": [*tags, {"Key": "Name", "Value": "other"}]}]
        ec2.create_vpc(CidrBlock=f"10.{number + 1}.0.0/16", TagSpecifications=specification)
    ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": own}])
    boto("ecr").create_repository(repositoryName=APP, tags=own)
    boto("efs").create_file_system(CreationToken=APP, Tags=own)
    boto("secretsmanager").create_secret(Name=f"{APP}/key", SecretString="x", Tags=own)
    volume = ec2.create_volume(
        AvailabilityZone=f"{ec2.meta.region_name}a", Size=8, TagSpecifications=[{"ResourceType": "volume", "Tags": own}]
    )["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": own}])


def networks(boto: Boto) -> list[str]:
    """The names of the networks that are nobody's default."""
    listed = [vpc for vpc in boto("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    return [tag["Value"] for vpc in listed for tag in vpc["Tags"] if tag["Key"] == "Name"]


def test_nothing_goes_unless_it_is_named_and_confirmed(
    playbook: Play, remove: Callable[..., Any], boto: Boto, aws: EmbeddedAws, tmp_path: Path
) -> None:
    make_what_others_have(boto)
    (tmp_path / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    deployed = well(playbook("slipway.containers.deploy_ecs", *extra(deploy_ecs_source=str(tmp_path))))
    order = [deployed.index(f"=> (item={step})") for step in ("migration migrate", "service api", "service web")]
    assert order == sorted(order)

    aws.clear_calls()
    said = refused(remove(remove_ecs_confirm="shops"))
    assert "found 'shops', expected 'shop'. Nothing was changed." in said and not changes(aws)

    listed = well(remove("--check"), changed=True)
    assert "ecs_service web" in listed and "schedule shop-report" in listed and "would be left" in listed
    assert "logs: log_group /slipway/shop" in listed and "efs: file_system" in listed and not changes(aws)

    done = well(remove(remove_ecs_confirm=APP, remove_ecs_data="logs"), changed=True)
    assert "still billed: secret shop/key" in done and "still billed: snapshot" in done
    assert "log_group" not in done.partition("still billed")[2]
    assert not boto("elbv2").describe_load_balancers()["LoadBalancers"]
    assert {cluster["status"] for cluster in boto("ecs").describe_clusters(clusters=[APP])["clusters"]} <= {"INACTIVE"}
    assert [group["Name"] for group in boto("scheduler").list_schedule_groups()["ScheduleGroups"]] == ["default"]
    assert not boto("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert networks(boto) == ["other", "other"] and not boto("ec2").describe_addresses()["Addresses"]
    assert [one["repositoryName"] for one in boto("ecr").describe_repositories()["repositories"]] == [APP]
    assert len(boto("efs").describe_file_systems()["FileSystems"]) == 1
    assert not boto("logs").describe_log_groups(logGroupNamePrefix="/slipway")["logGroups"]

    everything = ["ecr", "efs", "logs", "secrets", "snapshots", "volumes"]
    rest = well(remove(remove_ecs_confirm=APP, remove_ecs_data=everything), changed=True)
    assert "left 0 of" in rest and "nothing of it is billed" in rest

    aws.clear_calls()
    well(remove(remove_ecs_confirm=APP, remove_ecs_data=everything), changed=False)
    assert not changes(aws)


def test_another_kind_of_data_is_none(remove: Callable[..., Any], aws: EmbeddedAws) -> None:
    said = refused(remove(remove_ecs_confirm=APP, remove_ecs_data="everything"))
    assert "remove_ecs_data: found everything, expected some of ecr, efs, logs" in said
    assert not changes(aws)
