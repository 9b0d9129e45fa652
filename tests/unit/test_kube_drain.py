# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods of a node a drain does harm to, and what the policies make of that."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.drain import Picture, Pod, attached, drains


def pod(name: str, node: str, owner: str = "ReplicaSet/web", ready: bool = True, **more: Any) -> dict[str, Any]:
    kind, _slash, of = owner.partition("/")
    told: dict[str, Any] = {"namespace": "shop", "name": name, **more.pop("metadata", {})}
    if owner:
        told["ownerReferences"] = [{"kind": kind, "name": of, "controller": True}]
    status = {"phase": more.pop("phase", "Running"), "conditions": [{"type": "Ready", "status": str(ready)}]}
    return {"metadata": told, "spec": {"nodeName": node, **more}, "status": status}


def with_claim(name: str = "data") -> dict[str, Any]:
    return {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]}


def with_path(read_only: bool = False, kind: str = "") -> dict[str, Any]:
    mount = {"name": "v", "mountPath": "/x", "readOnly": read_only}
    return {
        "volumes": [{"name": "v", "hostPath": {"path": "/srv/data", "type": kind}}, {"name": "e", "emptyDir": {}}],
        "containers": [{"name": "c", "volumeMounts": [mount]}],
    }


def claim(name: str, volume: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "shop", "name": name}, "spec": {"volumeName": volume}}


def volume(name: str, *hosts: str, key: str = "kubernetes.io/hostname") -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": key, "operator": "In", "values": list(hosts)}]}]
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if hosts else {}
    return {"metadata": {"name": name}, "spec": affinity}


NODES = [
    {"metadata": {"name": name}, "spec": {"unschedulable": name == "closed"}} for name in ("a", "b", "c", "closed")
]


def held(*pods: dict[str, Any], claims: Any = (), volumes: Any = (), leaving: tuple[str, ...] = ("a",)) -> list[str]:
    picture = Picture.of(NODES, pods, claims, volumes)
    return [str(it) for drain in drains(dict.fromkeys(leaving, "evict"), picture) for it in drain.held]


def test_a_pod_that_has_a_ready_copy_elsewhere_goes() -> None:
    copies = [pod("web-1", "a", **with_claim()), pod("web-2", "b", **with_claim())]
    assert held(*copies) == []
    assert held(copies[0]) == [
        "shop/web-1 is the only ready one of its kind, with data (claim data): it is down on its way elsewhere"
    ]
    assert len(held(copies[0], pod("web-2", "b", ready=False))) == 1, "a copy that is not ready is none"
    assert len(held(*copies, leaving=("a", "b"))) == 2, "a copy on a node that leaves, too, is none"
    assert len(held(copies[0], pod("web-2", "b", metadata={"deletionTimestamp": "now"}))) == 1


def test_a_pod_without_data_goes_even_where_it_is_alone() -> None:
    assert held(pod("web-1", "a")) == []


def test_a_pod_without_controller_is_lost() -> None:
    assert held(pod("cli", "a", owner="")) == ["shop/cli has no controller, so nothing makes it again"]
    assert held(pod("done", "a", owner="", phase="Succeeded")) == [], "unless it is finished anyway"


def test_data_that_is_on_this_node_alone() -> None:
    alone = pod("db-0", "a", owner="StatefulSet/db", **with_claim())
    assert held(alone, claims=[claim("data", "pv")], volumes=[volume("pv", "a")]) == [
        "shop/db-0 has its data on this node alone (claim data), so it cannot start elsewhere"
    ]
    for reached in (volume("pv", "a", "b"), volume("pv", "zone-1", key="topology.kubernetes.io/zone"), volume("pv")):
        assert "only ready one" in held(alone, claims=[claim("data", "pv")], volumes=[reached])[0]
    both = held(alone, claims=[claim("data", "pv")], volumes=[volume("pv", "a", "b")], leaving=("a", "b"))
    assert "cannot start elsewhere" in both[0]


@pytest.mark.parametrize(
    ("given", "harmed"),
    [
        (with_path(), True),
        (with_path(kind="DirectoryOrCreate"), True),
        (with_path(True), False),
        (with_path(kind="Socket"), False),
    ],
)
def test_folders_of_the_host_that_are_written_to_are_data(given: dict[str, Any], harmed: bool) -> None:
    copies = [pod("web-1", "a", **given), pod("web-2", "b", **given)]
    expected = ["shop/web-1 has data in /srv/data of this node, which does not move"]
    assert held(*copies) == (expected if harmed else [])


def test_pods_of_the_node_stay() -> None:
    static = pod("etcd-a", "a", owner="Node/a", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}})
    agent = pod("proxy", "a", owner="DaemonSet/kube-proxy", **with_path())
    [drain] = drains({"a": "refuse"}, Picture.of(NODES, [static, agent], [], []))
    assert drain.goes == () and drain.held == () and drain.changed, "it still has to be closed"
    [drain] = drains({"closed": "refuse"}, Picture.of(NODES, [static], [], []))
    assert not drain.changed


def test_policies() -> None:
    picture = Picture.of(NODES, [pod("db-0", "a", **with_claim()), pod("web-1", "a")], [], [])
    refused, waited, evicted, nothing = (
        drains({"a": policy}, picture)[0] for policy in ("refuse", "wait", "evict", "none")
    )
    assert refused.problems == [f"a: {refused.held[0]}"] and refused.waited_for == ()
    assert waited.problems == [] and waited.waited_for == waited.held
    assert evicted.problems == [] and evicted.waited_for == ()
    assert evicted.as_dict()["evicted"] == ["shop/db-0", "shop/web-1"]
    assert not nothing.changed and nothing.as_dict()["evicted"] == []


def test_a_node_that_is_gone_needs_no_drain() -> None:
    assert not drains({"gone": "refuse"}, Picture.of(NODES, [], [], []))[0].changed


def test_a_pod_without_a_node_is_on_none() -> None:
    assert Pod.of({"metadata": {"namespace": "shop", "name": "waiting"}, "spec": {}}).node == ""


def test_volumes_that_are_still_attached() -> None:
    listed = [
        {"spec": {"nodeName": "a", "source": {"persistentVolumeName": "pv-2"}}},
        {"spec": {"nodeName": "a", "source": {"persistentVolumeName": "pv-1"}}},
        {"spec": {"nodeName": "b", "source": {"persistentVolumeName": "pv-3"}}},
    ]
    assert attached(listed, "a") == ["pv-1", "pv-2"]
