# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is a member, who joins, and what stands against it: each state that a host and a cluster can be in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from plugins.filter.kubeadm_plan import kubeadm_plan

CA, OTHER_CA = "sha256:aa", "sha256:bb"
WISH = {"version": "1.37.0", "endpoint": "api.shop.internal:6443"}
CONFIG = """\
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.0
controlPlaneEndpoint: api.shop.internal:6443
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}
"""
BARE: dict[str, Any] = {"kubelet_conf": False}
WORKER = {"kubelet_conf": True, "ca_hash": CA, "kubelet_active": True}
STATIC = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
PLANE = {**WORKER, "admin_conf": True, "etcd_data": True, "manifests": STATIC}
ADDRESSES = {"cp1": "10.0.0.11", "cp2": "10.0.0.12", "w1": "10.0.0.21", "w2": "10.0.0.22"}
PLANES = ["cp1", "cp2"]


def node(name: str, **more: Any) -> dict[str, Any]:
    return {
        **{"name": name, "ready": True, "version": "1.37.0", "address": ADDRESSES.get(name, "10.0.0.99")},
        **{"control_plane": name in PLANES, **more},
    }


def said(host: str, local: Mapping[str, Any], nodes: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """What `kubeadm_cluster_info` returns; with `nodes`, its API server answers."""
    cluster = {"ca_hash": CA, "finished": True, "config": CONFIG, "nodes": nodes, **more} if nodes is not None else None
    asked = bool(local.get("admin_conf"))
    api = {"asked": asked, "answers": cluster is not None, "server": "https://api:6443", "why": "connection refused"}
    return {"node": host, "address": ADDRESSES[host], "local": local, "api": api, "cluster": cluster}


def drawn(*hosts: Mapping[str, Any], planes: list[str] | None = None, **more: Any) -> dict[str, Any]:
    seen = {host["node"]: host for host in hosts}
    return kubeadm_plan(seen, planes or ["cp1"], {**WISH, **more.pop("wish", {})}, **more)


def test_bare_hosts_become_a_cluster() -> None:
    plan = drawn(said("cp1", BARE), said("cp2", BARE), said("w1", BARE), planes=PLANES)
    assert plan["problems"] == [] and plan["fresh"]
    assert (plan["init"], plan["join_control_planes"], plan["join_workers"]) == ("cp1", ["cp2"], ["w1"])
    assert plan["speaker"] is None and plan["minor"] == "1.37"
    assert plan["endpoint_addresses"] == ["10.0.0.11", "10.0.0.12"]


def test_a_cluster_that_is_complete_needs_nothing() -> None:
    nodes = [node("cp1"), node("w1")]
    plan = drawn(said("cp1", PLANE, nodes), said("w1", WORKER))
    assert plan["problems"] == [] and plan["init"] is None and not plan["fresh"]
    assert (plan["join_control_planes"], plan["join_workers"], plan["strangers"]) == ([], [], [])
    assert (plan["speaker"], plan["members"], plan["control_planes"]) == ("cp1", ["cp1", "w1"], ["cp1"])


def test_who_is_new_joins() -> None:
    plan = drawn(said("cp1", PLANE, [node("cp1")]), said("cp2", BARE), said("w1", BARE), planes=PLANES)
    assert (plan["join_control_planes"], plan["join_workers"]) == (["cp2"], ["w1"])
    assert plan["strangers"] == ["cp2", "w1"] and plan["returning"] == []


def test_the_speaker_is_the_first_control_plane_that_answers() -> None:
    nodes = [node("cp1"), node("cp2")]
    plan = drawn(said("cp1", PLANE), said("cp2", PLANE, nodes), planes=PLANES)
    assert plan["problems"] == [] and plan["speaker"] == "cp2" and plan["members"] == PLANES


def test_a_member_that_was_not_reached_stays_one() -> None:
    seen = {"cp1": said("cp1", PLANE, [node("cp1"), node("cp2")]), "cp2": {}}
    plan = kubeadm_plan(seen, PLANES, WISH)
    assert plan["problems"] == [] and plan["members"] == PLANES
    assert plan["endpoint_addresses"] == ["10.0.0.11", "10.0.0.12"]  # the cluster knows the second


def test_a_node_without_a_kubelet_conf_is_told_with_its_remedy() -> None:
    (problem,) = drawn(said("cp1", PLANE, [node("cp1"), node("w1")]), said("w1", BARE))["problems"]
    assert problem.startswith("w1: the cluster has a Node w1, and the host has no /etc/kubernetes/kubelet.conf")
    assert "remove_node" in problem and "kubectl delete node w1" in problem


def test_a_kubelet_conf_without_a_node_is_told_with_its_remedy() -> None:
    (problem,) = drawn(said("cp1", PLANE, [node("cp1")]), said("w1", WORKER))["problems"]
    assert "has /etc/kubernetes/kubelet.conf, and the cluster has no Node w1" in problem
    assert "systemctl restart kubelet" in problem and "kubeadm reset" in problem


def test_a_member_of_another_cluster_is_told_as_one() -> None:
    stranger = {**WORKER, "ca_hash": OTHER_CA}
    (problem,) = drawn(said("cp1", PLANE, [node("cp1")]), said("w1", stranger))["problems"]
    assert f"it belongs to another cluster, whose CA is {OTHER_CA}" in problem


def test_all_problems_come_at_once() -> None:
    hosts = (said("cp1", PLANE, [node("cp1"), node("w1")]), said("w1", BARE), said("w2", WORKER))
    assert len(drawn(*hosts)["problems"]) == 2


def test_a_group_that_changed_is_a_problem() -> None:
    nodes = [node("cp1"), node("cp2", control_plane=False), node("w1", control_plane=True)]
    hosts = (said("cp1", PLANE, nodes), said("cp2", WORKER), said("w1", PLANE))
    is_worker, is_plane = drawn(*hosts, planes=PLANES)["problems"]
    assert "cp2: it is a worker and in the group k8s_control_plane" in is_worker
    assert "w1: it is a control plane and not in the group k8s_control_plane" in is_plane


def test_a_join_that_was_interrupted_early_is_simply_done_again() -> None:
    half = {"kubelet_conf": False, "bootstrap_conf": True}
    plan = drawn(said("cp1", PLANE, [node("cp1")]), said("w1", half))
    assert plan["problems"] == [] and plan["join_workers"] == ["w1"] and plan["rejoin"] == []


def test_a_join_that_was_interrupted_late_takes_its_traces_back_first() -> None:
    late = {**WORKER, "bootstrap_conf": True}
    plan = drawn(said("cp1", PLANE, [node("cp1"), node("w1")]), said("w1", late))
    assert plan["problems"] == [] and plan["join_workers"] == ["w1"] and plan["rejoin"] == ["w1"]
    assert plan["strangers"] == ["w1"]  # so that add_nodes sees to it, too
    assert plan["returning"] == [{"name": "w1", "address": "10.0.0.21"}] and plan["members"] == ["cp1"]


def test_a_control_plane_whose_join_was_interrupted_is_taken_out_of_etcd() -> None:
    unmarked = said("cp1", PLANE, [node("cp1"), node("cp2", control_plane=False)])
    assert drawn(unmarked, said("cp2", PLANE), planes=PLANES)["rejoin"] == ["cp2"]
    half = {"kubelet_conf": False, "manifests": ["etcd", "kube-apiserver"]}
    assert drawn(said("cp1", PLANE, [node("cp1")]), said("cp2", half), planes=PLANES)["rejoin"] == ["cp2"]


def test_an_api_server_that_is_down_stops_everything() -> None:
    (problem,) = drawn(said("cp1", PLANE), said("w1", WORKER), said("w2", BARE))["problems"]
    assert problem.startswith("cp1: it is a control plane, and its API server https://api:6443 does not answer")
    assert "connection refused" in problem and "journalctl -u kubelet" in problem


def test_no_second_cluster_where_a_control_plane_was_not_reached() -> None:
    plan = kubeadm_plan({"cp1": {}, "cp2": said("cp2", BARE)}, PLANES, WISH)
    assert "cp1: it is a control plane of the inventory and was not reached" in plan["problems"][0]
    assert plan["init"] is None


def test_a_worker_of_nobody_is_a_problem() -> None:
    (problem,) = drawn(said("cp1", BARE), said("w1", WORKER))["problems"]
    assert "no control plane of the inventory belongs to one" in problem


def test_an_init_that_did_not_end_is_taken_up() -> None:
    begun = drawn(said("cp1", PLANE, [node("cp1")], finished=False, config=""), said("w1", BARE))
    assert begun["problems"] == [] and begun["init"] == "cp1" and begun["join_workers"] == ["w1"]
    never = {**PLANE, "etcd_data": False}
    assert drawn(said("cp1", never))["init"] == "cp1"


def test_a_cluster_that_lost_its_configuration_is_not_made_anew() -> None:
    plan = drawn(said("cp1", PLANE, [node("cp1"), node("w1")], finished=False, config=""), said("w1", WORKER))
    assert plan["init"] is None and "kubeadm init phase upload-config kubeadm" in plan["problems"][0]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": "1.37.1"}, "the cluster has 1.37.0, found 1.37.1; this role does not upgrade"),
        ({"endpoint": "other:6443"}, "kubeadm_cluster_endpoint: the cluster has api.shop.internal:6443"),
        ({"pod_cidr": "10.1.0.0/16"}, "kubeadm_cluster_pod_cidr: the cluster has 10.244.0.0/16"),
        ({"service_cidr": "10.97.0.0/16"}, "kubeadm_cluster_service_cidr: the cluster has 10.96.0.0/12"),
    ],
)
def test_what_a_cluster_cannot_change_is_refused(changed: dict[str, str], expected: str) -> None:
    (problem,) = drawn(said("cp1", PLANE, [node("cp1")]), wish=changed)["problems"]
    assert expected in problem


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": "1.37"}, "kubeadm_cluster_version: '1.37' is not exact"),
        ({"version": "1.19.3"}, "kubeadm_cluster_version: Kubernetes 1.19.3 is too old"),
        ({"endpoint": "API:6443"}, "kubeadm_cluster_endpoint: found 'API:6443'"),
        ({"endpoint": "api"}, "kubeadm_cluster_endpoint: found 'api'"),
        ({"pod_cidr": "10.244.0.1/16"}, "kubeadm_cluster_pod_cidr: found '10.244.0.1/16'"),
        ({"pod_cidr": "10.96.0.0/16"}, "overlap"),
        ({"pod_cidr": "10.0.0.0/16"}, "cp1: its address 10.0.0.11 lies in kubeadm_cluster_pod_cidr"),
        ({"api_server_args": {"--v": 1}}, "kubeadm_cluster_api_server_args: found '--v', expected 'v'"),
        ({"config": {"kubernetesVersion": "v1"}}, "found kubernetesVersion, expected it in kubeadm_cluster_version"),
        ({"config": {"networking": {"podSubnet": "x"}}}, "networking.podSubnet, expected it in kubeadm_cluster_pod"),
        ({"files": ["audit.yaml"]}, "kubeadm_cluster_files: found the path 'audit.yaml'"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(changed: dict[str, Any], expected: str) -> None:
    problems = drawn(said("cp1", BARE), wish=changed)["problems"]
    assert any(expected in problem for problem in problems), problems


def test_names_and_addresses_are_unique_and_well_formed() -> None:
    twin = {**said("w1", BARE), "node": "cp1", "address": "10.0.0.11"}
    odd = {**said("w2", BARE), "node": "Data_1", "address": "fe80::1"}
    problems = kubeadm_plan({"cp1": said("cp1", BARE), "w1": twin, "w2": odd}, ["cp1"], WISH)["problems"]
    assert any("cp1 and w1 have the same kubeadm_cluster_node_name cp1" in problem for problem in problems)
    assert any("cp1 and w1 have the same kubeadm_cluster_node_address" in problem for problem in problems)
    assert any("w2: kubeadm_cluster_node_name is 'Data_1'" in problem for problem in problems)
    assert any("w2: kubeadm_cluster_node_address is 'fe80::1'" in problem for problem in problems)


def test_calico_is_named_so_that_it_can_only_be_that_one() -> None:
    none = drawn(said("cp1", BARE), network="calico")["problems"]
    assert len(none) == 2 and "neither file, url nor version" in none[0]
    version = drawn(said("cp1", BARE), network="calico", network_manifest={"version": "3.32.1"})["problems"]
    assert version == [
        "kubeadm_cluster_network_manifest.sha256: found nothing, expected the SHA-256 of the manifest that is fetched, "
        "64 digits"
    ]
    good = {"version": "3.32.1", "sha256": "a" * 64}
    assert drawn(said("cp1", BARE), network="calico", network_manifest=good)["problems"] == []
    assert drawn(said("cp1", BARE), network="calico", network_manifest={"file": "calico.yaml"})["problems"] == []


def test_options_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="version is missing; endpoint is missing"):
        kubeadm_plan({}, [], {})
    with pytest.raises(AnsibleFilterError, match="unknown option 'versoin'"):
        kubeadm_plan({}, [], {**WISH, "versoin": "1"})
    with pytest.raises(AnsibleFilterError, match="config is str, expected a dictionary"):
        kubeadm_plan({}, [], {**WISH, "config": "x"})
