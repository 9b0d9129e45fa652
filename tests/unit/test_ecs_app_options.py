# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan laid on a platform: the options of each module, and what a platform has to have."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.ecs_app_options import ecs_app_options

ELB = "arn:aws:elasticloadbalancing:eu-central-1:111122223333"
PLATFORM: dict[str, Any] = {
    "cluster": "shop",
    "vpc_id": "vpc-1",
    "task_subnets": ["subnet-1", "subnet-2"],
    "assign_public_ip": "ENABLED",
    "security_groups": {"alb": "sg-1", "tasks": "sg-2"},
    "load_balancer": {"arn": f"{ELB}:loadbalancer/app/shop-alb/50dc6c495c0c9188"},
    "target_groups": {"web": f"{ELB}:targetgroup/shop-web/73e2d6bc24d8a067"},
    "roles": {"scheduler": "arn:aws:iam::111122223333:role/shop-scheduler"},
    "namespace": None,
    "capacity_provider_strategy": [],
}
WEB: dict[str, Any] = {
    "name": "web",
    "task": "web",
    "family": "shop-web",
    "desired_count": 2,
    "min": None,
    "max": None,
    "scaling": [],
    "load_balancers": [{"container": "web", "port": 8080, "target_group": "web", "health_path": "/"}],
    "service_connect": None,
    "capacity": {"launch_type": "FARGATE", "spot": True},
    "scheduling_strategy": "REPLICA",
    "execute_command": False,
    "deployment_configuration": {"minimumHealthyPercent": 100},
    "availability_zone_rebalancing": None,
    "health_check_grace_period_seconds": None,
    "network_mode": "awsvpc",
}
STRATEGY = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 1}]
ADDRESSES = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-2"], "assignPublicIp": "ENABLED"}


def plan(launch_type: str = "FARGATE", mode: str = "awsvpc", **more: Any) -> dict[str, Any]:
    task = {"name": "web", "family": "shop-web", "task_definition": {"networkMode": mode}}
    step = {"kind": "service", "name": "web", "task": "web"}
    base = {"launch_type": launch_type, "tasks": [task], "services": [WEB], "migrations": [], "schedules": []}
    return {**base, "order": [step], **more}


def service(wanted: dict[str, Any], platform: dict[str, Any] | None = None) -> dict[str, Any]:
    (step,) = ecs_app_options(plan(services=[wanted]), platform or PLATFORM)["steps"]
    options: dict[str, Any] = step
    return options


def test_a_service_on_fargate_has_addresses_a_target_group_and_no_options_that_say_nothing() -> None:
    assert service(WEB)["options"] == {
        "launch_type": "FARGATE",
        "network_configuration": {"awsvpcConfiguration": ADDRESSES},
        "desired_count": 2,
        "scheduling_strategy": "REPLICA",
        "load_balancers": [
            {"containerName": "web", "containerPort": 8080, "targetGroupArn": PLATFORM["target_groups"]["web"]}
        ],
        "deployment_configuration": {"minimumHealthyPercent": 100},
        "enable_execute_command": False,
        "enable_ecs_managed_tags": True,
        "propagate_tags": "SERVICE",
    }


def test_on_instances_in_bridge_mode_the_capacity_provider_decides_and_no_addresses_are_given() -> None:
    strategy = [{"capacityProvider": "shop", "weight": 1}]
    on_ec2 = {**WEB, "capacity": {"launch_type": "EC2", "spot": False}, "network_mode": "bridge"}
    options = service(on_ec2, {**PLATFORM, "capacity_provider_strategy": strategy})["options"]
    assert options["capacity_provider_strategy"] == strategy
    assert not {"launch_type", "network_configuration"} & set(options)


def test_on_instances_in_awsvpc_mode_tasks_have_no_public_address() -> None:
    on_ec2 = {**WEB, "capacity": {"launch_type": "EC2", "spot": False}}
    addresses = service(on_ec2)["options"]["network_configuration"]["awsvpcConfiguration"]
    assert "assignPublicIp" not in addresses


@pytest.mark.parametrize(("spot", "option"), [(True, "capacity_provider_strategy"), (False, "launch_type")])
def test_only_what_can_stand_it_goes_to_spot(spot: bool, option: str) -> None:
    wanted = {**WEB, "capacity": {"launch_type": "FARGATE", "spot": spot}}
    options = service(wanted, {**PLATFORM, "capacity_provider_strategy": STRATEGY})["options"]
    assert option in options and len({"launch_type", "capacity_provider_strategy"} & set(options)) == 1


def test_a_daemon_has_no_number() -> None:
    assert "desired_count" not in service({**WEB, "scheduling_strategy": "DAEMON"})["options"]


def test_service_connect_is_in_the_namespace_of_the_platform() -> None:
    wanted = {**WEB, "service_connect": {"enabled": True, "services": []}}
    told = service(wanted, {**PLATFORM, "namespace": "shop"})["options"]["service_connect_configuration"]
    assert told == {"namespace": "shop", "enabled": True, "services": []}


def test_without_a_maximum_nothing_scales() -> None:
    assert service(WEB)["scaling"] == {"state": "absent"}


def test_requests_are_counted_where_the_load_balancer_meets_the_target_group() -> None:
    requests = {"name": "requests", "requests_per_target": 1000, "target_group": "web"}
    wanted = {**WEB, "min": 2, "max": 10, "scaling": [{"name": "cpu", "cpu": 70}, requests]}
    scaling = service(wanted)["scaling"]
    assert scaling["policies"][0] == {"name": "cpu", "cpu": 70}
    label = "app/shop-alb/50dc6c495c0c9188/targetgroup/shop-web/73e2d6bc24d8a067"
    assert scaling["policies"][1] == {"name": "requests", "requests_per_target": 1000, "resource_label": label}


def test_migrations_and_schedules_run_where_the_services_do() -> None:
    migration = {"name": "migrate", "task": "web", "family": "shop-migrate", "before": ["web"], "once_per": "abc"}
    schedule = {"name": "report", "task": "web", "family": "shop-report", "expression": "rate(1 hour)"}
    order = [{"kind": "migration", "name": "migrate", "task": "web"}]
    laid = ecs_app_options(plan(order=order, migrations=[migration], schedules=[schedule]), PLATFORM)
    placed = {"launch_type": "FARGATE", "network_configuration": {"awsvpcConfiguration": ADDRESSES}}
    (step,) = laid["steps"]
    assert step == {
        **{"kind": "migration", "name": "migrate", "family": "shop-migrate"},
        "options": {**placed, "once_per": "abc"},
    }
    role = PLATFORM["roles"]["scheduler"]
    assert laid["schedules"] == [
        {
            **{"name": "report", "family": "shop-report"},
            "options": {**placed, "schedule_expression": "rate(1 hour)", "role_arn": role},
        }
    ]


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ({}, "platform.cluster: found none"),
        ({**PLATFORM, "target_groups": {"api": "arn"}}, "platform.target_groups: found api, expected one called web"),
        ("shop", "platform is str, expected a dictionary"),
    ],
)
def test_what_the_platform_lacks_is_told(platform: Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        ecs_app_options(plan(), platform)
