# SPDX-License-Identifier: GPL-3.0-or-later
"""A running cluster's documents: what is wanted is set, what was ours is taken out, what others wrote stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.config_change import (
    CLUSTER,
    KUBELET,
    PROXY,
    by_kind,
    compare,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.config_merge import merged, same
from ansible_collections.slipway.containers.plugins.module_utils._core.tree import leaves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LIVE: dict[str, Any] = {
    "apiVersion": "kubeadm.k8s.io/v1beta2",
    "kind": CLUSTER,
    "apiServer": {"extraArgs": {"authorization-mode": "Node,RBAC"}, "timeoutForControlPlane": "4m0s"},
    "controlPlaneEndpoint": "api.lab.internal:6443",
    "controllerManager": {},
    "kubernetesVersion": "v1.20.2",
    "networking": {"podSubnet": "10.244.0.0/16", "serviceSubnet": "10.96.0.0/12"},
}

#: A busy machine is no mistake.
PROPERTY = settings(
    derandomize=True, deadline=None, database=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)
keys = st.sampled_from(["a", "b", "c", "extraArgs"])
scalars = st.one_of(st.integers(0, 3), st.sampled_from(["x", "4m0s", "4m"]), st.booleans())
named = st.lists(st.fixed_dictionaries({"name": st.sampled_from("pqr"), "value": st.sampled_from("12")}), max_size=3)
documents = st.recursive(
    st.dictionaries(keys, st.one_of(scalars, named), max_size=3),
    lambda inner: st.dictionaries(keys, st.one_of(scalars, named, inner), max_size=3),
    max_leaves=6,
)


@PROPERTY
@given(live=documents, former=documents, wanted=documents)
def test_a_second_merge_changes_nothing(live: Any, former: Any, wanted: Any) -> None:
    once = merged(live, former, wanted)
    assert merged(once, wanted, wanted) == once


@PROPERTY
@given(live=documents)
def test_nothing_wanted_changes_nothing(live: Any) -> None:
    assert merged(live, None, {}) == live


@PROPERTY
@given(wanted=documents)
def test_out_of_nothing_comes_what_is_wanted(wanted: Any) -> None:
    assert merged({}, None, wanted) == wanted


@PROPERTY
@given(wanted=documents)
def test_what_is_not_wanted_any_more_goes(wanted: Any) -> None:
    left = merged(wanted, wanted, {})
    assert all(value == {} for value in leaves(left).values())


def test_what_was_written_by_hand_stays() -> None:
    live = {"extraArgs": {"ours": "1", "by-hand": "2"}, "other": True}
    assert merged(live, {"extraArgs": {"ours": "1"}}, {}) == {"extraArgs": {"by-hand": "2"}, "other": True}


def test_what_was_ours_goes_even_where_somebody_gave_it_another_value() -> None:
    assert merged({"a": {"x": "9", "y": 1}}, {"a": {"x": "1"}}, {"a": {}}) == {"a": {"y": 1}}


def test_without_a_record_nothing_goes() -> None:
    assert merged({"a": 1, "b": 2}, None, {"b": 3}) == {"a": 1, "b": 3}


def test_none_means_that_it_is_not_set() -> None:
    assert merged({"a": 1}, None, {"a": None}) == {"a": 1}
    assert merged({"a": 1}, {"a": 1}, {"a": None}) == {}


def test_arguments_as_a_list_are_merged_by_name_and_keep_their_order() -> None:
    live = [{"name": "hand", "value": "0"}, {"name": "audit", "value": "1"}, {"name": "old", "value": "2"}]
    wanted = [{"name": "issuer", "value": "a"}, {"name": "issuer", "value": "b"}, {"name": "audit", "value": "9"}]
    assert merged({"extraArgs": live}, {"extraArgs": live[1:]}, {"extraArgs": wanted}) == {
        "extraArgs": [live[0], wanted[2], *wanted[:2]]
    }


def test_a_plain_list_is_one_value() -> None:
    assert merged({"certSANs": ["a", "b"]}, {"certSANs": ["a", "b"]}, {"certSANs": ["b"]}) == {"certSANs": ["b"]}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("4m0s", "4m", True),
        ("4m0s", "240s", True),
        ("4m", "5m", False),
        ("100Mi", "100m", False),
        (True, 1, False),
        ("1", 1, False),
        ({"a": ["2m"]}, {"a": ["120s"]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_what_means_the_same(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


def test_what_changes_and_whom_it_concerns() -> None:
    wanted = {
        CLUSTER: {
            "apiServer": {"extraArgs": {"profiling": "false"}, "timeoutForControlPlane": "4m"},
            "controllerManager": {"extraArgs": {"v": "3"}},
            "kubernetesVersion": "1.20.2",
        },
        KUBELET: {"maxPods": 80},
    }
    found = compare({CLUSTER: LIVE, KUBELET: {"maxPods": 110}}, {}, wanted)
    assert [(change.document, change.path, change.before, change.after) for change in found.changes] == [
        (CLUSTER, "apiServer.extraArgs.profiling", None, "false"),
        (CLUSTER, "controllerManager.extraArgs.v", None, "3"),
        (KUBELET, "maxPods", 110, 80),
    ]
    assert found.components == ["kube-apiserver", "kube-controller-manager", "kubelet"]
    assert found.kinds == [CLUSTER, KUBELET]
    assert found.problems == []
    assert found.documents[CLUSTER]["kubernetesVersion"] == "v1.20.2"
    assert found.documents[CLUSTER]["apiServer"]["timeoutForControlPlane"] == "4m0s"


def test_what_a_running_cluster_keeps_is_said_all_at_once() -> None:
    wanted = {
        CLUSTER: {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "controlPlaneEndpoint": "other:6443",
            "kubernetesVersion": "1.21.0",
            "networking": {"podSubnet": "10.9.0.0/16"},
        },
        KUBELET: {"cgroupDriver": "cgroupfs"},
        PROXY: {"mode": "nftables"},
    }
    found = compare({CLUSTER: LIVE, KUBELET: {"cgroupDriver": "systemd"}}, {}, wanted)
    assert [problem.path for problem in found.problems] == [
        "ClusterConfiguration.apiVersion",
        "ClusterConfiguration.kubernetesVersion",
        "ClusterConfiguration.controlPlaneEndpoint",
        "ClusterConfiguration.networking.podSubnet",
        "KubeletConfiguration.cgroupDriver",
        "KubeProxyConfiguration",
    ]
    assert "found 'v1.20.2' in the cluster, and '1.21.0' is wanted" in found.problems[1].message


def test_a_key_that_is_kept_may_be_left_out() -> None:
    for former in ({}, {CLUSTER: LIVE}):
        found = compare({CLUSTER: LIVE}, former, {CLUSTER: {"kind": CLUSTER, "networking": {"podSubnet": None}}})
        assert found.problems == []
        assert found.documents[CLUSTER]["kubernetesVersion"] == "v1.20.2"
        assert found.documents[CLUSTER]["networking"]["podSubnet"] == "10.244.0.0/16"
        assert found.wishes[CLUSTER]["networking"]["podSubnet"] == "10.244.0.0/16"


def test_images_of_another_place_concern_the_whole_control_plane() -> None:
    found = compare({CLUSTER: LIVE}, {}, {CLUSTER: {"imageRepository": "registry.internal/k8s"}})
    assert found.components == ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]


def test_the_proxies_settings() -> None:
    found = compare({PROXY: {"mode": "iptables"}}, {}, {PROXY: {"mode": "nftables"}})
    assert found.components == ["kube-proxy"]


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([{"kind": "Pod"}], "documents[0].kind: found 'Pod', expected one of ClusterConfiguration"),
        ([{"kind": PROXY}, {"kind": PROXY}], "documents[1]: KubeProxyConfiguration is there twice"),
        (["text"], "documents[0].kind: found None"),
    ],
)
def test_what_is_no_document(documents: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match="documents") as problem:
        by_kind(documents)
    assert said in str(problem.value)
