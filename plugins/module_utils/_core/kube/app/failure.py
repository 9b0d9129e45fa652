# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a workload did not come up: one block from its pods, their ends, their events and their logs. Without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...exit_codes import meaning, signal_name
from ...redaction import redact
from .objects import Ident
from .pods import Trouble, last_end

LOG_LINES = 20
_EVENTS = 8
_SHOWN = 1000
#: How Kubernetes calls any end of a container.
_OF_NO_USE = (None, "", "Error", "Completed")


@dataclass(frozen=True)
class Failure:
    """`reason` is Kubernetes' own word.

    `cause` is ours: image, config, start, exit, signal, oom, probe, schedule, volume, job, timeout, kubernetes.
    """

    workload: str
    cause: str
    message: str
    pod: str = ""
    node: str = ""
    container: str = ""
    reason: str = ""
    exit_code: int | None = None
    signal: str = ""
    events: tuple[str, ...] = ()
    log_tail: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "events": list(self.events), "log_tail": list(self.log_tail)}

    def as_lines(self) -> list[str]:
        where = f"{self.pod} on {self.node}" if self.pod and self.node else self.pod
        code = "" if self.exit_code is None else f"{self.exit_code}{meaning(self.exit_code)}"
        told = [("Pod", where), ("Container", self.container), ("Reason", self.reason), ("Exit code", code)]
        events = ["Events:", *(f"  {line}" for line in self.events)] if self.events else []
        log = ["Last lines of its log:", *(f"  {line}" for line in self.log_tail)] if self.log_tail else []
        head = f"{self.workload}: {self.message} [{self.cause}]" if self.workload else f"{self.message} [{self.cause}]"
        return [head, *(f"{name}: {value}" for name, value in told if value), *events, *log]

    def redacted(self, hidden: tuple[str, ...]) -> Failure:
        return replace(
            self,
            message=redact(self.message, hidden),
            events=tuple(redact(line, hidden) for line in self.events),
            log_tail=tuple(redact(line, hidden) for line in self.log_tail),
        )


def explain(
    ident: Ident, found: Trouble, pod: Mapping[str, Any] | None, events: Iterable[Mapping[str, Any]], log: Iterable[str]
) -> Failure:
    """`events` are all of the namespace; those of the workload and of its pod are chosen here."""
    container = found.container or _only_container(pod)
    end = last_end(pod, container) if pod else {}
    listed = list(_about(events, ident, pod))
    cause, message = _cause(found, end, listed, _memory_limit(pod, container))
    code, signal = _ended_by(end)
    return Failure(
        workload=ident.words,
        cause=cause,
        message=message[-_SHOWN:],
        pod=str(pod["metadata"]["name"]) if pod else "",
        node=str((pod.get("spec") or {}).get("nodeName") or "") if pod else "",
        container=container,
        reason=str(end["reason"] if end.get("reason") not in _OF_NO_USE else found.reason),
        exit_code=code,
        signal=signal,
        events=tuple(_line(one) for one in listed)[-_EVENTS:],
        log_tail=tuple(line for line in log if line.strip())[-LOG_LINES:],
    )


def late(found: Trouble | None, words: str, seconds: float) -> Trouble:
    """What there is to say when the time is over."""
    message = f"it is not ready after {seconds:g} s, waiting for {words}"
    if found is None:
        return Trouble("timeout", message, "")
    return replace(found, message=f"{message}: {found.message}")


def _cause(found: Trouble, end: Mapping[str, Any], events: list[Mapping[str, Any]], memory: str) -> tuple[str, str]:
    """`memory` is what the container may use."""
    if end.get("reason") == "OOMKilled":
        return "oom", f"{found.message}: it used more memory than it may"
    if found.cause == "image":
        pulled = _last(events, "Failed to pull")
        return "image", f"container {found.container}: {pulled}" if pulled else found.message
    by_liveness = _last(events, "Liveness probe") if found.cause == "exit" else ""
    if found.cause == "probe" or by_liveness:
        return "probe", _joined(found.message, by_liveness or _last(events, "Readiness probe", "Startup probe"))
    if found.cause not in ("exit", "job"):
        return found.cause, found.message
    code, signal = _ended_by(end)
    if signal:
        hint = f"; beyond its memory limit of {memory} the kernel does that" if memory and signal == "SIGKILL" else ""
        return "signal", f"{found.message}, by {signal}{hint}"
    ended = f" with exit code {code}" if code is not None else ""
    return found.cause, _joined(f"{found.message}{ended}", str(end.get("message") or "").strip())


def _last(events: list[Mapping[str, Any]], *beginnings: str) -> str:
    """What an event said that began so."""
    said = [str(one.get("message", "")).strip() for one in events]
    return next((text for text in reversed(said) if text.startswith(beginnings)), "")


def _joined(sentence: str, more: str) -> str:
    return f"{sentence}: {more}" if more else sentence


def _ended_by(end: Mapping[str, Any]) -> tuple[int | None, str]:
    """An exit code above 128 is a signal, as shells and runtimes say it."""
    code = end.get("exitCode")
    if code is None:
        return None, ""
    return int(code), signal_name(int(code) - 128) if 128 < int(code) < 160 else ""


def _memory_limit(pod: Mapping[str, Any] | None, container: str) -> str:
    listed = ((pod or {}).get("spec") or {}).get("containers") or []
    found = [
        ((one.get("resources") or {}).get("limits") or {}).get("memory")
        for one in listed
        if one.get("name") == container
    ]
    return str(found[0] or "") if found else ""


def _only_container(pod: Mapping[str, Any] | None) -> str:
    listed = ((pod or {}).get("spec") or {}).get("containers") or []
    return str(listed[0].get("name", "")) if len(listed) == 1 else ""


def _about(
    events: Iterable[Mapping[str, Any]], ident: Ident, pod: Mapping[str, Any] | None
) -> Iterable[Mapping[str, Any]]:
    """Oldest first; of the workload only what is a warning."""
    name = str(pod["metadata"]["name"]) if pod else ""
    found = [one for one in events if _is_about(one, ident, name)]
    return sorted(found, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime") or ""))


def _is_about(event: Mapping[str, Any], ident: Ident, pod: str) -> bool:
    about = event.get("involvedObject") or {}
    kind, name = str(about.get("kind")), str(about.get("name"))
    if kind == "Pod":
        return bool(pod) and name == pod
    theirs = (kind, name) == (ident.kind, ident.name) or (kind == "ReplicaSet" and name.startswith(f"{ident.name}-"))
    return theirs and event.get("type") == "Warning"


def _line(event: Mapping[str, Any]) -> str:
    times = int(event.get("count") or 1)
    again = f" ({times} times)" if times > 1 else ""
    text = " ".join(str(event.get("message", "")).split())
    return f"{event.get('type', '')} {event.get('reason', '')}{again}: {text}"[:_SHOWN]
