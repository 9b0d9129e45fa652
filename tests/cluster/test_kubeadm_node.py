# SPDX-License-Identifier: GPL-3.0-or-later
"""The role kubeadm_node on bare machines: refused together, prepared, and brought back where they drifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomllib

from tests.lab.kubernetes import Lab, Node, Played, playbook

PLAY = """---
- name: Machines of a cluster
  hosts: k8s_control_plane:k8s_worker
  become: true
  gather_facts: false
  roles:
    - role: slipway.containers.kubeadm_node
"""
MARKED = "/etc/containerd/certs.d/mirrored.example.org/hosts.toml"
#: And containerd's package, whatever it is called.
HELD = ["cri-tools", "kubeadm", "kubectl", "kubelet", "kubernetes-cni"]
#: Listens for the kubelet's port until the machine is gone.
SQUATTER = ("systemd-run", "--quiet", "--unit=squatter", "python3", "-m", "http.server", "10250")


@dataclass(frozen=True)
class Machines:
    lab: Lab
    plane: Node
    worker: Node
    play_path: Path

    def play(self, *words: str, workers: bool = False, **variables: Any) -> Played:
        listing = self.lab.inventory([self.plane], [self.worker] if workers else [])
        return playbook(self.play_path, *words, hosts=listing, **variables)

    def held(self) -> list[str]:
        return [name for name in self.plane.run("apt-mark", "showhold").stdout.split() if "containerd" not in name]


@pytest.fixture(scope="module")
def machines(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    play = tmp_path_factory.mktemp("kubeadm_node") / "node.yml"
    play.write_text(PLAY, encoding="utf-8")
    with Node.create("node-a") as plane, Node.create("node-b") as worker:
        yield Machines(lab, plane, worker, play)


def test_all_that_is_wrong_with_all_machines_is_said_before_anything_changes(machines: Machines) -> None:
    plane, worker = machines.plane, machines.worker
    kept = worker.read("/etc/machine-id")
    worker.write("/etc/machine-id", plane.read("/etc/machine-id"))
    worker.run(*SQUATTER)
    refused = machines.play(
        workers=True,
        kubeadm_node_minimums={"control_plane": {"memory_mib": 9_999_999}, "worker": {"cpus": 999}},
    )
    worker.write("/etc/machine-id", kept)
    worker.run("systemctl", "stop", "squatter")
    assert refused.process.returncode != 0
    said = refused.output
    assert "Nothing was changed, since not all machines can be nodes: 4 problems." in said
    assert "node-a: found " in said and "expected 9999999 or more for a control plane" in said
    assert "node-b: found 2 CPU, expected 999 or more for a worker" in said
    assert "node-b: port 10250 is in use by python3 (pid " in said
    assert "node-a, node-b: have the same machine-id" in said
    for machine in (plane, worker):
        assert "slipway" not in machine.run("ls", "/etc/apt/sources.list.d").stdout
        assert machine.run("sh", "-c", "command -v containerd", check=False).returncode != 0


def test_a_bare_machine_is_prepared(machines: Machines) -> None:
    plane = machines.plane
    plane.write("/etc/containerd/certs.d/mine.example.org/hosts.toml", 'server = "https://mine.example.org"\n')
    machines.play().good()

    told = machines.lab.variables()
    version = told["kubeadm_node_version"]
    words = ["kubeadm", "config", "images", "list", f"--kubernetes-version=v{version}"]
    pause = next(image for image in plane.run(*words).stdout.split() if "/pause:" in image)
    # What containerd makes of the file, beside all that it adds to it.
    plugins = tomllib.loads(plane.run("containerd", "config", "dump").stdout)["plugins"]
    first = "io.containerd.grpc.v1.cri" in plugins and "sandbox_image" in plugins["io.containerd.grpc.v1.cri"]
    images, runtime = (
        plugins["io.containerd.grpc.v1.cri" if first else f"io.containerd.cri.v1.{part}"]
        for part in ("images", "runtime")
    )
    assert (images["sandbox_image"] if first else images["pinned_images"]["sandbox"]) == pause
    assert images["registry"]["config_path"] == "/etc/containerd/certs.d"
    assert runtime["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    assert runtime["restrict_oom_score_adj"] is True  # of kubeadm_node_containerd_config
    plane.run("crictl", "pull", pause)  # by a mirror: there is no way to the registry itself
    assert machines.held() == HELD
    assert plane.run("systemctl", "is-enabled", "containerd", "kubelet").stdout.split() == ["enabled"] * 2
    assert plane.run("readlink", "/etc/systemd/system/swap.target").stdout.strip() == "/dev/null"
    versions = plane.run("dpkg-query", "-W", "-f", "${Version} ", "kubelet", "kubeadm", "kubectl").stdout.split()
    assert versions == [f"{version}-{told['kubeadm_node_package_revision']}"] * 3


def test_what_drifted_comes_back_and_check_mode_says_what(machines: Machines) -> None:
    plane = machines.plane
    plane.write(MARKED, plane.read("/etc/containerd/certs.d/docker.io/hosts.toml"))  # of an earlier run of the role
    plane.run("sysctl", "--quiet", "--write", "net.ipv4.ip_forward=0")
    plane.run("apt-mark", "unhold", "kubelet")
    # As after a run that was ended between writing the configuration and the restart.
    plane.run("touch", "/etc/containerd/config.toml")
    process = "systemctl", "show", "--property=MainPID", "containerd"
    before = plane.run(*process).stdout

    told = machines.play("--check", "--diff").good()
    assert "setting net.ipv4.ip_forward: 0" in told.output and "setting net.ipv4.ip_forward: 1" in told.output
    assert f"--- before: {MARKED}\n+++ after: nothing" in told.output
    assert told.changed() == {"node-a": 4}
    assert plane.read("/proc/sys/net/ipv4/ip_forward").strip() == "0"
    assert plane.run(*process).stdout == before

    assert machines.play().good().changed() == {"node-a": 4}
    assert plane.read("/proc/sys/net/ipv4/ip_forward").strip() == "1"
    assert machines.held() == HELD
    there = plane.run("ls", "/etc/containerd/certs.d").stdout.split()
    assert plane.run("test", "-e", MARKED, check=False).returncode != 0 and "mine.example.org" in there
    assert plane.run(*process).stdout != before

    assert machines.play().good().changed() == {"node-a": 0}
