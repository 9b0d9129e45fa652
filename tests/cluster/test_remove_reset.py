# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that leave a cluster against some resistance.

Data that a drain would harm, a first control plane that is dead, a reset whose network cannot be taken down. What goes
well is in test_cluster_life.py.

The tests share three control planes, three being the fewest that can lose one, and are run in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.kubernetes import Lab, Node, Played, playbook

from .conftest import Timed

pytestmark = pytest.mark.fault
BUILD, REMOVE, RESET = (f"slipway.containers.{name}" for name in ("build_cluster", "remove_node", "reset_cluster"))
DATABASE = "default/db-0"
ENDPOINT = "api.lab.internal"
#: What hosts have of their own, and a reset has to leave alone.
OWN_RULES = """\
iptables -N MINE
iptables -A INPUT -j MINE
iptables -A MINE -m comment --comment "KUBE-FIREWALL is not meant" -j RETURN
iptables -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE
"""


#: What kubeadm taints control planes with, by version.
ROLES = ("node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane")


@dataclass(frozen=True)
class Planes:
    """The first two change their parts: the first one dies."""

    lab: Lab
    first: Node
    second: Node
    third: Node

    def play(self, name: str, *words: str, **variables: Any) -> Played:
        planes = [self.first, self.second, self.third]
        groups = {"data": [self.second], "edge": [self.second, self.third]}
        wanted = {"kubeadm_cluster_node_groups": GROUPS, **variables}
        listing = self.lab.inventory(planes, groups=groups, variables=wanted)
        return playbook(name, *words, hosts=listing)

    def nodes(self) -> list[str]:
        said = self.second.kubectl("get", "nodes", "--output=name")
        return sorted(line.removeprefix("node/") for line in said.split())


GROUPS: dict[str, Any] = {
    "edge": {"labels": {"example.com/place": "edge", "example.com/disk": "slow"}},
    "data": {
        "labels": {"example.com/disk": "fast"},
        "taints": [{"key": "example.com/data", "effect": "PreferNoSchedule"}],
    },
}


@pytest.fixture(scope="module")
def planes(lab: Lab) -> Iterator[Planes]:
    with Node.create("leave-a") as first, Node.create("leave-b") as second, Node.create("leave-c") as third:
        yield Planes(lab, first, second, third)


def meta(node: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What of a node is not the cluster's own."""
    labels = {key: value for key, value in node["metadata"]["labels"].items() if key.startswith("example.com/")}
    taints = [taint["key"] for taint in node["spec"].get("taints", []) if taint["key"].startswith("example.com/")]
    return labels, taints


def node(planes: Planes, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(planes.second.kubectl("get", "node", name, "--output=json"))
    return found


def test_nodes_carry_what_their_groups_give(planes: Planes, step: Timed) -> None:
    with step("three control planes are built"):
        planes.play(BUILD).good()
    assert meta(node(planes, planes.second.name)) == (
        {"example.com/place": "edge", "example.com/disk": "fast"},
        ["example.com/data"],
    )
    assert meta(node(planes, planes.third.name)) == ({"example.com/place": "edge", "example.com/disk": "slow"}, [])


def test_what_groups_no_longer_give_goes_and_what_is_made_by_hand_stays(planes: Planes) -> None:
    planes.second.kubectl("label", "node", planes.second.name, "example.com/mine=1")
    wanted = {"nodes": [{"name": planes.second.name, "labels": {"example.com/disk": "fast"}}]}
    foretold = planes.second.module("k8s_node_meta", wanted, check_mode=True, diff=True)
    done = planes.second.module("k8s_node_meta", wanted, diff=True)
    assert done["diff"] == foretold["diff"] and done["changed"] and foretold["changed"]
    assert meta(node(planes, planes.second.name)) == ({"example.com/disk": "fast", "example.com/mine": "1"}, [])
    assert not planes.second.module("k8s_node_meta", wanted)["changed"]


def database(on: str) -> dict[str, Any]:
    """A StatefulSet of one, whose data any node could reach."""
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "data"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "shared",
            "hostPath": {"path": "/srv/data", "type": "DirectoryOrCreate"},
        },
    }
    container = {
        "name": "db",
        "image": "docker.io/slipway-test/web:1",
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "shared",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    sets = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "serviceName": "db",
            "replicas": 1,
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "nodeSelector": {"kubernetes.io/hostname": on},
                    "tolerations": [{"key": key, "operator": "Exists"} for key in ROLES],
                    "containers": [container],
                },
            },
            "volumeClaimTemplates": [claim],
        },
    }
    return {"apiVersion": "v1", "kind": "List", "items": [volume, sets]}


