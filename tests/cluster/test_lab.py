# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare nodes and their depot: what roles are allowed to rely on in the other tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.kubernetes import Lab, Node
from tests.lab.kubernetes.release import newest_of

LISTING = """\
Package: kubeadm
Version: 1.36.9-1.1
Architecture: amd64

Package: kubelet
Version: 1.36.12-1.1

Package: kubeadm
Version: 1.36.10-1.2
Architecture: arm64
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with Node.create("bare-node") as node:
        yield node


def test_a_bare_node_has_nothing_of_a_cluster(node: Node) -> None:
    for program in ("kubeadm", "kubelet", "kubectl", "containerd", "iptables"):
        assert node.run("which", program, check=False).returncode == 1, program
    effective = next(line for line in node.read("/proc/1/status").splitlines() if line.startswith("CapEff"))
    assert not int(effective.split()[1], 16) & 1 << 25, "CAP_SYS_TIME would move the machine's clock"


def test_nodes_differ_and_stay_what_they_are(node: Node) -> None:
    before = node.address
    with Node.create("other-node") as other:
        assert other.read("/etc/machine-id") != node.read("/etc/machine-id")
        node.kill()
        node.start()
        assert node.address == before != other.address


def test_apt_takes_the_signed_repository_and_no_other(node: Node, lab: Lab) -> None:
    repository = lab.variables()["kubeadm_node_repository_url"]
    source = "/etc/apt/sources.list.d/kubernetes.list"
    only = ("-o", f"Dir::Etc::sourcelist={source}", "-o", "Dir::Etc::sourceparts=-")
    node.write(source, f"deb [signed-by=/etc/apt/keyrings/lab.asc] {repository} /\n")
    assert node.run("apt-get", "update", *only, check=False).returncode != 0
    node.write("/etc/apt/keyrings/lab.asc", lab.depot.get(f"{repository}Release.key"))
    node.run("apt-get", "update", *only)
    offered = node.run("apt-cache", *only, "policy", "kubeadm").stdout
    assert f"Candidate: {lab.variables()['kubeadm_node_version']}-1.1" in offered


def test_the_registry_has_what_apps_are_made_of(lab: Lab) -> None:
    tags = lab.depot.get(f"http://{lab.depot.address}:5000/v2/library/streamlit-budget-app/tags/list")
    assert '"1.0.0"' in tags


def test_the_newest_of_a_repository() -> None:
    assert newest_of(LISTING) == ("1.36.10", "1.2")
    assert newest_of("") is None
