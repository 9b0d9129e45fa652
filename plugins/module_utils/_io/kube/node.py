# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine that shall be a node, or is one: what it has, and what an earlier run left. It is only read."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._core.health import procfs
from ..._core.kube import node_facts
from ..._core.kube.containerd import CERTS, CONFIG, MARK, text_of
from ..._core.kube.containerd import version_of as containerd_version
from ..._core.kube.node_checks import PORTS
from ..._core.kube.node_kernel import left_alone
from .. import host_facts
from ..systemd import systemctl
from . import local_state, node_kernel
from .node_kernel import names, text

#: Of the repositories that the role sets up.
_REPOSITORIES = ("kubernetes", "containerd")
_SOURCES, _KEY = "/etc/apt/sources.list.d/slipway-{}.sources", "/etc/apt/keyrings/slipway-{}.asc"
#: What a node fills with images, pods and data.
_FILLED = ("/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd")
_PACKAGES = ("kubeadm", "kubelet", "kubectl", "cri-tools", "kubernetes-cni", "containerd", "containerd.io")
_CONTAINERD = "containerd.service"
#: In the block for documentation (RFC 5737). Nothing is sent to it: only the way there is looked up.
_ELSEWHERE = ("192.0.2.1", 9)


def machine(params: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer of the module kubeadm_node_info."""
    kernel = node_kernel.look(params["sysctls"])
    version, role = params["version"], params["role"]
    return {
        "host": params["host"],
        "wanted": {"version": version, "role": role},
        "clock": {"epoch": time.time(), "asked_at": params["controller_time"]},
        "os": node_facts.os_release(text("/etc/os-release")),
        "architecture": os.uname().machine,
        "kernel": os.uname().release,
        "container": kernel.container,
        "hostname": os.uname().nodename,
        "machine_id": text("/etc/machine-id").strip(),
        "address": _address(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": procfs.memory(text("/proc/meminfo"))["total_bytes"],
        "disks": _disks(),
        "cgroup_version": 2 if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 1,
        "modules": dict(kernel.modules),
        "left_alone": list(left_alone(kernel)),
        "ports": _ports(PORTS[role]),
        "state": local_state.read().as_dict(),
        **_software(params),
    }


def _says(*words: str) -> str:
    """What a program prints; nothing where it is not there or fails."""
    try:
        ended = systemctl.call(*words, whole=True)
    except OSError:
        return ""
    return ended.stdout if ended.exit_code == 0 else ""


def _address() -> str:
    """The IPv4 address that the machine has towards its default route; nothing without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(_ELSEWHERE)
        except OSError:
            return ""
        return str(asked.getsockname()[0])


def _disks() -> list[dict[str, Any]]:
    """The file systems of what is filled; those that several have in common once."""
    places: dict[int, list[str]] = {}
    for path in _FILLED:
        places.setdefault(host_facts.nearest(path).stat().st_dev, []).append(path)
    return [{"paths": paths, "free_bytes": host_facts.free_bytes(paths[0])} for paths in places.values()]


def _ports(asked: Iterable[int]) -> list[dict[str, Any]]:
    busy = [one for one in host_facts.busy_ports() if one.protocol == "tcp" and one.port in asked]
    return [{"port": one.port, "address": one.address, "holder": host_facts.holder(one.inode)} for one in busy]


def _software(params: Mapping[str, Any]) -> dict[str, Any]:
    """Packages, containerd, what kubeadm says of itself, and the files of the role that are about them."""
    layout = "--showformat=${binary:Package}\\t${db:Status-Abbrev}\\t${Version}\\n"
    listed = _installed(layout, *dict.fromkeys((*_PACKAGES, params["containerd_package"])))
    installed = node_facts.packages(listed)
    version = containerd_version(_says("containerd", "--version"))
    candidate = "" if version else node_facts.candidate(_says("apt-cache", "policy", params["containerd_package"]))
    marked = (f"{CERTS}/{name}/hosts.toml" for name in names(CERTS))
    return {
        "packages": installed,
        "held": node_facts.held(listed),
        "containerd": {
            "version": text_of(version) if version else "",
            "candidate": candidate,
            "outdated": _written_after(CONFIG, _started(_CONTAINERD)),
        },
        "pause_image": _pause(installed.get("kubeadm", ""), params["version"], params["image_repository"]),
        "repositories": _repositories(),
        "hosts_files": [path for path in marked if text(path).startswith(MARK)],
    }


def _started(unit: str) -> float | None:
    try:
        return systemctl.states([unit])[unit].started
    except OSError:  # no systemd: nothing that it runs
        return None


def _written_after(path: str, started: float | None) -> bool:
    """Whether a file is newer than what a process read when it began, at some second since the machine did."""
    try:
        return started is not None and Path(path).stat().st_mtime > time.time() - time.monotonic() + started
    except FileNotFoundError:
        return False


def _repositories() -> list[dict[str, str]]:
    """Those that have both an address and a key."""
    found = (
        {"url": node_facts.source_url(text(_SOURCES.format(name))), "key": text(_KEY.format(name)).strip()}
        for name in _REPOSITORIES
    )
    return [one for one in found if all(one.values())]


def _installed(*words: str) -> str:
    """It ends with 1 where one of the names is unknown, and has told of the others."""
    try:
        return systemctl.call("dpkg-query", "--show", *words, whole=True).stdout
    except OSError:
        return ""


def _pause(installed: str, version: str, repository: str | None) -> str:
    """What kubeadm of the wanted version runs sandboxes with; another kubeadm would say something else."""
    if not version or installed.partition("-")[0] != version:
        return ""
    words = ["kubeadm", "config", "images", "list", f"--kubernetes-version=v{version}"]
    return node_facts.pause_image(_says(*words, *([f"--image-repository={repository}"] if repository else [])))
