# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_cluster against an AWS over HTTP: what it creates, compares and keeps, and with which calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.embedded_aws import EmbeddedAws

from .conftest import Run, RunModule, operations

Boto = Callable[[str], Any]
SPOT = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 4},
]
FULL = {
    "name": "shop",
    "container_insights": "enabled",
    "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
    "default_capacity_provider_strategy": SPOT,
    "service_connect_namespace": "shop",
    "configuration": {"executeCommandConfiguration": {"logging": "NONE"}},
    "tags": {"app": "shop", "cost": 7},
}


def described(boto: Boto, name: str = "shop") -> dict[str, Any]:
    include = ["SETTINGS", "CONFIGURATIONS", "TAGS", "ATTACHMENTS"]
    cluster: dict[str, Any] = boto("ecs").describe_clusters(clusters=[name], include=include)["clusters"][0]
    return cluster


def changed(run_module: RunModule, arguments: dict[str, Any]) -> Run:
    """Run in check mode, then for real, then again: the first predicts the second, the third changes nothing."""
    predicted = run_module("ecs_cluster", arguments, check=True)
    done = run_module("ecs_cluster", arguments)
    again = run_module("ecs_cluster", arguments)
    assert not done.failed, done["msg"]
    assert (predicted["changed"], predicted["diff"]) == (done["changed"], done["diff"])
    assert predicted["reasons"] == done["reasons"]
    assert not again["changed"] and again["reasons"] == [] and again["diff"]["before"] == again["diff"]["after"] == {}
    return done


