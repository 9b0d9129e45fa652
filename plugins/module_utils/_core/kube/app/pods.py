# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a workload, and what is wrong with one: in the words of the kubelet and the scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "controller-revision-hash"
#: Reasons why a container does not start, and how long each is given to pass: a registry may be away for a moment.
_IMAGE_SECONDS, _CONFIG_SECONDS = 20.0, 5.0
_WAITING = {
    "InvalidImageName": ("image", 0.0),
    "ErrImageNeverPull": ("image", _CONFIG_SECONDS),
    "ErrImagePull": ("image", _IMAGE_SECONDS),
    "ImagePullBackOff": ("image", _IMAGE_SECONDS),
    "CreateContainerConfigError": ("config", _CONFIG_SECONDS),
    "CreateContainerError": ("start", _CONFIG_SECONDS),
    "RunContainerError": ("start", _CONFIG_SECONDS),
}
_CRASHES = "CrashLoopBackOff"
#: Of one pod since it is watched. The pauses between them are 10, 20 and 40 seconds.
MOST_RESTARTS = 2
#: A pod that finds no node may find one when another has gone.
_NO_NODE_SECONDS = 60.0


@dataclass(frozen=True)
class Trouble:
    """Why a pod is not ready. It is a failure when it has lasted for `patience` seconds; None: only time will tell."""

    cause: str
    message: str
    pod: str
    container: str = ""
    reason: str = ""
    patience: float | None = None


