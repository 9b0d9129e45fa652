# SPDX-License-Identifier: GPL-3.0-or-later
"""How nodes leave a cluster: the order of etcd's members, what speaks of them, and what stands against it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.removal import (
    Cluster,
    Leaving,
    Member,
    Node,
    Removal,
    endpoint_of,
    members,
    removal,
    still_ready,
)

STATUS = """\
apiEndpoints:
  cp-1:
    advertiseAddress: 10.0.0.1
    bindPort: 6443
  cp-10:
    advertiseAddress: 10.0.0.10
    bindPort: 6443
  cp-2:
    advertiseAddress: 10.0.0.2
    bindPort: 6443
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterStatus
"""
INFO = ("kube-public", "cluster-info", "kubeconfig")
PROXY = ("kube-system", "kube-proxy", "kubeconfig.conf")


def kubeconfig(server: str) -> str:
    return f"apiVersion: v1\nclusters:\n- cluster:\n    server: https://{server}\n  name: default\n"


def node(name: str, control_plane: bool = True, ready: bool = True) -> Node:
    return Node(name, (f"10.0.0.{name.rpartition('-')[2]}", name), ready, control_plane)


def member(number: int, well: bool = True, named: bool = True, learner: bool = False) -> Member:
    return Member(
        1000 + number,
        f"cp-{number}" if named else "",
        (f"https://10.0.0.{number}:2380",),
        (f"https://10.0.0.{number}:2379",),
        learner,
        well,
    )


CLUSTER = Cluster(
    nodes=(node("cp-1"), node("cp-2"), node("cp-3"), node("web-4", control_plane=False)),
    members=(member(1), member(2), member(3)),
    status=STATUS,
    endpoint="api.shop.internal:6443",
    texts={INFO: kubeconfig("api.shop.internal:6443"), PROXY: kubeconfig("api.shop.internal:6443")},
)


def leave(*names: str, cluster: Cluster = CLUSTER) -> Removal:
    return removal([Leaving(name) for name in names], cluster)


def test_a_worker_leaves_nothing_but_its_node() -> None:
    gone = leave("web-4")
    assert gone.as_lines() == ["node web-4"] and gone.problems == () and gone.changed
    assert not gone.without_nodes().changed


def test_a_control_plane_leaves_etcd_and_what_kubeadm_remembers() -> None:
    gone = leave("cp-1")
    assert gone.as_lines() == [
        "etcd member cp-1 (https://10.0.0.1:2380)",
        "cp-1 in the ClusterStatus of kubeadm",
        "node cp-1",
    ]
    assert gone.problems == ()
    assert gone.status == STATUS.replace("  cp-1:\n    advertiseAddress: 10.0.0.1\n    bindPort: 6443\n", "")
    assert gone.without_nodes().as_lines() == gone.as_lines()[:2]


def test_what_is_gone_already_is_no_mistake() -> None:
    gone = leave("cp-9", cluster=replace(CLUSTER, status=""))
    assert not gone.changed and gone.problems == ()


def test_a_member_that_never_started_is_known_by_its_address() -> None:
    cluster = replace(CLUSTER, members=(member(1), member(2), member(3, named=False, well=False)))
    assert [one.id for one in leave("cp-3", cluster=cluster).members] == [1003], "by its node's"
    unknown = replace(cluster, nodes=CLUSTER.nodes[:2])
    assert leave("cp-3", cluster=unknown).members == ()
    told = removal([Leaving("cp-3", "10.0.0.3")], unknown)
    assert told.as_lines() == ["etcd member one that has never started (https://10.0.0.3:2380)"]


@pytest.mark.parametrize(
    ("well", "leaving", "problem"),
    [
        ([True, True, True], ["cp-1"], ""),
        ([True, True, True], ["cp-1", "cp-2"], ""),
        ([False, True, True], ["cp-1"], ""),
        ([False, True, True], ["cp-1", "cp-2"], ""),
        ([True, True, False], ["cp-1", "cp-3"], ""),
        ([True, True, False], ["cp-1"], "found 1 of 2 etcd members well once cp-1 has left"),
        ([True, False, False], ["cp-3"], "found 1 of 3 etcd members well before cp-3 leaves"),
        ([True, False], ["cp-2"], "found 1 of 2 etcd members well before cp-2 leaves"),
        ([True, True], ["cp-1"], ""),
    ],
)
def test_etcd_keeps_more_than_half(well: list[bool], leaving: list[str], problem: str) -> None:
    cluster = replace(CLUSTER, members=tuple(member(number, ok) for number, ok in enumerate(well, 1)))
    found = leave(*leaving, cluster=cluster).problems
    assert [it.partition(",")[0] for it in found] == ([problem] if problem else [])


def test_members_that_are_down_go_first() -> None:
    cluster = replace(CLUSTER, members=(member(1), member(2), member(3, well=False)))
    assert [one.name for one in leave("cp-1", "cp-3", cluster=cluster).members] == ["cp-3", "cp-1"]


def test_a_learner_has_no_vote() -> None:
    cluster = replace(CLUSTER, members=(member(1), member(2, learner=True, well=False)))
    gone = leave("cp-2", cluster=cluster)
    assert gone.problems == () and [one.name for one in gone.members] == ["cp-2"]


def test_the_last_control_plane_stays() -> None:
    [problem] = leave("cp-1", "cp-2", "cp-3").problems
    assert (
        problem.startswith("found no control plane that stays beside cp-1, cp-2, cp-3") and "reset_cluster" in problem
    )


def test_an_endpoint_that_is_a_node_stays() -> None:
    for endpoint in ("10.0.0.1:6443", "cp-1:6443"):
        [problem] = leave("cp-1", cluster=replace(CLUSTER, endpoint=endpoint)).problems
        assert problem.startswith(f"found the cluster's endpoint {endpoint}, which is a node that leaves")
    without = replace(
        CLUSTER, endpoint="", texts={INFO: kubeconfig("10.0.0.1:6443"), PROXY: kubeconfig("10.0.0.1:6443")}
    )
    assert len(leave("cp-1", cluster=without).problems) == 1
    assert leave("cp-2", cluster=without).problems == ()


def test_a_kubeconfig_of_the_cluster_that_names_the_node_gets_the_endpoint() -> None:
    cluster = replace(CLUSTER, texts={INFO: kubeconfig("10.0.0.1:6443"), PROXY: kubeconfig("api.shop.internal:6443")})
    gone = leave("cp-1", cluster=cluster)
    assert gone.texts == {INFO: kubeconfig("api.shop.internal:6443")} and gone.problems == ()
    assert "a node that leaves, as the API server in kube-public/cluster-info/kubeconfig" in gone.as_lines()


def test_a_host_that_nobody_reaches_and_that_is_ready_runs_on() -> None:
    leaving = [Leaving("cp-1", away=True), Leaving("cp-2"), Leaving("cp-3", away=True)]
    assert still_ready(leaving, [node("cp-1"), node("cp-2"), node("cp-3", ready=False)]) == ["cp-1"]


def test_what_the_cluster_says_is_read() -> None:
    printed = {"members": [{"ID": 10276657743932975437, "peerURLs": ["https://10.0.0.1:2380"]}], "header": {}}
    [one] = members(json.dumps(printed))
    assert one.hex == "8e9e05c52164694d" and one.name == "" and one.hosts == ("10.0.0.1",)
    said: dict[str, Any] = {
        "metadata": {"name": "cp-1", "labels": {"node-role.kubernetes.io/master": ""}},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "conditions": [{"type": "Ready", "status": "Unknown"}],
        },
    }
    assert Node.of(said) == Node("cp-1", ("10.0.0.1",), ready=False, control_plane=True)
    assert endpoint_of("apiVersion: x\ncontrolPlaneEndpoint: api.shop.internal:6443\n") == "api.shop.internal:6443"
    assert endpoint_of("apiVersion: x\n") == ""
