# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why tasks stopped or never ran: one verdict from what ECS, its events and the log say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..exit_codes import meaning
from ..stack.redaction import hidden_values, redact
from .fargate_sizes import sizes, smallest_fit
from .rollout import EXIT, HEALTH, OOM, TIMEOUT, UNKNOWN, ContainerEnd, Verdict
from .stopped_reasons import known

LOG_LINES = 20
_EVENTS = 10
#: Events that every deployment has, well or not.
_ORDINARY = re.compile(
    r"has reached a steady state|has started \d+ tasks|has stopped \d+ running tasks|registered \d+ targets"
    r"|deregistered \d+ targets|has begun draining|deployment completed"
)
#: What tells apart two events that say the same of two tasks.
_ID = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\becs-svc/\d+")
#: The scheduler's own doing: such a task has no fault.
_SCHEDULED = re.compile(
    r"Scaling activity initiated by|Task stopped (?:due to|by) .*(?:deployment|scal)", re.IGNORECASE
)
_OOM = re.compile(r"OutOfMemory|killed due to memory", re.IGNORECASE)
_KILLED, _TERMINATED = 137, 143


@dataclass(frozen=True)
class Fault:
    """What is wrong with one task, how much that says (more is worse), and the container that it is about."""

    weight: int
    cause: str
    sentence: str
    task: Mapping[str, Any]
    container: Mapping[str, Any]


def explain(
    tasks: Sequence[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]] = (),
    deployment: Mapping[str, Any] | None = None,
    logs: Sequence[str] = (),
    hidden: Iterable[str] = (),
) -> Verdict:
    """`tasks`, `events`, `deployment` as the API has them, `logs` the last lines of the container that `worst` names.

    `hidden`: values that are secret wherever they stand (`secrets_of`). What looks like a secret is masked as well.
    """
    told = list(events)
    fault = worst(tasks)
    cause, sentence = _judged(fault, told, deployment or {}, logs)
    task = fault.task if fault else {}
    secret = tuple(hidden)

    def shown(text: str) -> str:
        return redact(text, secret)

    return Verdict(
        cause=cause,
        sentence=shown(sentence),
        status_reason=shown(_status_reason(deployment or {})),
        events=tuple(shown(text) for text in _distinct(told)),
        stopped_reason=shown(_stopped_reason(task)),
        containers=tuple(_end(container, shown) for container in task.get("containers") or ()),
        log_tail=tuple(shown(line) for line in logs[-LOG_LINES:]) if logs else (),
    )


