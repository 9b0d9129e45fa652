# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why tasks stopped or never ran: one verdict from what ECS, its events and the log say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..exit_codes import meaning
from ..redaction import hidden_values, redact
from .fargate_sizes import sizes, smallest_fit
from .rollout import EXIT, HEALTH, OOM, TIMEOUT, UNKNOWN, ContainerEnd, Verdict
from .stopped_reasons import known

LOG_LINES = 20
_EVENTS = 10
#: Events that every deployment has, well or not.
_ORDINARY = re.compile(
    r"has reached a steady state|has started \d+ tasks|has stopped \d+ running tasks|registered \d+ targets"
    r"|has begun draining|deployment completed"
)
#: What tells apart two events that say the same of two tasks.
_ID = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\becs-svc/\d+")
#: The scheduler's own doing: such a task has no fault.
_SCHEDULED = re.compile(r"Scaling activity initiated by")
_ESSENTIAL = re.compile(r"Essential container in task exited")
_OOM = re.compile(r"OutOfMemory|killed due to memory", re.IGNORECASE)
_OTHER_PROCESSOR = "exec format error"
_KILLED, _TERMINATED = 137, 143

#: How much a fault says: what kept a container from running, how one that ran ended, how one is, and nothing known.
_NEVER_RAN, _ENDED, _ILL, _VAGUE = 4, 3, 2, 1


@dataclass(frozen=True)
class Fault:
    """What is wrong with one task, how much that says, and the container that it is about."""

    weight: int
    cause: str
    sentence: str  # empty for what ended by itself: its log makes the sentence
    task: Mapping[str, Any]
    container: Mapping[str, Any]


def explain(
    tasks: Sequence[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]] = (),
    deployment: Mapping[str, Any] | None = None,
    logs: Sequence[str] | None = (),
    hidden: Iterable[str] = (),
) -> Verdict:
    """`tasks`, `events`, `deployment` as the API has them, `logs` the last lines of the container that `worst` names.

    None instead of lines: they were not read, so that what they say is not known.

    `hidden`: values that are secret wherever they stand (`secrets_of`). What looks like a secret is masked as well.
    """
    told, rollout, secret = list(events), deployment or {}, tuple(hidden)
    fault = worst(tasks)
    cause, sentence = _judged(fault, tasks, told, rollout, logs)

    def shown(text: str) -> str:
        return redact(text, secret)

    task = fault.task if fault else {}
    return Verdict(
        cause=cause,
        sentence=shown(sentence),
        status_reason=shown(_status_reason(rollout)),
        events=tuple(shown(text) for text in _distinct(told)),
        stopped_reason=shown(str(task.get("stoppedReason") or "")),
        containers=tuple(_end(container, secret) for container in task.get("containers") or ()),
        log_tail=tuple(shown(line) for line in logs or ()),
    )


