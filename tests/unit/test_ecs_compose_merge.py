# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own definition over the one from Compose."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.merge import merge_definition

WEB = {
    "name": "web",
    "image": "web:1",
    "cpu": 256,
    "command": ["serve", "--fast"],
    "environment": [{"name": "MODE", "value": "fast"}, {"name": "PORT", "value": "80"}],
    "secrets": [{"name": "TOKEN", "valueFrom": "/shop/token"}],
    "portMappings": [{"containerPort": 80, "protocol": "tcp"}, {"containerPort": 53, "protocol": "udp"}],
    "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web", "awslogs-region": "x"}},
}
BASE = {
    "family": "shop-web",
    "cpu": "256",
    "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [WEB, {"name": "log", "image": "log:1"}],
    "volumes": [{"name": "data", "dockerVolumeConfiguration": {"scope": "shared"}}, {"name": "tmp"}],
}


def web(over: dict[str, Any]) -> dict[str, Any]:
    """The container web after a merge."""
    merged = merge_definition(BASE, {"containerDefinitions": [{"name": "web", **over}]})
    container: dict[str, Any] = merged["containerDefinitions"][0]
    return container


def test_nothing_over_it_changes_nothing() -> None:
    assert merge_definition(BASE, {}) == BASE
    assert web({}) == WEB


def test_fields_are_replaced_added_and_removed_by_null() -> None:
    merged = merge_definition(BASE, {"cpu": "512", "taskRoleArn": "web-task", "volumes": None})
    assert (merged["cpu"], merged["taskRoleArn"], merged["family"]) == ("512", "web-task", "shop-web")
    assert "volumes" not in merged


def test_containers_are_merged_by_name_and_new_ones_come_last() -> None:
    over = {"containerDefinitions": [{"name": "router", "image": "router:1"}, {"name": "log", "essential": False}]}
    containers = merge_definition(BASE, over)["containerDefinitions"]
    assert [container["name"] for container in containers] == ["web", "log", "router"]
    assert containers[1] == {"name": "log", "image": "log:1", "essential": False}


def test_a_container_s_fields_are_merged_deep() -> None:
    merged = web({"cpu": None, "logConfiguration": {"options": {"awslogs-group": "/mine", "awslogs-region": None}}})
    assert "cpu" not in merged
    assert merged["logConfiguration"] == {"logDriver": "awslogs", "options": {"awslogs-group": "/mine"}}


def test_lists_without_identities_are_replaced() -> None:
    assert web({"command": ["migrate"]})["command"] == ["migrate"]
    assert merge_definition(BASE, {"requiresCompatibilities": ["EC2"]})["requiresCompatibilities"] == ["EC2"]


def test_variables_are_merged_by_name() -> None:
    over = {"environment": [{"name": "PORT", "value": "81"}, {"name": "NEW", "value": "1"}]}
    assert web(over)["environment"] == [
        {"name": "MODE", "value": "fast"},
        {"name": "PORT", "value": "81"},
        {"name": "NEW", "value": "1"},
    ]


def test_an_item_with_nothing_but_its_identity_is_removed() -> None:
    assert web({"environment": [{"name": "MODE", "value": None}]})["environment"] == WEB["environment"][1:]
    assert web({"secrets": [{"name": "TOKEN", "valueFrom": None}]})["secrets"] == []
    assert web({"secrets": [{"name": "OTHER", "valueFrom": None}]})["secrets"] == WEB["secrets"]


def test_a_port_that_is_named_without_more_stays() -> None:
    assert web({"portMappings": [{"containerPort": 80}]})["portMappings"] == WEB["portMappings"]


def test_ports_are_merged_by_number_and_protocol() -> None:
    over = [{"containerPort": 80, "name": "http"}, {"containerPort": 53, "protocol": "tcp"}]
    assert web({"portMappings": over})["portMappings"] == [
        {"containerPort": 80, "protocol": "tcp", "name": "http"},
        {"containerPort": 53, "protocol": "udp"},
        {"containerPort": 53, "protocol": "tcp"},
    ]


def test_mounts_are_merged_by_path() -> None:
    over = [{"containerPath": "/data", "readOnly": True}, {"containerPath": "/tmp", "sourceVolume": "tmp"}]
    assert web({"mountPoints": over})["mountPoints"] == [
        {"sourceVolume": "data", "containerPath": "/data", "readOnly": True},
        {"containerPath": "/tmp", "sourceVolume": "tmp"},
    ]


def test_a_volume_is_replaced_as_a_whole_for_it_is_of_one_kind() -> None:
    efs = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}
    assert merge_definition(BASE, {"volumes": [efs]})["volumes"] == [efs, {"name": "tmp"}]


def test_a_variable_that_becomes_a_secret_is_no_variable_any_more() -> None:
    merged = web({"secrets": [{"name": "MODE", "valueFrom": "/shop/mode"}]})
    assert [item["name"] for item in merged["environment"]] == ["PORT"]
    assert [item["name"] for item in merged["secrets"]] == ["TOKEN", "MODE"]


def test_a_secret_that_becomes_a_variable_is_no_secret_any_more() -> None:
    merged = web({"environment": [{"name": "TOKEN", "value": "plain"}]})
    assert merged["secrets"] == []
    assert merged["environment"][-1] == {"name": "TOKEN", "value": "plain"}


@pytest.mark.parametrize(
    "over",
    [
        {"containerDefinitions": {"web": 1}},
        {"containerDefinitions": ["web"]},
        {"containerDefinitions": [{"image": "a"}, 1]},
        {"containerDefinitions": [{"name": "web", "environment": {"MODE": "x"}}]},
        {"containerDefinitions": [{"name": "web", "environment": ["MODE=x"], "secrets": 1}]},
        {"containerDefinitions": [{"name": ["web"]}]},
        {"volumes": "data"},
    ],
)
def test_what_is_ill_formed_is_left_for_the_checks(over: dict[str, Any]) -> None:
    merged = merge_definition(BASE, over)
    (field,) = over
    assert merged["family"] == "shop-web"
    assert merged[field] != BASE[field]


def test_the_inputs_stay_as_they_were() -> None:
    over = {"containerDefinitions": [{"name": "web", "cpu": None, "secrets": [{"name": "MODE", "valueFrom": "/m"}]}]}
    before = copy.deepcopy((BASE, over))
    merge_definition(BASE, over)
    assert (BASE, over) == before