@dataclass(frozen=True)
class View:
    """Workloads, ReplicaSets and pods of a namespace at one moment."""

    items: tuple[Mapping[str, Any], ...]

    def workload(self, kind: str, name: str) -> Mapping[str, Any] | None:
        return next((one for one in self._of_kind(kind) if one["metadata"]["name"] == name), None)

    def pods(self, workload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Those of its newest revision that are not being removed, oldest first."""
        owners = {workload["metadata"]["uid"]}
        if workload["kind"] == "Deployment":
            owners = {one["metadata"]["uid"] for one in self.replica_sets(workload)}
        found = [one for one in self._of_kind("Pod") if owners & set(_owners(one)) and _is_new(one, workload)]
        found = [one for one in found if not one["metadata"].get("deletionTimestamp")]
        return sorted(found, key=lambda one: str(one["metadata"].get("creationTimestamp", "")))

    def stuck(self, workload: Mapping[str, Any]) -> list[str]:
        """Pods of a former revision of a StatefulSet that are not ready: it waits for them before it makes new ones."""
        if workload["kind"] != "StatefulSet":
            return []
        uid = workload["metadata"]["uid"]
        theirs = [one for one in self._of_kind("Pod") if uid in _owners(one) and not _is_new(one, workload)]
        left = [one for one in theirs if not is_ready(one) and not one["metadata"].get("deletionTimestamp")]
        return [str(one["metadata"]["name"]) for one in left]

    def replica_sets(self, deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The newest one."""
        uid, revision = deployment["metadata"]["uid"], _annotation(deployment, _REVISION)
        theirs = [one for one in self._of_kind("ReplicaSet") if uid in _owners(one)]
        return [one for one in theirs if _annotation(one, _REVISION) == revision]

    def _of_kind(self, kind: str) -> Iterator[Mapping[str, Any]]:
        return (one for one in self.items if one["kind"] == kind)


def is_ready(pod: Mapping[str, Any]) -> bool:
    return (_condition(pod, "Ready") or {}).get("status") == "True"


def restarts(pod: Mapping[str, Any]) -> int:
    return sum(int(one.get("restartCount", 0)) for _is_first, one in _statuses(pod))


def trouble(pod: Mapping[str, Any], restarts_before: int = 0) -> Trouble | None:
    """The first thing that keeps a pod from being ready, if anything is known."""
    name = str(pod["metadata"]["name"])
    unplaced = _condition(pod, "PodScheduled")
    if unplaced and unplaced.get("status") == "False":
        return _unplaced(name, unplaced)
    if pod.get("status", {}).get("phase") == "Failed":
        said = pod["status"].get("message") or pod["status"].get("reason") or "its containers ended"
        return Trouble("exit", f"pod {name} failed: {said}", name, _ended_container(pod), "Failed")
    for is_first, status in _statuses(pod):
        found = _of_container(name, status, is_first, restarts(pod) - restarts_before)
        if found:
            return found
    return None


def _unplaced(name: str, condition: Mapping[str, Any]) -> Trouble:
    said = str(condition.get("message") or condition.get("reason") or "no reason is known").rstrip(".")
    volume = "persistentvolumeclaim" in said.lower()
    where = "its volume is not there" if volume else "no node takes it"
    return Trouble(
        "volume" if volume else "schedule",
        f"pod {name}: {where}: {said}",
        name,
        reason=str(condition.get("reason", "")),
        patience=_NO_NODE_SECONDS,
    )


def _of_container(pod: str, status: Mapping[str, Any], is_first: bool, crashes: int) -> Trouble | None:
    name, state = str(status.get("name", "")), status.get("state") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated")
    reason = str(waiting.get("reason", ""))
    if reason in _WAITING:
        cause, patience = _WAITING[reason]
        said = str(waiting.get("message") or "").strip()
        message = f"container {name}: {reason}" + (f": {said}" if said else "")
        return Trouble(cause, message, pod, name, reason, patience)
    if reason == _CRASHES or (ended and not (is_first and ended.get("exitCode") == 0)):
        limit = 0.0 if crashes >= MOST_RESTARTS else None
        return Trouble("exit", _crash(name, status), pod, name, _CRASHES, limit)
    if state.get("running") and not is_first and not status.get("ready"):
        if crashes >= MOST_RESTARTS:
            return Trouble("exit", _crash(name, status), pod, name, _CRASHES, 0.0)
        return Trouble("probe", f"container {name} of pod {pod} runs and is not ready", pod, name, "NotReady")
    return None


def _crash(name: str, status: Mapping[str, Any]) -> str:
    times = int(status.get("restartCount", 0))
    again = f" and was started again {times} times" if times > 1 else ""
    return f"container {name} ended{again}"


def last_end(pod: Mapping[str, Any], container: str) -> Mapping[str, Any]:
    """How a container ended last: exitCode, signal, reason, message."""
    for _is_first, status in _statuses(pod):
        if status.get("name") == container:
            for state in (status.get("state") or {}, status.get("lastState") or {}):
                if state.get("terminated"):
                    return dict(state["terminated"])
    return {}


def runs(pod: Mapping[str, Any], container: str) -> bool:
    """Whether a container runs at this moment."""
    named = (one for _is_first, one in _statuses(pod) if one.get("name") == container)
    return any((one.get("state") or {}).get("running") for one in named)


def _ended_container(pod: Mapping[str, Any]) -> str:
    states = {str(one["name"]): one.get("state") or {} for _is_first, one in _statuses(pod)}
    return next((name for name, state in states.items() if (state.get("terminated") or {}).get("exitCode")), "")


def _statuses(pod: Mapping[str, Any]) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    """Those that run first before the others; whether it is one of those."""
    status = pod.get("status") or {}
    yield from ((True, one) for one in status.get("initContainerStatuses") or [])
    yield from ((False, one) for one in status.get("containerStatuses") or [])


def _condition(live: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    conditions: Iterable[Mapping[str, Any]] = (live.get("status") or {}).get("conditions") or []
    return next((one for one in conditions if one.get("type") == name), None)


def _owners(live: Mapping[str, Any]) -> list[str]:
    return [str(one.get("uid")) for one in live["metadata"].get("ownerReferences") or []]


def _is_new(pod: Mapping[str, Any], workload: Mapping[str, Any]) -> bool:
    """Of a StatefulSet, those that have its newest revision."""
    newest = (workload.get("status") or {}).get("updateRevision")
    if workload["kind"] != "StatefulSet" or not newest:
        return True
    return bool((pod["metadata"].get("labels") or {}).get(_HASH) == newest)


def _annotation(live: Mapping[str, Any], name: str) -> str:
    return str((live["metadata"].get("annotations") or {}).get(name, ""))
