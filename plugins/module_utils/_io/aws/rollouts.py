# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following the deployment of a service to its end, and finding out why it failed."""

from __future__ import annotations

from typing import Any

from ..._core.ecs import rollout
from ..._core.ecs.rollout import NOT_STARTED, TIMED_OUT, Outcome, Verdict
from . import tasks
from .calls import AwsError, call, pages
from .module import Context
from .patience import Patience
from .task_definitions import plain

#: A deployment is listed some seconds after the change that starts it.
_SEEN_WITHIN = 60


def newest(ecs: Any, cluster: str, service: str) -> str | None:
    """The ARN of the service's newest deployment: to be asked for before a change, so that its own is told apart."""
    found = _newest(ecs, cluster, service, None)
    return str(found["serviceDeploymentArn"]) if found else None


def follow(
    context: Context,
    cluster: str,
    service: str,
    deployment_arn: str | None,
    timeout: int,
    before: str | None = None,
) -> Outcome:
    """Wait until the deployment ended or is paused, at most `timeout` seconds.

    `deployment_arn`: the deployment to follow; None is the newest, once that is another than `before` (see `newest`).
    """
    ecs = context.client("ecs")
    patience = Patience(timeout)
    arn = deployment_arn or _started(ecs, cluster, service, before, patience)
    if arn is None:
        progress = patience.progress
        return Outcome(NOT_STARTED, failure=_verdict(context, ecs, cluster, service, {}), progress=progress)
    deployment = _described(ecs, arn)
    while not rollout.ended(deployment) and not rollout.paused(deployment):
        patience.saw(rollout.waits_for(deployment))
        if not patience.pause():
            break
        deployment = _described(ecs, arn)
    progress = patience.progress
    if rollout.paused(deployment):
        context.warn(rollout.paused(deployment))
        return Outcome(rollout.PAUSED, deployment, progress=progress)
    status = deployment["status"] if rollout.ended(deployment) else TIMED_OUT
    failure = None if status == rollout.SUCCESSFUL else _verdict(context, ecs, cluster, service, deployment)
    return Outcome(status, deployment, rollout.rolled_back(deployment), failure, progress)


def _started(ecs: Any, cluster: str, service: str, before: str | None, patience: Patience) -> str | None:
    found = _newest(ecs, cluster, service, before)
    while found is None and patience.seconds < _SEEN_WITHIN:
        patience.saw("a deployment that is listed")
        if not patience.pause():
            break
        found = _newest(ecs, cluster, service, before)
    return str(found["serviceDeploymentArn"]) if found else None


def _newest(ecs: Any, cluster: str, service: str, before: str | None) -> Any:
    """All pages, as their order is not documented; AWS keeps those of 90 days, mostly one page."""
    scope: dict[str, Any] = {"cluster": cluster, "service": service, "maxResults": 100}
    listed = pages(ecs, "ListServiceDeployments", "serviceDeployments", **scope)
    return rollout.newest([plain(entry) for entry in listed], before)


def _described(ecs: Any, arn: str) -> dict[str, Any]:
    response = call(ecs, "DescribeServiceDeployments", serviceDeploymentArns=[arn])
    if not response["serviceDeployments"]:
        failures = "; ".join(f"{entry.get('arn')}: {entry.get('reason')}" for entry in response.get("failures", []))
        raise AwsError(f"ecs:DescribeServiceDeployments does not know the deployment {arn}. {failures}")
    described: dict[str, Any] = plain(response["serviceDeployments"][0])
    return described


def _verdict(context: Context, ecs: Any, cluster: str, service: str, deployment: dict[str, Any]) -> Verdict:
    events: list[Any] = []
    found: list[Any] = []
    try:
        described = call(ecs, "DescribeServices", cluster=cluster, services=[service])["services"]
        events = rollout.since([plain(event) for entry in described for event in entry.get("events", [])], deployment)
        found = rollout.since(tasks.of_service(ecs, cluster, service), deployment)
    except AwsError as error:
        context.warn(f"Why the deployment failed could not be read to the end. {error}")
    return tasks.verdict(context, ecs, found, events, deployment)
