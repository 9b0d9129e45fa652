# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take from this host what a cluster has put there, so that it can be a node again. The cluster is not asked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..._core.kube import cleanup
from ..._core.kube.bridge import UNIT
from ..._core.kube.cleanup import Leftovers
from ..._core.kube.versions import cri_socket, minor_of
from ..app_module import AppError, Context
from ..program_run import Ended, Run
from ..program_run import run as run_program
from ..systemd.systemctl import call, states

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NO_KUBECONFIG = "/nonexistent/admin.conf"
_CONTAINERS = ("ctr", "--namespace=k8s.io")
_CONTAINERD = "containerd.service"
_KUBELET = "kubelet.service"
_KUBELET_CONF = "/etc/kubernetes/kubelet.conf"
_RESET_SECONDS = 300.0
_TAIL = 12


def work(context: Context) -> dict[str, Any]:
    """The result of the module `kubeadm_reset`."""
    wanted, files = context.params["endpoint"], context.params["files"]
    found = _server()
    if wanted and found not in ("", wanted):
        raise AppError(
            f"This host is a node of another cluster: found the API server {found} in {_KUBELET_CONF}, expected"
            f" {wanted}. Nothing was changed."
        )
    removed = look(files).as_lines() if context.check_mode else reset(context.params["cri_socket"], files)
    diff = {"before": "".join(f"{line}\n" for line in removed), "after": ""}
    return {"changed": bool(removed), "removed": removed, "diff": diff}


