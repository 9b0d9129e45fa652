# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters and capacity providers: what is wrong with a wish, what changes, and when a cluster is at rest."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import capacity_providers, clusters
from ansible_collections.slipway.containers.plugins.module_utils._io.aws import clusters as adapter
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.botocore_model import load
from ansible_collections.slipway.containers.plugins.module_utils._io.aws.calls import AwsError

MODEL = load(botocore.session.get_session().get_service_model("ecs"), clusters.SHAPE)
ARN = "arn:aws:servicediscovery:eu-central-1:123456789012:namespace/ns-abc"


def wrong(**options: Any) -> list[str]:
    return [finding.message for finding in clusters.read({"name": "shop", **options}, MODEL)[1]]


def provider(name: str = "FARGATE", **more: Any) -> dict[str, Any]:
    return {"capacityProvider": name, **more}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "'' is no valid cluster name"),
        ({"name": "arn:aws:ecs:eu-central-1:1:cluster/shop"}, "is no valid cluster name"),
        ({"name": "a" * 256}, "is no valid cluster name"),
        (
            {"container_insights": "enabled", "settings": []},
            "container_insights and settings say the same thing",
        ),
        (
            {"service_connect_namespace": "a", "service_connect_defaults": {"namespace": "a"}},
            "service_connect_namespace and service_connect_defaults say the same thing",
        ),
        ({"settings": [{"name": "containerInsights", "value": "on"}]}, "'on' is not one of disabled, enabled"),
        ({"settings": [{"name": "containerInsights"}]}, "a setting has no name or no value"),
        ({"service_connect_namespace": "a<b"}, "which a namespace may not have"),
        ({"service_connect_namespace": "n" * 1025}, "the name has 1025 characters, expected at most 1024"),
        ({"service_connect_namespace": "arn:aws:sns:eu-central-1:1:shop"}, "is no ARN of a Cloud Map namespace"),
        (
            {"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}},
            "logging is OVERRIDE and there is no log configuration",
        ),
        (
            {
                "configuration": {
                    "executeCommandConfiguration": {"logging": "NONE", "logConfiguration": {"s3BucketName": "logs"}}
                }
            },
            "You must set logging to 'OVERRIDE' when you supply a log configuration",
        ),
        ({"capacity_providers": ["p" + str(n) for n in range(21)]}, "found 21 capacity providers, expected at most 20"),
        ({"capacity_providers": ["FARGATE", "FARGATE"]}, "'FARGATE' is named 2 times"),
        ({"capacity_providers": ["fargate_spot"]}, "there can be no capacity provider 'fargate_spot'"),
        ({"capacity_providers": ["ecs-mine"]}, "there can be no capacity provider 'ecs-mine'"),
        ({"capacity_providers": ["my own"]}, "'my own' is no valid name of a capacity provider"),
        ({"capacity_providers": ["arn:aws:ecs:eu-central-1:1:capacity-provider/own"]}, "expected the short name"),
        (
            {
                "capacity_providers": ["FARGATE"],
                "purge_capacity_providers": True,
                "default_capacity_provider_strategy": [provider("own", weight=1)],
            },
            "own is not among the cluster's capacity providers",
        ),
        ({"default_capacity_provider_strategy": [provider(weight=1001)]}, "found 1001, expected 0 to 1000"),
        ({"default_capacity_provider_strategy": [provider(weight=1, base=100001)]}, "found 100001, expected 0 to"),
        ({"default_capacity_provider_strategy": [provider(weight=1, base=-1)]}, "found -1, expected 0 to 100000"),
        (
            {"default_capacity_provider_strategy": [provider(base=1), provider("own", weight=0)]},
            "no capacity provider has a weight above 0",
        ),
        (
            {"default_capacity_provider_strategy": [provider(weight=1, base=1), provider("FARGATE_SPOT", base=1)]},
            "FARGATE and FARGATE_SPOT have a base, expected one of them at most",
        ),
        ({"default_capacity_provider_strategy": [{"weight": 1}]}, "the field is missing"),
        ({"tags": {"aws:app": "x"}}, "reserved for AWS"),
    ],
)
def test_what_aws_would_refuse(options: dict[str, Any], message: str) -> None:
    (found,) = wrong(**options)
    assert message in found


@pytest.mark.parametrize(
    "options",
    [
        {"capacity_providers": [], "default_capacity_provider_strategy": [], "service_connect_namespace": ""},
        {"default_capacity_provider_strategy": [provider(weight=0, base=2), provider("own", weight=1000)]},
        {"default_capacity_provider_strategy": [provider("FARGATE_SPOT")]},
        {"service_connect_namespace": ARN},
        {
            "configuration": {
                "executeCommandConfiguration": {"logging": "OVERRIDE", "logConfiguration": {"s3KeyPrefix": "a"}}
            }
        },
    ],
)
def test_what_aws_takes(options: dict[str, Any]) -> None:
    assert wrong(**options) == []


def test_strategies_mean_the_same_in_any_order_and_with_defaults_written_out() -> None:
    short = [provider(weight=1), provider("own", base=2)]
    long = [provider("own", base=2, weight=0), provider(weight=1, base=0)]
    assert capacity_providers.by_name(short) == capacity_providers.by_name(long)


