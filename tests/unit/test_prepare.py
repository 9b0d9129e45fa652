# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options family, launch_type and tags do to a definition, and where they contradict it."""

from __future__ import annotations

from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import Prepared, prepare

CONTAINER = {"name": "web", "image": "registry.example.com/web:1", "memory": 128}


def prepared(definition: dict[str, Any] | None = None, **options: Any) -> Prepared:
    return prepare({"containerDefinitions": [CONTAINER], **(definition or {})}, MODEL, **options)


def errors(result: Prepared) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in result.findings if finding.severity == "error"]


def test_the_family_comes_from_the_option_or_the_definition() -> None:
    assert prepared(family="web").definition["family"] == "web"
    assert prepared({"family": None}, family="web").definition["family"] == "web"
    assert prepared({"family": "web"}).definition["family"] == "web"
    assert errors(prepared({"family": "web"}, family="web")) == []
    assert errors(prepared()) == [("family-name", "family")]
    assert errors(prepared({"family": "web"}, family="shop")) == [("family-twice", "family")]


def test_the_launch_type_fills_in_compatibility_and_network_mode() -> None:
    on_fargate = prepared({"family": "web", "cpu": "256", "memory": "512"}, launch_type="FARGATE").definition
    assert (on_fargate["requiresCompatibilities"], on_fargate["networkMode"]) == (["FARGATE"], "awsvpc")
    on_ec2 = prepared({"family": "web"}, launch_type="EC2").definition
    assert on_ec2["requiresCompatibilities"] == ["EC2"] and "networkMode" not in on_ec2
    contradiction = prepared({"family": "web", "requiresCompatibilities": ["EC2"]}, launch_type="FARGATE")
    assert ("launch-type", "requiresCompatibilities") in errors(contradiction)


def test_sizes_become_digits() -> None:
    sized = prepared({"family": "web", "cpu": ".5 vCPU", "memory": "1 GB"}).definition
    assert (sized["cpu"], sized["memory"]) == ("512", "1024")


def test_tags_of_option_and_definition_are_one_set_and_the_option_wins() -> None:
    listed = [{"key": "app", "value": "web"}, {"key": "team", "value": "a"}]
    assert prepared({"family": "web"}).tags is None
    assert prepared({"family": "web", "tags": listed}).tags == {"app": "web", "team": "a"}
    both = prepared({"family": "web", "tags": listed}, tags={"team": "b", "cost": 7})
    assert both.tags == {"app": "web", "team": "b", "cost": "7"} and "tags" not in both.definition
    assert errors(prepared({"family": "web", "tags": "none"}, tags={"team": "b"})) == [("wrong-type", "tags")]
    assert errors(prepared({"family": "web"}, tags={"aws:x": "1"})) == [("tags", "tags[aws:x]")]
