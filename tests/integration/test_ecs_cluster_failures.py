# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_cluster where something is wrong: with the options, or with AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations

Boto = Callable[[str], Any]
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}
WRONG = {
    "name": "my shop",
    "settings": [{"name": "containerInsight", "value": "on"}],
    "configuration": {"executeCommandConfiguration": {"logging": "OVERIDE"}, "managedStorage": {}},
    "service_connect_namespace": "shop/web",
    "capacity_providers": ["fargate", "FARGATE"],
    "default_capacity_provider_strategy": [
        {"capacityProvider": "FARGATE", "weight": 1001, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": "two"},
    ],
    "tags": {"aws:app": "shop"},
}


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_everything_wrong_is_said_at_once_before_any_call(check: bool, aws: EmbeddedAws, run_module: RunModule) -> None:
    """No credentials are needed to hear of it."""
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_module("ecs_cluster", WRONG, check=check, variables=without)
    assert run.failed and not aws.calls() and run["changed"] is False
    named = [(finding["rule"], finding["path"]) for finding in run["findings"]]
    assert named == [
        ("cluster-name", "name"),
        ("unknown-value", "settings[containerInsight].name"),
        ("unknown-value", "configuration.executeCommandConfiguration.logging"),
        ("unknown-field", "configuration.managedStorage"),
        ("wrong-type", "default_capacity_provider_strategy[1].base"),
        ("namespace", "service_connect_namespace"),
        ("provider-name", "capacity_providers"),
        ("tags", "tags[aws:app]"),
    ]
    assert run["msg"].startswith("cluster my shop: 8 problems.")


REFUSALS = {
    "ExpiredTokenException": "The AWS session has expired",
    "AccessDeniedException": "These credentials lack the permission ecs:DescribeClusters",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_of_aws(code: str, aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "DescribeClusters", "code": code, "message": "as AWS says"}])
    run = run_module("ecs_cluster", {"name": "shop"})
    assert run.failed and REFUSALS[code] in run["msg"] and "Nothing was changed." in run["msg"]
    assert operations(aws) == {"DescribeClusters": 1}


@pytest.mark.parametrize(
    "operation", ["CreateCluster", "UpdateCluster", "PutClusterCapacityProviders", "TagResource", "UntagResource"]
)
def test_a_missing_permission_is_named(operation: str, aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    arguments = {
        "name": "shop",
        "container_insights": "enabled",
        "capacity_providers": ["FARGATE"],
        "tags": {"app": "shop"},
    }
    if operation != "CreateCluster":
        boto("ecs").create_cluster(clusterName="shop", tags=[{"key": "old", "value": "1"}])
    aws.set_faults([{"operation": operation, "code": "AccessDeniedException", "message": "as AWS says"}])
    run = run_module("ecs_cluster", arguments)
    assert run.failed and f"These credentials lack the permission ecs:{operation}." in run["msg"]
    aws.clear_faults()
    assert run_module("ecs_cluster", arguments)["changed"], "the next run ends what was begun"
    assert not run_module("ecs_cluster", arguments)["changed"]


def test_a_failure_half_way_says_what_was_done(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    boto("ecs").create_cluster(clusterName="shop")
    fault = {"operation": "PutClusterCapacityProviders", "code": "ResourceInUseException", "message": "in use"}
    aws.set_faults([fault])
    run = run_module(
        "ecs_cluster", {"name": "shop", "container_insights": "enabled", "capacity_providers": ["FARGATE"]}
    )
    assert run.failed and run["changed"] and "Before it failed: updated settings of cluster shop." in run["msg"]


def test_every_third_call_is_throttled(aws: EmbeddedAws, run_module: RunModule) -> None:
    aws.set_faults([{"operation": "*", "every": 3, "code": "ThrottlingException", "message": "Rate exceeded"}])
    arguments = {"name": "shop", "container_insights": "enabled", "tags": {"app": "shop"}}
    runs = [run_module("ecs_cluster", arguments, variables=ONE_TRY) for _number in range(3)]
    assert [run["changed"] for run in runs] == [True, False, False]
    assert "AWS throttled" in str([run.result.get("warnings") for run in runs])


def test_a_server_error_is_retried(aws: EmbeddedAws, run_module: RunModule) -> None:
    fault = {"operation": "CreateCluster", "times": 1, "status": 500, "code": "ServerException", "message": "oops"}
    aws.set_faults([fault])
    assert run_module("ecs_cluster", {"name": "shop"})["changed"] and operations(aws)["CreateCluster"] == 2


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("PutClusterCapacityProviders", "The specified capacity provider 'own' is not in an ACTIVE state."),
        ("CreateCluster", "Unable to assume the service linked role. Please verify that the role exists."),
    ],
)
def test_what_was_made_a_moment_ago_is_waited_for(
    operation: str, message: str, aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    if operation != "CreateCluster":
        boto("ecs").create_cluster(clusterName="shop")
    fault = {"operation": operation, "times": 1, "code": "InvalidParameterException", "message": message}
    aws.set_faults([fault])
    assert run_module("ecs_cluster", {"name": "shop", "capacity_providers": ["FARGATE"]})["changed"]
    assert operations(aws)[operation] == 2


def test_who_does_not_wait_is_told_at_once(aws: EmbeddedAws, run_module: RunModule) -> None:
    message = "The specified capacity provider 'own' is not in an ACTIVE state."
    aws.set_faults([{"operation": "CreateCluster", "code": "InvalidParameterException", "message": message}])
    run = run_module("ecs_cluster", {"name": "shop", "capacity_providers": ["own"], "wait_timeout": 0})
    assert run.failed and message in run["msg"] and "Nothing was changed." in run["msg"]
