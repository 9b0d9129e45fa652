# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a task, step by step.

Sources: developer guide, "Task lifecycle" (the states) and "Stopped tasks error codes" (the words); botocore's
TaskStopCode. The words of a failed pull and of a missing secret are as users report them for platform 1.4.0:
AWS does not promise them, and they differ by registry.
"""

from __future__ import annotations

from typing import Any

from .behaviour import Rule
from .nouns import Container, Definition, Task, new_id


def new_task(
    cluster_arn: str, definition: Definition, fate: Rule, group: str, config: dict[str, Any], now: float
) -> Task:
    # The ARN of a task has its cluster's name in it: arn:...:task/<cluster>/<32 hex digits>.
    identity = new_id()
    arn = cluster_arn.replace(":cluster/", ":task/", 1) + "/" + identity
    containers = [
        Container(each["name"], each.get("image", ""), bool(each.get("healthCheck"))) for each in definition.containers
    ]
    return Task(identity, arn, cluster_arn, definition, fate, now, group, config, containers=containers)


def advance(task: Task, now: float) -> None:
    """One step. A task that is asked to stop has stopped one step later."""
    if task.status == "STOPPED":
        return
    if task.desired_status == "STOPPED":
        _stopped(task, now)
        return
    task.age += 1
    kind = task.fate.kind
    if kind == "hang":
        task.status = "PENDING"
    elif kind in ("cannot_pull", "secret_missing"):
        _fail_to_start(task, now)
    else:
        _run(task, now)


def _fail_to_start(task: Task, now: float) -> None:
    task.status = "PENDING"
    if task.age <= task.fate.steps:
        return
    reason = task.fate.reason or _why_not_started(task)
    if task.fate.kind == "cannot_pull":
        task.containers[0].reason = reason
    stop(task, now, "TaskFailedToStart", reason)
    _stopped(task, now, exit_code=None)


def _why_not_started(task: Task) -> str:
    if task.fate.kind == "cannot_pull":
        image = task.containers[0].image
        return (
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            f"failed to resolve ref {image}: {image}: not found"
        )
    secrets = [secret["valueFrom"] for each in task.definition.containers for secret in each.get("secrets", [])]
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
        f"{(secrets or ['secret'])[0]} from secrets manager: ResourceNotFoundException: "
        "Secrets Manager can't find the specified secret."
    )


def _run(task: Task, now: float) -> None:
    if task.status != "RUNNING":
        task.status, task.started_at = "RUNNING", now
        for container in task.containers:
            container.status = "RUNNING"
        return
    due = task.age > task.fate.steps
    kind = task.fate.kind
    ends = kind in ("exit", "oom") or (task.one_off and kind == "healthy")
    if due and ends:
        _exit(task, now)
    elif due and kind == "interrupted":
        # Developer guide, "Stopped tasks error codes"; botocore, TaskStopCode.
        stop(task, now, "SpotInterruption", task.fate.reason or "Your Spot Task was interrupted.")
    elif due and kind == "unhealthy":
        for container in task.containers:
            container.health = "UNHEALTHY" if container.checked else "UNKNOWN"
        if task.one_off:
            stop(task, now, "ServiceSchedulerInitiated", "Task failed container health checks")
    elif kind != "unhealthy" and (due or kind not in ("healthy", "runs")):
        # One that will exit later is healthy until then: so services fail after they were deployed.
        task.ready = True
        for container in task.containers:
            container.health = "HEALTHY" if container.checked else "UNKNOWN"


def _exit(task: Task, now: float) -> None:
    essential = task.definition.essential()
    first = next((each for each in task.containers if each.name in essential), task.containers[0])
    code = 0 if task.fate.kind == "healthy" else task.fate.exit_code
    if task.fate.kind == "oom":
        first.reason = task.fate.reason or "OutOfMemoryError: Container killed due to memory usage"
    first.exit_code = code
    # An OOM's stoppedReason is reported both ways by users: as this, and as the container's reason. Unverified.
    stop(task, now, "EssentialContainerExited", "Essential container in task exited")
    _stopped(task, now, exit_code=0)


def stop(task: Task, now: float, code: str, reason: str) -> None:
    """ECS wants it to end; containers get SIGTERM."""
    if task.desired_status == "STOPPED":
        return
    task.desired_status, task.ready = "STOPPED", False
    task.stop_code, task.stopped_reason, task.stopping_at = code, reason, now
    task.status = "DEACTIVATING" if task.status == "RUNNING" else "STOPPING"


def _stopped(task: Task, now: float, exit_code: int | None = 143) -> None:
    """Containers that run end by SIGTERM (128 + 15) unless they have ended before."""
    for container in task.containers:
        if container.exit_code is None and container.status == "RUNNING":
            container.exit_code = exit_code
        container.status = "STOPPED"
    task.status, task.stopped_at, task.ready = "STOPPED", now, False