def decided(present: dict[str, Any] | None, names: dict[str, str] | None = None, **options: Any) -> clusters.Decision:
    wish, findings = clusters.read({"name": "shop", **options}, MODEL)
    assert not findings
    return clusters.decide(wish, present, names or {})


@pytest.mark.parametrize(
    "present",
    [
        {"configuration": {"executeCommandConfiguration": {"logging": "DEFAULT"}}},
        {"configuration": {}},
        {"configuration": None, "capacityProviders": None, "defaultCapacityProviderStrategy": None, "settings": []},
        {},
    ],
)
def test_what_aws_fills_in_or_leaves_out_is_no_difference(present: dict[str, Any]) -> None:
    default = {"executeCommandConfiguration": {"logging": "DEFAULT"}}
    options = {"configuration": default, "capacity_providers": [], "service_connect_namespace": ""}
    assert not decided(present, **options).changed


def test_an_empty_namespace_is_sent_only_to_remove_one() -> None:
    created = decided(None, service_connect_namespace="")
    assert created.create == {"clusterName": "shop"}
    removed = decided({"serviceConnectDefaults": {"namespace": ARN}}, service_connect_namespace="")
    assert removed.update == {"serviceConnectDefaults": {"namespace": ""}}


@pytest.mark.parametrize(
    ("wanted", "present", "asked"),
    [("shop", ARN, ARN), (ARN, "shop", ARN), (ARN, ARN, ""), ("shop", "shop", ""), ("shop", "", ""), ("", ARN, "")],
)
def test_a_namespace_is_looked_up_only_where_a_name_meets_an_arn(wanted: str, present: str, asked: str) -> None:
    wish, _findings = clusters.read({"name": "shop", "service_connect_namespace": wanted}, MODEL)
    there = {"serviceConnectDefaults": {"namespace": present}} if present else {}
    assert clusters.namespace_to_look_up(wish, there) == asked
    if asked:
        assert not clusters.decide(wish, there, {ARN: "shop"}).changed
        assert clusters.decide(wish, there, {ARN: "other"}).changed


def test_a_provider_in_the_present_strategy_cannot_go_alone() -> None:
    present = {
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": [provider("FARGATE_SPOT", weight=1)],
    }
    wish, _findings = clusters.read(
        {"name": "shop", "capacity_providers": ["FARGATE"], "purge_capacity_providers": True}, MODEL
    )
    (found,) = clusters.conflicts(wish, clusters.decide(wish, present, {}))
    assert found.path == "capacity_providers" and "FARGATE_SPOT" in found.message


def test_who_speaks_of_other_things_is_not_told_of_an_odd_strategy() -> None:
    present = {"defaultCapacityProviderStrategy": [provider("gone", weight=1)]}
    wish, _findings = clusters.read({"name": "shop", "container_insights": "enabled"}, MODEL)
    assert clusters.conflicts(wish, clusters.decide(wish, present, {})) == []


class Client:
    """Answers DescribeClusters with one state after the other, the last for ever."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = list(states)

    def describe_clusters(self, **_parameters: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"clusters": [{"clusterName": "shop", "status": "ACTIVE", **state}], "failures": []}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits here."""
    taken: list[float] = []
    monkeypatch.setattr(adapter.time, "sleep", taken.append)
    return taken


def test_a_cluster_is_waited_for_until_its_capacity_providers_are_attached(pauses: list[float]) -> None:
    going = ({"status": "PROVISIONING"}, {"attachmentsStatus": "UPDATE_IN_PROGRESS"})
    client = Client(*going, {"attachmentsStatus": "UPDATE_COMPLETE"})
    cluster = adapter.Clusters(client, []).wait("shop", clusters.is_settled, 60)
    assert cluster["attachmentsStatus"] == "UPDATE_COMPLETE" and len(pauses) == 2
    assert clusters.failure(cluster) == ""


def test_who_waits_in_vain_is_told_for_what() -> None:
    with pytest.raises(AwsError, match="still ACTIVE, its capacity providers UPDATE_IN_PROGRESS after -1 seconds"):
        adapter.Clusters(Client({"attachmentsStatus": "UPDATE_IN_PROGRESS"}), []).wait("shop", clusters.is_settled, -1)


def test_capacity_providers_that_could_not_be_attached_are_a_failure() -> None:
    attachments = [{"type": "as_policy", "status": "FAILED"}]
    failed = {"clusterName": "shop", "attachmentsStatus": "UPDATE_FAILED", "attachments": attachments}
    assert clusters.is_settled(failed) and "of shop: as_policy is FAILED." in clusters.failure(failed)
    assert "the cluster is FAILED" in clusters.failure({"clusterName": "shop", "status": "FAILED"})


def test_a_cluster_that_cannot_be_seen_yet_is_waited_for(pauses: list[float]) -> None:
    client = Client({"status": "INACTIVE"}, {"status": "ACTIVE"})
    assert adapter.Clusters(client, []).wait("shop", clusters.is_settled, 60)["status"] == "ACTIVE" and len(pauses) == 1
    with pytest.raises(AwsError, match="Cluster shop is still not to be seen after -1 seconds"):
        adapter.Clusters(Client({"status": "INACTIVE"}), []).wait("shop", clusters.is_settled, -1)


@pytest.mark.parametrize("status", ["INACTIVE", "DEPROVISIONING"])
def test_a_cluster_that_goes_is_none(status: str) -> None:
    assert adapter.Clusters(Client({"status": status}), []).read("shop") is None
