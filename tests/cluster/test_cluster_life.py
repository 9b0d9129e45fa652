# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of one cluster, as its owner lives it: from bare hosts over an app, changes and more nodes to none again.

The tests share three nodes and are run in their order. The seconds of each step are printed at the end of the run.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab.kubernetes import Lab, Node, Played, playbook
from tests.lab.kubernetes.release import chosen

from .conftest import Timed
from .seven_nodes import GROUPS, ROLE, runs_by_role

BUILD, ADD, REMOVE, RESET = (
    f"slipway.containers.{name}" for name in ("build_cluster", "add_nodes", "remove_node", "reset_cluster")
)
DEPLOY = "slipway.containers.deploy_kubernetes"
KEY = "sk-only-for-this-test"
APP: dict[str, Any] = {
    "kube_app_source": "examples/streamlit_budget",
    "kube_app_environment": {"DEEPSEEK_API_KEY": KEY, "MILVUS_API_KEY": KEY, "MILVUS_HOST": "milvus.example.internal"},
}
#: x-kubernetes of its Compose file says so.
PAGE_PORT, HEALTH_PORT = 30851, 30808
#: There is no cloud that would make one.
VOLUME: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "budget-data"},
    "spec": {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/srv/budget-data"},
    },
}
#: What the owner of this cluster wants, beside what the lab has to say.
CLUSTER: dict[str, Any] = {"kubeadm_cluster_node_groups": GROUPS}
MOST_TASKS_FIRST, MOST_TASKS_AGAIN = 45, 25
#: Anything that a run of a role leaves on a host.
TRACES = ("/etc/kubernetes", "/etc/containerd/config.toml", "/etc/apt/sources.list.d/slipway-kubernetes.sources")
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Life:
    lab: Lab
    plane: Node
    worker: Node
    third: Node
    wanted: dict[str, Any] = field(default_factory=lambda: dict(CLUSTER))

    def play(self, name: str, *words: str, planes: int = 1, workers: int = 1, **variables: Any) -> Played:
        """On so many control planes and workers; the third node is the second of its kind."""
        third_is_plane = planes == 2
        control_planes = [self.plane, self.third] if third_is_plane else [self.plane]
        others = [self.worker, self.third][:workers]
        groups = {"application": others[:1], "postgresql": others[1:]}
        listing = self.lab.inventory(control_planes, others, groups, variables={**self.wanted, **variables})
        return playbook(name, *words, hosts=listing)

    def nodes(self) -> dict[str, dict[str, Any]]:
        listed = json.loads(self.plane.kubectl("get", "nodes", "-o", "json"))["items"]
        return {node["metadata"]["name"]: node for node in listed}

    def ready(self) -> list[str]:
        return sorted(
            name
            for name, node in self.nodes().items()
            if any(said["type"] == "Ready" and said["status"] == "True" for said in node["status"]["conditions"])
        )

    def pods(self) -> set[str]:
        listed = json.loads(self.plane.kubectl("get", "pods", "--all-namespaces", "-o", "json"))["items"]
        return {pod["metadata"]["uid"] for pod in listed}

    def etcd_members(self) -> list[str]:
        pki = "/etc/kubernetes/pki/etcd"
        files = (f"--cacert={pki}/ca.crt", f"--cert={pki}/server.crt", f"--key={pki}/server.key")
        words = ("etcdctl", *files, "--endpoints=https://127.0.0.1:2379", "member", "list")
        said = self.plane.kubectl("-n", "kube-system", "exec", f"etcd-{self.plane.name}", "--", *words)
        return sorted(line.split(", ")[2] for line in said.splitlines())

    def api_server_arguments(self) -> list[str]:
        pod = json.loads(
            self.plane.kubectl("-n", "kube-system", "get", "pod", f"kube-apiserver-{self.plane.name}", "-o", "json")
        )
        return list(pod["spec"]["containers"][0]["command"])


@pytest.fixture(scope="module")
def life(lab: Lab) -> Iterator[Life]:
    with Node.create("life-plane") as plane, Node.create("life-worker") as worker, Node.create("life-third") as third:
        yield Life(lab, plane, worker, third)


def tasks(played: Played, host: str) -> int:
    counts = played.recap[host]
    return counts["ok"] + counts["skipped"] + counts["rescued"] + counts["ignored"]


def settled(played: Played) -> Played:
    """A run that found nothing to do."""
    assert set(played.good().changed().values()) == {0}, played.output[-8000:]
    return played


