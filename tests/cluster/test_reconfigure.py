# SPDX-License-Identifier: GPL-3.0-or-later
"""A running cluster becomes what its variables say, one control plane after the other. kubeadm has no way to that.

The tests share two control planes and are run in their order.
"""

from __future__ import annotations

import datetime
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.kubernetes import Lab, Node, Played, playbook

from .conftest import Timed

BUILD = "slipway.containers.build_cluster"
#: What follows is no matter of the machines.
PLAY = """---
- name: A cluster that is there
  hosts: k8s_control_plane:k8s_worker
  become: true
  gather_facts: false
  roles:
    - role: slipway.containers.kubeadm_cluster
"""
POLICY = "/etc/kubernetes/slipway/audit.yaml"
MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
KUBELET = "/var/lib/kubelet/config.yaml"
PUBLIC_NAME = "api.example.com"
WANTED: dict[str, Any] = {
    "kubeadm_cluster_api_server_args": {"profiling": "false", "audit-policy-file": POLICY, "audit-log-path": "-"},
    "kubeadm_cluster_files": [
        {"path": POLICY, "content": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n"}
    ],
    "kubeadm_cluster_kubelet_config": {"maxPods": 80},
    "kubeadm_cluster_config": {"apiServer": {"certSANs": [PUBLIC_NAME]}},
}
#: Set by hand in the ConfigMap, and nobody's business but its owner's.
BY_HAND = "imageGCHighThresholdPercent: 86"
PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Cluster:
    lab: Lab
    first: Node
    second: Node
    path: Path

    @property
    def nodes(self) -> list[Node]:
        return [self.first, self.second]

    def build(self) -> Played:
        return playbook(BUILD, hosts=self.lab.inventory(self.nodes))

    def play(self, *words: str, **variables: Any) -> Played:
        return playbook(self.path, *words, hosts=self.lab.inventory(self.nodes, variables=variables))

    def kept(self, name: str, key: str) -> str:
        """What the cluster says of itself; of a map whose name has the minor in it, its beginning will do."""
        listed = json.loads(self.first.kubectl("-n", "kube-system", "get", "configmaps", "-o", "json"))["items"]
        return str(next(one["data"][key] for one in listed if one["metadata"]["name"].startswith(name)))

    def arguments(self, node: Node) -> list[str]:
        """Of the API server that runs, not of a file."""
        name = f"kube-apiserver-{node.name}"
        pod = json.loads(self.first.kubectl("-n", "kube-system", "get", "pod", name, "-o", "json"))
        return list(pod["spec"]["containers"][0]["command"])

    def kubelet(self, node: Node) -> dict[str, Any]:
        """The settings of the kubelet that runs."""
        told = self.first.kubectl("get", "--raw", f"/api/v1/nodes/{node.name}/proxy/configz")
        return dict(json.loads(told)["kubeletconfig"])

    def set_by_hand(self) -> None:
        maps = self.first.kubectl("-n", "kube-system", "get", "configmaps", "-o", "name").split()
        name = next(one for one in maps if one.startswith("configmap/kubelet-config"))
        text = self.kept("kubelet-config", "kubelet") + f"\n{BY_HAND}\n"
        self.first.kubectl("-n", "kube-system", "patch", name, "-p", json.dumps({"data": {"kubelet": text}}))


@pytest.fixture(scope="module")
def cluster(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    path = tmp_path_factory.mktemp("play") / "cluster.yml"
    path.write_text(PLAY, encoding="utf-8")
    with Node.create("change-a") as first, Node.create("change-b") as second:
        cluster = Cluster(lab, first, second, path)
        cluster.build().good()
        cluster.set_by_hand()
        yield cluster


@contextmanager
def watched(nodes: list[Node]) -> Iterator[list[tuple[bool, ...]]]:
    """Which API servers were there, twice a second. One that is late is there: the machine is busy."""
    seen: list[tuple[bool, ...]] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(PAUSE_SECONDS):
            seen.append(tuple(not _refuses(node.address) for node in nodes))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _refuses(address: str) -> bool:
    context = ssl._create_unverified_context()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        opener.open(f"https://{address}:6443/livez", timeout=20).close()
    except urllib.error.HTTPError:
        return False  # it said something
    except urllib.error.URLError as problem:
        return isinstance(problem.reason, ConnectionRefusedError)
    except OSError:
        return False
    return False


def files(node: Node) -> str:
    return node.run("sha256sum", MANIFEST, KUBELET).stdout


def settled(played: Played) -> None:
    assert set(played.good().changed().values()) == {0}, played.output[-8000:]


def test_check_mode_shows_the_change_and_makes_none(cluster: Cluster, step: Timed) -> None:
    before = [files(node) for node in cluster.nodes]
    with step("check mode of another API server argument, audit policy and kubelet setting"):
        played = cluster.play("--check", "--diff", **WANTED).good()
    for line in (
        "+    - --profiling=false",
        f"+    - --audit-policy-file={POLICY}",
        "+- level: Metadata",
        "+maxPods: 80",
        f"+{PUBLIC_NAME}",
        "ConfigMap kube-system/kubeadm-config",
    ):
        assert line in played.output, line
    assert played.changed()[cluster.first.name] > 0
    assert [files(node) for node in cluster.nodes] == before


def test_a_change_is_made_on_one_control_plane_after_the_other(cluster: Cluster, step: Timed) -> None:
    name = "API server arguments, audit policy and kubelet settings changed on two control planes"
    with step(name), watched(cluster.nodes) as seen:
        cluster.play(**WANTED).good()
    assert all(any(there) for there in seen), "there was a moment without any API server"
    assert all(any(not there[number] for there in seen) for number in (0, 1)), "nobody saw an API server restart"
    for node in cluster.nodes:
        assert {"--profiling=false", f"--audit-policy-file={POLICY}"} <= set(cluster.arguments(node))
        assert cluster.kubelet(node)["maxPods"] == 80
        served = node.module("kubeadm_certs_info", {})["certificates"]
        assert PUBLIC_NAME in next(one for one in served if one["name"] == "apiserver")["names"]
    assert "profiling" in cluster.kept("kubeadm-config", "ClusterConfiguration")
    assert "maxPods: 80" in cluster.kept("kubelet-config", "kubelet")
    assert BY_HAND in cluster.kept("kubelet-config", "kubelet")


@pytest.mark.fault
def test_an_api_server_that_does_not_come_up_gets_back_what_it_had(cluster: Cluster, step: Timed) -> None:
    before = [files(node) for node in cluster.nodes]
    bad = {**WANTED["kubeadm_cluster_api_server_args"], "no-such-flag": "1"}
    with step("an argument that no API server knows, put back on the first control plane"):
        played = cluster.play(**{**WANTED, "kubeadm_cluster_api_server_args": bad})
    assert played.process.returncode != 0
    late = f"kube-apiserver on {cluster.first.name} does not come up"
    nothing_else = '"steps": ["kube-apiserver: another manifest, with --no-such-flag=1"]'
    for said in (late, "unknown flag: --no-such-flag", "put back, and runs", nothing_else):
        assert said in played.output, said
    assert [files(node) for node in cluster.nodes] == before
    assert "no-such-flag" not in cluster.kept("kubeadm-config", "ClusterConfiguration")
    assert not any(_refuses(node.address) for node in cluster.nodes)


def test_what_is_not_wanted_any_more_goes_and_what_drifted_comes_back(cluster: Cluster, step: Timed) -> None:
    cluster.second.run("sed", "-i", "s/- kube-apiserver$/&\\n    - --max-requests-inflight=99/", MANIFEST)
    with step("arguments, policy and kubelet setting taken out again; a manifest changed by hand put right"):
        cluster.play().good()
    for node in cluster.nodes:
        left = cluster.arguments(node)
        assert not [word for word in left if word.startswith(("--profiling", "--audit", "--max-requests"))]
        assert node.run("test", "-e", POLICY, check=False).returncode == 1
        assert "maxPods" not in node.read(KUBELET)
    assert BY_HAND in cluster.kept("kubelet-config", "kubelet")
    settled(cluster.play())


def test_what_a_running_cluster_keeps_is_refused_at_once(cluster: Cluster) -> None:
    live = cluster.first.module("kubeadm_config_diff", {"documents": []})["documents"]
    version = live["ClusterConfiguration"]["apiVersion"]
    wanted = [
        {"apiVersion": version, "kind": "ClusterConfiguration", "networking": {"serviceSubnet": "10.1.0.0/16"}},
        {**live["KubeletConfiguration"], "cgroupDriver": "cgroupfs"},
    ]
    said = cluster.first.module("kubeadm_config_diff", {"documents": wanted})
    assert said["failed"]
    assert [finding["path"] for finding in said["findings"]] == [
        "ClusterConfiguration.networking.serviceSubnet",
        "KubeletConfiguration.cgroupDriver",
    ]


def test_certificates_are_those_that_kubeadm_knows(cluster: Cluster) -> None:
    found = {one["name"]: one for one in cluster.second.module("kubeadm_certs_info", {})["certificates"]}
    table = cluster.second.run("kubeadm", "certs", "check-expiration").stdout.splitlines()
    rows = [line.split() for line in table if line.split()[5:6] == ["UTC"]]
    assert len(rows) >= 13
    for name, *words in rows:
        ends = datetime.datetime.strptime(" ".join(words[:4]), "%b %d, %Y %H:%M")
        assert found[name]["not_after"].startswith(ends.strftime("%Y-%m-%dT%H:%M")), name
    assert found["kubelet-client-current"]["subject"] == f"system:node:{cluster.second.name}"
    assert cluster.second.module("kubeadm_certs_info", {"within_days": 400})["expiring"]