def test_a_cluster_with_everything(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    run = changed(run_module, FULL)
    assert run["changed"] and run["reasons"] == ["cluster shop does not exist"]
    assert run["diff"]["before"] == {} and run["diff"]["after"]["clusterName"] == "shop"
    cluster = described(boto)
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert sorted(cluster["capacityProviders"]) == ["FARGATE", "FARGATE_SPOT"]
    assert cluster["serviceConnectDefaults"] == {"namespace": "shop"}
    assert cluster["configuration"] == {"executeCommandConfiguration": {"logging": "NONE"}}
    assert run["cluster"]["tags"] == {"app": "shop", "cost": "7"}
    aws.clear_calls()
    run_module("ecs_cluster", FULL)
    assert operations(aws) == {"DescribeClusters": 1}


def test_a_cluster_with_nothing_but_a_name(aws: EmbeddedAws, run_module: RunModule) -> None:
    run = changed(run_module, {"name": "shop"})
    assert run["changed"] and run["cluster"]["clusterName"] == "shop"
    assert operations(aws)["CreateCluster"] == 1


def test_what_is_left_out_stays_as_it_is(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    """community.aws takes capacity providers away when the option is left out."""
    run_module("ecs_cluster", FULL)
    before = described(boto)
    aws.clear_calls()
    for arguments in (
        {},
        {"container_insights": "enabled"},
        {"capacity_providers": ["FARGATE"]},
        {"tags": FULL["tags"]},
    ):
        assert not run_module("ecs_cluster", {"name": "shop", **arguments})["changed"]
    assert described(boto) == before
    assert set(operations(aws)) == {"DescribeClusters"}


def test_order_is_no_difference(run_module: RunModule) -> None:
    run_module("ecs_cluster", FULL)
    turned = {
        **FULL,
        "capacity_providers": ["FARGATE_SPOT", "FARGATE"],
        "default_capacity_provider_strategy": [{**SPOT[1], "base": "0", "weight": "4"}, SPOT[0]],
    }
    assert not run_module("ecs_cluster", turned)["changed"]


@pytest.mark.parametrize(
    ("change", "reasons", "calls"),
    [
        ({"container_insights": "enhanced"}, ["settings.containerInsights"], ["UpdateCluster"]),
        (
            {"settings": [{"name": "containerInsights", "value": "disabled"}], "container_insights": None},
            ["settings.containerInsights"],
            ["UpdateCluster"],
        ),
        (
            {"configuration": {"managedStorageConfiguration": {"kmsKeyId": "1234abcd"}}},
            ["configuration.managedStorageConfiguration.kmsKeyId"],
            ["UpdateCluster"],
        ),
        ({"service_connect_namespace": "other"}, ["serviceConnectDefaults.namespace"], ["UpdateCluster"]),
        ({"service_connect_namespace": ""}, ["serviceConnectDefaults.namespace"], ["UpdateCluster"]),
        (
            {"default_capacity_provider_strategy": [SPOT[0], {**SPOT[1], "weight": 9}]},
            ["defaultCapacityProviderStrategy.FARGATE_SPOT.weight"],
            ["PutClusterCapacityProviders"],
        ),
        (
            {"default_capacity_provider_strategy": []},
            [
                "defaultCapacityProviderStrategy.FARGATE.base",
                "defaultCapacityProviderStrategy.FARGATE.weight",
                "defaultCapacityProviderStrategy.FARGATE_SPOT.base",
                "defaultCapacityProviderStrategy.FARGATE_SPOT.weight",
            ],
            ["PutClusterCapacityProviders"],
        ),
        ({"tags": {"app": "shop", "team": "a"}}, ["tags.cost", "tags.team"], ["TagResource", "UntagResource"]),
        ({"tags": {"team": "a"}, "purge_tags": False}, ["tags.team"], ["TagResource"]),
    ],
)
def test_each_change_is_seen_and_sent_alone(
    change: dict[str, Any], reasons: list[str], calls: list[str], aws: EmbeddedAws, run_module: RunModule
) -> None:
    run_module("ecs_cluster", FULL)
    aws.clear_calls()
    arguments = {option: value for option, value in {**FULL, **change}.items() if value is not None}
    run = changed(run_module, arguments)
    assert run["changed"] and run["reasons"] == reasons
    assert sorted(set(operations(aws)) - {"DescribeClusters"}) == calls


def test_a_capacity_provider_is_added_and_taken_away_when_told(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_cluster", {"name": "shop", "capacity_providers": ["FARGATE"]})
    more = changed(run_module, {"name": "shop", "capacity_providers": ["FARGATE_SPOT"]})
    assert more["reasons"] == ["capacityProviders"]
    assert sorted(described(boto)["capacityProviders"]) == ["FARGATE", "FARGATE_SPOT"]
    less = changed(run_module, {"name": "shop", "capacity_providers": ["FARGATE"], "purge_capacity_providers": True})
    assert less["changed"] and described(boto)["capacityProviders"] == ["FARGATE"]


def test_a_strategy_is_kept_when_providers_change(boto: Boto, run_module: RunModule) -> None:
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    arguments = {"name": "shop", "capacity_providers": ["FARGATE"], "default_capacity_provider_strategy": strategy}
    run_module("ecs_cluster", arguments)
    run_module("ecs_cluster", {"name": "shop", "capacity_providers": ["FARGATE_SPOT"]})
    assert described(boto)["defaultCapacityProviderStrategy"] == strategy


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_a_strategy_needs_its_capacity_providers(
    check: bool, aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    without = run_module("ecs_cluster", {"name": "shop", "default_capacity_provider_strategy": SPOT}, check=check)
    assert without.failed and "FARGATE_SPOT is not among the cluster's capacity providers" in without["msg"]
    run_module("ecs_cluster", FULL)
    purge = {"name": "shop", "capacity_providers": ["FARGATE"], "purge_capacity_providers": True}
    used = run_module("ecs_cluster", purge, check=check)
    assert used.failed and "give default_capacity_provider_strategy as well" in used["msg"]
    assert len(described(boto)["capacityProviders"]) == 2 and operations(aws)["PutClusterCapacityProviders"] == 0


def test_members_of_the_configuration_that_are_not_named_stay(boto: Boto, run_module: RunModule) -> None:
    logs = {"cloudWatchLogGroupName": "/exec", "cloudWatchEncryptionEnabled": True}
    execute = {"logging": "OVERRIDE", "logConfiguration": logs, "kmsKeyId": "1234abcd"}
    run_module("ecs_cluster", {"name": "shop", "configuration": {"executeCommandConfiguration": execute}})
    storage = {"managedStorageConfiguration": {"fargateEphemeralStorageKmsKeyId": "5678"}}
    changed(run_module, {"name": "shop", "configuration": storage})
    assert described(boto)["configuration"] == {"executeCommandConfiguration": execute, **storage}
    default = {"executeCommandConfiguration": {"logging": "DEFAULT"}}
    changed(run_module, {"name": "shop", "configuration": default})
    kept = {"logging": "DEFAULT", "kmsKeyId": "1234abcd"}
    assert described(boto)["configuration"] == {"executeCommandConfiguration": kept, **storage}


def test_a_namespace_is_the_same_by_name_and_by_arn(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    """AWS answers with the ARN, whatever was asked for."""
    discovery = boto("servicediscovery")
    discovery.create_http_namespace(Name="shop")
    arn = discovery.list_namespaces()["Namespaces"][0]["Arn"]
    boto("ecs").create_cluster(clusterName="shop", serviceConnectDefaults={"namespace": arn})
    aws.clear_calls()
    assert not run_module("ecs_cluster", {"name": "shop", "service_connect_namespace": arn})["changed"]
    assert operations(aws) == {"DescribeClusters": 1}
    assert not run_module("ecs_cluster", {"name": "shop", "service_connect_namespace": "shop"})["changed"]
    assert operations(aws) == {"DescribeClusters": 2, "GetNamespace": 1}
    other = changed(run_module, {"name": "shop", "service_connect_defaults": {"namespace": "other"}})
    assert other["reasons"] == ["serviceConnectDefaults.namespace"]
    boto("ecs").update_cluster(cluster="shop", serviceConnectDefaults={"namespace": f"{arn}gone"})
    assert changed(run_module, {"name": "shop", "service_connect_namespace": "shop"})["changed"]


def test_what_is_returned_can_be_fed_back(run_module: RunModule) -> None:
    cluster = run_module("ecs_cluster", FULL)["cluster"]
    names = {
        "settings": "settings",
        "configuration": "configuration",
        "serviceConnectDefaults": "service_connect_defaults",
        "capacityProviders": "capacity_providers",
        "defaultCapacityProviderStrategy": "default_capacity_provider_strategy",
        "tags": "tags",
    }
    back = {option: cluster[member] for member, option in names.items()}
    assert not run_module("ecs_cluster", {"name": cluster["clusterName"], **back})["changed"]


def test_a_deleted_cluster_is_none(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    """It stays in the answers as INACTIVE."""
    run_module("ecs_cluster", {"name": "shop"})
    predicted = run_module("ecs_cluster", {"name": "shop", "state": "absent"}, check=True)
    gone = run_module("ecs_cluster", {"name": "shop", "state": "absent"})
    assert predicted["changed"] and gone["changed"] and predicted["diff"] == gone["diff"]
    assert described(boto)["status"] == "INACTIVE" and gone["cluster"] is None
    again = run_module("ecs_cluster", {"name": "shop", "state": "absent"})
    assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
    assert run_module("ecs_cluster", {"name": "shop"})["changed"] and described(boto)["status"] == "ACTIVE"
    assert operations(aws)["DeleteCluster"] == 1


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_a_cluster_in_use_is_not_deleted(check: bool, aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    ecs = boto("ecs")
    ecs.create_cluster(clusterName="shop")
    containers = [{"name": "web", "image": "registry.example.com/web:1", "memory": 64}]
    ecs.register_task_definition(family="web", containerDefinitions=containers)
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    run = run_module("ecs_cluster", {"name": "shop", "state": "absent"}, check=check)
    assert run.failed and run["msg"].startswith("Cluster shop is in use (services: 1)")
    assert operations(aws)["DeleteCluster"] == 0
