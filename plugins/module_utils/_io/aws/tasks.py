# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks in ECS: list, describe, and what is known of one that does not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..._core.ecs.rollout import Verdict
from ..._core.ecs.stopped import LOG_LINES, explain, secrets_of, worst
from .calls import AwsError, call, pages
from .module import Context
from .task_definitions import batches, plain
from .task_logs import tail

_DESCRIBED_AT_ONCE = 100  # DescribeTasks takes no more


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
    log: list[str] = []
    hidden: tuple[str, ...] = ()
    if fault is not None:
        try:
            described = definition(ecs, fault.task["taskDefinitionArn"])
            hidden = secrets_of(described, fault.task.get("overrides"))
            log = tail(context.client, described, fault.task, str(fault.container.get("name") or ""), lines)
        except AwsError as error:
            context.warn(f"The log of the failed task could not be read. {error}")
    return explain(tasks, events, deployment, log, hidden)
