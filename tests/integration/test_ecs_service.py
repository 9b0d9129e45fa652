# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_service against an AWS over HTTP: what it creates, compares, keeps, deploys and deletes, with which calls."""

from __future__ import annotations

from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations
from .services import Boto, Ground, lay_ground

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def ground(boto: Boto) -> Ground:
    return lay_ground(boto)


def changed(run_module: RunModule, arguments: dict[str, Any]) -> Run:
    """Run in check mode, then for real, then again: the first predicts the second, the third changes nothing."""
    predicted = run_module("ecs_service", arguments, check=True)
    done = run_module("ecs_service", arguments)
    assert not done.failed, done["msg"]
    again = run_module("ecs_service", arguments)
    for key in ("changed", "diff", "plan", "reasons", "downtime"):
        assert predicted[key] == done[key], key
    assert not again["changed"], again["reasons"]
    assert (again["plan"], again["reasons"], again["diff"]["before"], again["diff"]["after"]) == ([], [], {}, {})
    return done


def effects(run: Run) -> dict[str, str]:
    return {change["path"]: change["effect"] for change in run["plan"]}


def test_a_service_is_created_and_followed(aws: EmbeddedAws, ground: Ground, run_module: RunModule) -> None:
    arguments = ground.service(deployment_configuration=BREAKER, tags={"app": "web", "cost": 7})
    run = changed(run_module, arguments)
    assert run["changed"] and run["reasons"] == ["service web does not exist in cluster shop"]
    assert run["diff"]["before"] == {} and run["diff"]["after"]["task_definition"] == "web:1"
    assert run["deployment"]["status"] == "SUCCESSFUL" and run["failure"] is None and run["progress"]
    assert run["service"]["runningCount"] == 2 and run["service"]["tags"] == {"app": "web", "cost": "7"}
    aws.clear_calls()
    run_module("ecs_service", arguments)
    assert operations(aws) == {"DescribeServices": 1, "DescribeScalableTargets": 1}
