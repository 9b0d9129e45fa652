# SPDX-License-Identifier: GPL-3.0-or-later
"""Who leaves a cluster, who speaks for those that stay, and what stands against it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.kubeadm_departure import kubeadm_departure

CA = "sha256:aa"
PLANES = ["cp-1", "cp-2"]
NODES = [
    {"name": "cp-1", "address": "10.0.0.1", "ready": True, "control_plane": True},
    {"name": "cp-2", "address": "10.0.0.2", "ready": False, "control_plane": True},
    {"name": "web-1", "address": "10.0.0.3", "ready": True},
    {"name": "old-1", "address": "10.0.0.4", "ready": True},
]


def host(name: str, node: str = "", ca: str = CA, answers: bool = False, why: str = "", **more: Any) -> dict[str, Any]:
    """One that was asked. A control plane that answers tells of the cluster."""
    api = {"asked": answers or bool(why), "answers": answers, "server": "", "why": why}
    cluster = {"ca_hash": CA, "finished": True, "nodes": NODES} if answers else None
    seen = {"node": node or name, "address": "", "local": {"ca_hash": ca}, "api": api, "cluster": cluster}
    return {"inventory_hostname": name, "__kubeadm_cluster_seen": seen, **more}


def away(name: str, **more: Any) -> dict[str, Any]:
    return {"inventory_hostname": name, "__kubeadm_cluster_seen": {"unreachable": True, "msg": "no route"}, **more}


def leave(*names: str, hosts: Any, **more: Any) -> dict[str, Any]:
    return kubeadm_departure(hosts, list(names), PLANES, **more)


ALIVE = [host("cp-1", answers=True), host("cp-2", answers=True), host("web-1"), host("new-1", ca="")]


def test_a_worker_leaves() -> None:
    said = leave("web-1", hosts=ALIVE)
    assert said["problems"] == [] and said["speaker"] == "cp-1" and said["bare"] == ["web-1"]
    assert said["leaving"] == [{"name": "web-1", "address": "10.0.0.3", "away": False}]
    assert said["drains"] == [{"name": "web-1", "policy": "refuse"}]
    assert said["members"] == ["cp-1", "cp-2"], "new-1 has no Node"
    assert said["endpoint_addresses"] == ["10.0.0.1", "10.0.0.2"]


def test_the_first_control_plane_leaves() -> None:
    said = leave("cp-1", hosts=ALIVE)
    assert said["problems"] == [] and said["speaker"] == "cp-2"
    assert said["endpoint_addresses"] == ["10.0.0.2"] and said["members"] == ["cp-2", "web-1"]


def test_a_host_that_is_away_is_not_drained_and_not_reset() -> None:
    said = leave("cp-2", hosts=[ALIVE[0], away("cp-2"), ALIVE[2]], drain="evict")
    assert said["leaving"] == [{"name": "cp-2", "address": "10.0.0.2", "away": True}]
    assert said["drains"] == [{"name": "cp-2", "policy": "none"}]
    assert said["bare"] == [] and said["problems"] == []
    other = leave("cp-2", hosts=[ALIVE[0], away("cp-2", kubeadm_cluster_node_name="plane-2")])
    assert other["leaving"][0]["name"] == "plane-2"


def test_a_node_that_the_inventory_has_no_longer() -> None:
    said = leave("old-1", hosts=ALIVE)
    assert said["leaving"] == [{"name": "old-1", "address": "10.0.0.4", "away": True}]
    assert said["drains"] == [{"name": "old-1", "policy": "none"}] and said["bare"] == []


def test_a_host_is_known_by_its_node_too() -> None:
    hosts = [ALIVE[0], host("machine", node="web-1")]
    assert leave("web-1", hosts=hosts)["bare"] == ["machine"]
    assert len(leave("web-1", "machine", hosts=hosts)["leaving"]) == 1


def test_each_host_may_have_a_policy() -> None:
    hosts = [ALIVE[0], host("web-1", kubeadm_cluster_drain="wait"), host("cp-2")]
    assert [one["policy"] for one in leave("web-1", "cp-2", hosts=hosts, drain="evict")["drains"]] == ["wait", "evict"]


def test_a_control_plane_that_is_away_still_has_an_address() -> None:
    assert leave("web-1", hosts=[ALIVE[0], away("cp-2"), ALIVE[2]])["endpoint_addresses"] == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([away("cp-1"), away("cp-2")], "cp-1: it leaves; cp-2: it cannot be reached"),
        ([host("cp-1", answers=True)], "cp-1: it leaves; cp-2: it cannot be reached"),
        ([host("cp-1"), host("cp-2")], "cp-1: it leaves; cp-2: it is no member of a cluster"),
        ([host("cp-1"), host("cp-2", why="connection refused")], "cp-1: it leaves; cp-2: connection refused"),
    ],
)
def test_somebody_has_to_speak(hosts: Any, said: str) -> None:
    [problem] = leave("cp-1", hosts=hosts)["problems"]
    assert f"({said})" in problem and "reset_cluster" in problem


def test_what_cannot_be_removed_is_named_at_once() -> None:
    problems = leave("web-2", "other", hosts=[*ALIVE, host("other", ca="sha256:bb")])["problems"]
    assert problems == [
        "other: it belongs to another cluster: found the CA sha256:bb, expected sha256:aa",
        "web-2: found neither a host of the inventory nor a node of the cluster of that name, expected one of cp-1, "
        "cp-2, web-1, new-1, other, old-1 (did you mean 'web-1'?)",
    ]
    assert leave(hosts=ALIVE)["problems"] == ["found no host to remove, expected one at least"]
    assert leave(" ", hosts=ALIVE)["problems"] == ["found no host to remove, expected one at least"]
    with pytest.raises(AnsibleFilterError, match="leaving is str, expected a list"):
        kubeadm_departure(ALIVE, "web-1", PLANES)