def _server() -> str:
    """The API server that this host's kubelet speaks to; none where it is no node."""
    try:
        return cleanup.server_of(Path(_KUBELET_CONF).read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return ""


def look(files: Iterable[str] = ()) -> Leftovers:
    """What of a cluster is here; `files` are more files of it, and folders."""
    return Leftovers(
        kubelet=Path(cleanup.KUBELET_CONFIG).exists() and states([_KUBELET])[_KUBELET].active == "active",
        containers=tuple(_lines(*_CONTAINERS, "containers", "list", "--quiet")),
        files=tuple(_there(files)),
        interfaces=cleanup.interfaces(_names("/sys/class/net")),
        namespaces=tuple(sorted(path.name for path in Path(cleanup.NAMESPACES).glob("cni-*"))),
        tables=cleanup.tables(_said("nft", "list", "tables")),
        rules={program: cleanup.chains(_said(f"{program}-save")) for program in _iptables()},
    )


def reset(socket: str, files: Iterable[str] = ()) -> list[str]:
    """All of it goes; what went. Raises AppError where something stays."""
    more = list(files)
    present = look(more)
    if not present:
        return []
    _start_containerd()
    told = _kubeadm_reset(socket)
    _stop_kubelet()
    _end_containers()
    _end_routes()
    _unmount(more)
    for path in (Path(text) for text in _there(more)):
        _remove(path)
    _remove_network()
    left = look(more)
    if left:
        said = "\n".join(["kubeadm reset said last:", *told]) if told else ""
        raise AppError(
            f"The host was not made bare: {', '.join(left.as_lines())} stayed. {said}".strip(), left=left.as_lines()
        )
    return present.as_lines()


def _start_containerd() -> None:
    """Without it nobody ends the pods, which go on without it."""
    if shutil.which(_CONTAINERS[0], path=_PATH) and call("systemctl", "start", _CONTAINERD).exit_code != 0:
        raise AppError(
            f"{_CONTAINERD} does not start, and the pods of this host cannot be ended without it. Nothing was changed. "
            f"Mend it (journalctl -u {_CONTAINERD}), and run again."
        )


def _kubeadm_reset(socket: str) -> list[str]:
    """What it said last where it failed. What it leaves is looked for afterwards."""
    version = _said("kubeadm", "version", "--output=short").strip()
    if not version:
        return []
    words = cleanup.words_of_reset(cri_socket(socket, minor_of(version)), _NO_KUBECONFIG)
    ended = _run(*words, seconds=_RESET_SECONDS)
    return list(ended.lines[-_TAIL:]) if ended.exit_code != 0 else []


def _stop_kubelet() -> None:
    call("systemctl", "stop", _KUBELET)
    call("systemctl", "reset-failed", _KUBELET)


def _end_routes() -> None:
    """The unit takes its routes with it."""
    unit = Path(UNIT)
    if unit.exists():
        call("systemctl", "disable", "--now", unit.name)
        unit.unlink()
        call("systemctl", "daemon-reload")


def _end_containers() -> None:
    """Those that kubeadm could not end, such as where the network's plugin needs an API server that is gone."""
    left = _lines(*_CONTAINERS, "containers", "list", "--quiet")
    for container in left:
        _run(*_CONTAINERS, "tasks", "delete", "--force", container)
        _run(*_CONTAINERS, "containers", "delete", container)
    if left:
        call("systemctl", "restart", _CONTAINERD)  # it has read at its start which pods there are


def _unmount(more: list[str]) -> None:
    """Volumes of pods hold what must not be removed."""
    for point in _mounted(more):
        _run("umount", point)
    busy = _mounted(more)
    if busy:
        raise AppError(
            f"found {', '.join(busy)} still mounted, expected nothing to use it any more. No file was removed: end"
            " what uses it, and run again."
        )


def _mounted(more: list[str]) -> list[str]:
    listed = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    return [point for folder in (*cleanup.FOLDERS, *more) for point in cleanup.mounts_below(listed, folder)]


def _there(more: Iterable[str]) -> Iterator[str]:
    """Files, and folders that hold something."""
    named = [f"{cleanup.CNI_FOLDER}/{name}" for name in cleanup.cni_files(_names(cleanup.CNI_FOLDER))]
    for path in (*cleanup.FILES, *cleanup.FOLDERS, *named, *more):
        place = Path(path)
        if place.is_dir() and not place.is_symlink():
            if any(_within(place)):
                yield path
        elif os.path.lexists(path):
            yield path


def _within(folder: Path) -> Iterator[Path]:
    """A file system of its own has a folder for what was lost and found."""
    return (path for path in folder.iterdir() if path.name != "lost+found")


def _names(folder: str) -> list[str]:
    place = Path(folder)
    return [path.name for path in place.iterdir()] if place.is_dir() else []


def _remove(path: Path) -> None:
    """A folder is emptied: it may be a mount."""
    if path.is_dir() and not path.is_symlink():
        for within in list(_within(path)):
            if within.is_dir() and not within.is_symlink():
                shutil.rmtree(within)
            else:
                within.unlink()
    else:
        path.unlink()


def _remove_network() -> None:
    """Namespaces first: with them go the pods' ends of their interfaces."""
    for path in Path(cleanup.NAMESPACES).glob("cni-*"):
        _run("ip", "netns", "delete", path.name)
    for name in cleanup.interfaces(_names("/sys/class/net")):
        _run("ip", "link", "delete", name)
    for family, table in cleanup.tables(_said("nft", "list", "tables")):
        _run("nft", "delete", "table", family, table)
    for program in _iptables():
        script = cleanup.removal(_said(f"{program}-save"))
        if script:
            ended = _run(f"{program}-restore", "--noflush", "--wait=30", stdin=script)
            if ended.exit_code != 0:
                raise AppError(f"{program}-restore removed no rules: {' '.join(ended.lines[-_TAIL:])}")


def _iptables() -> list[str]:
    """Both kinds of both families, where they are there: rules of one are not seen by the other."""
    kinds = [f"{family}-{kind}" for family in ("iptables", "ip6tables") for kind in ("nft", "legacy")]
    found = [program for program in kinds if shutil.which(f"{program}-save", path=_PATH)]
    return found or [program for program in ("iptables", "ip6tables") if shutil.which(f"{program}-save", path=_PATH)]


def _lines(*words: str) -> list[str]:
    return [line.strip() for line in _said(*words).splitlines() if line.strip()]


def _said(*words: str) -> str:
    """Nothing, where there is no such program or it fails."""
    try:
        ended = _run(*words)
    except FileNotFoundError:
        return ""
    return ended.stdout if ended.exit_code == 0 else ""


def _run(*words: str, stdin: str | None = None, seconds: float = 60.0) -> Ended:
    return run_program(Run(words, {"PATH": _PATH, "LANG": "C"}, stdin=stdin, seconds=seconds, whole=True))
