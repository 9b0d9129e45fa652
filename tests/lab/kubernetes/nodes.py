# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of a cluster: bare hosts on which kubelet and containerd find what they need, and nothing is installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..hosts import Host
from . import network
from .depot import Depot
from .programs import RECIPE
from .release import CONTAINERD, CONTAINERD_KEY, chosen

#: All but SYS_TIME, which would move the machine's clock, and SYS_RESOURCE, which machines in a cloud may not have.
CAPABILITIES = (
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "SETFCAP", "MKNOD", "LEASE"),
    *("NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT"),
    *("SYS_PACCT", "SYS_TTY_CONFIG", "AUDIT_WRITE", "AUDIT_CONTROL", "AUDIT_READ", "MAC_OVERRIDE", "MAC_ADMIN"),
    *("WAKE_ALARM", "BLOCK_SUSPEND"),
)
#: On the machine's own disk: overlay does not stack on overlay, and etcd wants a disk that syncs.
DATA = ("/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd")
INIT = "/opt/lab/init-node"


@dataclass(frozen=True)
class Node(Host):
    """A bare host whose address lasts, also over `kill` and `start`. Roles install everything."""

    @classmethod
    def create(  # type: ignore[override]  # nobody makes a Node through Host: suite, Docker and cgroup follow from the release
        cls, name: str, kept: bool = False, volumes: Iterable[str] = (), extra_args: Iterable[str] = ()
    ) -> Node:
        release = chosen()
        granted = [word for capability in CAPABILITIES for word in ("--cap-add", capability)]
        more = [
            *granted,
            *("--device", "/dev/kmsg", "--device-cgroup-rule", "a *:* rwm"),
            *("--tmpfs", "/run:exec", "--tmpfs", "/tmp:exec"),
            *("--volume", f"{RECIPE}/init-node:{INIT}:ro", "--entrypoint", INIT),
            *extra_args,
        ]
        given = list(volumes)
        places = [volume.removesuffix(":ro").rpartition(":")[2] for volume in given]
        data = [place for place in DATA if place not in places]
        try:
            with network.joined() as place:
                host = super().create(
                    name,
                    release.suite,
                    docker=False,
                    cgroup=release.cgroup,
                    volumes=[*given, *data],
                    extra_args=[*more, *place],
                    kept=kept,
                )
        except BaseException:
            network.left()  # not before its lock is free
            raise
        node = cast("Node", host)
        node.write("/etc/resolv.conf", name_servers())
        if not release.own:
            node.write("/etc/apt/sources.list.d/docker.sources", CONTAINERD)
            node.write("/etc/apt/keyrings/docker.asc", Depot.get(CONTAINERD_KEY))
        return node

    def remove(self) -> None:
        super().remove()
        network.left()

    def kubectl(self, *words: str, check: bool = True, input: str | None = None) -> str:
        """kubectl on a control plane, as its administrator."""
        return self.run(
            "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", *words, check=check, input=input
        ).stdout


def name_servers() -> str:
    """The machine's own: the engine's stand-in on a user's network lives in the node's loopback, where no pod is."""
    for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        if Path(path).exists() and "nameserver 127." not in (text := Path(path).read_text(encoding="utf-8")):
            return text
    return "nameserver 9.9.9.9\n"
