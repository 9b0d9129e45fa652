# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Static pods of a control plane, as values: what kubeadm writes now against what stands there, and how one does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..secrets import mask_text

#: Beside what kubeadm writes: a restart that nothing in the manifest asks for. Its value is the moment.
RESTARTED = "slipway.containers/restarted"
_HASH = "kubernetes.io/config.hash"
_FLAG = re.compile(r"--(?P<name>[^=\s]+)(?:=(?P<value>.*))?")
#: What a member of etcd was told when it was made. It reads that once, and kubeadm writes it anew for every member.
_ONCE = ("initial-cluster", "initial-cluster-state")
_PROXY = re.compile(r"(?i)(?:https?|no|all)_proxy")


@dataclass(frozen=True)
class Standing:
    """A static pod as its cluster shows it. `hash` is that of the manifest that it was made of."""

    hash: str = ""
    ready: bool = False
    started: str = ""

    def follows(self, before: Standing) -> bool:
        """Whether the pod of a manifest that was changed meanwhile is there, and ready."""
        return self.ready and self.hash != before.hash

    def returns_to(self, before: Standing) -> bool:
        """Whether the pod of the former manifest is there again, and ready."""
        return self.ready and before.hash in ("", self.hash)


def standing(pod: Mapping[str, Any] | None) -> Standing:
    if pod is None:
        return Standing()
    status = pod.get("status") or {}
    conditions = {each["type"]: each["status"] for each in status.get("conditions") or []}
    states = [each.get("state") or {} for each in status.get("containerStatuses") or []]
    started = [str(state["running"]["startedAt"]) for state in states if state.get("running")]
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    running = bool(states) and len(started) == len(states)
    return Standing(
        str(annotations.get(_HASH, "")),
        running and conditions.get("Ready") == "True",
        min(started, default=""),
    )


def plain(pod: Mapping[str, Any]) -> dict[str, Any]:
    """As kubeadm writes it: without what was put beside it."""
    metadata = dict(pod.get("metadata") or {})
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != RESTARTED}
    if "annotations" in metadata:
        metadata["annotations"] = annotations
    return {**pod, "metadata": metadata}


def restarted(pod: Mapping[str, Any], moment: str) -> dict[str, Any]:
    metadata = dict(pod["metadata"])
    metadata["annotations"] = {**(metadata.get("annotations") or {}), RESTARTED: moment}
    return {**pod, "metadata": metadata}


def rendered_for(rendered: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """What kubeadm renders, with what a member of etcd keeps of the day when it was made."""
    kept = {name: value for name, value in _flags(present) if name in _ONCE}
    containers = []
    for container in rendered["spec"]["containers"]:
        command = [word for word in container.get("command") or [] if _name(word) not in _ONCE]
        first = [index for index, word in enumerate(container.get("command") or []) if _name(word) in _ONCE]
        if first or kept:
            position = min(first, default=len(command))
            command[position:position] = [f"--{name}={value}" for name, value in kept.items()]
            container = {**container, "command": command}
        containers.append(container)
    return {**rendered, "spec": {**rendered["spec"], "containers": containers}}


def proxies(pods: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The proxies that kubeadm found in its environment then. It has to find them again, or it leaves them out."""
    return {
        variable["name"]: str(variable.get("value", ""))
        for pod in pods
        for container in pod["spec"]["containers"]
        for variable in container.get("env") or []
        if _PROXY.fullmatch(variable["name"])
    }


def reads(pod: Mapping[str, Any], path: str) -> bool:
    """Whether a file of the host is one that the pod's program may read: a flag names it, or a folder of its own does.

    The folder of certificates is for the whole control plane; of that, the flags alone tell.
    """
    if any(value == path for _flag, value in _flags(pod)):
        return True
    folders = [str(volume["hostPath"]["path"]) for volume in pod["spec"].get("volumes") or [] if "hostPath" in volume]
    return any(
        path == folder or (path.startswith(folder.rstrip("/") + "/") and not _is_shared(folder)) for folder in folders
    )


def told_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """How two manifests of a program differ, in words: the flags, and whether there is more."""
    old, new = (
        [word for each in pod["spec"]["containers"] for word in each.get("command") or []] for pod in (before, after)
    )
    added = [word for word in new if word not in old]
    left_out = [word for word in old if word not in new and not any(_name(word) == _name(more) for more in added)]
    told = [f"with {mask_text(', '.join(added))}"] if added else []
    told += [f"without {', '.join(f'--{_name(word)}' for word in left_out)}"] if left_out else []
    return "; ".join(told) or "another image, other volumes or other resources"


def named_files(pod: Mapping[str, Any]) -> list[str]:
    """Files of the cluster that its flags name: certificates, keys, kubeconfigs, policies."""
    return sorted({value for _flag, value in _flags(pod) if value.startswith("/etc/kubernetes/")})


def _is_shared(folder: str) -> bool:
    return folder.rstrip("/") in ("/etc/kubernetes", "/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd")


def _flags(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for container in pod["spec"]["containers"]:
        for word in [*(container.get("command") or []), *(container.get("args") or [])]:
            match = _FLAG.fullmatch(word)
            if match:
                yield match["name"], match["value"] or ""


def _name(word: str) -> str:
    match = _FLAG.fullmatch(word)
    return match["name"] if match else ""