def secrets_of(definition: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The values of variables that are secret by their name: a log may print them in any form."""
    containers = [
        *(definition.get("containerDefinitions") or ()),
        *((overrides or {}).get("containerOverrides") or ()),
    ]
    return hidden_values(
        {str(entry.get("name")): str(entry.get("value") or "") for entry in container.get("environment") or ()}
        for container in containers
    )


def worst(tasks: Iterable[Mapping[str, Any]]) -> Fault | None:
    """The task that says most of why it does not run; of two that say as much, the one that stopped last."""
    faults = [fault for task in tasks for fault in (_fault(task),) if fault is not None]
    return max(faults, key=_telling, default=None)


def _telling(fault: Fault) -> tuple[int, str]:
    return fault.weight, str(fault.task.get("stoppedAt") or "")


def _fault(task: Mapping[str, Any]) -> Fault | None:
    containers = list(task.get("containers") or ())
    killed = next((one for one in containers if _OOM.search(one.get("reason") or "")), None)
    if killed is not None:
        return Fault(5, OOM, _out_of_memory(task, killed), task, killed)
    for container in containers:
        found = _said(container.get("reason"), container)
        if found:
            return Fault(5, *found, task, container)
    about = _about(task, containers)
    found = _said(task.get("stoppedReason") or task.get("stopCode"), about)
    ended = next((one for one in containers if one.get("exitCode")), None)
    if found and found[0] != HEALTH:
        return Fault(4, *found, task, about)
    if ended is not None and not found and not _SCHEDULED.search(task.get("stoppedReason") or ""):
        return Fault(3, EXIT, _ended(task, ended), task, ended)
    if found:
        return Fault(3, *found, task, about)
    return _without_reason(task, containers)


def _without_reason(task: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Fault | None:
    """A task that runs and is not well; or that stopped for a reason that nobody knows."""
    ill = next((one for one in containers if one.get("healthStatus") == "UNHEALTHY"), None)
    if ill is not None:
        sentence = (
            f"The health check in the task definition of {ill.get('name')} fails: run its command in the container,"
            " and give a slow start startPeriod."
        )
        return Fault(2, HEALTH, sentence, task, ill)
    reason = task.get("stoppedReason")
    if not reason or _SCHEDULED.search(reason) or reason.startswith("Essential container in task exited"):
        return None
    return Fault(1, UNKNOWN, f"ECS stopped a task: {reason.rstrip('.')}.", task, _about(task, containers))


def _about(task: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The container that a task's reason speaks of: by its image, else the first that ended badly, else the first."""
    reason = task.get("stoppedReason") or ""
    named = [one for one in containers if one.get("image") and one["image"] in reason]
    bad = [one for one in containers if one.get("exitCode") or one.get("healthStatus") == "UNHEALTHY"]
    return next(iter([*named, *bad, *containers]), {})


def _said(text: str | None, container: Mapping[str, Any]) -> tuple[str, str] | None:
    return known(text, str(container.get("name") or ""), str(container.get("image") or "")) if text else None


def _out_of_memory(task: Mapping[str, Any], container: Mapping[str, Any]) -> str:
    name, own, whole = container.get("name"), _mib(container.get("memory")), _mib(task.get("memory"))
    killed = f"{name} was killed because it needs more memory than it has"
    if own and own < (whole or own + 1):
        return f"{killed}: raise its own limit of {own} MiB{f' (the task has {whole} MiB)' if whole else ''}."
    if not whole:
        return f"{killed}: raise memory in the task definition."
    bigger = _next_size(task, whole)
    if bigger is None:
        return f"{killed} ({whole} MiB for the task): raise memory in the task definition."
    return f"{killed} ({whole} MiB for the task): the next Fargate size is cpu {bigger[0]} with memory {bigger[1]}."


def _next_size(task: Mapping[str, Any], memory: int) -> tuple[int, int] | None:
    on_fargate = task.get("launchType") == "FARGATE" or str(task.get("capacityProviderName", "")).startswith("FARGATE")
    cpu = _mib(task.get("cpu"))
    if not on_fargate or not cpu:
        return None
    windows = str(task.get("platformFamily", "")).lower().startswith("windows")
    same_cpu = [mib for mib in sizes(windows).get(cpu, ()) if mib > memory]
    return (cpu, same_cpu[0]) if same_cpu else smallest_fit(cpu, memory + 1, windows)


def _mib(text: Any) -> int:
    return int(text) if str(text or "").isdigit() else 0


def _ended(task: Mapping[str, Any], container: Mapping[str, Any]) -> str:
    code, name = container["exitCode"], container.get("name")
    ended = f"{name} ended with exit code {code}{meaning(code)}"
    if code == _KILLED:
        whole = f" of {task['memory']} MiB" if task.get("memory") else ""
        return (
            f"{ended}: it had too little memory{whole}, or did not end within stopTimeout after it was told to; its"
            " log says which."
        )
    if code == _TERMINATED:
        return f"{ended}: something told it to stop, and that is why the task ended; look at the other containers."
    return f"{ended}: its last log lines say why."


def _judged(
    fault: Fault | None, events: Sequence[Mapping[str, Any]], deployment: Mapping[str, Any], logs: Sequence[str]
) -> tuple[str, str]:
    """A text about a task that never ran says most; then alarms, events, and what a task that ran ended with."""
    if fault is not None and fault.weight > 3:
        return fault.cause, fault.sentence
    for line in logs:
        found = (
            known(line, "", str(fault.container.get("image") or "")) if fault and "exec format error" in line else None
        )
        if found:
            return found
    alarms = (deployment.get("alarms") or {}).get("triggeredAlarmNames") or []
    if alarms:
        return (
            HEALTH,
            f"The CloudWatch alarm {', '.join(alarms)} went off: look at what it measures before the next try.",
        )
    if fault is not None and fault.cause == EXIT:
        return fault.cause, fault.sentence
    container = fault.container if fault else {}
    for event in reversed(list(_in_order(events))):
        found = _said(event.get("message"), container)
        if found:
            return found
    if fault is not None:
        return fault.cause, fault.sentence
    return _nothing_known(deployment)


def _nothing_known(deployment: Mapping[str, Any]) -> tuple[str, str]:
    target = deployment.get("targetServiceRevision") or {}
    if deployment.get("status") in ("PENDING", "IN_PROGRESS"):
        running, wanted = target.get("runningTaskCount", 0), target.get("requestedTaskCount", 0)
        return TIMEOUT, (
            f"{running} of {wanted} tasks run and nothing has failed: give it more time, or look at what the tasks wait"
            " for."
        )
    reason = _status_reason(deployment)
    return UNKNOWN, f"ECS says: {reason}" if reason else "ECS does not say why: look at the service's events and logs."


def _status_reason(deployment: Mapping[str, Any]) -> str:
    return str(deployment.get("statusReason") or (deployment.get("rollback") or {}).get("reason") or "")


def _stopped_reason(task: Mapping[str, Any]) -> str:
    return str(task.get("stoppedReason") or "")


def _end(container: Mapping[str, Any], shown: Any) -> ContainerEnd:
    reason = str(container.get("reason") or "")
    return ContainerEnd(
        name=str(container.get("name") or ""),
        exit_code=container.get("exitCode"),
        reason=shown(reason),
        oom=bool(_OOM.search(reason)),
        health=str(container.get("healthStatus") or "UNKNOWN"),
    )


def _in_order(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Oldest first; the API has the newest first."""
    oldest_first = list(reversed(events))  # as far as their times are equal
    return sorted(oldest_first, key=_created)


def _created(event: Mapping[str, Any]) -> str:
    return str(event.get("createdAt") or "")


def _distinct(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The last events, oldest first, each once however many tasks it was said of, without what is said of all."""
    said: dict[str, str] = {}
    for event in _in_order(events):
        message = str(event.get("message") or "")
        same = _ID.sub("*", message)
        if message and not _ORDINARY.search(message):
            said.pop(same, None)
            said[same] = message
    return list(said.values())[-_EVENTS:]