def test_a_drain_that_would_harm_data_is_refused_and_one_that_fails_opens_the_node_again(planes: Planes) -> None:
    name = planes.third.name
    planes.second.kubectl("apply", "--filename=-", input=json.dumps(database(name)))
    planes.second.kubectl("rollout", "status", "statefulset/db", "--timeout=300s")
    refused = planes.play(REMOVE, remove_node=name)
    assert refused.process.returncode != 0 and set(refused.changed().values()) == {0}
    assert f"{name}: {DATABASE} is the only ready one of its kind, with data" in refused.output
    late = planes.second.module("k8s_drain", {"nodes": [{"name": name, "policy": "wait"}], "timeout_seconds": 1})
    assert late["failed"] and f"{name}: nobody moved {DATABASE} within 1 s" in late["msg"]
    assert not node(planes, name)["spec"].get("unschedulable")
    evicted = planes.second.module("k8s_drain", {"nodes": [{"name": name, "policy": "evict"}]})
    assert evicted["changed"] and DATABASE in evicted["nodes"][0]["evicted"] and DATABASE in str(evicted["warnings"])
    assert node(planes, name)["spec"]["unschedulable"]
    planes.second.kubectl("delete", "statefulset/db", "pvc/data-db-0", "pv/data", "--wait=false")
    planes.second.kubectl("uncordon", name)


def test_the_first_control_plane_is_dead(planes: Planes, step: Timed) -> None:
    first = planes.first.name
    address = planes.first.address
    planes.first.kill()
    foretold = planes.play(REMOVE, "--check", "--diff", remove_node=first).good()
    assert f"-etcd member {first} (" in foretold.output and f"-node {first}" in foretold.output
    with step("the first control plane, which is dead, is removed"):
        planes.play(REMOVE, remove_node=first).good()
    assert planes.nodes() == sorted([planes.second.name, planes.third.name])
    hosts = planes.third.read("/etc/hosts")
    assert f"{planes.second.address} {ENDPOINT}" in hosts and address not in hosts
    assert first not in planes.second.kubectl("get", "configmap", "kubeadm-config", "-n", "kube-system", "-o", "yaml")
    again = planes.play(REMOVE, remove_node=first).good()
    assert set(again.changed().values()) == {0}


def test_a_reset_leaves_a_bare_host_whatever_stands_in_its_way(planes: Planes, step: Timed) -> None:
    refused = planes.play(RESET, "--limit", planes.third.name, reset_cluster_confirm="other")
    assert refused.process.returncode != 0 and "reset_cluster_confirm: found 'other'" in refused.output
    assert refused.changed() == {planes.third.name: 0}
    third = planes.third
    third.run("sh", "-ec", OWN_RULES)
    own = [line for line in third.run("iptables-save").stdout.splitlines() if "MINE" in line or "192.0.2.0" in line]
    third.run("sh", "-c", "for file in /etc/cni/net.d/*; do echo broken > $file; done; systemctl restart containerd")
    with step("a host is made bare, whose network cannot be taken down"):
        planes.play(RESET, "--limit", third.name, reset_cluster_confirm="lab").good()
    assert third.run("ctr", "--namespace=k8s.io", "containers", "list", "--quiet").stdout == ""
    left = third.run("iptables-save").stdout
    assert "KUBE-" not in left.replace("KUBE-FIREWALL is not meant", "") and "CNI-" not in left
    assert [line for line in left.splitlines() if line in own] == own
    assert ENDPOINT not in third.read("/etc/hosts") and "cni0" not in third.run("ip", "link").stdout
    assert "10.244." not in third.run("ip", "route").stdout
    again = planes.play(RESET, "--limit", third.name, reset_cluster_confirm="lab").good()
    assert again.changed() == {third.name: 0}