def answer(address: str, port: int, path: str) -> str:
    """What a service says, once it does: endpoints reach all nodes a moment after a pod is ready."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not (said := asked(f"http://{address}:{port}{path}")) and time.monotonic() < limit:
        time.sleep(1)
    return said


def asked(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as said:
            return str(said.read().decode())
    except OSError:
        return ""


def test_check_mode_tells_what_it_would_do_to_bare_hosts(life: Life, step: Timed) -> None:
    with step("check mode on bare hosts"):
        played = life.play(BUILD, "--check", "--diff").good()
    assert all(count > 0 for count in played.changed().values()), played.output[-8000:]
    assert life.lab.variables()["kubeadm_node_repository_url"] in played.output
    for node in (life.plane, life.worker):
        for trace in TRACES:
            assert node.run("test", "-e", trace, check=False).returncode == 1, f"{node.name} has {trace}"


def test_a_cluster_of_two_nodes_from_bare_hosts(life: Life, step: Timed) -> None:
    with step("two nodes, from bare hosts to Ready"):
        played = life.play(BUILD).good()
    assert life.ready() == ["life-plane", "life-worker"]
    assert life.nodes()["life-worker"]["metadata"]["labels"][ROLE] == "application"
    assert ROLE not in life.nodes()["life-plane"]["metadata"]["labels"]
    for host in played.recap:
        assert tasks(played, host) <= MOST_TASKS_FIRST, played.recap


def test_a_second_run_changes_nothing(life: Life, step: Timed) -> None:
    with step("second run"):
        again = settled(life.play(BUILD))
    for host in again.recap:
        assert tasks(again, host) <= MOST_TASKS_AGAIN, again.recap
    with step("check mode on the running cluster"):
        settled(life.play(BUILD, "--check", "--diff"))


def test_the_example_answers_through_a_port_of_each_node(life: Life, step: Timed) -> None:
    life.worker.run("install", "--directory", "--owner=10001", VOLUME["spec"]["hostPath"]["path"])
    life.plane.kubectl("apply", "-f", "-", input=json.dumps(VOLUME))
    with step("examples/streamlit_budget, until both services answer"):
        deployed = life.play(DEPLOY, **APP).good()
        for node in (life.plane, life.worker):
            assert answer(node.address, PAGE_PORT, "/_stcore/health") == "ok", deployed.output[-4000:]
            assert json.loads(answer(node.address, HEALTH_PORT, "/health"))["streamlit"]["up"]
    assert KEY not in deployed.output
    with step("the app once more"):
        settled(life.play(DEPLOY, **APP))


def test_an_argument_of_the_api_server_is_changed_in_place(life: Life, step: Timed) -> None:
    changed = {"kubeadm_cluster_api_server_args": {"max-requests-inflight": "321"}}
    uid = life.nodes()["life-plane"]["metadata"]["uid"]
    told = life.play(BUILD, "--check", "--diff", **changed).good()
    assert "max-requests-inflight" in told.output and "321" in told.output
    assert not any("max-requests-inflight" in word for word in life.api_server_arguments())
    with step("an argument of the API server, changed in place"):
        life.play(BUILD, **changed).good()
    assert "--max-requests-inflight=321" in life.api_server_arguments()
    life.wanted.update(changed)  # from here on, so that the runs to come show that nothing is left to do
    assert life.nodes()["life-plane"]["metadata"]["uid"] == uid


def test_a_third_node_is_added_and_the_others_are_left_alone(life: Life, step: Timed) -> None:
    before = life.pods()
    with step("a third node is added"):
        added = life.play(ADD, workers=2).good()
    assert life.ready() == ["life-plane", "life-third", "life-worker"]
    changed = added.changed()
    assert changed["life-third"] > 0
    assert changed["life-plane"] <= 1 and changed["life-worker"] <= 1, added.output[-8000:]  # the bridge's route to it
    assert before <= life.pods(), "a pod of the others was made anew"
    taints = life.nodes()["life-third"]["spec"]["taints"]
    assert [taint["value"] for taint in taints if taint["key"] == ROLE] == ["postgresql"]
    settled(life.play(BUILD, workers=2))


def test_an_app_runs_where_its_roles_are(life: Life, step: Timed) -> None:
    """examples/seven_nodes, with one machine for each of two roles."""
    with step("the app of examples/seven_nodes on three nodes"):
        runs_by_role(life.plane, {"application": "life-worker", "postgresql": "life-third"}, chosen().minor)


def test_the_third_node_is_removed(life: Life, step: Timed) -> None:
    with step("a worker is removed"):
        life.play(REMOVE, workers=2, remove_node="life-third").good()
    assert life.ready() == ["life-plane", "life-worker"]
    assert life.third.run("test", "-e", "/etc/kubernetes/kubelet.conf", check=False).returncode == 1


def test_a_control_plane_joins_and_leaves_again(life: Life, step: Timed) -> None:
    with step("a second control plane joins"):
        life.play(ADD, planes=2).good()
    assert life.ready() == ["life-plane", "life-third", "life-worker"]
    assert life.etcd_members() == ["life-plane", "life-third"]
    with step("the second control plane is removed"):
        life.play(REMOVE, planes=2, remove_node="life-third").good()
    assert life.etcd_members() == ["life-plane"]
    assert life.ready() == ["life-plane", "life-worker"]
    settled(life.play(BUILD))


def test_a_cluster_is_not_reset_by_accident(life: Life) -> None:
    for wrong in ({}, {"reset_cluster_confirm": "another"}):
        refused = life.play(RESET, **wrong)
        assert refused.process.returncode != 0 and "reset_cluster_confirm" in refused.output
    assert life.ready() == ["life-plane", "life-worker"]


def test_the_cluster_is_reset_and_built_again(life: Life, step: Timed) -> None:
    first = life.nodes()["life-plane"]["metadata"]["uid"]
    with step("reset of all nodes"):
        life.play(RESET, reset_cluster_confirm="lab").good()
    for node in (life.plane, life.worker):
        assert node.run("ls", "/etc/cni/net.d", check=False).stdout == ""
        assert "KUBE-" not in node.run("iptables-save", check=False).stdout
    with step("built again on the same hosts"):
        life.play(BUILD).good()
    assert life.ready() == ["life-plane", "life-worker"]
    assert life.nodes()["life-plane"]["metadata"]["uid"] != first
