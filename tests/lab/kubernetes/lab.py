# SPDX-License-Identifier: GPL-3.0-or-later
"""A depot, and for each cluster an inventory as its owner would write it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.prepare import ROOT

from .. import hosts
from ..hosts import Host
from .depot import Depot
from .release import Release, chosen

#: A container has no settings of its own for these, and kube-proxy gives up where it cannot write them.
CONNTRACK = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}

#: Nodes lack the capability that lowering a process's OOM score takes.
RESTRICTED = {"restrict_oom_score_adj": True}
UPSTREAM = {
    "kubeadm_node_containerd_package": "containerd.io",
    "kubeadm_node_containerd_config": {"plugins": {"io.containerd.cri.v1.runtime": RESTRICTED}},
}
#: Where images of 1.20 were; that release knows no other place.
OLD_IMAGES = "k8s.gcr.io"
#: What playbooks said is kept for each cluster, by its first node.
LOGS = ROOT / "build" / "logs"


@dataclass(frozen=True)
class Lab:
    """What the nodes of a session share. As a context manager the depot is removed at the end."""

    depot: Depot

    @classmethod
    def start(cls, kept: bool = False) -> Lab:
        return cls(Depot.start(kept))

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.depot.remove()

    def variables(self) -> dict[str, Any]:
        """What `kubeadm_node` and `kubeadm_cluster` are told here, and nothing of what they decide themselves."""
        release = chosen()
        return {
            "kubeadm_node_version": release.version,
            "kubeadm_node_package_revision": release.revision,
            "kubeadm_node_registry_mirrors": self.depot.mirrors(),
            "kubeadm_cluster_name": "lab",
            "kubeadm_cluster_version": release.version,
            "kubeadm_cluster_network": "bridge",
            "kubeadm_cluster_proxy_config": {"conntrack": CONNTRACK},
            **(self._built_here(release) if release.own else UPSTREAM),
        }

    def _built_here(self, release: Release) -> dict[str, Any]:
        return {
            "kubeadm_node_repository_url": f"{self.depot.url}core:/stable:/v{release.minor}/deb/",
            "kubeadm_node_image_repository": OLD_IMAGES,
            "kubeadm_cluster_image_repository": OLD_IMAGES,
            "kubeadm_node_containerd_config": {"plugins": {"io.containerd.grpc.v1.cri": RESTRICTED}},
        }

    def inventory(
        self,
        control_planes: Iterable[Host],
        workers: Iterable[Host] = (),
        groups: Mapping[str, Iterable[Host]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The groups of a cluster, any others, and variables over those of the lab."""
        members = {"k8s_control_plane": list(control_planes), "k8s_worker": list(workers)}
        more = {name: list(some) for name, some in (groups or {}).items()}
        known = hosts.inventory([node for some in (*members.values(), *more.values()) for node in some])["lab"]
        listed = {name: {"hosts": {node.name: {} for node in some}} for name, some in {**members, **more}.items()}
        told = {**known["vars"], **self.variables(), **(variables or {})}
        return {"all": {"hosts": known["hosts"], "vars": told, "children": listed}}


@dataclass
class Played:
    """A run of ansible-playbook: what it said, how long it took, and what its recap counts by host."""

    process: subprocess.CompletedProcess[str]
    seconds: float

    @property
    def output(self) -> str:
        return f"{self.process.stdout}{self.process.stderr}"

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        counts = {}
        for line in self.process.stdout.rpartition("PLAY RECAP")[2].splitlines()[1:]:
            host, colon, figures = line.partition(" :")
            if colon and "=" in figures:
                counts[host.strip()] = {
                    name: int(count) for name, count in (pair.split("=") for pair in figures.split())
                }
        return counts

    def good(self) -> Played:
        assert self.process.returncode == 0, self.output[-6000:]
        return self

    def changed(self) -> dict[str, int]:
        return {host: counts["changed"] for host, counts in self.recap.items()}


def playbook(path: str | Path, *args: str, hosts: Mapping[str, Any], **variables: Any) -> Played:
    """ansible-playbook on an inventory of `Lab.inventory`; keywords are extra variables."""
    words = ["-e", json.dumps(variables)] if variables else []
    began = time.monotonic()
    played = Played(run_playbook(path, *words, *args, hosts=hosts), time.monotonic() - began)
    LOGS.mkdir(parents=True, exist_ok=True)
    name = next(iter(hosts["all"]["hosts"]))
    with (LOGS / f"cluster-{name}.log").open("a", encoding="utf-8") as log:
        log.write(f"\n==== {path} {' '.join(args)}: {played.seconds:.1f} s\n{played.output}")
    return played


run_playbook = hosts.playbook