def secrets_of(definition: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The values of variables that are secret by their name: a log may print them in any form."""
    defined = definition.get("containerDefinitions") or ()
    overridden = (overrides or {}).get("containerOverrides") or ()
    return hidden_values(
        {str(entry.get("name")): str(entry.get("value") or "") for entry in container.get("environment") or ()}
        for container in (*defined, *overridden)
    )


def worst(tasks: Iterable[Mapping[str, Any]]) -> Fault | None:
    """The task that says most of why it does not run; of two that say as much, the one that stopped last."""
    faults = [fault for fault in map(_fault, tasks) if fault is not None]
    return max(faults, key=_telling, default=None)


def _telling(fault: Fault) -> tuple[int, str]:
    return fault.weight, str(fault.task.get("stoppedAt") or "")


def _fault(task: Mapping[str, Any]) -> Fault | None:
    containers = list(task.get("containers") or ())
    for container in containers:
        found = _of_container(task, container)
        if found:
            return Fault(_NEVER_RAN, *found, task, container)
    about = _about(task, containers)
    found = _said(f"{task.get('stopCode') or ''}: {task.get('stoppedReason') or ''}", about)
    if found and found[0] not in (HEALTH, UNKNOWN):
        return Fault(_NEVER_RAN, *found, task, about)
    if found:
        return Fault(_ENDED if found[0] == HEALTH else _VAGUE, *found, task, about)
    reason = str(task.get("stoppedReason") or "")
    if about.get("exitCode") and not _SCHEDULED.search(reason):
        return Fault(_ENDED, EXIT, "", task, about)
    if about.get("healthStatus") == "UNHEALTHY":
        return Fault(_ILL, HEALTH, _unhealthy(about), task, about)
    if reason and not _SCHEDULED.search(reason) and not _ESSENTIAL.search(reason):
        return Fault(_VAGUE, UNKNOWN, f"ECS stopped a task: {reason.rstrip('.')}.", task, about)
    return None


def _of_container(task: Mapping[str, Any], container: Mapping[str, Any]) -> tuple[str, str] | None:
    """What ECS says of one container, beside its exit code."""
    reason = container.get("reason") or ""
    return (OOM, _out_of_memory(task, container)) if _OOM.search(reason) else _said(reason, container)


def _about(task: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The container that a task's end is about: by its image, else the first that ended badly by itself, or is ill."""
    reason = str(task.get("stoppedReason") or "")
    named = [one for one in containers if one.get("image") and one["image"] in reason]
    ended = [one for one in containers if one.get("exitCode")]
    itself = [one for one in ended if one["exitCode"] not in (_KILLED, _TERMINATED)]
    ill = [one for one in containers if one.get("healthStatus") == "UNHEALTHY"]
    return next(iter([*named, *itself, *ended, *ill, *containers]), {})


def _said(text: str, container: Mapping[str, Any]) -> tuple[str, str] | None:
    return known(text, str(container.get("name") or ""), str(container.get("image") or ""))


def _out_of_memory(task: Mapping[str, Any], container: Mapping[str, Any]) -> str:
    own, whole = _number(container.get("memory")), _number(task.get("memory"))
    killed = f"Container {container.get('name')} was killed, as it needs more memory than"
    if own and (own < whole or not whole):
        of = f", of {whole} MiB for the task" if whole else ""
        return f"{killed} its limit of {own} MiB{of}: raise memory of the container in the task definition."
    if not whole:
        return f"{killed} there is: raise memory in the task definition."
    bigger = _next_size(task, whole)
    if bigger is None:
        return f"{killed} the task's {whole} MiB: raise memory in the task definition."
    return f"{killed} the task's {whole} MiB: the next Fargate size is cpu {bigger[0]}, memory {bigger[1]}."


def _next_size(task: Mapping[str, Any], memory: int) -> tuple[int, int] | None:
    """CPU units and MiB: the next for the same CPU, where there is one."""
    on_fargate = task.get("launchType") == "FARGATE" or str(task.get("capacityProviderName")).startswith("FARGATE")
    cpu, windows = _number(task.get("cpu")), str(task.get("platformFamily")).lower().startswith("windows")
    if not on_fargate or not cpu:
        return None
    same_cpu = [mib for mib in sizes(windows).get(cpu, ()) if mib > memory]
    return (cpu, same_cpu[0]) if same_cpu else smallest_fit(cpu, memory + 1, windows)


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdigit() else 0


def _ended(task: Mapping[str, Any], container: Mapping[str, Any], logs: Sequence[str] | None) -> str:
    code = container["exitCode"]
    ended = f"Container {container.get('name')} ended with exit code {code}{meaning(code)}"
    if code == _KILLED:
        memory = f" than the task's {task['memory']} MiB" if task.get("memory") else ""
        return f"{ended}: it needed more memory{memory}, or more time than stopTimeout to end; {_see(logs, 'which')}"
    if code == _TERMINATED:
        return f"{ended}: it was told to end; look for who or what stopped the task."
    return f"{ended}: {_see(logs, 'why')}"


def _see(logs: Sequence[str] | None, what: str) -> str:
    """Where the reader finds it out."""
    if logs is None:
        return f"its log says {what}."
    return (
        f"its last log lines say {what}."
        if logs
        else f"it has no log in CloudWatch that says {what}; awslogs puts it there."
    )


def _unhealthy(container: Mapping[str, Any]) -> str:
    return (
        f"The health check in the task definition of {container.get('name')} fails: run its command in the container to"
        " see why, and give a slow start startPeriod."
    )


def _judged(
    fault: Fault | None,
    tasks: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    deployment: Mapping[str, Any],
    logs: Sequence[str] | None,
) -> tuple[str, str]:
    """What kept a container from running says most; then alarms, how a container ended, events, and what is left."""
    if fault is not None and fault.weight == _NEVER_RAN:
        return fault.cause, fault.sentence
    other_processor = next((line for line in logs or () if _OTHER_PROCESSOR in line), None)
    if fault is not None and other_processor:
        return _said(_OTHER_PROCESSOR, fault.container) or (fault.cause, fault.sentence)
    alarms = (deployment.get("alarms") or {}).get("triggeredAlarmNames") or []
    if alarms:
        return (
            HEALTH,
            f"The CloudWatch alarm {', '.join(alarms)} went off: look at what it measures, then deploy again.",
        )
    if fault is not None and fault.cause == EXIT:
        return EXIT, _ended(fault.task, fault.container, logs)
    return _of_events(fault, events) or (
        (fault.cause, fault.sentence) if fault is not None else _nothing_known(tasks, deployment)
    )


def _of_events(fault: Fault | None, events: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The last event that says something; of a task that failed its health check, only what says more of that."""
    container = fault.container if fault else {}
    for event in reversed(_in_order(events)):
        found = _said(str(event.get("message") or ""), container)
        if found and (fault is None or fault.weight == _VAGUE or found[0] == fault.cause):
            return found
    return None


def _nothing_known(tasks: Sequence[Mapping[str, Any]], deployment: Mapping[str, Any]) -> tuple[str, str]:
    target = deployment.get("targetServiceRevision") or {}
    if deployment.get("lifecycleStage") == "BAKE_TIME":
        minutes = (deployment.get("deploymentConfiguration") or {}).get("bakeTimeInMinutes", 0)
        return TIMEOUT, f"The new tasks run, and bake for {minutes} minutes: raise wait_timeout beyond that."
    if deployment.get("status") in ("PENDING", "IN_PROGRESS"):
        running, wanted = target.get("runningTaskCount", 0), target.get("requestedTaskCount", 0)
        counted = Counter(str(task.get("lastStatus")) for task in tasks if task.get("lastStatus") != "STOPPED")
        states = ", ".join(f"{count} {state}" for state, count in counted.items())
        return TIMEOUT, (
            f"{running} of {wanted} tasks run, and none failed{f' ({states})' if states else ''}: raise wait_timeout,"
            " or look at what they wait for."
        )
    reason = _status_reason(deployment)
    return UNKNOWN, f"ECS says: {reason}" if reason else "ECS does not say why: look at the service's events and logs."


def _status_reason(deployment: Mapping[str, Any]) -> str:
    return str(deployment.get("statusReason") or (deployment.get("rollback") or {}).get("reason") or "")


def _end(container: Mapping[str, Any], secret: tuple[str, ...]) -> ContainerEnd:
    reason = str(container.get("reason") or "")
    return ContainerEnd(
        name=str(container.get("name") or ""),
        exit_code=container.get("exitCode"),
        reason=redact(reason, secret),
        oom=bool(_OOM.search(reason)),
        health=str(container.get("healthStatus") or "UNKNOWN"),
    )


def _in_order(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Oldest first. The API has the newest first, which counts where two have the same time."""
    newest_last = list(reversed(events))
    return sorted(newest_last, key=_created)


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
