# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks in ECS: start, list, describe, wait for their end, and what is known of one that does not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.ecs import runs
from ..._core.ecs.once import Attempt
from ..._core.ecs.rollout import Verdict
from ..._core.ecs.stopped import LOG_LINES, explain, secrets_of, worst
from ..._core.redaction import redact
from .calls import AwsError, call, pages
from .module import Context
from .patience import Patience
from .task_definitions import batches, plain
from .task_logs import tail

_DESCRIBED_AT_ONCE = 100  # DescribeTasks takes no more


def start(ecs: Any, values: Mapping[str, Any], token: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The tasks that were started, and the failures of those that were not. A token starts its tasks once only."""
    response = call(ecs, "RunTask", **values, clientToken=token)
    return [plain(task) for task in response["tasks"]], list(response.get("failures") or [])


def wait(ecs: Any, cluster: str, arns: Sequence[str], patience: Patience) -> list[dict[str, Any]]:
    """The tasks when all have stopped, or as they are when there is no time left."""
    while True:
        found = describe(ecs, cluster, arns)
        if len(found) == len(arns) and all(map(runs.stopped, found)):
            return found
        patience.saw(runs.waits_for(found, len(arns)))
        if not patience.pause():
            return found


def of_service(ecs: Any, cluster: str, service: str) -> list[dict[str, Any]]:
    """A service's tasks: those that stopped of late, which ECS shows for about an hour, and those that are there."""
    arns: list[str] = []
    for status in ("STOPPED", "RUNNING"):
        arns += pages(ecs, "ListTasks", "taskArns", cluster=cluster, serviceName=service, desiredStatus=status)
    return describe(ecs, cluster, arns)


def describe(ecs: Any, cluster: str, arns: Iterable[str]) -> list[dict[str, Any]]:
    """What ECS has forgotten, or does not show yet, is left out."""
    found = []
    for batch in batches(arns, _DESCRIBED_AT_ONCE):
        found += [plain(task) for task in call(ecs, "DescribeTasks", cluster=cluster, tasks=batch)["tasks"]]
    return found


def attempted(ecs: Any, attempt: Attempt | None) -> runs.Run:
    """The task of an attempt as it is now; nothing where it has none, or ECS no longer shows it."""
    if attempt is None or not attempt.unsettled:
        return runs.Run(())
    try:
        found = describe(ecs, attempt.cluster, [attempt.task])
    except AwsError as error:
        if error.code == "ClusterNotFoundException":
            return runs.Run(())
        raise
    return runs.Run(tuple(found), definition(ecs, found[0]["taskDefinitionArn"]) if found else {})


def definition(ecs: Any, arn: str) -> dict[str, Any]:
    response = call(ecs, "DescribeTaskDefinition", taskDefinition=arn)
    found: dict[str, Any] = plain(response["taskDefinition"])
    return found


def verdict(
    context: Context,
    ecs: Any,
    tasks: Sequence[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]] = (),
    deployment: Mapping[str, Any] | None = None,
    lines: int = LOG_LINES,
) -> Verdict:
    """What cannot be read is missing in the verdict and named in a warning: it must not hide the failure itself."""
    fault = worst(tasks)
    if fault is None:
        return explain(tasks, events, deployment)
    log: list[str] | None = None
    hidden: tuple[str, ...] = ()
    try:
        described = definition(ecs, fault.task["taskDefinitionArn"])
        hidden = secrets_of(described, fault.task.get("overrides"))
        tasks = [runs.essential_first(task, described) for task in tasks]
        fault = worst(tasks) or fault
        if lines:
            log = tail(context.client, described, fault.task, str(fault.container.get("name") or ""), lines)
    except AwsError as error:
        context.warn(f"The log of the failed task could not be read. {error}")
    return explain(tasks, events, deployment, log, hidden)


def log_of(context: Context, run: runs.Run, lines: int) -> list[str]:
    """The last lines of the first essential container, its secrets hidden; none, with a warning, where it cannot be."""
    if not run.tasks:
        return []
    task, name = run.tasks[0], next(iter(runs.essential(run.definition)), "")
    hidden = secrets_of(run.definition, task.get("overrides"))
    try:
        return [redact(line, hidden) for line in tail(context.client, run.definition, task, name, lines)]
    except AwsError as error:
        context.warn(f"The log of the task could not be read. {error}")
        return []
